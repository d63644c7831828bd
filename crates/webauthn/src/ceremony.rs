//! The typestate of a ceremony: what begin promised to the browser, consumed by finish.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::credential::{Challenge, CredentialId, UserHandle};
use crate::extension::Requested;
use crate::preference::{AttestationConveyance, Mediation, UserVerification};
use crate::relying_party::{Origin, RpId};

/// The ceremony that creates a credential (§7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {}

/// The ceremony that uses a credential (§7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {}

/// One of the two ceremonies; sealed.
pub trait Ceremony: sealed::Sealed {
    /// The `type` its client data has.
    const CLIENT_DATA_TYPE: &'static str;
}

impl Ceremony for Registration {
    const CLIENT_DATA_TYPE: &'static str = "webauthn.create";
}

impl Ceremony for Authentication {
    const CLIENT_DATA_TYPE: &'static str = "webauthn.get";
}

pub(crate) mod sealed {
    use super::{
        Authentication, AuthenticationPromise, DeserializeOwned, Registration, RegistrationPromise, Serialize,
    };

    pub trait Sealed {
        /// What only this ceremony has to remember.
        type Promise: Serialize + DeserializeOwned + Clone + std::fmt::Debug + PartialEq + Eq;
    }

    impl Sealed for Registration {
        type Promise = RegistrationPromise;
    }

    impl Sealed for Authentication {
        type Promise = AuthenticationPromise;
    }
}

/// What the server keeps between begin and finish of one ceremony.
///
/// It can be serialised for one purpose: to be sealed (encrypted and authenticated) or kept at the server; its
/// fields decide what is accepted. Finishing consumes it, which prevents reuse within this process only: expiry
/// and use once are rules of whoever stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Pending<C: Ceremony> {
    pub(crate) challenge: Challenge,
    pub(crate) rp_id: RpId,
    pub(crate) origins: Vec<Origin>,
    pub(crate) user_verification: UserVerification,
    pub(crate) extensions: Requested,
    pub(crate) promise: C::Promise,
}

#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationPromise {
    pub(crate) user_handle: UserHandle,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) excluded: Vec<CredentialId>,
    pub(crate) mediation: Mediation,
    pub(crate) attestation: AttestationConveyance,
}

#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationPromise {
    pub(crate) user_handle: Option<UserHandle>,
    pub(crate) allowed: Vec<CredentialId>,
}

impl<C: Ceremony> Pending<C> {
    /// The challenge of this ceremony.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The RP ID promised.
    pub fn rp_id(&self) -> &RpId {
        &self.rp_id
    }

    /// The origins accepted.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The user verification promised.
    pub fn user_verification(&self) -> UserVerification {
        self.user_verification
    }
}

impl Pending<Registration> {
    /// The user the new credential is for.
    pub fn user_handle(&self) -> &UserHandle {
        &self.promise.user_handle
    }

    /// The attestation asked for.
    pub fn attestation(&self) -> AttestationConveyance {
        self.promise.attestation
    }

    /// Whether the registration is a silent upgrade, which client data does not tell.
    pub fn mediation(&self) -> Mediation {
        self.promise.mediation
    }
}

impl Pending<Authentication> {
    /// The user known before, if any.
    pub fn user_handle(&self) -> Option<&UserHandle> {
        self.promise.user_handle.as_ref()
    }

    /// The credentials the browser was offered; empty means any.
    pub fn allow_credentials(&self) -> &[CredentialId] {
        &self.promise.allowed
    }
}
