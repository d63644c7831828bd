//! Test support for Passgate; a dev-dependency only, never shipped.
//!
//! - [`SoftAuthenticator`]: a virtual authenticator and browser on the `passkey` crates. It answers the options our
//!   server hands out, honestly or broken in exactly one named way ([`Alteration`]).
//! - [`attestation`]: statements of every format and metadata from test authorities, honest or broken in one named way.
//! - [`FixedClock`] and [`SeededEntropy`]: the two sources the binary reads, made repeatable.
//! - [`TestDatabase`]: a throw-away SQLite file or PostgreSQL schema per test.
//! - [`mod@official`]: the tables of the server that people move in from.

pub mod attestation;
pub mod authenticator;
pub mod clock;
pub mod database;
pub mod entropy;
pub mod official;

pub use authenticator::{
    Alteration, Assertion, CeremonyRefused, HeldPasskey, Registration, SoftAuthenticator,
};
pub use clock::FixedClock;
pub use database::TestDatabase;
pub use entropy::SeededEntropy;
