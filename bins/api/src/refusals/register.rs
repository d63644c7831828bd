//! Registrations that are refused.

use passgate::register::{RegisterBeginError, RegisterCompleteError, RegisterTokenError};
use passgate_core::register::{
    AttestationRefused, AuthenticatorRefused, BeginError, CompleteError, InvalidAttestation,
    UnknownAuthenticatorType, UnknownUserVerification, UserLimitReached,
};

use super::{relying_party::origin_not_allowed, verification};
use crate::problem::{ErrorCode, Problem};

impl From<RegisterTokenError> for Problem {
    fn from(error: RegisterTokenError) -> Self {
        match error {
            RegisterTokenError::UserLimit(refusal) => refusal.into(),
            RegisterTokenError::UnknownAttestation(InvalidAttestation { text: _ }) => {
                AttestationRefused::NotSupported.into()
            }
            RegisterTokenError::Attestation(refusal) => refusal.into(),
            RegisterTokenError::Aliases(refusal) => refusal.into(),
        }
    }
}

impl From<RegisterBeginError> for Problem {
    fn from(error: RegisterBeginError) -> Self {
        match error {
            RegisterBeginError::Token(error) => error.into(),
            RegisterBeginError::TokenAlreadyUsed => token_already_used(),
            RegisterBeginError::RelyingParty(error) => error.into(),
            RegisterBeginError::Rule(error) => error.into(),
        }
    }
}

impl From<BeginError> for Problem {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::UnknownUserVerification(UnknownUserVerification { text }) => Self::rule(
                ErrorCode::InvalidArgument,
                format!(
                    "User verification '{text}' is not supported: use preferred, required or discouraged."
                ),
            ),
            BeginError::UnknownAuthenticatorType(UnknownAuthenticatorType { text }) => Self::rule(
                ErrorCode::InvalidArgument,
                format!("Authenticator type '{text}' is not supported: use any, platform or cross-platform."),
            ),
            BeginError::Attestation(refusal) => refusal.into(),
            BeginError::UserId(_) => Self::rule(
                ErrorCode::MissingUserId,
                "The token does not contain a valid userId",
            ),
        }
    }
}

impl From<RegisterCompleteError> for Problem {
    fn from(error: RegisterCompleteError) -> Self {
        match error {
            RegisterCompleteError::Token(error) => error.into(),
            RegisterCompleteError::SessionAlreadyUsed => session_already_used(),
            RegisterCompleteError::TokenAlreadyUsed => token_already_used(),
            RegisterCompleteError::RelyingParty(error) => error.into(),
            RegisterCompleteError::Response(error) => verification::registration_envelope(&error),
            RegisterCompleteError::Rule(error) => error.into(),
            RegisterCompleteError::CredentialNotUnique => {
                verification::invalid_registration("CredentialId is not unique to this user".to_owned())
            }
            RegisterCompleteError::Aliases(refusal) => refusal.into(),
            RegisterCompleteError::UserLimit(refusal) => refusal.into(),
        }
    }
}

impl From<CompleteError> for Problem {
    fn from(error: CompleteError) -> Self {
        match error {
            CompleteError::OriginNotAllowed(refusal) => origin_not_allowed(&refusal),
            CompleteError::Verification(error) => verification::registration(&error),
            CompleteError::Authenticator(refusal) => refusal.into(),
        }
    }
}

impl From<AuthenticatorRefused> for Problem {
    fn from(refusal: AuthenticatorRefused) -> Self {
        match refusal {
            AuthenticatorRefused::Blocked { aaguid: _ } => Self::rule(
                ErrorCode::AuthenticatorNotAllowed,
                "The authenticator is on the blocklist and is not allowed to be used for registration.",
            ),
            AuthenticatorRefused::NotAllowed { aaguid: _ } => Self::rule(
                ErrorCode::AuthenticatorNotAllowed,
                "An allowlist was configured. The authenticator is not found on the allowlist and is not allowed to \
                 be used for registration.",
            ),
            AuthenticatorRefused::AttestationRequired => Self::rule(
                ErrorCode::AttestationRequired,
                "Attestation 'none' was used for registration, but an allowlist was configured. Please use a \
                 supported attestation method.",
            ),
            AuthenticatorRefused::Unproven { aaguid: _ } => Self::rule(
                ErrorCode::AttestationRequired,
                "An allowlist was configured. The authenticator claims a model on it and does not prove it: its \
                 attestation leads to no root of the model's maker.",
            ),
        }
    }
}

impl From<AttestationRefused> for Problem {
    fn from(refusal: AttestationRefused) -> Self {
        match refusal {
            AttestationRefused::NotSupported => {
                Self::rule(ErrorCode::InvalidAttestation, "Attestation type not supported")
            }
            AttestationRefused::NotOnPlan => Self::rule(
                ErrorCode::AttestationNotSupportedOnPlan,
                "Attestation type not supported on your plan",
            ),
        }
    }
}

impl From<UserLimitReached> for Problem {
    fn from(UserLimitReached { limit: _ }: UserLimitReached) -> Self {
        Self::rule(ErrorCode::MaxUsersReached, "Maximum number of users reached")
    }
}

pub(super) fn token_already_used() -> Problem {
    Problem::rule(ErrorCode::TokenAlreadyUsed, "The token was already used.")
}

pub(super) fn session_already_used() -> Problem {
    Problem::rule(
        ErrorCode::SessionAlreadyUsed,
        "The session was already used. Please begin again.",
    )
}
