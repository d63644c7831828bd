//! What the fuzz targets and the seed maker share: the software authenticator of the verifier's own tests, and the
//! most permissive policy, which reaches the most code.

use passgate_webauthn::policy::{
    CrossOriginPolicy, OriginRule, SafetyNetPolicy, UserHandleForm,
    UserHandleRule,
};
use passgate_webauthn::{Leniency, Policy, SignCountPolicy};

#[path = "../../crates/webauthn/tests/support/soft.rs"]
pub mod soft;

/// Every leniency open.
pub fn lax() -> Policy {
    Leniency::ALL
        .into_iter()
        .fold(Policy::compatible(), Policy::with_leniency)
        .with_cross_origin(CrossOriginPolicy::AnyTopOrigin)
        .with_origins(OriginRule::ListedOrUnderRpId)
        .with_safetynet(SafetyNetPolicy::Verify)
        .with_sign_count(SignCountPolicy::Report)
        .with_user_handle(UserHandleRule::IfPresent)
        .with_user_handle_form(UserHandleForm::BytesOrBase64UrlText)
}
