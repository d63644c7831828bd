//! `/signals`: what a page hands to `PublicKeyCredential.signal…`, so that authenticators hold what the server holds.

pub(super) mod all_accepted_credentials;
pub(super) mod current_user_details;
pub(super) mod unknown_credential;

use passgate_core::{
    signal::SignalledHandles,
    user::{MAX_BYTES, UserId},
};
use passgate_webauthn::{RpId, UserHandle};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{problem::Problem, validation::Validation, wire};

/// A payload about a user, and the other handles that it holds for.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{P}")]
struct AboutUser<P> {
    #[serde(flatten)]
    payload: P,
    /// Other handles of the user, for each of which the signal is given too. Left out where there are none, so that nearly always the payload is exactly what the browser takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<wire::UserHandle>")]
    other_user_ids: Vec<String>,
}

impl<P> AboutUser<P> {
    fn new(payload: P, handles: &SignalledHandles) -> Self {
        Self {
            payload,
            other_user_ids: handles.others.iter().map(UserHandle::to_base64url).collect(),
        }
    }
}

/// The user; what is wrong with the id is noted too.
fn check_user_id(check: &mut Validation, sent: Option<&str>) -> Result<UserId, Problem> {
    check
        .member("UserId")
        .required(sent)
        .at_most_bytes(sent.unwrap_or_default(), MAX_BYTES);
    let sent = sent.unwrap_or_default();
    UserId::parse(sent).map_err(|_| Problem::malformed_parameter("string UserId", sent))
}

/// The RP ID; what is wrong with it is noted too.
fn check_rp_id(check: &mut Validation, sent: Option<&str>) -> Result<RpId, Problem> {
    let member = check.member("RpId").required(sent);
    let sent = sent.unwrap_or_default();
    RpId::parse(sent).map_err(|error| {
        member.rule(false, &format!("The RpId field is not valid: {error}."));
        Problem::malformed_parameter("string RpId", sent)
    })
}
