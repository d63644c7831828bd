//! Trust in an attestation: anchors, FIDO metadata, and what a relying party demands (§7.1 steps 23 and 24).

mod aaguid;
mod error;
mod judgement;
mod outcome;
mod policy;

pub(crate) use self::judgement::judge;
pub use self::{
    aaguid::{AaguidPolicy, AaguidProof},
    error::TrustError,
    outcome::{AnchorSource, ModelFacts, TrustOutcome},
    policy::{TrustPolicy, TrustRequirement, UnknownModels},
};
