//! Refusals that several operations share, and the codes of those that rules of other crates make.

use std::time::Duration;

use passgate_core::{
    code::Code,
    magic_link::{AdministratorsOnly, InvalidLinkTemplate, TargetNotAllowed},
    register::{self, AttestationRefused, AuthenticatorRefused, InvalidAttestation, UserLimitReached},
    relying_party::{InvalidRelyingParty, OriginNotAllowed},
    token::OpenTokenError,
};
use passgate_webauthn::{AssertionError, EnvelopeError, RegistrationError, metadata::MetadataError};

use crate::Refusal;

/// There is no such application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the application does not exist")]
pub struct AppNotFound;

impl Refusal for AppNotFound {
    fn code(&self) -> Option<Code> {
        Some(Code::AppNotFound)
    }
}

/// The host does not take so many requests in a short time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; the next one is welcome in {retry_after:?}")]
pub struct TooOften {
    /// How long to wait.
    pub retry_after: Duration,
}

impl Refusal for TooOften {
    fn code(&self) -> Option<Code> {
        Some(Code::RateLimitExceeded)
    }
}

impl Refusal for OpenTokenError {
    fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Missing { .. } => Code::MissingToken,
            Self::Format => Code::InvalidTokenFormat,
            Self::WrongPrefix { .. } | Self::UnknownKey { .. } | Self::Invalid => Code::InvalidToken,
            Self::Expired { .. } => Code::ExpiredToken,
        })
    }
}

impl Refusal for InvalidRelyingParty {
    fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Origin { .. } => Code::InvalidOrigin,
            Self::RpId { .. } => Code::InvalidRpId,
        })
    }
}

impl Refusal for OriginNotAllowed {
    fn code(&self) -> Option<Code> {
        Some(Code::OriginNotAllowed)
    }
}

impl Refusal for InvalidAttestation {
    fn code(&self) -> Option<Code> {
        Some(Code::InvalidAttestation)
    }
}

impl Refusal for AttestationRefused {
    fn code(&self) -> Option<Code> {
        Some(match self {
            Self::NotSupported => Code::InvalidAttestation,
            Self::NotOnPlan => Code::AttestationNotSupportedOnPlan,
        })
    }
}

impl Refusal for UserLimitReached {
    fn code(&self) -> Option<Code> {
        Some(Code::MaxUsersReached)
    }
}

impl Refusal for AuthenticatorRefused {
    fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Blocked { .. } | Self::NotAllowed { .. } => Code::AuthenticatorNotAllowed,
            Self::AttestationRequired | Self::Unproven { .. } => Code::AttestationRequired,
        })
    }
}

impl Refusal for register::BeginError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::UnknownUserVerification(_) | Self::UnknownAuthenticatorType(_) => {
                Some(Code::InvalidArgument)
            }
            Self::Attestation(refused) => refused.code(),
            Self::UserId(_) => Some(Code::MissingUserId),
        }
    }
}

impl Refusal for register::CompleteError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::OriginNotAllowed(refused) => refused.code(),
            Self::Verification(refused) => Refusal::code(refused),
            Self::Authenticator(refused) => refused.code(),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::OriginNotAllowed(refused) => refused.reason(),
            Self::Verification(refused) => refused.reason(),
            Self::Authenticator(refused) => refused.reason(),
        }
    }
}

impl Refusal for RegistrationError {
    fn code(&self) -> Option<Code> {
        Some(Code::Fido2InvalidRegistration)
    }

    fn reason(&self) -> Option<&'static str> {
        Some(Self::code(self).as_str())
    }
}

impl Refusal for AssertionError {
    fn code(&self) -> Option<Code> {
        Some(Code::SigninCompleteError)
    }

    fn reason(&self) -> Option<&'static str> {
        Some(Self::code(self).as_str())
    }
}

impl Refusal for EnvelopeError {
    /// Which one depends on the ceremony.
    fn code(&self) -> Option<Code> {
        None
    }

    fn reason(&self) -> Option<&'static str> {
        Some(Self::code(self).as_str())
    }
}

impl Refusal for MetadataError {
    fn code(&self) -> Option<Code> {
        None
    }

    fn reason(&self) -> Option<&'static str> {
        Some(Self::code(self).as_str())
    }
}

impl Refusal for InvalidLinkTemplate {
    fn code(&self) -> Option<Code> {
        Some(Code::InvalidArgument)
    }
}

impl Refusal for TargetNotAllowed {
    fn code(&self) -> Option<Code> {
        Some(Code::MagicLinkTargetNotAllowed)
    }
}

impl Refusal for AdministratorsOnly {
    fn code(&self) -> Option<Code> {
        Some(Code::MagicLinkEmailAdminAddressOnly)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_code_of_the_verifier_is_one_of_an_operation() {
        let ours: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let theirs = passgate_webauthn::Code::ALL.iter().map(|code| code.as_str());
        let both: Vec<&str> = theirs.filter(|code| ours.contains(code)).collect();
        assert!(
            both.is_empty(),
            "an event's reason would not tell who refused: {both:?}"
        );
    }
}
