//! Registrations that are refused.

use actix_web::http::StatusCode;
use passgate::{
    aliases::SetAliasesError,
    register::{AttestationRefusal, RegisterBeginError, RegisterCompleteError, RegisterTokenError},
};

use super::{Problem, verification};

impl From<AttestationRefusal> for Problem {
    fn from(refusal: AttestationRefusal) -> Self {
        match refusal {
            AttestationRefusal::NotSupported { sent: _ } => {
                Self::rule("invalid_attestation", "Attestation type not supported")
            }
            AttestationRefusal::NotOnPlan => Self::rule(
                "attestation_not_supported_on_plan",
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
            RegisterTokenError::Failure(failure) => failure.into(),
        }
    }
}

impl From<RegisterBeginError> for Problem {
    fn from(error: RegisterBeginError) -> Self {
        match error {
            RegisterBeginError::Token(error) => error.into(),
            RegisterBeginError::RelyingParty(error) => error.into(),
            RegisterBeginError::MissingUserId => {
                Self::rule("missing_userid", "The token does not contain a valid userId")
            }
            RegisterBeginError::UnknownUserVerification { sent } => Self::rule(
                "invalid_argument",
                format!(
                    "User verification '{sent}' is not supported: use preferred, required or discouraged."
                ),
            ),
            RegisterBeginError::UnknownAuthenticatorType { sent } => Self::rule(
                "invalid_argument",
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
            RegisterCompleteError::Verification(error) => {
                verification::invalid_registration(verification::registration_title(&error))
            }
            RegisterCompleteError::CredentialNotUnique => {
                verification::invalid_registration("CredentialId is not unique to this user".to_owned())
            }
            RegisterCompleteError::AuthenticatorBlocked => Self::rule(
                "authenticator_not_allowed",
                "The authenticator is on the blocklist and is not allowed to be used for registration.",
            ),
            RegisterCompleteError::AuthenticatorNotOnAllowlist => Self::rule(
                "authenticator_not_allowed",
                "An allowlist was configured. The authenticator is not found on the allowlist and is not allowed to \
                 be used for registration.",
            ),
            RegisterCompleteError::AttestationRequired => Self::rule(
                "attestation_required",
                "Attestation 'none' was used for registration, but an allowlist was configured. Please use a \
                 supported attestation method.",
            ),
            RegisterCompleteError::AliasConflict => alias_conflict(),
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
        "session_already_used",
        "The session was already used. Please begin again.",
    )
}

fn alias_conflict() -> Problem {
    Problem::domain(
        StatusCode::CONFLICT,
        Some("alias_conflict"),
        "Alias is already in use by another userid",
    )
}

fn max_users_reached() -> Problem {
    Problem::rule("max_users_reached", "Maximum number of users reached")
}
