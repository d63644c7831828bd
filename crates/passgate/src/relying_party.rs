//! Which RP IDs and origins an application takes part in ceremonies with.

use passgate_core::{
    application::Features,
    code::Code,
    relying_party::{AllowedParty, InvalidRelyingParty, OriginNotAllowed, RelyingParty},
};

use crate::Refusal;

/// The `RPID` and `Origin` of a request, exactly as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelyingPartyInput {
    /// `RPID` as the page sent it, unchecked; none if it sent none.
    pub rp_id: Option<String>,
    /// The page's origin, or that of a native app.
    pub origin: Option<String>,
}

/// Why an RP ID and origin are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// No origin was sent.
    #[error("an origin is required")]
    OriginRequired,
    /// No RP ID was sent.
    #[error("an RP ID is required")]
    RpIdRequired,
    /// What was sent is no origin or no RP ID.
    #[error(transparent)]
    Invalid(#[from] InvalidRelyingParty),
    /// The application may not be used from there, or *complete* comes from elsewhere than *begin*.
    #[error(transparent)]
    NotAllowed(#[from] OriginNotAllowed),
}

impl Refusal for RelyingPartyError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::OriginRequired => Some(Code::OriginRequired),
            Self::RpIdRequired => Some(Code::RpIdRequired),
            Self::Invalid(refusal) => refusal.code(),
            Self::NotAllowed(refusal) => refusal.code(),
        }
    }
}

/// Reads what was sent, and asks whether the application may be used from there.
pub(crate) fn judge(
    input: &RelyingPartyInput,
    features: &Features,
) -> Result<AllowedParty, RelyingPartyError> {
    fn given(text: Option<&String>) -> Option<&str> {
        text.map(String::as_str).filter(|text| !text.is_empty())
    }
    let origin = given(input.origin.as_ref()).ok_or(RelyingPartyError::OriginRequired)?;
    let rp_id = given(input.rp_id.as_ref()).ok_or(RelyingPartyError::RpIdRequired)?;
    Ok(RelyingParty::parse(rp_id, origin)?.allow(features)?)
}
