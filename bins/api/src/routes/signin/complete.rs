//! `POST /signin/complete`: the authenticator's answer becomes a token for the backend.

use passgate::sign_in::SignInCompleteInput;
use passgate_webauthn::{AuthenticationResponse, AuthenticationResponseParts, EnvelopeError};

use crate::{
    answer::Answer,
    auth::{Call, Login, PublicKey},
    encoding,
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    json::{BindingError, Members},
    problem::Problem,
    routes::ceremony::{TokenAnswer, client_extension_results, credential_type, relying_party},
    shape::{Body, Shape, any_object, object, text},
    wire,
};

pub(in crate::routes) struct Request(pub(in crate::routes) SignInCompleteInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "SignInComplete",
        &[
            text::<wire::Session>("session").required(),
            object("response", &AUTHENTICATION_RESPONSE)
                .required()
                .about("What the browser returned."),
            text::<wire::Origin>("Origin").required(),
            text::<wire::RpId>("RPID").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let session = body.text("session")?;
        let relying_party = relying_party(body)?;
        let response = response_parts(&body.required_object("response")?)?;
        Ok(Self(SignInCompleteInput {
            session,
            response: response.and_then(AuthenticationResponse::from_parts),
            relying_party,
        }))
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new(
    "completeSignIn",
    "The authenticator's answer becomes a sign-in token",
)
.about("A session works for 24 hours, once.")
.answers(&[json::<TokenAnswer>()])
.refusals(&[(403, "the session expired")]);

pub(in crate::routes) async fn handle(call: Call<PublicKey<Login>, Request>) -> Result<Answer, Problem> {
    let signed_in = call
        .run_ceremony(async |passgate, caller, input, client, env| {
            passgate
                .sign_in_complete_async(caller, input.0, client, env)
                .await
        })
        .await?;
    Answer::json(&TokenAnswer {
        token: signed_in.token,
    })
}

/// What `navigator.credentials.get()` returned.
const AUTHENTICATION_RESPONSE: Shape = Shape {
    name: "AuthenticationResponse",
    about: "What `navigator.credentials.get()` returned, as `toJSON()` writes it.",
    members: &[
        text::<wire::CredentialId>("id").required(),
        text::<wire::CredentialId>("rawId").required(),
        text::<wire::CredentialType>("type"),
        object("response", &ASSERTION_RESPONSE)
            .required()
            .about("What the authenticator answered."),
        any_object("clientExtensionResults").about("What extensions answered."),
    ],
};

const ASSERTION_RESPONSE: Shape = Shape {
    name: "AssertionResponse",
    about: "What the authenticator answered.",
    members: &[
        text::<wire::Bytes>("clientDataJSON")
            .about("What the browser says of the ceremony.")
            .required(),
        text::<wire::Bytes>("authenticatorData")
            .about("What the authenticator says of the ceremony.")
            .required(),
        text::<wire::Bytes>("signature")
            .about("The signature over both.")
            .required(),
        text::<wire::UserHandle>("userHandle").or_null(),
    ],
};

/// The response in whichever shape the client's SDK sends; few of them send the user handle, and old ones as plain text,
/// which the ceremony has to refuse.
fn response_parts(
    response: &Members<'_>,
) -> Result<Result<AuthenticationResponseParts, EnvelopeError>, BindingError> {
    let id = response.required_text("id")?;
    let raw_id = response.required_bytes("rawId")?;
    let inner = response.required_object("response")?;
    let user_handle = match inner.text("userHandle")? {
        None => None,
        Some(text) => match encoding::decode(&text) {
            Some(bytes) => Some(bytes),
            None => return Ok(Err(EnvelopeError::UserHandleNotBase64Url)),
        },
    };
    Ok(Ok(AuthenticationResponseParts {
        id: Some(id),
        raw_id,
        credential_type: credential_type(response)?,
        client_data_json: inner.required_bytes("clientDataJSON")?,
        authenticator_data: inner.required_bytes("authenticatorData")?,
        signature: inner.required_bytes("signature")?,
        user_handle,
        client_extension_results: client_extension_results(response),
        authenticator_attachment: None,
    }))
}
