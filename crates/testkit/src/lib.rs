//! Test support for Passgate; a dev-dependency only, never shipped.
//!
//! - [`SoftAuthenticator`]: a virtual authenticator and browser on the `passkey` crates. It answers the options our
//!   server hands out, honestly or broken in exactly one named way ([`Alteration`]).
//! - [`attestation`]: statements of every format and metadata from test authorities, honest or broken in one named way.
//! - [`FixedClock`] and [`SeededEntropy`]: the two sources the binary reads, made repeatable.
//! - [`TestDatabase`]: a throw-away SQLite file or PostgreSQL schema per test.
//! - [`PostgresCluster`], [`PgBouncer`]: servers of a test's own.
//! - [`mod@official`]: the tables of the server that people move in from.

pub mod attestation;
pub mod authenticator;
pub mod clock;
pub mod database;
pub mod entropy;
pub mod official;
#[cfg(unix)]
pub mod postgres_cluster;

pub use authenticator::{
    Alteration, Assertion, CeremonyRefused, HeldPasskey, Registration, SoftAuthenticator,
};
pub use clock::FixedClock;
pub use database::{REQUIRE_POSTGRES, TestDatabase, say_skipped};
pub use entropy::SeededEntropy;
#[cfg(unix)]
pub use postgres_cluster::{PgBouncer, PostgresCluster};
