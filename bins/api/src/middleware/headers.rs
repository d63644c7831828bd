//! Headers of every response.

use actix_web::{
    dev::ServiceRequest,
    http::header::{
        ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName,
        HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

use crate::{
    client::{self, ProxyTrust},
    host::is_for_loopback,
};

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    // Answers hold keys, tokens and people's data. Pages and documents that may be kept say so.
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self';"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    // No page of ours belongs into a frame: who frames a page can have its buttons pressed.
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Adds the headers of every response. A page that brought one of its own keeps it.
pub(super) fn add(headers: &mut HeaderMap, strict_transport: bool) {
    for (name, value) in ALWAYS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if strict_transport {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=2592000"),
        );
    }
}

/// Whether the browser is told to come back over https only: it came over https, to a host that is not its own machine.
pub(super) fn wants_strict_transport(request: &ServiceRequest, trust: &ProxyTrust) -> bool {
    let secure = request.app_config().secure() || trust.is_secure(request);
    let names_this_machine = is_for_loopback(request.uri(), client::header(request.headers(), HOST.as_str()));
    secure && !names_this_machine
}
