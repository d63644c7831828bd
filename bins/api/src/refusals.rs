//! Error enums as problems: one file per noun, one exhaustive match per enum.
//!
//! No map has a wildcard arm: a new variant does not compile until someone has chosen its status and code. Nobody imports
//! these modules; what they implement is found by the compiler.

mod account_deletion;
mod aliases;
mod api_keys;
mod applications;
mod authentication;
mod authentication_configs;
mod authenticators;
mod deletion;
mod events;
mod features;
mod magic_links;
mod mail;
mod metadata;
mod register;
mod relying_party;
mod shares;
mod sign_in;
mod signals;
mod token;
mod verification;
mod well_known;

#[cfg(test)]
mod tests;
