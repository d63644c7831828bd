//! `POST /register/complete`: the authenticator's answer becomes a credential.

use passgate::register::RegisterCompleteInput;
use passgate_webauthn::{RegistrationResponse, RegistrationResponseParts};

use crate::{
    answer::Answer,
    auth::{Call, PublicKey, Register},
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    json::{BindingError, Members},
    problem::Problem,
    routes::ceremony::{TokenAnswer, client_extension_results, credential_type, relying_party, transports},
    shape::{Body, Shape, any, object, text, texts},
    validation::{NICKNAME_TOO_LONG, Validation, fits_nickname},
};

pub(in crate::routes) struct Request(pub(in crate::routes) RegisterCompleteInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "RegistrationComplete",
        &[
            text("session").required(),
            object("response", &REGISTRATION_RESPONSE).required(),
            text("nickname").or_null(),
            text("Origin").required(),
            text("RPID").required(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let session = body.text("session")?;
        let nickname = body.text("nickname")?;
        let relying_party = relying_party(body)?;
        let response = response_parts(&body.required_object("response")?)?;

        let mut check = Validation::default();
        check
            .member("Nickname")
            .rule(fits_nickname(nickname.as_deref()), NICKNAME_TOO_LONG);
        check.finish()?;

        Ok(Self(RegisterCompleteInput {
            session,
            response: RegistrationResponse::from_parts(response),
            nickname,
            relying_party,
        }))
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("The authenticator's answer becomes a credential")
    .about("A session works for an hour, once.")
    .answers(&[json::<TokenAnswer>()])
    .refusals(&[
        (403, "the session expired"),
        (409, "an alias belongs to another user"),
    ]);

pub(in crate::routes) async fn handle(call: Call<PublicKey<Register>, Request>) -> Result<Answer, Problem> {
    let registered = call
        .run_for_client(|passgate, caller, input, client, env| {
            passgate.register_complete(caller, input.0, client, env)
        })
        .await?;
    Answer::json(&TokenAnswer {
        token: registered.token,
    })
}

/// What `navigator.credentials.create()` returned.
const REGISTRATION_RESPONSE: Shape = Shape {
    name: "RegistrationResponse",
    members: &[
        text("id").required(),
        text("rawId").required(),
        text("type"),
        object("response", &ATTESTATION_RESPONSE).required(),
        any("clientExtensionResults"),
    ],
};

const ATTESTATION_RESPONSE: Shape = Shape {
    name: "AttestationResponse",
    members: &[
        text("clientDataJSON").required(),
        text("attestationObject").required(),
        texts("transports").or_null(),
    ],
};

/// The response in whichever shape the client's SDK sends; members that only some of them send are optional.
fn response_parts(response: &Members<'_>) -> Result<RegistrationResponseParts, BindingError> {
    let id = response.required_text("id")?;
    let raw_id = response.required_bytes("rawId")?;
    let inner = response.required_object("response")?;
    Ok(RegistrationResponseParts {
        id: Some(id),
        raw_id,
        credential_type: credential_type(response)?,
        client_data_json: inner.required_bytes("clientDataJSON")?,
        attestation_object: inner.required_bytes("attestationObject")?,
        transports: transports(&inner),
        client_extension_results: client_extension_results(response),
        authenticator_attachment: None,
    })
}
