//! The messages of the load generator, and what every answer to them looks like.

use actix_web::{HttpResponse, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// `POST /register/token`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterToken {
    pub user_id: String,
}

/// `POST /register/begin`, `POST /signin/verify`
#[derive(Deserialize)]
pub struct Token {
    pub token: String,
}

/// `POST /signin/begin`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInBegin {
    pub user_id: String,
    #[serde(rename = "RPID")]
    pub rp_id: String,
    #[serde(rename = "Origin")]
    pub origin: String,
}

/// `POST /register/complete`
#[derive(Deserialize)]
pub struct RegisterComplete {
    pub session: String,
    pub response: Credential<Attestation>,
}

/// `POST /signin/complete`
#[derive(Deserialize)]
pub struct SignInComplete {
    pub session: String,
    pub response: Credential<Assertion>,
}

/// What the browser made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential<R> {
    pub raw_id: String,
    pub response: R,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attestation {
    pub attestation_object: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    pub authenticator_data: String,
    pub client_data_json: String,
    pub signature: String,
}

/// What the browser says it signed.
#[derive(Deserialize)]
pub struct ClientData {
    pub r#type: String,
    pub challenge: String,
    pub origin: String,
}

/// Why a request is refused. Whoever measures needs no more than the status.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("a message, an encoding or a signature is not right")]
    Wrong,
    #[error("a session or token was used before")]
    Spent,
    #[error("the key is not right")]
    Key,
    #[error("storage failed")]
    Storage(#[from] rusqlite::Error),
}

impl actix_web::ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Wrong | Self::Spent => StatusCode::BAD_REQUEST,
            Self::Key => StatusCode::UNAUTHORIZED,
            Self::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

pub fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused::Wrong)
}

pub fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::Wrong)
}

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn answer(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .body(body)
}
