//! Error enums as problems: one file per noun, one exhaustive match per enum.
//!
//! No map has a wildcard arm: a new variant does not compile until someone has chosen its status and code. Nobody imports
//! these modules; what they implement is found by the compiler.

mod authentication;
mod mail;
mod management;
mod purposes;
mod register;
mod relying_party;
mod shares;
mod sign_in;
mod signals;
mod token;
mod verification;

#[cfg(test)]
mod tests;
