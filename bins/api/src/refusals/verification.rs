//! Responses that fail verification, with the titles that clients know.
//!
//! The verifier's enums may grow with its crate; what has no title here shows the verifier's own sentence.

use std::error::Error;

use passgate_webauthn::{
    AssertionError, AttestationError, AttestationObjectError, AuthenticatorDataError, ClientDataError,
    EnvelopeError, Origin, RegistrationError, TrustError, causes,
};

use crate::problem::{ErrorCode, Problem};

/// The refusal of a registration that does not verify.
pub(super) fn registration(error: &RegistrationError) -> Problem {
    let problem = invalid_registration(registration_title(error));
    match error {
        RegistrationError::ClientData(cause) if needs_detail(cause) => problem.with_detail(sentence(cause)),
        _ => problem,
    }
}

/// The refusal of a sign-in that does not verify.
pub(super) fn assertion(error: &AssertionError) -> Problem {
    let problem = sign_in_refused(assertion_title(error));
    match error {
        AssertionError::ClientData(cause) if needs_detail(cause) => problem.with_detail(sentence(cause)),
        AssertionError::UserHandleNotBase64Url => problem.with_detail(sentence(error)),
        _ => problem,
    }
}

/// Whether the title that clients know leaves out what a developer has to know.
fn needs_detail(error: &ClientDataError) -> bool {
    match error {
        ClientDataError::NotUtf8
        | ClientDataError::NotJson
        | ClientDataError::DuplicateMember { .. }
        | ClientDataError::MissingMember(_)
        | ClientDataError::MemberType(_)
        | ClientDataError::OriginMismatch { .. } => true,
        ClientDataError::WrongType { .. }
        | ClientDataError::ChallengeMismatch
        | ClientDataError::CrossOriginNotAllowed
        | ClientDataError::TopOriginNotAllowed { .. }
        | ClientDataError::TopOriginWithoutCrossOrigin => false,
        // The enum may grow with its crate.
        _ => true,
    }
}

/// The refusal of a registration, with its reason as title.
pub(super) fn invalid_registration(title: String) -> Problem {
    Problem::rule(ErrorCode::Fido2InvalidRegistration, title)
}

/// The refusal of a sign-in, with its reason as title.
fn sign_in_refused(title: String) -> Problem {
    Problem::rule(ErrorCode::SigninCompleteError, title)
}

/// A registration response that is none.
pub(super) fn registration_envelope(error: &EnvelopeError) -> Problem {
    envelope(
        "AttestationResponse",
        "RegistrationComplete",
        error,
        invalid_registration,
    )
}

/// A sign-in response that is none.
pub(super) fn authentication_envelope(error: &EnvelopeError) -> Problem {
    envelope("AssertionResponse", "SignInComplete", error, sign_in_refused)
}

fn envelope(
    response: &str,
    parameter: &str,
    error: &EnvelopeError,
    refused: fn(String) -> Problem,
) -> Problem {
    match error {
        EnvelopeError::CredentialType => refused(format!("{response} type must be 'public-key'")),
        EnvelopeError::IdMissing => refused(format!("{response} Id is missing")),
        EnvelopeError::IdMismatch => refused(format!("{response} Id does not match RawId")),
        EnvelopeError::CredentialIdLength(0) => refused(format!("{response} RawId is missing")),
        EnvelopeError::CredentialIdLength(_) => refused("CredentialId too many bytes".to_owned()),
        EnvelopeError::UserHandleNotBase64Url => refused(NOT_OWNER.to_owned()).with_detail(sentence(error)),
        EnvelopeError::UserHandleLength(_) => refused(NOT_OWNER.to_owned()),
        other => Problem::malformed_body(parameter, sentence(other)),
    }
}

const NOT_OWNER: &str = "User is not owner of the public key identified by the credential id";
const WRONG_RP_ID: &str = "RPID hash does not match";
const NOT_PRESENT: &str = "User Present flag not set in authenticator data";
const NOT_VERIFIED: &str =
    "User Verified flag not set in authenticator data and user verification was required";

fn registration_title(error: &RegistrationError) -> String {
    let title = match error {
        RegistrationError::ClientData(error) => return client_data_title("AttestationResponse", error),
        RegistrationError::AttestationObject(AttestationObjectError::Missing) => "Missing AttestationObject",
        RegistrationError::AttestationObject(AttestationObjectError::Cbor(_)) => {
            "Invalid AttestationObject CBOR data"
        }
        RegistrationError::AttestationObject(_) => "Malformed AttestationObject",
        RegistrationError::AuthenticatorData(error) => return authenticator_data_title(error),
        RegistrationError::CredentialIdMismatch => "AttestationResponse Id is not the attested CredentialId",
        RegistrationError::RpIdMismatch => WRONG_RP_ID,
        RegistrationError::UserNotPresent => NOT_PRESENT,
        RegistrationError::UserNotVerified => NOT_VERIFIED,
        RegistrationError::AlgorithmNotOffered { .. } => {
            "Credential algorithm does not match policy requirement"
        }
        RegistrationError::CredentialExcluded(_) => "CredentialId is not unique to this user",
        RegistrationError::UnsupportedFormat(format) => {
            return format!("Unknown attestation type. Was '{format}'");
        }
        RegistrationError::Attestation(AttestationError::NoneWithStatement) => {
            "Attestation format none should have no attestation statement"
        }
        RegistrationError::Untrusted(TrustError::Status(status)) => {
            return format!("Authenticator found with undesirable status. Was {status}");
        }
        RegistrationError::Untrusted(_) => "Invalid certificate chain",
        other => return sentence(other),
    };
    title.to_owned()
}

fn assertion_title(error: &AssertionError) -> String {
    let title = match error {
        AssertionError::CredentialNotAllowed => "Credential ID not in allowed credentials",
        AssertionError::WrongUser
        | AssertionError::UserHandleMissing
        | AssertionError::UserHandleNotBase64Url => NOT_OWNER,
        AssertionError::UserHandleEmpty => {
            "UserHandle was empty DOMString. It should either be null or have a value."
        }
        AssertionError::ClientData(error) => return client_data_title("AssertionResponse", error),
        AssertionError::AuthenticatorData(error) => return authenticator_data_title(error),
        AssertionError::RpIdMismatch => WRONG_RP_ID,
        AssertionError::UserNotPresent => NOT_PRESENT,
        AssertionError::UserNotVerified => NOT_VERIFIED,
        AssertionError::SignatureInvalid => "Signature does not match",
        AssertionError::SignCountRegression { .. } => {
            "SignCount must be greater than the current SignatureCounter"
        }
        other => return sentence(other),
    };
    title.to_owned()
}

fn client_data_title(response: &str, error: &ClientDataError) -> String {
    match error {
        ClientDataError::NotUtf8
        | ClientDataError::NotJson
        | ClientDataError::DuplicateMember { .. }
        | ClientDataError::MissingMember(_)
        | ClientDataError::MemberType(_) => "Malformed clientDataJson".to_owned(),
        ClientDataError::WrongType { expected, .. } => format!("{response} type must be '{expected}'"),
        ClientDataError::ChallengeMismatch => {
            "Authenticator response challenge does not match original challenge".to_owned()
        }
        ClientDataError::OriginMismatch { got, expected } => {
            let normalised = without_path(got);
            let expected: Vec<&str> = expected.iter().map(Origin::as_str).collect();
            format!(
                "Fully qualified origin {normalised} of {got} not equal to fully qualified original origin {} ({})",
                expected.join(", "),
                expected.len()
            )
        }
        ClientDataError::CrossOriginNotAllowed => {
            "The page is in a frame of another origin. To allow that, name the origin of the page around it in the \
             application's allowedTopOrigins."
                .to_owned()
        }
        ClientDataError::TopOriginNotAllowed { got } => format!(
            "The page is in a frame of '{got}', which the application's allowedTopOrigins do not name."
        ),
        other => sentence(other),
    }
}

/// `scheme://host[:port]` of a URL; what has no host stays as it is.
fn without_path(origin: &str) -> String {
    match url::Url::parse(origin) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization(),
        Ok(_) | Err(_) => origin.to_owned(),
    }
}

fn authenticator_data_title(error: &AuthenticatorDataError) -> String {
    let title = match error {
        AuthenticatorDataError::AttestedCredentialDataMissing => {
            "Attestation flag not set on attestation data"
        }
        AuthenticatorDataError::CredentialIdLength(_) => "CredentialId too many bytes",
        AuthenticatorDataError::TrailingBytes => "Leftover bytes decoding AuthenticatorData",
        other => return sentence(other),
    };
    title.to_owned()
}

/// The verifier's own words, with all causes, beginning with a capital letter.
fn sentence(error: &dyn Error) -> String {
    let text = causes(error);
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}
