//! The operations, run on real databases with a soft authenticator.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

mod attestation;
mod broken_ceremonies;
mod ceremonies;
mod clocks;
mod costs;
mod development;
mod freshness;
mod jobs;
mod learned_handles;
mod mail;
mod management;
mod master_key;
mod other_products;
mod races;
mod refusals;
mod relying_party;
mod transfer;
mod well_known;
mod world;
