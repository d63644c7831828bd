//! The registration token's wishes: what a backend may ask of a registration.

use passgate_webauthn::{AttestationConveyance, AuthenticatorAttachment, UserVerification};

use crate::{
    application::Features,
    time::Timestamp,
    token::{MAX_LIFETIME, REGISTER_TOKEN_LIFETIME},
};

/// When a registration token expires: when its maker says, but never later than keys are kept, or after 120 seconds. A
/// time in the past makes a token that has expired already.
pub fn token_expiry(requested: Option<Timestamp>, now: Timestamp) -> Timestamp {
    requested.map_or_else(
        || now.plus(REGISTER_TOKEN_LIFETIME),
        |at| at.min(now.plus(MAX_LIFETIME)),
    )
}

/// Whether one more user may get a credential. A user who owns one already may always add another.
///
/// # Errors
/// [`UserLimitReached`].
pub fn check_user_limit(
    features: &Features,
    owns_credential: bool,
    users: u64,
) -> Result<(), UserLimitReached> {
    match features.max_users {
        Some(limit) if !owns_credential && users >= limit => Err(UserLimitReached { limit }),
        Some(_) | None => Ok(()),
    }
}

/// The application has as many users as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the application's {limit} users are taken")]
pub struct UserLimitReached {
    /// How many that is.
    pub limit: u64,
}

/// Reads the attestation that a backend asks for: `none` in any case, empty or absent; `direct` or `indirect` exactly.
/// `enterprise` cannot be asked for.
///
/// # Errors
/// [`InvalidAttestation`].
pub fn parse_attestation(text: Option<&str>) -> Result<AttestationConveyance, InvalidAttestation> {
    match text.unwrap_or_default() {
        "direct" => Ok(AttestationConveyance::Direct),
        "indirect" => Ok(AttestationConveyance::Indirect),
        text if text.is_empty() || text.eq_ignore_ascii_case("none") => Ok(AttestationConveyance::None),
        text => Err(InvalidAttestation {
            text: text.to_owned(),
        }),
    }
}

/// There is no such attestation to ask for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attestation `{text}` is not supported")]
pub struct InvalidAttestation {
    /// The text that was sent.
    pub text: String,
}

/// Whether the application may ask for this attestation.
///
/// # Errors
/// [`AttestationRefused`].
pub const fn check_attestation(
    attestation: AttestationConveyance,
    features: &Features,
) -> Result<(), AttestationRefused> {
    match attestation {
        AttestationConveyance::None => Ok(()),
        AttestationConveyance::Indirect | AttestationConveyance::Direct if features.allow_attestation => {
            Ok(())
        }
        AttestationConveyance::Indirect | AttestationConveyance::Direct => Err(AttestationRefused::NotOnPlan),
        AttestationConveyance::Enterprise => Err(AttestationRefused::NotSupported),
    }
}

/// Why an attestation may not be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationRefused {
    /// Nobody may ask for it.
    #[error("the attestation is not supported")]
    NotSupported,
    /// The application may not ask for attestation.
    #[error("the application may not ask for attestation")]
    NotOnPlan,
}

/// Reads the kind of authenticator that a backend asks for, in any case: `any`, empty or absent leaves it open.
///
/// # Errors
/// [`UnknownAuthenticatorType`].
pub fn parse_authenticator_type(
    text: Option<&str>,
) -> Result<Option<AuthenticatorAttachment>, UnknownAuthenticatorType> {
    let text = text.unwrap_or_default();
    if text.is_empty() || text.eq_ignore_ascii_case("any") {
        return Ok(None);
    }
    AuthenticatorAttachment::parse(&text.to_ascii_lowercase())
        .map(Some)
        .map_err(|_| UnknownAuthenticatorType {
            text: text.to_owned(),
        })
}

/// There is no such kind of authenticator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("authenticator type `{text}` does not exist")]
pub struct UnknownAuthenticatorType {
    /// The text that was sent.
    pub text: String,
}

/// Reads the user verification that a backend asks for, in any case; empty or absent means preferred.
///
/// # Errors
/// [`UnknownUserVerification`].
pub fn parse_user_verification(text: Option<&str>) -> Result<UserVerification, UnknownUserVerification> {
    match text.unwrap_or_default() {
        "" => Ok(UserVerification::Preferred),
        text => UserVerification::parse(&text.to_ascii_lowercase()).map_err(|_| UnknownUserVerification {
            text: text.to_owned(),
        }),
    }
}

/// There is no such user verification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("user verification `{text}` does not exist")]
pub struct UnknownUserVerification {
    /// The text that was sent.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::time::DAY;

    #[test]
    fn tokens_live_for_two_minutes_as_long_as_asked_or_thirty_days() {
        let now = Timestamp::from_seconds(1_000_000);
        assert_eq!(token_expiry(None, now), now.plus(Duration::from_secs(120)));
        for asked in [
            now.plus(DAY),
            now.plus(Duration::from_secs(1)),
            now.minus(DAY),
            Timestamp::from_seconds(-1),
        ] {
            assert_eq!(token_expiry(Some(asked), now), asked);
        }
        assert_eq!(
            token_expiry(Some(now.plus_months(2)), now),
            now.plus(MAX_LIFETIME)
        );
    }

    #[test]
    fn the_user_limit_counts_new_users_only() {
        let unlimited = Features::default();
        let limited = Features {
            max_users: Some(10),
            ..Features::default()
        };
        assert_eq!(check_user_limit(&unlimited, false, u64::MAX), Ok(()));
        assert_eq!(check_user_limit(&limited, false, 9), Ok(()));
        assert_eq!(
            check_user_limit(&limited, false, 10),
            Err(UserLimitReached { limit: 10 })
        );
        assert_eq!(check_user_limit(&limited, true, 10), Ok(()));
        let closed = Features {
            max_users: Some(0),
            ..Features::default()
        };
        assert_eq!(
            check_user_limit(&closed, false, 0),
            Err(UserLimitReached { limit: 0 })
        );
    }

    #[test]
    fn attestation_texts_are_those_of_the_api() {
        use AttestationConveyance::{Direct, Indirect, None as NoAttestation};
        let cases = [
            (None, NoAttestation),
            (Some(""), NoAttestation),
            (Some("none"), NoAttestation),
            (Some("None"), NoAttestation),
            (Some("NONE"), NoAttestation),
            (Some("direct"), Direct),
            (Some("indirect"), Indirect),
        ];
        for (text, attestation) in cases {
            assert_eq!(parse_attestation(text), Ok(attestation), "{text:?}");
        }
        for text in [
            "Direct",
            "INDIRECT",
            "enterprise",
            "Enterprise",
            " none",
            "whatever",
        ] {
            assert_eq!(
                parse_attestation(Some(text)),
                Err(InvalidAttestation {
                    text: text.to_owned()
                })
            );
        }
    }

    #[test]
    fn attestation_needs_the_feature() {
        use AttestationConveyance::{Direct, Enterprise, Indirect, None as NoAttestation};
        let off = Features::default();
        let on = Features {
            allow_attestation: true,
            ..Features::default()
        };
        for features in [&off, &on] {
            assert_eq!(check_attestation(NoAttestation, features), Ok(()));
            assert_eq!(
                check_attestation(Enterprise, features),
                Err(AttestationRefused::NotSupported)
            );
        }
        for attestation in [Direct, Indirect] {
            assert_eq!(
                check_attestation(attestation, &off),
                Err(AttestationRefused::NotOnPlan)
            );
            assert_eq!(check_attestation(attestation, &on), Ok(()));
        }
    }

    #[test]
    fn authenticator_types_are_read_in_any_case() {
        for text in [None, Some(""), Some("any"), Some("Any")] {
            assert_eq!(parse_authenticator_type(text), Ok(None));
        }
        let cases = [
            ("Platform", AuthenticatorAttachment::Platform),
            ("CROSS-platform", AuthenticatorAttachment::CrossPlatform),
        ];
        for (text, attachment) in cases {
            assert_eq!(parse_authenticator_type(Some(text)), Ok(Some(attachment)));
        }
        for text in ["crossplatform", "none", " "] {
            assert_eq!(
                parse_authenticator_type(Some(text)),
                Err(UnknownAuthenticatorType {
                    text: text.to_owned()
                })
            );
        }
    }

    #[test]
    fn user_verification_is_read_in_any_case() {
        let cases = [
            (None, UserVerification::Preferred),
            (Some(""), UserVerification::Preferred),
            (Some("Preferred"), UserVerification::Preferred),
            (Some("REQUIRED"), UserVerification::Required),
            (Some("discouraged"), UserVerification::Discouraged),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_user_verification(text), Ok(expected));
        }
        assert_eq!(
            parse_user_verification(Some("optional")),
            Err(UnknownUserVerification {
                text: "optional".to_owned()
            })
        );
    }
}
