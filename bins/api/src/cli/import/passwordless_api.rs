//! An application read over the API of the server it lives on.
//!
//! The API shows users, credentials and aliases, and nothing of keys and features: the secret key that opens it is
//! taken over, and the features are those of an application that moves in.

use std::{fs, path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use passgate::transfer::{DigestKind, Flaw, Item, Kind, Note, PasskeyDefaults, Problem, read_passkey};
use passgate_core::{
    alias::{AliasDigest, StoredAlias},
    api_key::{ApiKey, ApiKeyKind, InvalidApiKey, PublicApiKey, Scope, SecretApiKey},
    application::{AppId, Application, ApplicationState, Features},
    secret::Secret,
    time::Timestamp,
    user::UserId,
};
use serde_json::Value;
use ureq::Agent;
use url::Url;

use crate::{cli::transfer::TransferError, config::Sources};

/// The variable that holds the secret key.
pub(super) const SECRET_VARIABLE: &str = "PASSWORDLESS_API_SECRET";

/// Most users that the API lists.
const LIST_LIMIT: usize = 1000;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Largest answer that is read.
const MAX_ANSWER: u64 = 256 * 1024 * 1024;

/// Why the other server could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address is none.
    #[error("'{url}' is not an address to read from: it must begin with https://, or name this very machine")]
    BaseUrl {
        /// What was given.
        url: String,
    },
    /// It does not answer.
    #[error("{path} cannot be read")]
    Unreachable {
        /// What was asked for.
        path: String,
        /// Why not.
        #[source]
        source: Box<ureq::Error>,
    },
    /// It answers with an error.
    #[error("{path} was answered with {status}: {title}")]
    Refused {
        /// What was asked for.
        path: String,
        /// The status.
        status: u16,
        /// What the answer says.
        title: String,
    },
    /// It answers something else than this API does.
    #[error("the answer to {path} is not what this API answers")]
    Unexpected {
        /// What was asked for.
        path: String,
    },
    /// The secret key is none.
    #[error("what was given as the secret key is not one")]
    Secret(#[source] InvalidApiKey),
    /// The public key is none, or another application's.
    #[error("the public key is not one of application '{app}'")]
    PublicKey {
        /// The application.
        app: AppId,
    },
}

/// What the other server holds of an application.
pub(super) struct Listed {
    pub(super) app: AppId,
    pub(super) notes: Vec<Note>,
    pub(super) records: Vec<Result<Item, Problem>>,
}

/// The secret key from its file or variable: never from the command line, where other users of the machine see it.
pub(super) fn secret(file: Option<&Path>, sources: &Sources) -> Result<Secret<String>, TransferError> {
    let text = match file {
        Some(path) => fs::read_to_string(path).map_err(|source| TransferError::File {
            action: "read",
            path: path.to_owned(),
            source,
        })?,
        None => sources
            .environment
            .get(SECRET_VARIABLE)
            .cloned()
            .or_else(|| std::env::var(SECRET_VARIABLE).ok())
            .ok_or_else(|| {
                TransferError::Usage(format!(
                    "give the application's secret key in {SECRET_VARIABLE} or with --secret-file"
                ))
            })?,
    };
    Ok(Secret::new(text.trim().to_owned()))
}

/// Reads everything the API shows of the secret key's application.
pub(super) fn read(
    base_url: &str,
    secret: &Secret<String>,
    public_key: Option<&str>,
    now: Timestamp,
    progress: &mut dyn FnMut(u64),
) -> Result<Listed, ApiError> {
    let key = SecretApiKey::parse(secret.expose()).map_err(ApiError::Secret)?;
    let app = key.app().clone();
    let client = Client::new(base_url, secret)?;
    let mut listed = Listed {
        app: app.clone(),
        notes: Vec::new(),
        records: Vec::new(),
    };
    listed.records.push(Ok(Item::Application(Box::new(Application {
        id: app.clone(),
        created_at: now,
        admin_emails: Vec::new(),
        state: ApplicationState::Active,
        features: Features::imported(),
    }))));
    let scopes = Scope::all_of(ApiKeyKind::Secret).into();
    listed
        .records
        .push(Ok(Item::ApiKey(Box::new(ApiKey::secret(&key, &scopes, now)))));
    match public_key {
        Some(text) => {
            let public = PublicApiKey::parse(text).ok().filter(|public| *public.app() == app);
            let public = public.ok_or_else(|| ApiError::PublicKey { app: app.clone() })?;
            let scopes = Scope::all_of(ApiKeyKind::Public).into();
            listed.records.push(Ok(Item::ApiKey(Box::new(ApiKey::public(public, &scopes, now)))));
        }
        None => listed.notes.push(Note::Other(
            "the API does not show the public key: browsers need --public-key, or a new one of `passgate key create`"
                .to_owned(),
        )),
    }

    let users = client.values("/users/list", &[])?;
    let owners = client.get("/users/count", &[])?["count"].as_u64();
    let listed_owners = users
        .iter()
        .filter(|user| user["credentialsCount"].as_u64() != Some(0))
        .count() as u64;
    if owners.is_some_and(|owners| owners > listed_owners) || users.len() >= LIST_LIMIT {
        listed.notes.push(Note::Truncated {
            listed: users.len() as u64,
            total: owners.filter(|owners| *owners > listed_owners),
        });
    }
    for (number, user) in (1..).zip(&users) {
        let user_id = user["userId"].as_str().ok_or_else(|| unexpected("/users/list"))?;
        for value in client.values("/credentials/list", &[("userId", user_id)])? {
            listed.records.push(credential(&value, now));
        }
        for value in client.values("/alias/list", &[("userId", user_id)])? {
            listed.records.push(alias(&value));
        }
        progress(number);
    }
    Ok(listed)
}

fn credential(value: &Value, now: Timestamp) -> Result<Item, Problem> {
    let name = value["descriptor"]["id"].as_str().unwrap_or_default().to_owned();
    let mut passkey = value.clone();
    passkey["id"] = value["descriptor"]["id"].clone();
    passkey["transports"] = value["descriptor"]["transports"].clone();
    let defaults = PasskeyDefaults {
        rp_id: None,
        origin: None,
        created_at: now,
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
            field: "alias",
            reason: "not base64 of 32 bytes".to_owned(),
        })
    })?;
    let user_id = UserId::parse(value["userId"].as_str().unwrap_or_default()).map_err(|error| {
        refused(Flaw::Invalid {
            field: "userId",
            reason: error.to_string(),
        })
    })?;
    let plaintext = value["plaintext"].as_str().map(str::to_owned);
    Ok(Item::Alias {
        alias: StoredAlias {
            digest: AliasDigest(digest),
            user_id,
            plaintext,
        },
        digest: DigestKind::Legacy,
    })
}

fn unexpected(path: &str) -> ApiError {
    ApiError::Unexpected {
        path: path.to_owned(),
    }
}

/// Asks the other server.
struct Client<'s> {
    agent: Agent,
    base: Url,
    secret: &'s Secret<String>,
}

impl<'s> Client<'s> {
    fn new(base_url: &str, secret: &'s Secret<String>) -> Result<Self, ApiError> {
        let refused = || ApiError::BaseUrl {
            url: base_url.to_owned(),
        };
        let base = Url::parse(base_url).map_err(|_| refused())?;
        let here = match base.host() {
            Some(url::Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        // The secret key does not travel in the clear.
        if !(base.scheme() == "https" || (base.scheme() == "http" && here)) {
            return Err(refused());
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // It goes to this server and to no other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        Ok(Self { agent, base, secret })
    }

    fn values(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, ApiError> {
        match self.get(path, query)? {
            Value::Object(mut members) => match members.remove("values") {
                Some(Value::Array(values)) => Ok(values),
                Some(_) | None => Err(unexpected(path)),
            },
            // The documentation shows a bare list.
            Value::Array(values) => Ok(values),
            _ => Err(unexpected(path)),
        }
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, ApiError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let unreachable = |source| ApiError::Unreachable {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let mut answer = self
            .agent
            .get(url.as_str())
            .header("ApiSecret", self.secret.expose())
            .call()
            .map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(unreachable)?;
        let body: Option<Value> = serde_json::from_slice(&body).ok();
        if status == 200 {
            return body.ok_or_else(|| unexpected(path));
        }
        let title = body
            .as_ref()
            .and_then(|body| body["title"].as_str())
            .unwrap_or("no reason given");
        Err(ApiError::Refused {
            path: path.to_owned(),
            status,
            title: title.to_owned(),
        })
    }
}
