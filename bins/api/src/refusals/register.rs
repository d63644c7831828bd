//! Registrations that are refused.

use actix_web::http::StatusCode;
use passgate::{
    aliases::SetAliasesError,
    register::{AttestationRefusal, RegisterBeginError, RegisterCompleteError, RegisterTokenError},
};

use super::verification;
use crate::problem::{ErrorCode, Problem};

impl From<AttestationRefusal> for Problem {
    fn from(refusal: AttestationRefusal) -> Self {
        match refusal {
            AttestationRefusal::NotSupported { sent: _ } => {
                Self::rule(ErrorCode::InvalidAttestation, "Attestation type not supported")
            }
            AttestationRefusal::NotOnPlan => Self::rule(
                ErrorCode::AttestationNotSupportedOnPlan,
                "Attestation type not supported on your plan",
            ),
        }
    }
}

impl From<RegisterTokenError> for Problem {
    fn from(error: RegisterTokenError) -> Self {
        match error {
            RegisterTokenError::MaxUsersReached { limit: _ } => max_users_reached(),
            RegisterTokenError::Attestation(refusal) => refusal.into(),
            RegisterTokenError::AliasConflict => alias_conflict(),
            RegisterTokenError::TooManyAliases => too_many_aliases(),
            RegisterTokenError::Failure(failure) => failure.into(),
        }
    }
}

impl From<RegisterBeginError> for Problem {
    fn from(error: RegisterBeginError) -> Self {
        match error {
            RegisterBeginError::Token(error) => error.into(),
            RegisterBeginError::RelyingParty(error) => error.into(),
            RegisterBeginError::MissingUserId => Self::rule(
                ErrorCode::MissingUserId,
                "The token does not contain a valid userId",
            ),
            RegisterBeginError::UnknownUserVerification { sent } => Self::rule(
                ErrorCode::InvalidArgument,
                format!(
                    "User verification '{sent}' is not supported: use preferred, required or discouraged."
                ),
            ),
            RegisterBeginError::UnknownAuthenticatorType { sent } => Self::rule(
                ErrorCode::InvalidArgument,
                format!("Authenticator type '{sent}' is not supported: use any, platform or cross-platform."),
            ),
            RegisterBeginError::Attestation(refusal) => refusal.into(),
            RegisterBeginError::Failure(failure) => failure.into(),
        }
    }
}

impl From<RegisterCompleteError> for Problem {
    fn from(error: RegisterCompleteError) -> Self {
        match error {
            RegisterCompleteError::Token(error) => error.into(),
            RegisterCompleteError::SessionAlreadyUsed => session_already_used(),
            RegisterCompleteError::RelyingParty(error) => error.into(),
            RegisterCompleteError::Response(error) => verification::registration_envelope(&error),
            RegisterCompleteError::Verification(error) => verification::registration(&error),
            RegisterCompleteError::CredentialNotUnique => {
                verification::invalid_registration("CredentialId is not unique to this user".to_owned())
            }
            RegisterCompleteError::AuthenticatorBlocked => Self::rule(
                ErrorCode::AuthenticatorNotAllowed,
                "The authenticator is on the blocklist and is not allowed to be used for registration.",
            ),
            RegisterCompleteError::AuthenticatorNotOnAllowlist => Self::rule(
                ErrorCode::AuthenticatorNotAllowed,
                "An allowlist was configured. The authenticator is not found on the allowlist and is not allowed to \
                 be used for registration.",
            ),
            RegisterCompleteError::AttestationRequired => Self::rule(
                ErrorCode::AttestationRequired,
                "Attestation 'none' was used for registration, but an allowlist was configured. Please use a \
                 supported attestation method.",
            ),
            RegisterCompleteError::AuthenticatorUnproven => Self::rule(
                ErrorCode::AttestationRequired,
                "An allowlist was configured. The authenticator claims a model on it and does not prove it: its \
                 attestation leads to no root of the model's maker.",
            ),
            RegisterCompleteError::AliasConflict => alias_conflict(),
            RegisterCompleteError::TooManyAliases => too_many_aliases(),
            RegisterCompleteError::MaxUsersReached { limit: _ } => max_users_reached(),
            RegisterCompleteError::Failure(failure) => failure.into(),
        }
    }
}

impl From<SetAliasesError> for Problem {
    fn from(error: SetAliasesError) -> Self {
        match error {
            SetAliasesError::AliasConflict => alias_conflict(),
            SetAliasesError::Failure(failure) => failure.into(),
        }
    }
}

pub(super) fn session_already_used() -> Problem {
    Problem::rule(
        ErrorCode::SessionAlreadyUsed,
        "The session was already used. Please begin again.",
    )
}

fn alias_conflict() -> Problem {
    Problem::domain(
        StatusCode::CONFLICT,
        Some(ErrorCode::AliasConflict),
        "Alias is already in use by another userid",
    )
}

fn max_users_reached() -> Problem {
    Problem::rule(ErrorCode::MaxUsersReached, "Maximum number of users reached")
}

fn too_many_aliases() -> Problem {
    Problem::rule(
        ErrorCode::TooManyAliases,
        "A user has at most 10 aliases, the username included.",
    )
}
