//! The one hop to the blocking pool: everything that may touch the database goes through here.

use std::sync::Arc;

use passgate::{Caller, Client, Env, Passgate, authentication::Presented};
use passgate_core::{
    api_key::ApiKeyKind,
    time::{Clock, Entropy},
};

use crate::problem::Problem;

/// The operations together with the clock and the randomness they are given.
#[derive(Clone)]
pub struct Operations {
    passgate: Passgate,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Operations {
    /// Puts them together.
    pub fn new(passgate: Passgate, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            passgate,
            clock,
            entropy,
        }
    }

    /// The operations themselves, for code that is on a blocking thread already.
    pub const fn passgate(&self) -> &Passgate {
        &self.passgate
    }

    /// The clock that operations are given.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The randomness that operations are given.
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// Runs one operation on the blocking pool. The time is read once, here.
    ///
    /// # Errors
    /// The operation's refusal, as a problem; 500 if it panicked.
    pub async fn run<T, E>(
        &self,
        operation: impl FnOnce(&Passgate, Env<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        match self.hop(operation).await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(problem) => Err(problem),
        }
    }

    /// Checks an application's key, without a hop if what is in memory will do. Tells a missing header
    /// from a wrong one by the other kind's header. The client is recorded with a refusal.
    ///
    /// # Errors
    /// The refusal, as a problem.
    pub async fn authenticate(
        &self,
        kind: ApiKeyKind,
        key: Option<String>,
        other: Option<String>,
        client: impl FnOnce() -> Client,
    ) -> Result<Caller, Problem> {
        let presented = Presented {
            key: key.as_deref(),
            other: other.as_deref(),
            client: None,
        };
        if let Some(caller) = self
            .passgate
            .authenticate_at_once(kind, presented, self.clock.now())
        {
            return Ok(caller);
        }
        let client = client();
        self.run(move |passgate, env| {
            let presented = Presented {
                key: key.as_deref(),
                other: other.as_deref(),
                client: Some(&client),
            };
            passgate.authenticate(kind, presented, env)
        })
        .await
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one hop")]
    async fn hop<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Passgate, Env<'_>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Self {
            passgate,
            clock,
            entropy,
        } = self.clone();
        let now = clock.now();
        actix_web::web::block(move || {
            work(
                &passgate,
                Env {
                    now,
                    entropy: entropy.as_ref(),
                },
            )
        })
        .await
        .map_err(|error| Problem::unexpected(format!("an operation did not end: {error}")))
    }
}
