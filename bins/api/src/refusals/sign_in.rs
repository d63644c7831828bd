//! Sign-ins that are refused.

use actix_web::http::StatusCode;
use passgate::sign_in::{GenerateSignInTokenError, SignInCompleteError, SignInTokenError};

use super::{
    register::{session_already_used, token_already_used},
    verification,
};
use crate::{
    encoding,
    problem::{ErrorCode, Problem},
};

impl From<SignInCompleteError> for Problem {
    fn from(error: SignInCompleteError) -> Self {
        match error {
            SignInCompleteError::Token(error) => error.into(),
            SignInCompleteError::SessionAlreadyUsed => session_already_used(),
            SignInCompleteError::RelyingParty(error) => error.into(),
            SignInCompleteError::Response(error) => verification::authentication_envelope(&error),
            SignInCompleteError::UnknownCredential { id } => Self::rule(
                ErrorCode::UnknownCredential,
                "We don't recognize the passkey you sent us.",
            )
            .with_member("credentialId", encoding::base64url(id.as_bytes())),
            SignInCompleteError::CredentialSuspended { id } => Self::rule(
                ErrorCode::CredentialSuspended,
                "The passkey you sent us is suspended.",
            )
            .with_member("credentialId", encoding::base64url(id.as_bytes())),
            SignInCompleteError::OtherUser { id } => Self::rule(
                ErrorCode::UserMismatch,
                "The passkey you sent us belongs to another user than the one who was to sign in.",
            )
            .with_member("credentialId", encoding::base64url(id.as_bytes())),
            SignInCompleteError::Verification(error) => verification::assertion(&error),
        }
    }
}

impl From<SignInTokenError> for Problem {
    fn from(error: SignInTokenError) -> Self {
        match error {
            SignInTokenError::Token(error) => error.into(),
            SignInTokenError::TokenAlreadyUsed => token_already_used(),
        }
    }
}

impl From<GenerateSignInTokenError> for Problem {
    fn from(error: GenerateSignInTokenError) -> Self {
        match error {
            GenerateSignInTokenError::Disabled => Self::domain(
                StatusCode::FORBIDDEN,
                None,
                "The 'POST /signin/generate-token' endpoint is disabled",
            ),
        }
    }
}
