//! Cross-origin rules: any page may call any endpoint, since keys travel in headers and cookies do not exist.

use actix_web::{
    HttpResponse,
    body::BoxBody,
    dev::ServiceRequest,
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
        },
    },
};

/// How long a browser may go on without asking again, in seconds: the answer is always the same. No browser keeps it
/// longer than a day, Chromium not longer than this.
const MAX_AGE: &str = "7200";

/// The answer to a preflight request; none for every other request.
pub(super) fn preflight(request: &ServiceRequest) -> Option<HttpResponse<BoxBody>> {
    if request.method() != Method::OPTIONS || !request.headers().contains_key(ORIGIN) {
        return None;
    }
    let method = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE));
    answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, method.clone()));
    if let Some(headers) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, headers.clone()));
    }
    Some(answer.finish())
}
