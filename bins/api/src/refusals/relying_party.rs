//! Pages that may not take part in an application's ceremonies.

use actix_web::http::StatusCode;
use passgate::relying_party::RelyingPartyError;
use passgate_core::relying_party::{Allowed, InvalidRelyingParty, OriginNotAllowed};

use crate::problem::{ErrorCode, Problem};

impl From<RelyingPartyError> for Problem {
    fn from(error: RelyingPartyError) -> Self {
        let nameless = |title: String| Self::domain(StatusCode::BAD_REQUEST, None, title);
        match error {
            RelyingPartyError::OriginRequired => nameless("Origin is required.".to_owned()),
            RelyingPartyError::RpIdRequired => nameless("RPID is required.".to_owned()),
            RelyingPartyError::Invalid(InvalidRelyingParty::Origin { sent, source }) => {
                nameless(format!("Origin '{sent}' is not valid: {source}."))
            }
            RelyingPartyError::Invalid(InvalidRelyingParty::RpId { sent, source }) => {
                nameless(format!("RPID '{sent}' is not valid: {source}."))
            }
            RelyingPartyError::NotAllowed(refusal) => origin_not_allowed(&refusal),
        }
    }
}

pub(super) fn origin_not_allowed(refusal: &OriginNotAllowed) -> Problem {
    let OriginNotAllowed { sent, allowed } = refusal;
    let (origin, rp_id) = (sent.origin.as_str(), sent.rp_id.as_str());
    let title = match allowed {
        Allowed::Listed { origins, rp_ids } if origins.is_empty() && rp_ids.is_empty() => format!(
            "Origin '{origin}' is not allowed with RPID '{rp_id}'. The origin's host must be the RPID or end in it."
        ),
        // The RP ID is no hint what is missing: it is listed already.
        Allowed::Listed { origins, rp_ids }
            if origins.is_empty() && rp_ids.contains(&sent.rp_id) && !sent.origin.is_web() =>
        {
            format!(
                "Origin '{origin}' is not allowed with RPID '{rp_id}'. It is the origin of an app, and the \
                 application lists RPIDs and no origins: list it among the allowed origins."
            )
        }
        Allowed::Listed { origins, rp_ids } => {
            let origins: Vec<&str> = origins.iter().map(passgate_webauthn::Origin::as_str).collect();
            let rp_ids: Vec<&str> = rp_ids.iter().map(passgate_webauthn::RpId::as_str).collect();
            format!(
                "Origin '{origin}' is not allowed with RPID '{rp_id}'. Allowed origins: {}. Allowed RPIDs: {}.",
                list(&origins),
                list(&rp_ids)
            )
        }
        Allowed::AsBegun(begun) => format!(
            "Origin '{origin}' with RPID '{rp_id}' is not where this session began: '{}' with RPID '{}'.",
            begun.origin.as_str(),
            begun.rp_id.as_str()
        ),
    };
    Problem::rule(ErrorCode::OriginNotAllowed, title)
}

/// An empty list does not restrict.
fn list(items: &[&str]) -> String {
    if items.is_empty() {
        "any that suits".to_owned()
    } else {
        items.join(", ")
    }
}
