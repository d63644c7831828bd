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
    shape::{Body, Shape, any_object, object, text, texts},
    validation::{NICKNAME_TOO_LONG, Validation, fits_nickname},
    wire,
};

pub(in crate::routes) struct Request(pub(in crate::routes) RegisterCompleteInput);

impl Input for Request {
    const BODY: Option<Body> = Some(Body::new(
        "RegistrationComplete",
        &[
            text::<wire::Session>("session").required(),
            object("response", &REGISTRATION_RESPONSE)
                .required()
                .about("What the browser returned."),
            text::<wire::Nickname>("nickname")
                .at_most(passgate_core::credential::MAX_NICKNAME_CHARS as u64)
                .or_null(),
            text::<wire::Origin>("Origin").required(),
            text::<wire::RpId>("RPID").required(),
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

pub(in crate::routes) const DOC: Doc = Doc::new(
    "completeRegistration",
    "The authenticator's answer becomes a credential",
)
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
    about: "What `navigator.credentials.create()` returned, as `toJSON()` writes it.",
    members: &[
        text::<wire::CredentialId>("id").required(),
        text::<wire::CredentialId>("rawId").required(),
        text::<wire::CredentialType>("type"),
        object("response", &ATTESTATION_RESPONSE)
            .required()
            .about("What the authenticator answered."),
        any_object("clientExtensionResults").about("What extensions answered."),
    ],
};

const ATTESTATION_RESPONSE: Shape = Shape {
    name: "AttestationResponse",
    about: "What the authenticator answered.",
    members: &[
        text::<wire::Bytes>("clientDataJSON")
            .about("What the browser says of the ceremony.")
            .required(),
        text::<wire::Bytes>("attestationObject")
            .about("The new credential, and what the authenticator says of itself.")
            .required(),
        texts::<wire::Transport>("transports")
            .about("The ways to reach the authenticator.")
            .at_most(16)
            .or_null(),
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
