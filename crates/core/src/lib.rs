//! Passgate's domain rules: applications, API keys, users, aliases, credentials, sealed tokens, purposes and events.
//!
//! Everything here decides; nothing here does. No function reads a clock, draws randomness, opens a file or a socket:
//! the caller passes `now` and fresh bytes in, and gets a value or a typed error back. So every rule is tested with a
//! plain `#[test]`.
//!
//! Read it noun by noun: [`application`] and [`api_key`] say who calls, [`user`], [`alias`] and [`credential`] say whom
//! they speak of, [`relying_party`] says from where, [`authentication_config`] how strong a sign-in must be, [`register`]
//! and [`sign_in`] hold the rules of the two ceremonies, [`token`] seals what travels through a browser, [`master_key`] is
//! the secret behind all others, [`magic_link`] and [`account_deletion`] hold the
//! rules of what goes out by mail, [`clock_watch`] says when a clock may be believed, [`signal`] and [`well_known`] hold
//! the rules of what browsers and phones are told, [`text`] says how long texts may be, and [`event`] is what remains on record. A [`code`] names each refusal,
//! for good.

pub mod account_deletion;
pub mod alias;
pub mod api_key;
pub mod application;
pub mod authentication_config;
pub mod clock_watch;
pub mod code;
pub mod credential;
pub mod decoy;
mod derivation;
pub mod event;
pub mod magic_link;
pub mod master_key;
pub mod provider;
pub mod register;
pub mod relying_party;
pub mod secret;
pub mod sign_in;
pub mod signal;
#[cfg(test)]
mod test_authenticator;
pub mod text;
pub mod time;
pub mod token;
pub mod user;
pub mod well_known;
