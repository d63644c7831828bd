//! Allow and block lists of authenticator models.

use passgate_webauthn::{Aaguid, AttestationConveyance};

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
    /// Anyone can claim any model. So with an allow list, a claim is not enough, even if the model is on the list: it
    /// has to be proven, by an attestation that leads to an anchor.
    ///
    /// # Errors
    /// [`AuthenticatorRefused`].
    pub fn check(
        &self,
        features: &Features,
        aaguid: Aaguid,
        proven: bool,
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
        match (self.allowed.contains(&aaguid), proven) {
            (true, true) => Ok(()),
            _ if asked == AttestationConveyance::None => Err(AuthenticatorRefused::AttestationRequired),
            (true, false) => Err(AuthenticatorRefused::Unproven { aaguid }),
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
        /// The AAGUID of the refused authenticator, as far as it is known.
        aaguid: Aaguid,
    },
    /// There is an allow list, and its model is not on it.
    #[error("authenticator model {aaguid} is not on the allow list")]
    NotAllowed {
        /// The AAGUID of the refused authenticator, as far as it is known.
        aaguid: Aaguid,
    },
    /// There is an allow list, and no attestation was asked for that would prove a model.
    #[error("the allow list needs an attestation")]
    AttestationRequired,
    /// There is an allow list with its model on it, and its attestation does not prove that it is of this model.
    #[error("authenticator model {aaguid} is claimed without proof")]
    Unproven {
        /// The AAGUID of the refused authenticator, as far as it is known.
        aaguid: Aaguid,
    },
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
        proven: bool,
        asked: AttestationConveyance,
    ) -> Result<(), AuthenticatorRefused> {
        lists.check(
            &Features {
                allow_attestation: true,
                ..Features::default()
            },
            aaguid,
            proven,
            asked,
        )
    }

    #[test]
    fn without_the_feature_or_lists_everything_passes() {
        let everything_blocked = lists(&[OTHER], &[LISTED]);
        let not_asked = AttestationConveyance::None;
        assert_eq!(
            everything_blocked.check(&Features::default(), LISTED, false, not_asked),
            Ok(())
        );
        assert_eq!(check(&lists(&[], &[]), LISTED, false, not_asked), Ok(()));
    }

    #[test]
    fn blocked_models_are_refused_whatever_vouches_for_them() {
        for proven in [false, true] {
            let refused = check(
                &lists(&[], &[LISTED]),
                LISTED,
                proven,
                AttestationConveyance::Direct,
            );
            assert_eq!(refused, Err(AuthenticatorRefused::Blocked { aaguid: LISTED }));
            assert_eq!(
                check(
                    &lists(&[], &[LISTED]),
                    OTHER,
                    proven,
                    AttestationConveyance::Direct
                ),
                Ok(())
            );
        }
    }

    #[test]
    fn an_allow_list_wants_listed_models_that_are_proven() {
        use AttestationConveyance::{Direct, None as NotAsked};
        let allow = lists(&[LISTED], &[]);
        let not_allowed = Err(AuthenticatorRefused::NotAllowed { aaguid: OTHER });
        let unproven = Err(AuthenticatorRefused::Unproven { aaguid: LISTED });
        let required = Err(AuthenticatorRefused::AttestationRequired);
        for (model, proven, asked, outcome) in [
            (LISTED, true, Direct, Ok(())),
            // Proven without being asked: as good.
            (LISTED, true, NotAsked, Ok(())),
            (LISTED, false, Direct, unproven),
            (LISTED, false, NotAsked, required),
            (OTHER, true, Direct, not_allowed),
            (OTHER, false, Direct, not_allowed),
            (OTHER, true, NotAsked, required),
            (OTHER, false, NotAsked, required),
        ] {
            assert_eq!(
                check(&allow, model, proven, asked),
                outcome,
                "{model} {proven} {asked:?}"
            );
        }
    }
}
