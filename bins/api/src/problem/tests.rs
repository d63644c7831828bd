use actix_web::{ResponseError, http::StatusCode};

use super::{ErrorCode, Problem};
use crate::{json::BindingError, validation::Validation};

#[test]
fn a_rule_with_a_code() {
    let problem = Problem::rule(
        ErrorCode::UnknownCredential,
        "We don't recognize the passkey you sent us.",
    )
    .with_member("credentialId", "LcVL");
    assert_eq!(
        problem.body("00-t"),
        r#"{"type":"https://docs.passwordless.dev/guide/errors.html#unknown_credential","title":"We don't recognize the passkey you sent us.","status":400,"credentialId":"LcVL","errorCode":"unknown_credential","traceId":"00-t"}"#
    );
}

#[test]
fn a_rule_without_a_code_writes_null() {
    let problem = Problem::domain(StatusCode::BAD_REQUEST, None, "Origin is required.");
    assert_eq!(
        problem.body("00-t"),
        r#"{"type":"https://docs.passwordless.dev/guide/errors.html#","title":"Origin is required.","status":400,"errorCode":null,"traceId":"00-t"}"#
    );
}

#[test]
fn validation_lists_members() {
    let mut check = Validation::default();
    check.member("UserId").required(None);
    check.member("Username").required(None);
    assert_eq!(
        Problem::validation(check.finish().unwrap_err()).body("00-t"),
        r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"userId":["The UserId field is required."],"username":["The Username field is required."]},"traceId":"00-t"}"#
    );
}

#[test]
fn a_challenge_names_its_header() {
    let problem = Problem::unauthorized(
        "ApiSecret",
        Some("The value of your 'ApiSecret' is not valid.".to_owned()),
    );
    assert_eq!(
        problem.body("00-t"),
        r#"{"type":"https://docs.passwordless.dev/guide/errors.html#ApiSecret","title":"A valid 'ApiSecret' header is required.","status":401,"detail":"The value of your 'ApiSecret' is not valid.","traceId":"00-t"}"#
    );
    let response = problem.error_response();
    assert_eq!(response.headers().get("www-authenticate").unwrap(), "ApiSecret");
    assert_eq!(
        response.headers().get("content-type").unwrap(),
        "application/problem+json"
    );
}

#[test]
fn a_missing_scope_is_named() {
    assert_eq!(
        Problem::missing_scope("token_verify").body("00-t"),
        r#"{"type":"https://docs.passwordless.dev/guide/errors.html#forbidden","title":"You are forbidden from accessing this resource.","status":403,"detail":"You are unable to access this resource because you do not have the required permissions. Required scopes: token_verify","traceId":"00-t"}"#
    );
}

#[test]
fn causes_stay_inside() {
    let problem = Problem::unexpected("disk on fire");
    assert_eq!(
        problem.body("00-t"),
        r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.6.1","title":"An error occurred while processing your request.","status":500,"detail":"The api has encountered an error","traceId":"00-t"}"#
    );
    assert_eq!(problem.cause(), Some("disk on fire"));
}

#[test]
fn binding_problems_say_what_and_where() {
    let error = BindingError {
        member: "userId".into(),
        problem: "is required".into(),
    };
    let problem = Problem::unreadable_body("RegisterToken", &error);
    assert_eq!(
        problem.title(),
        "Failed to read parameter \"RegisterToken request\" from the request body as JSON."
    );
    assert_eq!(
        Problem::missing_query_parameter("string UserId").title(),
        "Required parameter \"string UserId\" was not provided from query string."
    );
    assert_eq!(
        Problem::unsupported_media_type("text/plain").body("00-t"),
        r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.16","title":"Expected a supported JSON media type but got \"text/plain\".","status":415,"traceId":"00-t"}"#
    );
}
