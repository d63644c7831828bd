//! What the four browser endpoints share on the wire.

use passgate::relying_party::RelyingPartyInput;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    json::{BindingError, Json, Members},
    wire,
};

pub(super) mod options;

/// The transports in the order of their ordinals.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// The one type of credential, and its ordinal.
const PUBLIC_KEY: (&str, &str) = ("public-key", "0");

/// A token, as every endpoint that makes one answers.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Token")]
pub(super) struct TokenAnswer {
    /// The token.
    #[schemars(with = "wire::VerifyToken")]
    pub(super) token: String,
}

/// `Origin` and `RPID`, which the operation judges.
pub(super) fn relying_party(body: &Members<'_>) -> Result<RelyingPartyInput, BindingError> {
    Ok(RelyingPartyInput {
        rp_id: body.text("RPID")?,
        origin: body.text("Origin")?,
    })
}

/// `clientExtensionResults`, which iOS calls `extensions`; an object, or nothing.
pub(super) fn client_extension_results(response: &Members<'_>) -> serde_json::Value {
    let results = response
        .find("clientExtensionResults")
        .or_else(|| response.find("extensions"));
    results
        .map(Json::to_value)
        .filter(serde_json::Value::is_object)
        .unwrap_or_default()
}

/// `type`: its name in any case, or its ordinal; anything else is for the ceremony to refuse.
pub(super) fn credential_type(response: &Members<'_>) -> Result<Option<String>, BindingError> {
    let (name, ordinal) = PUBLIC_KEY;
    let sent = response.text("type")?;
    Ok(sent.map(|sent| {
        if sent == ordinal || sent.eq_ignore_ascii_case(name) {
            name.to_owned()
        } else {
            sent
        }
    }))
}

/// Transports: a known name in any case, its ordinal, or any other text; whatever else a client sends there is ignored.
pub(super) fn transports(response: &Members<'_>) -> Vec<String> {
    let items = response.list("transports").ok().flatten().unwrap_or_default();
    let read = |item: &Json| match item {
        Json::Text(text) => {
            let known = TRANSPORTS.iter().find(|name| name.eq_ignore_ascii_case(text));
            Some(known.map_or_else(|| text.clone(), |name| (*name).to_owned()))
        }
        Json::Integer(ordinal) => usize::try_from(*ordinal)
            .ok()
            .and_then(|place| TRANSPORTS.get(place))
            .map(|name| (*name).to_owned()),
        _ => None,
    };
    items.iter().filter_map(read).collect()
}
