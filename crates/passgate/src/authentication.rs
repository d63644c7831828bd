//! Authentication: an API key becomes a [`Caller`], which every operation of an application asks for.

use std::sync::Arc;

use passgate_core::{
    api_key::{
        Accepted, ApiKey, ApiKeyId, ApiKeyKind, ApiKeyMaterial, HeaderProblem, KeyRefusal, PresentedKey,
        SecretApiKeyDigest, describe_refusal,
    },
    application::{AppId, Application},
    code::Code,
    event::Occurrence,
    time::Timestamp,
};
use passgate_store::api_keys;

use crate::{
    AppNotFound, ApplicationSnapshot, Caller, Client, Env, Failure, Passgate, Refusal, Stopped, record::Actor,
};

/// The key headers of a request.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The header that the route requires; empty counts as absent.
    pub key: Option<&'a str>,
    /// The header of the other kind of key, which is only looked at to explain a refusal.
    pub other: Option<&'a str>,
    /// Who shows it, if that is known: it is recorded with a refusal if the application allows that.
    pub client: Option<&'a Client>,
}

/// The key is absent, unknown, wrong or locked. Which of these is not told.
#[derive(Debug, thiserror::Error)]
#[error("a valid {} is required", required.header())]
pub struct AuthenticationError {
    /// The kind of key that was required.
    pub required: ApiKeyKind,
    /// What can be said about the headers without telling whether any key exists.
    pub problem: HeaderProblem,
}

impl Refusal for AuthenticationError {
    fn code(&self) -> Option<Code> {
        None
    }
}

impl Passgate {
    /// Accepts a key without blocking, from what is in memory; none if that takes more, or is not to be accepted.
    ///
    /// An asynchronous host asks here first, and hops to its blocking pool only for what is left: a snapshot that is
    /// not there or not fresh, an imported digest that is slow to compare, a refusal to be recorded.
    pub fn authenticate_at_once(
        &self,
        kind: ApiKeyKind,
        presented: Presented<'_>,
        now: Timestamp,
    ) -> Option<Caller> {
        let key = PresentedKey::parse(kind, presented.key?).ok()?;
        let snapshot = self.snapshots().fresh(key.app(), now)?;
        if snapshot.application.state.locks_keys() {
            return None;
        }
        let stored = snapshot.find_key(key.id()?)?;
        if matches!(
            stored.material,
            ApiKeyMaterial::Secret(SecretApiKeyDigest::Pbkdf2 { .. })
        ) {
            return None;
        }
        stored.check(&key).ok()?;
        let caller = Caller::with_key(Arc::clone(&snapshot), stored);
        Some(caller)
    }

    /// The application whose key this was when it was last looked at, however long ago that is: whom to hold the cost
    /// of looking again against. It allows nothing.
    pub fn recognise(&self, kind: ApiKeyKind, presented: Presented<'_>) -> Option<AppId> {
        let key = PresentedKey::parse(kind, presented.key?).ok()?;
        let snapshot = self.snapshots().last(key.app())?;
        let stored = snapshot.presented(&key)?;
        let is_slow = matches!(
            stored.material,
            ApiKeyMaterial::Secret(SecretApiKeyDigest::Pbkdf2 { .. })
        );
        (!is_slow && stored.check(&key).is_ok()).then(|| snapshot.app_id().clone())
    }

    /// A caller from within the process, who needs no key.
    ///
    /// # Errors
    /// [`AppNotFound`].
    pub fn embedded_caller(&self, app: &AppId, env: Env<'_>) -> Result<Caller, Stopped<AppNotFound>> {
        let app = self
            .snapshots()
            .find(app, env.now, |_| true)?
            .ok_or(AppNotFound)?;
        Ok(Caller::embedded(app))
    }

    /// Authenticates the key of a browser (header `ApiKey`) or of a backend (header `ApiSecret`).
    ///
    /// # Errors
    /// [`AuthenticationError`], which is recorded as an event if the application stores events.
    pub fn authenticate(
        &self,
        kind: ApiKeyKind,
        presented: Presented<'_>,
        env: Env<'_>,
    ) -> Result<Caller, Stopped<AuthenticationError>> {
        let refused = || AuthenticationError {
            required: kind,
            problem: describe_refusal(kind, presented.key, presented.other),
        };
        let Ok(key) = PresentedKey::parse(kind, presented.key.unwrap_or_default()) else {
            return Err(refused().into());
        };
        let snapshot = self
            .snapshots()
            .find(key.app(), env.now, |snapshot| {
                key.id().is_none()
                    || snapshot
                        .presented(&key)
                        .is_some_and(|stored| is_settled(stored, &key))
            })?
            .ok_or_else(refused)?;
        match check(&snapshot, &key) {
            Ok((stored, accepted)) => {
                if let Some(digest) = accepted.upgrade {
                    self.store().write(|tx| -> Result<_, Failure> {
                        Ok(api_keys::upgrade_digest(tx, key.app(), &stored.id, &digest)?)
                    })?;
                    self.snapshots().forget(key.app());
                }
                Ok(Caller::with_key(Arc::clone(&snapshot), stored))
            }
            Err(refusal) => {
                if key.looks_like_a_key() {
                    let what = Occurrence::KeyRefused(kind, refusal);
                    let actor = RefusedKey {
                        application: &snapshot.application,
                        id: key.id(),
                    };
                    self.record().refusal(&actor, presented.client, env, &what);
                }
                Err(refused().into())
            }
        }
    }
}

/// Whether nothing is to be gained by looking again. A wrong secret is looked up once more, as a wrong id is: how long a
/// refusal takes does not tell which ids there are. A digest that is slow to compare is compared once.
fn is_settled(stored: &ApiKey, key: &PresentedKey) -> bool {
    match &stored.material {
        ApiKeyMaterial::Secret(SecretApiKeyDigest::Pbkdf2 { .. }) => true,
        _ => stored.check(key).is_ok(),
    }
}

/// Whether a key is one of the application, and may be used. No key may while all of them are locked.
fn check<'a>(
    snapshot: &'a ApplicationSnapshot,
    key: &PresentedKey,
) -> Result<(&'a ApiKey, Accepted), KeyRefusal> {
    let stored = snapshot.presented(key).ok_or(KeyRefusal::Invalid)?;
    let accepted = stored.check(key)?;
    if snapshot.application.state.locks_keys() {
        return Err(KeyRefusal::Locked);
    }
    Ok((stored, accepted))
}

/// Whoever shows a key that is refused: recorded like somebody who acts.
struct RefusedKey<'a> {
    application: &'a Application,
    id: Option<&'a ApiKeyId>,
}

impl Actor for RefusedKey<'_> {
    fn application(&self) -> &Application {
        self.application
    }

    fn key_id(&self) -> Option<&ApiKeyId> {
        self.id
    }
}
