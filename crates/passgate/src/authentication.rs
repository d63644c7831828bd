//! Who calls: an API key becomes a [`Caller`], which every operation of an application asks for.

use std::sync::Arc;

use passgate_core::{
    api_key::{
        Accepted, ApiKey, ApiKeyId, ApiKeyKind, ApiKeyMaterial, HeaderProblem, KeyRefusal, MissingScope,
        PresentedKey, Scope, SecretApiKeyDigest, describe_refusal,
    },
    application::{AppId, Features},
    event::Occurrence,
    time::Timestamp,
};
use passgate_store::api_keys;

use crate::{ApplicationSnapshot, Client, Env, Failure, Passgate, failure::from_store_error};

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

/// Proof that an application's key was shown, or that the call comes from within the process.
///
/// It carries the application as it was when the key was checked.
#[derive(Clone, Debug)]
pub struct Caller {
    app: Arc<ApplicationSnapshot>,
    authority: Authority,
}

#[derive(Clone, Debug)]
enum Authority {
    Key {
        kind: ApiKeyKind,
        id: ApiKeyId,
        scopes: Vec<Scope>,
    },
    Embedded,
}

impl Caller {
    /// The application.
    pub fn app_id(&self) -> &AppId {
        self.app.app_id()
    }

    /// What the application may do.
    pub fn features(&self) -> &Features {
        self.app.features()
    }

    /// The id of the key; none for an embedded caller.
    pub const fn key_id(&self) -> Option<&ApiKeyId> {
        match &self.authority {
            Authority::Key { id, .. } => Some(id),
            Authority::Embedded => None,
        }
    }

    /// The kind of the key; none for an embedded caller.
    pub const fn kind(&self) -> Option<ApiKeyKind> {
        match &self.authority {
            Authority::Key { kind, .. } => Some(*kind),
            Authority::Embedded => None,
        }
    }

    /// Refuses a caller whose key lacks the scope. An embedded caller lacks none.
    ///
    /// # Errors
    /// [`MissingScope`], naming the scope.
    pub fn require(&self, scope: Scope) -> Result<(), MissingScope> {
        match &self.authority {
            Authority::Key { scopes, .. } if !scopes.contains(&scope) => {
                Err(MissingScope { required: scope })
            }
            Authority::Key { .. } | Authority::Embedded => Ok(()),
        }
    }

    pub(crate) const fn snapshot(&self) -> &Arc<ApplicationSnapshot> {
        &self.app
    }
}

/// Why a key does not authenticate.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The key is absent, unknown, wrong or locked. Which of these is not told.
    #[error("a valid {} is required", required.header())]
    Refused {
        /// The kind of key that was required.
        required: ApiKeyKind,
        /// What can be said about the headers without telling whether any key exists.
        problem: HeaderProblem,
    },
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why there is no embedded caller.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedCallerError {
    /// There is no such application.
    #[error("the application does not exist")]
    AppNotFound,
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(AuthenticationError, EmbeddedCallerError);

impl Passgate {
    /// Authenticates a key: a browser's (header `ApiKey`) or a backend's (header `ApiSecret`).
    ///
    /// # Errors
    /// [`AuthenticationError::Refused`], which is recorded as an event if the application stores events.
    pub fn authenticate(
        &self,
        kind: ApiKeyKind,
        presented: Presented<'_>,
        env: Env<'_>,
    ) -> Result<Caller, AuthenticationError> {
        let refused = || AuthenticationError::Refused {
            required: kind,
            problem: describe_refusal(kind, presented.key, presented.other),
        };
        let Ok(key) = PresentedKey::parse(kind, presented.key.unwrap_or_default()) else {
            return Err(refused());
        };
        let snapshot = self
            .snapshot(key.app(), env.now, |snapshot| {
                key.id().is_none() || snapshot.presented(&key).is_some()
            })?
            .ok_or_else(refused)?;
        match check(&snapshot, &key) {
            Ok((stored, accepted)) => {
                if let Some(digest) = accepted.upgrade {
                    self.store().write(|tx| -> Result<_, Failure> {
                        Ok(api_keys::upgrade_digest(tx, key.app(), &stored.id, &digest)?)
                    })?;
                    self.forget(key.app());
                }
                let authority = Authority::key(stored);
                Ok(Caller {
                    app: snapshot,
                    authority,
                })
            }
            Err(refusal) => {
                if key.refusal_event(refusal).is_some() {
                    let what = Occurrence::KeyRefused(kind, refusal);
                    let client = presented.client;
                    self.record_refusal_with(&snapshot.application, key.id(), env, &what, client);
                }
                Err(refused())
            }
        }
    }

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
        let snapshot = self.fresh_snapshot(key.app(), now)?;
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
        let authority = Authority::key(stored);
        Some(Caller {
            app: snapshot,
            authority,
        })
    }

    /// A caller from within the process, who needs no key.
    ///
    /// # Errors
    /// [`EmbeddedCallerError::AppNotFound`].
    pub fn embedded_caller(&self, app: &AppId, env: Env<'_>) -> Result<Caller, EmbeddedCallerError> {
        let app = self
            .snapshot(app, env.now, |_| true)?
            .ok_or(EmbeddedCallerError::AppNotFound)?;
        Ok(Caller {
            app,
            authority: Authority::Embedded,
        })
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

impl Authority {
    fn key(key: &ApiKey) -> Self {
        Self::Key {
            kind: key.kind(),
            id: key.id.clone(),
            scopes: key.scopes.clone(),
        }
    }
}
