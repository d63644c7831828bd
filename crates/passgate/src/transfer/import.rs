//! The way in: any source, one transaction.

use std::{
    collections::HashSet,
    error::Error,
    hash::{BuildHasher as _, RandomState},
};

use passgate_core::{
    alias::{Alias, AliasKey, StoredAlias, legacy_digest},
    api_key::{ApiKey, ApiKeyMaterial, SecretApiKeyDigest},
    application::{AaguidSet, AppId},
    credential::Credential,
    user::UserId,
};
use passgate_store::{
    InsertError, StoreError, Tx, account_deletions, alias_keys, aliases, api_keys, applications,
    authentication_configs,
    authenticators::{self, AuthenticatorList},
    credentials, dispatched_emails, events, reports, well_known,
};

use super::{DigestKind, Flaw, ImportReport, Item, Note, Problem, Unreadable};
use crate::{Env, Failure, Passgate, Stopped};

/// Most keys, and most users, that a report names.
const LISTED: usize = 20;

/// Whether anything is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// Everything is done, and then undone: the report says what would happen.
    Rehearse,
    /// Everything, or nothing if one record cannot be imported.
    Whole,
    /// Everything that can be imported.
    SkipProblems,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source describes no application, and there is none here.
    #[error("there is no application {app}, and the source does not describe one: create it first")]
    NoSuchApplication {
        /// The application.
        app: AppId,
    },
    /// An application of that name was deleted, and its rows are still being removed.
    #[error(
        "the application {app} was deleted a while ago, and its rows are still being removed: try again later"
    )]
    BeingRemoved {
        /// The application.
        app: AppId,
    },
    /// Some records cannot be imported; see the report.
    #[error("{} records cannot be imported", .0.refused())]
    Problems(Box<ImportReport>),
    /// The source cannot be read.
    #[error("the source cannot be read")]
    Source(#[source] Box<dyn Error + Send + Sync>),
}

/// Why a transaction is not committed.
enum Stop {
    Rehearsed(ImportReport),
    Error(Stopped<ImportError>),
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Self::Error(Stopped::Refused(error))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl Passgate {
    /// Imports an application, or adds to one, in one transaction.
    ///
    /// What is there already stays as it is: a credential, key, configuration or list entry is added if it is missing,
    /// and so are the aliases of users who have none, so that an import can be repeated to catch up. History (events, reports, mails) is imported only
    /// together with a new application. `progress` is called with the number of records now and then.
    ///
    /// Until it returns, an import holds the writer of a SQLite database.
    ///
    /// # Errors
    /// See [`ImportError`]; then nothing has changed.
    pub fn import(
        &self,
        app: &AppId,
        items: impl IntoIterator<Item = Result<Item, Unreadable>>,
        mode: ImportMode,
        progress: &mut dyn FnMut(u64),
        env: Env<'_>,
    ) -> Result<ImportReport, Stopped<ImportError>> {
        let outcome = self.store().write_locked(app, |tx| {
            let mut import = Import::begin(self, tx, app, env)?;
            for (number, item) in (1..).zip(items) {
                match item {
                    Ok(item) => import.take(&item)?,
                    Err(Unreadable::Record(problem)) => import.report.refuse(problem),
                    Err(Unreadable::LeftOut(item)) => import.leave_out(&item),
                    Err(Unreadable::Source(error)) => return Err(ImportError::Source(error).into()),
                }
                if number % 500 == 0 {
                    progress(number);
                }
            }
            let report = import.end();
            match mode {
                ImportMode::Rehearse => Err(Stop::Rehearsed(report)),
                ImportMode::Whole if report.refused() > 0 => {
                    Err(ImportError::Problems(Box::new(report)).into())
                }
                ImportMode::Whole | ImportMode::SkipProblems => Ok(report),
            }
        });
        self.snapshots().forget(app);
        match outcome {
            Ok(report) | Err(Stop::Rehearsed(report)) => Ok(report),
            Err(Stop::Error(error)) => Err(error),
        }
    }
}

/// An import in its transaction.
struct Import<'i, 't, 'c> {
    passgate: &'i Passgate,
    tx: &'t mut Tx<'c>,
    app: &'i AppId,
    env: Env<'i>,
    /// Whether there is an application to import into.
    exists: bool,
    /// Whether it was made by this import.
    created: bool,
    /// The key of its alias digests.
    alias_key: AliasKey,
    /// Whether the digests of the source were made with another one.
    foreign_digests: bool,
    models: (AaguidSet, AaguidSet),
    /// Users of an application that was here before, whose first aliases this import brings.
    new_to_aliases: HashSet<UserId>,
    /// Users of an application that was here before, who had no passkey before this import; as hashes, since there may
    /// be a million of them.
    new_users: HashSet<u64>,
    hasher: RandomState,
    known_users: HashSet<UserId>,
    /// New credentials whose user handle is not known.
    handles_to_learn: u64,
    left_out: LeftOut,
    report: ImportReport,
}

/// What nobody asked for.
#[derive(Default)]
struct LeftOut {
    api_keys: u64,
    alias_key: bool,
}

impl<'i, 't, 'c> Import<'i, 't, 'c> {
    fn begin(passgate: &'i Passgate, tx: &'t mut Tx<'c>, app: &'i AppId, env: Env<'i>) -> Result<Self, Stop> {
        let exists = applications::find(tx, app)?.is_some();
        if !exists && applications::is_taken(tx, app)? {
            return Err(ImportError::BeingRemoved { app: app.clone() }.into());
        }
        let wrapped = alias_keys::find(tx, app)?;
        let mut report = ImportReport::default();
        if exists {
            report.notes.push(Note::ApplicationExists(app.clone()));
        }
        Ok(Self {
            alias_key: passgate
                .vault()
                .open_alias_key(app, wrapped.as_deref())
                .map_err(failed)?,
            models: authenticators::sets(tx, app)?,
            new_to_aliases: HashSet::new(),
            new_users: HashSet::new(),
            hasher: RandomState::new(),
            known_users: HashSet::new(),
            handles_to_learn: 0,
            left_out: LeftOut::default(),
            foreign_digests: false,
            created: false,
            passgate,
            tx,
            app,
            env,
            exists,
            report,
        })
    }

    fn end(mut self) -> ImportReport {
        if self.left_out.api_keys > 0 || self.left_out.alias_key {
            self.report.notes.push(Note::KeysLeftOut {
                api_keys: self.left_out.api_keys,
                alias_key: self.left_out.alias_key,
            });
        }
        if self.handles_to_learn > 0 {
            self.report.notes.push(Note::HandlesToLearn {
                credentials: self.handles_to_learn,
            });
        }
        if !self.known_users.is_empty() {
            let mut first: Vec<_> = self
                .known_users
                .iter()
                .map(|user| user.as_str().to_owned())
                .collect();
            first.sort_unstable();
            first.truncate(LISTED);
            self.report.notes.push(Note::KnownUsersGetPasskeys {
                users: u64::try_from(self.known_users.len()).unwrap_or(u64::MAX),
                first,
            });
        }
        self.report
    }

    /// Counts what nobody asked for.
    fn leave_out(&mut self, item: &Item) {
        match item {
            Item::AliasKey(key) if *key != self.alias_key => {
                // Digests made with it cannot be looked up here.
                self.foreign_digests = true;
                self.left_out.alias_key = true;
            }
            Item::ApiKey(_) => self.left_out.api_keys += 1,
            _ => {}
        }
        self.report.leave_out(item.kind());
    }

    /// Remembers who had a passkey here before, and gets one of the source.
    fn look_at_user(&mut self, user: &UserId) -> Result<(), StoreError> {
        let hash = self.hasher.hash_one(user.as_str());
        if self.created || self.known_users.contains(user) || self.new_users.contains(&hash) {
            return Ok(());
        }
        if credentials::user_owns_any(self.tx, self.app, user)? {
            self.known_users.insert(user.clone());
        } else {
            self.new_users.insert(hash);
        }
        Ok(())
    }

    fn take(&mut self, item: &Item) -> Result<(), Stop> {
        let taken = if let Item::Application(application) = item {
            if application.id == *self.app && !self.exists {
                self.passgate.vault().hold_master_key(self.tx).map_err(failed)?;
                absorb(applications::insert(self.tx, application))?;
                (self.exists, self.created) = (true, true);
                Ok(Taken::Added)
            } else if application.id == *self.app {
                Ok(Taken::Present)
            } else {
                Err(Flaw::OtherApplication)
            }
        } else if self.exists {
            self.take_part(item)?
        } else {
            return Err(ImportError::NoSuchApplication {
                app: self.app.clone(),
            }
            .into());
        };
        let kind = item.kind();
        match taken {
            Ok(Taken::Added) => self.report.add(kind),
            Ok(Taken::Present) => self.report.keep(kind),
            Err(flaw) => self.report.refuse(Problem {
                kind,
                name: item.name(),
                flaw,
            }),
        }
        Ok(())
    }

    fn take_part(&mut self, item: &Item) -> Result<Result<Taken, Flaw>, Stop> {
        let (app, tx) = (self.app, &mut *self.tx);
        // History belongs to the application as it was elsewhere; it is not mixed with what happened here.
        let history = |stored: Result<(), StoreError>| stored.map(|()| Ok(Taken::Added)).map_err(Stop::from);
        match item {
            Item::Application(_) => Ok(Ok(Taken::Present)),
            Item::AliasKey(key) => self.take_alias_key(key),
            Item::ApiKey(key) => self.take_api_key(key),
            Item::AuthenticationConfig(config) => {
                if authentication_configs::find(tx, app, &config.purpose)?.is_some() {
                    return Ok(Ok(Taken::Present));
                }
                added(authentication_configs::insert(tx, app, config), Taken::Present)
            }
            Item::WellKnown(published) => {
                if well_known::find(tx, app)?.is_some() {
                    return Ok(Ok(Taken::Present));
                }
                well_known::replace(tx, app, published)?;
                if !self.created {
                    self.report.notes.push(Note::TakesWellKnown);
                }
                Ok(Ok(Taken::Added))
            }
            Item::Authenticator(model) => {
                let (same, other, list) = if model.allowed {
                    (&mut self.models.0, &self.models.1, AuthenticatorList::Allowed)
                } else {
                    (&mut self.models.1, &self.models.0, AuthenticatorList::Blocked)
                };
                if other.contains(&model.aaguid) {
                    return Ok(Err(Flaw::ModelListed));
                }
                if !same.insert(model.aaguid) {
                    return Ok(Ok(Taken::Present));
                }
                authenticators::upsert(tx, app, &[model.aaguid], list, model.created_at)?;
                Ok(Ok(Taken::Added))
            }
            Item::Credential(credential) => self.take_credential(credential),
            Item::Alias { alias, digest } => self.take_alias(alias, *digest),
            Item::Event(_)
            | Item::CredentialReport(_)
            | Item::ActiveUserReport(_)
            | Item::DispatchedEmail(_)
            | Item::AccountDeletion(_)
                if !self.created =>
            {
                Ok(Ok(Taken::Present))
            }
            Item::Event(event) => history(events::record(tx, app, event)),
            Item::CredentialReport(report) => history(reports::record_credentials(tx, app, report)),
            Item::ActiveUserReport(report) => history(reports::record_active_users(tx, app, report)),
            Item::DispatchedEmail(email) => history(dispatched_emails::record(tx, app, email)),
            Item::AccountDeletion(deletion) => {
                added(account_deletions::insert(tx, app, deletion), Taken::Present)
            }
        }
    }

    fn take_credential(&mut self, credential: &Credential) -> Result<Result<Taken, Flaw>, Stop> {
        if let Some(stored) = credentials::find(self.tx, self.app, &credential.id)? {
            let same = stored.user_id == credential.user_id && stored.public_key == credential.public_key;
            return Ok(if same {
                Ok(Taken::Present)
            } else {
                Err(Flaw::CredentialTaken)
            });
        }
        self.look_at_user(&credential.user_id)?;
        if credential.user_handle.is_none() {
            self.handles_to_learn += 1;
        }
        added(credentials::insert(self.tx, self.app, credential), Taken::Present)
    }

    fn take_alias_key(&mut self, key: &AliasKey) -> Result<Result<Taken, Flaw>, Stop> {
        if *key == self.alias_key {
            return Ok(Ok(Taken::Present));
        }
        if !self.created {
            // Digests made with the key in force would be lost.
            self.foreign_digests = true;
            return Ok(Ok(Taken::Present));
        }
        let wrapped = self.passgate.vault().wrap_alias_key(self.app, key, self.env);
        absorb(alias_keys::insert(self.tx, self.app, &wrapped))?;
        self.alias_key = key.clone();
        Ok(Ok(Taken::Added))
    }

    fn take_api_key(&mut self, key: &ApiKey) -> Result<Result<Taken, Flaw>, Stop> {
        if let ApiKeyMaterial::Public(public) = &key.material
            && public.app() != self.app
        {
            return Ok(Err(Flaw::OtherApplication));
        }
        match api_keys::insert(self.tx, self.app, key) {
            Ok(()) => {
                self.note_key(key);
                Ok(Ok(Taken::Added))
            }
            Err(InsertError::Duplicate) => {
                let stored = api_keys::find(self.tx, self.app, &key.id)?;
                let same = stored.is_some_and(|stored| is_same_key(&stored, key));
                Ok(if same {
                    Ok(Taken::Present)
                } else {
                    Err(Flaw::KeyTaken)
                })
            }
            Err(InsertError::Store(error)) => Err(error.into()),
        }
    }

    /// Says of a new key what it may do; of the first few.
    fn note_key(&mut self, key: &ApiKey) {
        if self.report.notes.len() >= LISTED {
            return;
        }
        self.report.notes.push(Note::TakesApiKey {
            id: key.id.to_string(),
            kind: match key.material {
                ApiKeyMaterial::Public(_) => "public",
                ApiKeyMaterial::Secret(_) => "secret",
            },
            scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        });
    }

    fn take_alias(&mut self, alias: &StoredAlias, digest: DigestKind) -> Result<Result<Taken, Flaw>, Stop> {
        // A user's aliases are replaced as a whole: whoever has some here has what the backend set last, and an imported
        // digest may be one of them, re-keyed since.
        if !self.created && !self.new_to_aliases.contains(&alias.user_id) {
            if !aliases::list_by_user(self.tx, self.app, &alias.user_id)?.is_empty() {
                return Ok(Ok(Taken::Present));
            }
            self.new_to_aliases.insert(alias.user_id.clone());
        }
        let as_stored = digest == DigestKind::Keyed && !self.foreign_digests;
        let clear = alias
            .plaintext
            .as_deref()
            .and_then(|text| Alias::parse(text).ok());
        let alias = match clear {
            // Seen in clear: from now on under this application's key.
            Some(clear) if digest == DigestKind::None => StoredAlias {
                digest: self.alias_key.digest(&clear),
                plaintext: None,
                ..alias.clone()
            },
            Some(clear) if !as_stored => {
                let legacy = legacy_digest(self.app, &clear);
                if let Some(owner) = aliases::find_owner(self.tx, self.app, &legacy)? {
                    return Ok(if owner == alias.user_id {
                        Ok(Taken::Present)
                    } else {
                        Err(Flaw::AliasTaken)
                    });
                }
                StoredAlias {
                    digest: self.alias_key.digest(&clear),
                    ..alias.clone()
                }
            }
            None if digest == DigestKind::Keyed && self.foreign_digests => {
                return Ok(Err(Flaw::ForeignDigest));
            }
            Some(_) | None => alias.clone(),
        };
        match aliases::insert(self.tx, self.app, &alias) {
            Ok(()) => Ok(Ok(Taken::Added)),
            Err(InsertError::Duplicate) => {
                let owner = aliases::find_owner(self.tx, self.app, &alias.digest)?;
                Ok(if owner.as_ref() == Some(&alias.user_id) {
                    Ok(Taken::Present)
                } else {
                    Err(Flaw::AliasTaken)
                })
            }
            Err(InsertError::Store(error)) => Err(error.into()),
        }
    }
}

/// What became of an item.
enum Taken {
    Added,
    Present,
}

/// Whether a stored key is the one that is imported. A PBKDF2 digest that was imported before may have been upgraded
/// when its key was first used; then the time it was made tells.
fn is_same_key(stored: &ApiKey, imported: &ApiKey) -> bool {
    let upgraded = matches!(
        (&stored.material, &imported.material),
        (
            ApiKeyMaterial::Secret(SecretApiKeyDigest::Sha256(_)),
            ApiKeyMaterial::Secret(SecretApiKeyDigest::Pbkdf2 { .. })
        )
    );
    stored.material == imported.material || (upgraded && stored.created_at == imported.created_at)
}

fn failed(failure: Failure) -> Stop {
    Stop::Error(failure.into())
}

/// Of an insertion whose row cannot be there: the transaction has the application locked, and looked before.
fn absorb(inserted: Result<(), InsertError>) -> Result<(), Stop> {
    match inserted {
        Ok(()) | Err(InsertError::Duplicate) => Ok(()),
        Err(InsertError::Store(error)) => Err(error.into()),
    }
}

fn added(inserted: Result<(), InsertError>, duplicate: Taken) -> Result<Result<Taken, Flaw>, Stop> {
    match inserted {
        Ok(()) => Ok(Ok(Taken::Added)),
        Err(InsertError::Duplicate) => Ok(Ok(duplicate)),
        Err(InsertError::Store(error)) => Err(error.into()),
    }
}
