//! What the four browser endpoints share on the wire.

use passgate::relying_party::RelyingPartyInput;
use serde::Serialize;

use crate::json::{BindingError, Members};

/// A token, as every endpoint that makes one answers.
#[derive(Debug, Serialize)]
pub(super) struct TokenAnswer {
    pub(super) token: String,
}

/// What *begin* answers.
#[derive(Debug, Serialize)]
pub(super) struct BegunAnswer<O> {
    pub(super) data: O,
    pub(super) session: String,
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
        .map(crate::json::Json::to_value)
        .filter(serde_json::Value::is_object)
        .unwrap_or_default()
}

/// Transports that are texts; whatever else a client sends there is ignored.
pub(super) fn transports(response: &Members<'_>) -> Vec<String> {
    let items = response.list("transports").ok().flatten().unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            if let crate::json::Json::Text(text) = item {
                Some(text.clone())
            } else {
                None
            }
        })
        .collect()
}
