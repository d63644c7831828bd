//! The sessions: ceremonies between begin and complete.

use passgate_webauthn::{AttestationConveyance, Authentication, Ceremony, Origin, Pending, Registration};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::TokenId;
use crate::{
    alias::NewAliases,
    authentication_config::Purpose,
    relying_party::RelyingParty,
    time::Timestamp,
    token::{Spendable, SpentToken, TokenKind, seal::read_claims, sealed::Sealed},
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
    /// The registration token that began it, which makes one credential; none if an earlier version of this program
    /// began it.
    pub token: Option<SpentToken>,
}

/// [`RegistrationSession`] in version 1 of its encoding.
#[derive(Deserialize)]
struct RegistrationSessionV1 {
    token_id: TokenId,
    expires_at: Timestamp,
    pending: Pending<Registration>,
    origin: Origin,
    user_id: UserId,
    attestation: AttestationConveyance,
    aliases: NewAliases,
}

impl From<RegistrationSessionV1> for RegistrationSession {
    fn from(claims: RegistrationSessionV1) -> Self {
        Self {
            token_id: claims.token_id,
            expires_at: claims.expires_at,
            pending: claims.pending,
            origin: claims.origin,
            user_id: claims.user_id,
            attestation: claims.attestation,
            aliases: claims.aliases,
            token: None,
        }
    }
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
    /// Whose credentials may complete it; none if anybody's may.
    pub bound_to: Option<BoundTo>,
}

/// [`SignInSession`] in version 1 of its encoding: bound to nobody.
#[derive(Deserialize)]
struct SignInSessionV1 {
    token_id: TokenId,
    expires_at: Timestamp,
    pending: Pending<Authentication>,
    origin: Origin,
    purpose: Purpose,
}

impl From<SignInSessionV1> for SignInSession {
    fn from(claims: SignInSessionV1) -> Self {
        Self {
            token_id: claims.token_id,
            expires_at: claims.expires_at,
            pending: claims.pending,
            origin: claims.origin,
            purpose: claims.purpose,
            bound_to: None,
        }
    }
}

/// The user whom a sign-in named, as the SHA-256 of the id: a session is as long for a name that nobody has as for any
/// other, so that its length tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundTo([u8; 32]);

impl BoundTo {
    /// A sign-in that named this user, by id or alias.
    pub fn user(user_id: &UserId) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, user_id.as_str().as_bytes()).as_ref());
        Self(bytes)
    }

    /// A sign-in that named nobody there is: no credential completes it. The bytes are fresh and random.
    pub const fn nobody(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Whether it is this user who was named.
    pub fn admits(&self, user_id: &UserId) -> bool {
        *self == Self::user(user_id)
    }
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
    const VERSION: u8 = 2;

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    fn read_earlier(version: u8, bytes: &[u8]) -> Option<Self> {
        match version {
            1 => read_claims::<RegistrationSessionV1>(bytes).map(Self::from),
            _ => None,
        }
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
    const VERSION: u8 = 2;

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    fn read_earlier(version: u8, bytes: &[u8]) -> Option<Self> {
        match version {
            1 => read_claims::<SignInSessionV1>(bytes).map(Self::from),
            _ => None,
        }
    }
}

impl Spendable for SignInSession {
    fn token_id(&self) -> TokenId {
        self.token_id
    }
}
