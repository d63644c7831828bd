//! Answers of the right shape, made of what was sent: nothing is checked and nothing kept.

use actix_web::{HttpResponse, web};

use crate::message::{
    Refused, RegisterComplete, RegisterToken, SignInBegin, SignInComplete, Token, answer, encode, read,
};

pub fn configure(app: &mut web::ServiceConfig) {
    app.route("/admin/apps/{app}/create", web::post().to(create))
        .route("/register/token", web::post().to(register_token))
        .route("/register/begin", web::post().to(register_begin))
        .route("/register/complete", web::post().to(register_complete))
        .route("/signin/begin", web::post().to(begin))
        .route("/signin/complete", web::post().to(complete))
        .route("/signin/verify", web::post().to(verify));
}

async fn create() -> HttpResponse {
    answer(r#"{"apiKey1":"public","apiSecret1":"secret"}"#.to_owned())
}

async fn register_token(body: web::Bytes) -> Result<HttpResponse, Refused> {
    let request: RegisterToken = read(&body)?;
    Ok(answer(format!(r#"{{"token":"{}"}}"#, request.user_id)))
}

async fn register_begin(body: web::Bytes) -> Result<HttpResponse, Refused> {
    let request: Token = read(&body)?;
    Ok(begun(&request.token))
}

async fn register_complete(body: web::Bytes) -> Result<HttpResponse, Refused> {
    let request: RegisterComplete = read(&body)?;
    Ok(answer(format!(r#"{{"token":"{}"}}"#, request.session)))
}

async fn begin(body: web::Bytes) -> Result<HttpResponse, Refused> {
    let request: SignInBegin = read(&body)?;
    Ok(begun(&request.user_id))
}

async fn complete(body: web::Bytes) -> Result<HttpResponse, Refused> {
    let request: SignInComplete = read(&body)?;
    Ok(answer(format!(r#"{{"token":"{}"}}"#, request.session)))
}

async fn verify(body: web::Bytes) -> Result<HttpResponse, Refused> {
    let request: Token = read(&body)?;
    Ok(answer(format!(
        r#"{{"success":true,"userId":"{}"}}"#,
        request.token
    )))
}

/// The session is the user.
fn begun(user: &str) -> HttpResponse {
    let challenge = encode(&[7; 32]);
    answer(format!(
        r#"{{"data":{{"challenge":"{challenge}","rpId":"example.com"}},"session":"{user}"}}"#
    ))
}
