//! `passgate key …`: API keys from the command line.

use std::collections::BTreeSet;

use clap::Subcommand;
use passgate::api_keys::CreatedKey;
use passgate_core::{
    api_key::{ApiKey, ApiKeyId, ApiKeyKind, Scope},
    application::AppId,
};
use serde_json::{Value, json};

use super::{
    Answer, CommandError,
    answer::{instant, moment, table},
    place::{Place, app_id, demand},
};
use crate::config::Sources;

/// What can be done with API keys. A key's ID is its last four characters.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key and print it; a secret key is shown this once.
    Create {
        /// The application's name.
        app: String,
        /// A key for backends (header ApiSecret).
        #[arg(long, group = "kind", required_unless_present = "public")]
        secret: bool,
        /// A key for browsers (header ApiKey).
        #[arg(long, group = "kind")]
        public: bool,
        /// What it may be used for: register, login (public), token_register, token_verify (secret); default: both.
        #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
        scopes: Vec<String>,
    },
    /// List the keys of an application; secret keys are masked.
    List {
        /// The application's name.
        app: String,
    },
    /// Lock a key: it is refused until it is unlocked.
    Lock {
        /// The application's name.
        app: String,
        /// The last four characters of the key.
        id: String,
    },
    /// Unlock a key.
    Unlock {
        /// The application's name.
        app: String,
        /// The last four characters of the key.
        id: String,
    },
    /// Delete a key.
    Delete {
        /// The application's name.
        app: String,
        /// The last four characters of the key.
        id: String,
    },
}

pub(super) fn perform(command: KeyCommand, sources: &Sources) -> Result<Answer, CommandError> {
    match command {
        KeyCommand::Create {
            app,
            secret,
            public: _,
            scopes,
        } => {
            let kind = if secret {
                ApiKeyKind::Secret
            } else {
                ApiKeyKind::Public
            };
            create(&Place::open(sources)?, &app_id(&app)?, kind, &scopes)
        }
        KeyCommand::List { app } => list(&Place::open(sources)?, &app_id(&app)?),
        KeyCommand::Lock { app, id } => change(sources, &app, &id, Change::Lock),
        KeyCommand::Unlock { app, id } => change(sources, &app, &id, Change::Unlock),
        KeyCommand::Delete { app, id } => change(sources, &app, &id, Change::Delete),
    }
}

fn create(place: &Place, app: &AppId, kind: ApiKeyKind, scopes: &[String]) -> Result<Answer, CommandError> {
    let scopes: BTreeSet<Scope> = if scopes.is_empty() {
        Scope::all_of(kind).into()
    } else {
        let unknown = |text: &String| CommandError::Feature(format!("there is no scope '{text}'"));
        scopes
            .iter()
            .map(|text| Scope::parse(text).ok_or_else(|| unknown(text)))
            .collect::<Result<_, _>>()?
    };
    let created = place
        .passgate()
        .create_key(app, kind, &scopes, place.env())
        .map_err(|error| CommandError::from_create_key(app, error))?;
    let (key, remark) = match &created {
        CreatedKey::Public(key) => (
            key.as_str(),
            "It may be seen by everybody: it belongs in the page.",
        ),
        CreatedKey::Secret(key) => (
            key.expose().as_str(),
            "It is shown this once: the server keeps only its digest.",
        ),
    };
    let json = json!({ "appId": app.as_str(), "apiKey": key, "type": kind.as_str(), "scopes": scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>() });
    Ok(Answer::new(format!("{key}\n\n{remark}"), json))
}

fn list(place: &Place, app: &AppId) -> Result<Answer, CommandError> {
    let keys = place.passgate().list_keys(app, place.env())?;
    if keys.is_empty() {
        demand(place, app)?;
    }
    Ok(Answer::new(
        listing(app, &keys),
        json!({ "appId": app.as_str(), "keys": listing_json(app, &keys) }),
    ))
}

/// The keys as a table.
pub(super) fn listing(app: &AppId, keys: &[ApiKey]) -> String {
    if keys.is_empty() {
        return format!("Application {app} has no keys; `passgate key create {app} --secret` makes one.");
    }
    let mut rows = vec![
        ["ID", "KEY", "SCOPES", "STATE", "CREATED"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(keys.iter().map(|key| {
        let state = if key.lock.is_some() { "locked" } else { "active" };
        vec![
            key.id.to_string(),
            key.masked(app),
            scopes(key).join(", "),
            state.to_owned(),
            moment(key.created_at),
        ]
    }));
    table(&rows)
}

/// The keys for programs.
pub(super) fn listing_json(app: &AppId, keys: &[ApiKey]) -> Value {
    let keys = keys.iter().map(|key| {
        json!({
            "id": key.id.as_str(),
            "apiKey": key.masked(app),
            "type": key.kind().as_str(),
            "scopes": scopes(key),
            "isLocked": key.lock.is_some(),
            "createdAt": instant(key.created_at),
        })
    });
    keys.collect()
}

fn scopes(key: &ApiKey) -> Vec<&'static str> {
    key.scopes.iter().map(|scope| scope.as_str()).collect()
}

#[derive(Clone, Copy)]
enum Change {
    Lock,
    Unlock,
    Delete,
}

fn change(sources: &Sources, app: &str, id: &str, change: Change) -> Result<Answer, CommandError> {
    let app = app_id(app)?;
    let no_such_key = || CommandError::NoSuchKey {
        app: app.clone(),
        id: id.to_owned(),
    };
    let key = ApiKeyId::parse(id).map_err(|_| no_such_key())?;
    let place = Place::open(sources)?;
    demand(&place, &app)?;
    let (result, done) = match change {
        Change::Lock => (place.passgate().lock_key(&app, &key, place.env()), "locked"),
        Change::Unlock => (place.passgate().unlock_key(&app, &key, place.env()), "unlocked"),
        Change::Delete => (place.passgate().delete_key(&app, &key, place.env()), "deleted"),
    };
    result.map_err(|error| CommandError::from_key_change(&app, id, error))?;
    Ok(Answer::new(
        format!("Key {id} of application {app} is {done}. Running servers follow within a second."),
        json!({ "appId": app.as_str(), "id": id, "state": done }),
    ))
}
