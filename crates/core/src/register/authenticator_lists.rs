//! Which authenticator models an application accepts.

use passgate_webauthn::{Aaguid, AttestationConveyance, AttestationType};

use crate::application::{AaguidSet, Features};

/// An application's lists of authenticator models. A model is on at most one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthenticatorLists {
    /// If not empty: the only models that may be registered.
    pub allowed: AaguidSet,
    /// Models that may not be registered.
    pub blocked: AaguidSet,
}

impl AuthenticatorLists {
    /// Whether an authenticator may be registered. The lists count only while the application may ask for attestation.
    ///
    /// Anyone can claim any model. So with an allow list, a claim that nothing but the credential itself vouches for is
    /// not enough, even if the model is on the list.
    ///
    /// # Errors
    /// [`AuthenticatorRefused`].
    pub fn check(
        &self,
        features: &Features,
        aaguid: Aaguid,
        attested_by: AttestationType,
        asked: AttestationConveyance,
    ) -> Result<(), AuthenticatorRefused> {
        if !features.allow_attestation {
            return Ok(());
        }
        if self.blocked.contains(&aaguid) {
            return Err(AuthenticatorRefused::Blocked { aaguid });
        }
        if self.allowed.is_empty() {
            return Ok(());
        }
        let vouched_for = !matches!(
            attested_by,
            AttestationType::None | AttestationType::SelfAttestation
        );
        match (self.allowed.contains(&aaguid), vouched_for) {
            (true, true) => Ok(()),
            (true, false) => Err(AuthenticatorRefused::AttestationRequired),
            (false, _) if asked == AttestationConveyance::None => {
                Err(AuthenticatorRefused::AttestationRequired)
            }
            (false, _) => Err(AuthenticatorRefused::NotAllowed { aaguid }),
        }
    }
}

/// Why an authenticator may not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticatorRefused {
    /// Its model is on the block list.
    #[error("authenticator model {aaguid} is blocked")]
    Blocked {
        /// The model.
        aaguid: Aaguid,
    },
    /// There is an allow list, and its model is not on it.
    #[error("authenticator model {aaguid} is not on the allow list")]
    NotAllowed {
        /// The model.
        aaguid: Aaguid,
    },
    /// There is an allow list, and nothing vouches for its model.
    #[error("the allow list needs an attestation")]
    AttestationRequired,
}

impl AuthenticatorRefused {
    /// The stable code, as on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blocked { .. } | Self::NotAllowed { .. } => "authenticator_not_allowed",
            Self::AttestationRequired => "attestation_required",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: Aaguid = Aaguid::new([1; 16]);
    const OTHER: Aaguid = Aaguid::new([2; 16]);

    fn lists(allowed: &[Aaguid], blocked: &[Aaguid]) -> AuthenticatorLists {
        AuthenticatorLists {
            allowed: allowed.iter().copied().collect(),
            blocked: blocked.iter().copied().collect(),
        }
    }

    fn check(
        lists: &AuthenticatorLists,
        aaguid: Aaguid,
        attested_by: AttestationType,
        asked: AttestationConveyance,
    ) -> Result<(), AuthenticatorRefused> {
        lists.check(
            &Features {
                allow_attestation: true,
                ..Features::default()
            },
            aaguid,
            attested_by,
            asked,
        )
    }

    #[test]
    fn without_the_feature_or_lists_everything_passes() {
        let everything_blocked = lists(&[OTHER], &[LISTED]);
        let (none, not_asked) = (AttestationType::None, AttestationConveyance::None);
        assert_eq!(
            everything_blocked.check(&Features::default(), LISTED, none, not_asked),
            Ok(())
        );
        assert_eq!(check(&lists(&[], &[]), LISTED, none, not_asked), Ok(()));
    }

    #[test]
    fn blocked_models_are_refused_whatever_vouches_for_them() {
        for attested_by in [AttestationType::None, AttestationType::Basic] {
            let refused = check(
                &lists(&[], &[LISTED]),
                LISTED,
                attested_by,
                AttestationConveyance::Direct,
            );
            assert_eq!(refused, Err(AuthenticatorRefused::Blocked { aaguid: LISTED }));
            assert_eq!(
                check(
                    &lists(&[], &[LISTED]),
                    OTHER,
                    attested_by,
                    AttestationConveyance::Direct
                ),
                Ok(())
            );
        }
    }

    #[test]
    fn an_allow_list_wants_listed_models_that_something_vouches_for() {
        use AttestationConveyance::{Direct, None as NotAsked};
        let allow = lists(&[LISTED], &[]);
        assert_eq!(check(&allow, LISTED, AttestationType::Basic, Direct), Ok(()));
        assert_eq!(
            check(&allow, OTHER, AttestationType::Basic, Direct),
            Err(AuthenticatorRefused::NotAllowed { aaguid: OTHER })
        );
        let required = Err(AuthenticatorRefused::AttestationRequired);
        assert_eq!(check(&allow, OTHER, AttestationType::None, NotAsked), required);
        assert_eq!(check(&allow, LISTED, AttestationType::None, NotAsked), required);
        assert_eq!(
            check(&allow, LISTED, AttestationType::SelfAttestation, Direct),
            required
        );
    }
}
