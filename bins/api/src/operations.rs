//! Where operations run: everything that may touch the database goes through here.
//!
//! On SQLite a ceremony runs where its request is: it reads a few rows by their keys, checks a signature, and waits for
//! the writer without a thread. Everything else hops to the blocking pool, once.

use std::sync::Arc;

use actix_web::error::BlockingError;
use passgate::{Caller, Client, Env, Passgate, authentication::Presented};
use passgate_core::{
    api_key::ApiKeyKind,
    time::{Clock, Entropy},
};

use crate::{
    env::Machine,
    problem::Problem,
    shares::{Share, ShareLimits, Shares, Work},
};

/// The operations together with the clock and the randomness they are given.
#[derive(Clone)]
pub struct Operations {
    passgate: Passgate,
    machine: Machine,
    shares: Arc<Shares>,
}

/// An operation panicked, or the server is going down and runs none any more.
#[derive(Debug, thiserror::Error)]
#[error("an operation did not end: {0}")]
pub struct NotEnded(BlockingError);

impl Operations {
    /// Puts them together.
    pub fn new(passgate: Passgate, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            passgate,
            machine: Machine::new(clock, entropy),
            shares: Shares::new(ShareLimits::default()),
        }
    }

    /// With so much to share.
    #[must_use]
    pub fn sharing(self, limits: ShareLimits) -> Self {
        Self {
            shares: Shares::new(limits),
            ..self
        }
    }

    /// The operations themselves, for code that is on a blocking thread already.
    pub const fn passgate(&self) -> &Passgate {
        &self.passgate
    }

    /// The clock that operations are given.
    pub fn clock(&self) -> &dyn Clock {
        self.machine.clock()
    }

    /// The surroundings of one operation that begins now.
    pub fn env(&self) -> Env<'_> {
        self.machine.env()
    }

    /// Who has how much of the server.
    pub const fn shares(&self) -> &Arc<Shares> {
        &self.shares
    }

    /// Runs one operation for a request, on the blocking pool, when it is its share's turn.
    ///
    /// # Errors
    /// The operation's refusal, as a problem; 429 or 503 if too many wait; 500 if it panicked.
    pub async fn run<T, E>(
        &self,
        share: Share,
        work: Work,
        operation: impl FnOnce(&Passgate, Env<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let place = self.shares.enter(share, work).await?;
        let work = move |passgate: &Passgate, env: Env<'_>| {
            // Until the operation has ended, also when nobody waits for it any more.
            let _place = place;
            operation(passgate, env)
        };
        match self.hop(work).await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(not_ended) => Err(Problem::unexpected(not_ended.to_string())),
        }
    }

    /// Runs a ceremony for a request when it is its share's turn: without a hop on SQLite. What has begun is ended, also
    /// when nobody waits for it any more.
    ///
    /// # Errors
    /// The operation's refusal, as a problem; 429 or 503 if too many wait; 500 if it panicked.
    pub async fn run_ceremony<T, E>(
        &self,
        share: Share,
        operation: impl AsyncFnOnce(&Passgate, Env<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        if !self.passgate.store().is_sqlite() {
            let work = |passgate: &Passgate, env: Env<'_>| pollster::block_on(operation(passgate, env));
            return self.run(share, Work::Light, work).await;
        }
        let place = self.shares.enter(share, Work::Light).await?;
        let Self {
            passgate, machine, ..
        } = self.clone();
        // A task of its own on the same thread: it outlives a client that goes away, and a panic is its own.
        let ended = actix_web::rt::spawn(async move {
            let _place = place;
            operation(&passgate, machine.env()).await
        });
        match ended.await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(not_ended) => Err(Problem::unexpected(not_ended.to_string())),
        }
    }

    /// Runs work on the blocking pool: the one hop there. The time is read once, before it.
    ///
    /// # Errors
    /// [`NotEnded`].
    #[expect(clippy::disallowed_methods, reason = "this is the one hop")]
    pub async fn hop<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Passgate, Env<'_>) -> T + Send + 'static,
    ) -> Result<T, NotEnded> {
        let Self {
            passgate, machine, ..
        } = self.clone();
        let now = machine.clock().now();
        actix_web::web::block(move || work(&passgate, machine.env_at(now)))
            .await
            .map_err(NotEnded)
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
            .authenticate_at_once(kind, presented, self.clock().now())
        {
            return Ok(caller);
        }
        let client = client();
        // Whose key was good a while ago waits in their own line, and not among those who try keys.
        let share = self
            .passgate
            .recognise(kind, presented)
            .map_or(Share::Strangers, Share::App);
        self.run(share, Work::Light, move |passgate, env| {
            let presented = Presented {
                key: key.as_deref(),
                other: other.as_deref(),
                client: Some(&client),
            };
            passgate.authenticate(kind, presented, env)
        })
        .await
    }
}
