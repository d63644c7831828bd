//! `/admin/apps/{app}/…-keys`: an application's keys.

use std::collections::BTreeSet;

use passgate::{
    Stopped,
    api_keys::{CreateKeyError, CreatedKey, KeyChangeError},
};
use passgate_core::{
    api_key::{ApiKey, ApiKeyId, ApiKeyKind, Scope},
    application::AppId,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::routes::of_app::{OfApp, app};
use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json, nothing},
    input::{Input, Parts, Unreadable},
    json::{BindingError, Json, Members, parse_integer},
    problem::Problem,
    shape::{Body, texts_or_integers},
    timestamps, wire,
};

/// The scopes of a new key, as numbers whose meaning depends on the kind of key, or as texts.
pub(in crate::routes) struct NewKey {
    app: Option<AppId>,
    scopes: Vec<SentScope>,
}

enum SentScope {
    Number(i64),
    Named(Scope),
}

impl Input for NewKey {
    const BODY: Option<Body> = Some(Body::new(
        "CreateApiKey",
        &[texts_or_integers::<wire::Scope>("scopes")
            .about("What the key may be used for: names, or their numbers.")
            .required()],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let items = parts.body().list("scopes")?.unwrap_or_default();
        let scopes = items
            .iter()
            .map(|item| sent_scope(parts.body(), item))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            app: app(parts)?,
            scopes,
        })
    }
}

fn sent_scope(body: &Members<'_>, item: &Json) -> Result<SentScope, BindingError> {
    let named = |text: &String| Scope::parse(&text.to_ascii_lowercase()).map(SentScope::Named);
    let sent = match item {
        Json::Integer(number) => Some(SentScope::Number(*number)),
        Json::Text(text) => named(text).or_else(|| parse_integer(text).map(SentScope::Number)),
        _ => None,
    };
    sent.ok_or_else(|| body.wrong("scopes", "must hold scopes".to_owned()))
}

impl NewKey {
    fn scopes(&self, kind: ApiKeyKind) -> Result<BTreeSet<Scope>, Problem> {
        let meaning = |sent: &SentScope| match sent {
            SentScope::Named(scope) => Ok(*scope),
            SentScope::Number(number) => Scope::from_number(kind, *number).ok_or_else(|| {
                Problem::malformed_body(
                    "CreateApiKey",
                    format!("The member 'scopes' holds {number}, which is no scope."),
                )
            }),
        };
        self.scopes.iter().map(meaning).collect()
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CreatedKey")]
struct Created {
    /// The key; of a secret key, all but its end is masked where keys are listed.
    #[schemars(with = "wire::ApiSecret")]
    api_key: String,
}

pub(in crate::routes) const CREATE_PUBLIC: Doc =
    Doc::new("createPublicKey", "Makes a public key").answers(&[json::<Created>()]);

pub(in crate::routes) async fn create_public(call: Call<ManagementKey, NewKey>) -> Result<Answer, Problem> {
    create(call, ApiKeyKind::Public).await
}

pub(in crate::routes) const CREATE_SECRET: Doc =
    Doc::new("createSecretKey", "Makes a secret key").answers(&[json::<Created>()]);

pub(in crate::routes) async fn create_secret(call: Call<ManagementKey, NewKey>) -> Result<Answer, Problem> {
    create(call, ApiKeyKind::Secret).await
}

async fn create(call: Call<ManagementKey, NewKey>, kind: ApiKeyKind) -> Result<Answer, Problem> {
    let scopes = call.input.scopes(kind)?;
    let created = call
        .run(move |passgate, _, input, env| match input.app {
            _ if scopes.is_empty() => Err(Stopped::Refused(CreateKeyError::ScopesRequired)),
            Some(app) => passgate.create_key(&app, kind, &scopes, env),
            None => Err(Stopped::Refused(CreateKeyError::AppNotFound)),
        })
        .await?;
    Answer::json(&Created {
        api_key: match created {
            CreatedKey::Public(key) => key.as_str().to_owned(),
            CreatedKey::Secret(key) => key.expose().clone(),
        },
    })
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Key")]
struct Listed {
    #[schemars(with = "wire::ApiKeyId")]
    id: String,
    /// When it was made.
    #[schemars(with = "wire::LocalTime")]
    created_at: String,
    /// The key; of a secret key, all but its end is masked where keys are listed.
    #[schemars(with = "wire::ApiSecret")]
    api_key: String,
    /// 1 for a public key, 2 for a secret key.
    #[schemars(example = 2)]
    r#type: u8,
    /// What it may be used for.
    #[schemars(with = "Vec<wire::Scope>")]
    scopes: Vec<&'static str>,
    /// Whether it is refused.
    is_locked: bool,
    /// When it was last locked; `null` if never.
    #[schemars(with = "Option<wire::LocalTime>")]
    last_locked_at: Option<String>,
}

impl Listed {
    fn new(key: &ApiKey, app: &AppId) -> Self {
        let mut scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        scopes.sort_unstable();
        Self {
            id: key.id.as_str().to_owned(),
            created_at: timestamps::zoneless(key.created_at),
            api_key: key.masked(app),
            r#type: key.kind().number(),
            scopes,
            is_locked: key.lock.is_some(),
            last_locked_at: key.last_locked_at.map(timestamps::zoneless),
        }
    }
}

pub(in crate::routes) const LIST: Doc =
    Doc::new("listApiKeys", "All keys, secret ones masked").answers(&[json::<Vec<Listed>>()]);

pub(in crate::routes) async fn list(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    let Some(app) = call.input.0.clone() else {
        return Answer::json(&[(); 0]);
    };
    let listed_app = app.clone();
    let keys = call
        .run(move |passgate, _, _, env| passgate.list_keys(&app, env))
        .await?;
    Answer::json(
        &keys
            .iter()
            .map(|key| Listed::new(key, &listed_app))
            .collect::<Vec<_>>(),
    )
}

/// One key; none if no key can have such an id.
pub(in crate::routes) struct OfKey(Option<(AppId, ApiKeyId)>);

impl Input for OfKey {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let id = ApiKeyId::parse(&parts.path("id")?).ok();
        Ok(Self(app(parts)?.zip(id)))
    }
}

pub(in crate::routes) const LOCK: Doc = Doc::new("lockApiKey", "Locks a key")
    .answers(&[nothing(204)])
    .refusals(&[(404, "no such key")]);

pub(in crate::routes) async fn lock(call: Call<ManagementKey, OfKey>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| {
        let (app, id) = input.0.ok_or(KeyChangeError::NotFound)?;
        passgate.lock_key(&app, &id, env)
    })
    .await?;
    Ok(Answer::no_content())
}

pub(in crate::routes) const UNLOCK: Doc = Doc::new("unlockApiKey", "Unlocks a key")
    .answers(&[nothing(204)])
    .refusals(&[(404, "no such key")]);

pub(in crate::routes) async fn unlock(call: Call<ManagementKey, OfKey>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| {
        let (app, id) = input.0.ok_or(KeyChangeError::NotFound)?;
        passgate.unlock_key(&app, &id, env)
    })
    .await?;
    Ok(Answer::no_content())
}

pub(in crate::routes) const DELETE: Doc = Doc::new("deleteApiKey", "Deletes a key")
    .answers(&[nothing(204)])
    .refusals(&[(404, "no such key")]);

pub(in crate::routes) async fn delete(call: Call<ManagementKey, OfKey>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| {
        let (app, id) = input.0.ok_or(KeyChangeError::NotFound)?;
        passgate.delete_key(&app, &id, env)
    })
    .await?;
    Ok(Answer::no_content())
}
