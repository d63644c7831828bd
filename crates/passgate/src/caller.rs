//! A caller: proof of which application an operation is asked for, and by whom.

use std::sync::Arc;

use passgate_core::{
    api_key::{ApiKey, ApiKeyId, ApiKeyKind, MissingScope, Scope},
    application::{AppId, Application, Features},
};

use crate::{record::Actor, snapshots::ApplicationSnapshot};

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
    /// A caller whose key was checked.
    pub(crate) fn with_key(app: Arc<ApplicationSnapshot>, key: &ApiKey) -> Self {
        let authority = Authority::Key {
            kind: key.kind(),
            id: key.id.clone(),
            scopes: key.scopes.clone(),
        };
        Self { app, authority }
    }

    /// A caller from within the process.
    pub(crate) const fn embedded(app: Arc<ApplicationSnapshot>) -> Self {
        Self {
            app,
            authority: Authority::Embedded,
        }
    }

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

impl Actor for Caller {
    fn application(&self) -> &Application {
        &self.snapshot().application
    }

    fn key_id(&self) -> Option<&ApiKeyId> {
        self.key_id()
    }
}
