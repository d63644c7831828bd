//! An application read over the API of the server it lives on.
//!
//! The API shows users, credentials and aliases, and nothing of keys and features: the secret key that opens it is
//! taken over, and the features are those of an application that moves in.
//!
//! What is read goes into a [journal], so that an interrupted import goes on where it was.

mod client;
pub(super) mod journal;

use std::{cell::RefCell, collections::BTreeSet, fs, io, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use passgate::transfer::{
    DigestKind, Flaw, Item, Kind, Note, PasskeyDefaults, Problem, Unreadable, read_passkey,
};
use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    api_key::{ApiKey, ApiKeyKind, PublicApiKey, Scope, SecretApiKey},
    application::{AppId, Application, ApplicationState, Features},
    secret::Secret,
    time::Timestamp,
    user::UserId,
};
use serde_json::Value;

use self::{
    client::{Client, Surroundings, unexpected, values},
    journal::{Journal, UserLine},
};
use crate::{
    cli::{
        error::{ApiError, JournalError, TransferError},
        progress::Progress,
    },
    config::Sources,
};

/// The variable that holds the secret key.
const SECRET_VARIABLE: &str = "PASSWORDLESS_API_SECRET";

/// Owners of credentials, and owners of aliases, that the API lists.
const LIST_LIMIT: usize = 1000;

/// What to read, and from where.
pub(super) struct Order<'o> {
    pub(super) base_url: &'o str,
    pub(super) secret: &'o Secret<String>,
    pub(super) public_key: Option<&'o str>,
    /// Users to read beside those that the server lists.
    pub(super) user_ids: &'o BTreeSet<String>,
    pub(super) retries: u32,
    /// Whether what an interrupted import left is to be thrown away.
    pub(super) anew: bool,
    /// Where the journal goes.
    pub(super) data_dir: &'o Path,
}

/// What the other server holds of an application.
pub(super) struct Listed {
    pub(super) app: AppId,
    pub(super) notes: Vec<Note>,
    /// What is wrong with the whole: users that nobody named.
    pub(super) missing: Option<String>,
    head: Vec<Item>,
    users: BTreeSet<String>,
    journal: Journal,
    now: Timestamp,
}

/// The secret key from its file or variable: never from the command line, where other users of the machine see it.
pub(super) fn secret(file: Option<&Path>, sources: &Sources) -> Result<Secret<String>, TransferError> {
    let text = match file {
        Some(path) => read_file(path)?,
        None => sources.environment.get(SECRET_VARIABLE).cloned().ok_or_else(|| {
            TransferError::Usage(format!(
                "give the application's secret key in {SECRET_VARIABLE} or with --secret-file"
            ))
        })?,
    };
    Ok(Secret::new(text.trim().to_owned()))
}

/// User ids from a file: one a line, or a JSON array of texts and numbers.
pub(super) fn user_ids(file: &Path) -> Result<BTreeSet<String>, TransferError> {
    parse_user_ids(&read_file(file)?)
        .map_err(|problem| TransferError::Usage(format!("--user-ids: {}: {problem}", file.display())))
}

fn read_file(path: &Path) -> Result<String, TransferError> {
    fs::read_to_string(path).map_err(|source| TransferError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

fn parse_user_ids(text: &str) -> Result<BTreeSet<String>, String> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('[') {
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        return Ok(lines
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect());
    }
    let values: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    values
        .into_iter()
        .map(|value| match value {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            other => Err(format!("{other} is not a user id")),
        })
        .collect()
}

/// Reads everything the API shows of the secret key's application.
pub(super) fn read(order: &Order<'_>, now: &dyn Fn() -> Timestamp) -> Result<Listed, ApiError> {
    let key = SecretApiKey::parse(order.secret.expose()).map_err(ApiError::Secret)?;
    let app = key.app().clone();
    let mut notes = Vec::new();
    let head = head(&key, order.public_key, now(), &mut notes)?;

    let progress = RefCell::new(Progress::of(format!("Reading {}", order.base_url)));
    let surroundings = Surroundings {
        retries: order.retries,
        now,
        wait: &std::thread::sleep,
        say: &|text| progress.borrow().say(text),
    };
    let client = Client::new(order.base_url, order.secret, surroundings)?;

    // Before the list: whoever registers in between is in the list, and not missing.
    let owners = client.get("/users/count", &[])?["count"].as_u64();
    let list = list(&client)?;
    let mut users = list.users;
    users.extend(order.user_ids.iter().cloned());

    let path = journal::path(order.data_dir, &app);
    let mut journal = Journal::open(path, order.base_url, &app, order.anew, now())?;
    if journal.users() > 0 {
        progress.borrow().say(&format!(
            "an import of {app} was interrupted after {} users: it goes on from there (--anew reads them again)",
            journal.users()
        ));
    }
    for (number, user) in (1..).zip(&users) {
        if !journal.has(user) {
            let query = [("userId", user.as_str())];
            let line = UserLine {
                user: user.clone(),
                credentials: client.values("/credentials/list", &query)?,
                aliases: client.values("/alias/list", &query)?,
            };
            journal.add(&line)?;
        }
        progress.borrow_mut().at(number);
    }
    drop(client);

    let mut listed = Listed {
        app,
        notes,
        missing: None,
        head,
        users,
        journal,
        now: now(),
    };
    listed.look_for_gaps(owners, list.aliases_may_be_cut, order.user_ids)?;
    Ok(listed)
}

/// The application and its keys, as far as they are known.
fn head(
    key: &SecretApiKey,
    public_key: Option<&str>,
    now: Timestamp,
    notes: &mut Vec<Note>,
) -> Result<Vec<Item>, ApiError> {
    let app = key.app();
    let scopes = |kind| Scope::all_of(kind).into();
    let mut head = vec![
        Item::Application(Box::new(Application {
            id: app.clone(),
            created_at: now,
            admin_emails: Vec::new(),
            state: ApplicationState::Active,
            features: Features::imported(),
        })),
        Item::ApiKey(Box::new(ApiKey::secret(key, &scopes(ApiKeyKind::Secret), now))),
    ];
    match public_key {
        Some(text) => {
            let public = PublicApiKey::parse(text).ok().filter(|public| public.app() == app);
            let public = public.ok_or_else(|| ApiError::PublicKey { app: app.clone() })?;
            head.push(Item::ApiKey(Box::new(ApiKey::public(
                public,
                &scopes(ApiKeyKind::Public),
                now,
            ))));
        }
        None => notes.push(Note::Other(
            "the API does not show the public key: browsers need --public-key, or a new one of `passgate key create`"
                .to_owned(),
        )),
    }
    Ok(head)
}

/// The users that the other server names.
struct UserList {
    users: BTreeSet<String>,
    /// Whether there may be more users who own aliases only.
    aliases_may_be_cut: bool,
}

fn list(client: &Client<'_>) -> Result<UserList, ApiError> {
    const PATH: &str = "/users/list";
    let mut found = UserList {
        users: BTreeSet::new(),
        aliases_may_be_cut: false,
    };
    let mut owners_of_aliases = 0;
    let mut cursor = None;
    loop {
        // The official server knows no pages and ignores the parameters; a Passgate has them.
        let mut query = vec![("limit", "1000")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let answer = client.get(PATH, &query)?;
        let paged = answer.get("nextCursor").is_some();
        let next = answer["nextCursor"].as_str().map(str::to_owned);
        for user in values(answer).ok_or_else(|| unexpected(PATH))? {
            let id = user["userId"].as_str().ok_or_else(|| unexpected(PATH))?;
            if user["aliasCount"].as_u64().unwrap_or_default() > 0 {
                owners_of_aliases += 1;
            }
            found.users.insert(id.to_owned());
        }
        if !paged {
            found.aliases_may_be_cut = owners_of_aliases >= LIST_LIMIT;
        }
        if next.is_none() || next == cursor {
            return Ok(found);
        }
        cursor = next;
    }
}

impl Listed {
    /// Everything that was read, as an import takes it.
    pub(super) fn records(
        &self,
    ) -> Result<impl Iterator<Item = Result<Item, Unreadable>> + use<'_>, TransferError> {
        let head = self.head.iter().cloned().map(Ok);
        let users = self.lines()?.flat_map(|line| match line {
            Ok(line) => self.user(line),
            Err(error) => vec![Err(Unreadable::Source(Box::new(error)))],
        });
        Ok(head.chain(users))
    }

    /// Forgets what was read: it has been imported, or is to be read anew the next time.
    pub(super) fn forget(self) -> Result<(), TransferError> {
        Ok(self.journal.remove().map_err(ApiError::from)?)
    }

    /// What was read of the users in question: since an interruption, some may be gone.
    fn lines(&self) -> Result<impl Iterator<Item = io::Result<UserLine>> + use<'_>, ApiError> {
        let lines = self.journal.lines()?;
        Ok(lines.filter(|line| line.as_ref().map_or(true, |line| self.users.contains(&line.user))))
    }

    fn user(&self, line: UserLine) -> Vec<Result<Item, Unreadable>> {
        let credentials = line.credentials.iter().map(|value| credential(value, self.now));
        let aliases = line.aliases.iter().map(alias);
        credentials
            .chain(aliases)
            .map(|record| record.map_err(Unreadable::Record))
            .collect()
    }

    /// Compares what was read with what there is: the API lists the first thousand users of a kind only.
    fn look_for_gaps(
        &mut self,
        owners: Option<u64>,
        aliases_may_be_cut: bool,
        given: &BTreeSet<String>,
    ) -> Result<(), ApiError> {
        let (mut found, mut unknown) = (0, 0);
        for line in self.lines()? {
            let line = line.map_err(|source| JournalError::Io {
                path: self.journal.path().to_owned(),
                source,
            })?;
            found += u64::from(!line.credentials.is_empty());
            unknown += u64::from(
                line.credentials.is_empty() && line.aliases.is_empty() && given.contains(&line.user),
            );
        }
        if let Some(owners) = owners.filter(|owners| *owners > found) {
            self.missing = Some(format!(
                "the server has {owners} users with passkeys and named {found}: it lists the first {LIST_LIMIT} only. \
                 Give the ids of the others with --user-ids FILE, or import from its database"
            ));
        }
        if aliases_may_be_cut && given.is_empty() {
            self.notes.push(Note::Other(format!(
                "the server lists the first {LIST_LIMIT} users with aliases only: of users with aliases and without \
                 passkeys there may be more; --user-ids FILE names them"
            )));
        }
        if unknown > 0 {
            self.notes.push(Note::Other(format!(
                "{unknown} of the {} users in the file of ids have neither passkeys nor aliases there",
                given.len()
            )));
        }
        Ok(())
    }
}

fn credential(value: &Value, now: Timestamp) -> Result<Item, Problem> {
    let name = value["descriptor"]["id"].as_str().unwrap_or_default().to_owned();
    let mut passkey = value.clone();
    passkey["id"] = value["descriptor"]["id"].clone();
    passkey["transports"] = value["descriptor"]["transports"].clone();
    // The API says its encoding, so that no text of it is doubted.
    if let Some(handle) = value["userHandle"].as_str().filter(|handle| !handle.is_empty()) {
        passkey["userHandle"] = format!("base64:{handle}").into();
    }
    let defaults = PasskeyDefaults {
        rp_id: None,
        origin: None,
        created_at: now,
        user_handle: None,
        hex: false,
    };
    match read_passkey(passkey, &defaults) {
        Ok(credential) => Ok(Item::Credential(Box::new(credential))),
        Err(flaw) => Err(Problem {
            kind: Kind::Credential,
            name,
            flaw,
        }),
    }
}

fn alias(value: &Value) -> Result<Item, Problem> {
    let name = value["alias"].as_str().unwrap_or_default();
    let refused = |flaw| Problem {
        kind: Kind::Alias,
        name: name.to_owned(),
        flaw,
    };
    let digest = STANDARD.decode(name).ok().and_then(|bytes| bytes.try_into().ok());
    let digest = digest.ok_or_else(|| {
        refused(Flaw::Invalid {
            field: "alias".into(),
            reason: "not base64 of 32 bytes".to_owned(),
        })
    })?;
    let user_id = UserId::parse(value["userId"].as_str().unwrap_or_default()).map_err(|error| {
        refused(Flaw::Invalid {
            field: "userId".into(),
            reason: error.to_string(),
        })
    })?;
    let plaintext = value["plaintext"].as_str().map(str::to_owned);
    Ok(Item::Alias {
        alias: StoredAlias {
            digest: AliasDigest(digest),
            user_id,
            plaintext,
            is_sign_in_name: false,
        },
        digest: DigestKind::Legacy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_are_lines_or_a_json_array() {
        let expected: BTreeSet<_> = ["7", "a b", "user-1"].map(str::to_owned).into();
        for text in [
            "user-1\n7\r\n\na b\n",
            "\u{feff}user-1\n7\na b",
            r#" ["user-1", 7, "a b", "7"]"#,
        ] {
            assert_eq!(parse_user_ids(text).unwrap(), expected, "{text}");
        }
        assert!(parse_user_ids("[{}]").unwrap_err().contains("{}"));
        assert!(parse_user_ids("[").is_err());
    }
}
