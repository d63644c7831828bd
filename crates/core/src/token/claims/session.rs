//! The sessions: ceremonies between begin and complete.

use passgate_webauthn::{AttestationConveyance, Authentication, Ceremony, Origin, Pending, Registration};
use serde::{Deserialize, Serialize};

use super::TokenId;
use crate::{
    alias::NewAliases,
    authentication_config::Purpose,
    relying_party::RelyingParty,
    time::Timestamp,
    token::{Spendable, TokenKind, sealed::Sealed},
    user::UserId,
};

/// `session_`: a registration ceremony between begin and complete.
///
/// It is spent by the transaction that completes the ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationSession {
    /// A random UUID; tokens that work once are remembered by it.
    pub token_id: TokenId,
    /// The last moment at which it opens.
    pub expires_at: Timestamp,
    /// What the verifier has to remember: challenge, RP ID, options.
    pub pending: Pending<Registration>,
    /// The origin that began the ceremony.
    pub origin: Origin,
    /// Who is to get the credential.
    pub user_id: UserId,
    /// The attestation asked for.
    pub attestation: AttestationConveyance,
    /// What becomes of the user's aliases.
    pub aliases: NewAliases,
}

impl RegistrationSession {
    /// Where the ceremony began.
    pub fn relying_party(&self) -> RelyingParty {
        relying_party(&self.pending, &self.origin)
    }
}

/// `session_`: a sign-in ceremony between begin and complete.
///
/// It is spent by the transaction that completes the ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInSession {
    /// A random UUID; tokens that work once are remembered by it.
    pub token_id: TokenId,
    /// The last moment at which it opens.
    pub expires_at: Timestamp,
    /// What the verifier has to remember: challenge, RP ID, options.
    pub pending: Pending<Authentication>,
    /// The origin that began the ceremony.
    pub origin: Origin,
    /// The resolved purpose of the sign-in.
    pub purpose: Purpose,
}

impl SignInSession {
    /// Where the ceremony began.
    pub fn relying_party(&self) -> RelyingParty {
        relying_party(&self.pending, &self.origin)
    }
}

fn relying_party<C: Ceremony>(pending: &Pending<C>, origin: &Origin) -> RelyingParty {
    RelyingParty {
        rp_id: pending.rp_id().clone(),
        origin: origin.clone(),
    }
}

impl Sealed for RegistrationSession {}

impl TokenKind for RegistrationSession {
    const PREFIX: &'static str = "session_";
    const NAME: &'static str = "registration session";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Spendable for RegistrationSession {
    fn token_id(&self) -> TokenId {
        self.token_id
    }
}

impl Sealed for SignInSession {}

impl TokenKind for SignInSession {
    const PREFIX: &'static str = "session_";
    const NAME: &'static str = "sign-in session";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Spendable for SignInSession {
    fn token_id(&self) -> TokenId {
        self.token_id
    }
}
