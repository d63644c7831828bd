//! The sessions: ceremonies between begin and complete.

use std::collections::BTreeSet;

use passgate_webauthn::{AttestationConveyance, Authentication, Origin, Pending, Registration};
use serde::{Deserialize, Serialize};

use super::TokenId;
use crate::{
    alias::{Alias, ClearText},
    authentication_config::Purpose,
    relying_party::RelyingParty,
    time::Timestamp,
    token::{SpentToken, TokenKind, sealed::Sealed},
    user::UserId,
};

/// `session_`: a registration ceremony between begin and complete.
///
/// It is spent by the transaction that completes the ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationSession {
    /// Its id.
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
    /// The user's whole new set of aliases; if empty, the existing ones stay.
    pub aliases: BTreeSet<Alias>,
    /// Whether the aliases are to be stored in clear, too.
    pub clear_text: ClearText,
    /// The name that the user signs in with from now on, an alias beside the others; if none, the one there is stays.
    pub sign_in_name: Option<Alias>,
}

impl RegistrationSession {
    /// Where the ceremony began.
    pub fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            rp_id: self.pending.rp_id().clone(),
            origin: self.origin.clone(),
        }
    }

    /// What is remembered once the ceremony is completed.
    pub const fn spent(&self) -> SpentToken {
        SpentToken {
            id: self.token_id,
            expires_at: self.expires_at,
        }
    }
}

/// `session_`: a sign-in ceremony between begin and complete.
///
/// It is spent by the transaction that completes the ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInSession {
    /// Its id.
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
        RelyingParty {
            rp_id: self.pending.rp_id().clone(),
            origin: self.origin.clone(),
        }
    }

    /// What is remembered once the ceremony is completed.
    pub const fn spent(&self) -> SpentToken {
        SpentToken {
            id: self.token_id,
            expires_at: self.expires_at,
        }
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

impl Sealed for SignInSession {}

impl TokenKind for SignInSession {
    const PREFIX: &'static str = "session_";
    const NAME: &'static str = "sign-in session";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
