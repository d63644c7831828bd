//! The claims of each kind of token: what it says once it is opened.

mod session;

pub use session::{BoundTo, RegistrationSession, SignInSession};

use std::{collections::BTreeSet, fmt};

use passgate_webauthn::{AttestationConveyance, CredentialId, Hint, Mediation, ResidentKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Spendable, TokenKind, seal::read_claims, sealed::Sealed};
use crate::{
    alias::{Alias, ClearText, NewAliases},
    time::Timestamp,
    user::UserId,
};

/// What tells a token from all others: a random (version 4) UUID. Tokens that work once are remembered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenId(Uuid);

impl TokenId {
    /// From 16 random bytes.
    pub const fn from_random(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }

    /// From the 16 bytes of a stored id.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// Hyphenated lower-case hexadecimal, as on the wire.
impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// `register_`: a backend allows a user to register a passkey, and says which kind of passkey.
///
/// It begins any number of ceremonies until it expires, and makes one credential: then it is spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterToken {
    /// A random UUID; tokens that work once are remembered by it.
    pub token_id: TokenId,
    /// The last moment at which it opens.
    pub expires_at: Timestamp,
    /// Who is to get the credential.
    pub user_id: UserId,
    /// The account's name, for the authenticator to show; never stored.
    pub username: String,
    /// The person's name, for the authenticator to show; never stored.
    pub display_name: Option<String>,
    /// The attestation asked for.
    pub attestation: AttestationConveyance,
    /// The kind of authenticator asked for, as the backend wrote it: unknown texts are refused when the ceremony begins.
    pub authenticator_type: Option<String>,
    /// Whether the credential is to be discoverable.
    pub resident_key: ResidentKey,
    /// The user verification asked for, as the backend wrote it: unknown texts are refused when the ceremony begins.
    pub user_verification: Option<String>,
    /// What becomes of the user's aliases.
    pub aliases: NewAliases,
    /// Hints for the browser, most wanted first.
    pub hints: Vec<Hint>,
    /// How the page asks for the passkey: in a dialogue, or silently after a sign-in with a password.
    pub mediation: Mediation,
}

/// [`RegisterToken`] in version 2 of its encoding, where a credential is discoverable or not.
#[derive(Deserialize)]
struct RegisterTokenV2 {
    token_id: TokenId,
    expires_at: Timestamp,
    user_id: UserId,
    username: String,
    display_name: Option<String>,
    attestation: AttestationConveyance,
    authenticator_type: Option<String>,
    discoverable: bool,
    user_verification: Option<String>,
    aliases: NewAliases,
    hints: Vec<Hint>,
    mediation: Mediation,
}

impl From<RegisterTokenV2> for RegisterToken {
    fn from(claims: RegisterTokenV2) -> Self {
        Self {
            token_id: claims.token_id,
            expires_at: claims.expires_at,
            user_id: claims.user_id,
            username: claims.username,
            display_name: claims.display_name,
            attestation: claims.attestation,
            authenticator_type: claims.authenticator_type,
            resident_key: required_or_discouraged(claims.discoverable),
            user_verification: claims.user_verification,
            aliases: claims.aliases,
            hints: claims.hints,
            mediation: claims.mediation,
        }
    }
}

const fn required_or_discouraged(discoverable: bool) -> ResidentKey {
    if discoverable {
        ResidentKey::Required
    } else {
        ResidentKey::Discouraged
    }
}

/// [`RegisterToken`] in version 1 of its encoding.
#[derive(Deserialize)]
struct RegisterTokenV1 {
    token_id: TokenId,
    expires_at: Timestamp,
    user_id: UserId,
    username: String,
    display_name: Option<String>,
    attestation: AttestationConveyance,
    authenticator_type: Option<String>,
    discoverable: bool,
    user_verification: Option<String>,
    aliases: BTreeSet<Alias>,
    clear_text: ClearText,
    hints: Vec<Hint>,
    sign_in_name: Option<Alias>,
}

impl From<RegisterTokenV1> for RegisterToken {
    fn from(claims: RegisterTokenV1) -> Self {
        Self {
            token_id: claims.token_id,
            expires_at: claims.expires_at,
            user_id: claims.user_id,
            username: claims.username,
            display_name: claims.display_name,
            attestation: claims.attestation,
            authenticator_type: claims.authenticator_type,
            resident_key: required_or_discouraged(claims.discoverable),
            user_verification: claims.user_verification,
            aliases: NewAliases {
                replacement: claims.aliases,
                clear_text: claims.clear_text,
                sign_in_name: claims.sign_in_name,
            },
            hints: claims.hints,
            mediation: Mediation::Modal,
        }
    }
}

/// `verify_`: someone just signed in; the backend verifies the token to learn who, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInToken {
    /// A random UUID; tokens that work once are remembered by it.
    pub token_id: TokenId,
    /// What it came from.
    pub token_type: SignInTokenType,
    /// Who signed in.
    pub user_id: UserId,
    /// When the user signed in.
    pub timestamp: Timestamp,
    /// The last moment at which it opens.
    pub expires_at: Timestamp,
    /// The RP ID of the ceremony; as given by the backend, if it made the token.
    pub rp_id: Option<String>,
    /// The origin of the ceremony; as given by the backend, if it made the token.
    pub origin: Option<String>,
    /// The device that completed the ceremony, such as `Chrome, Windows 10`.
    pub device: Option<String>,
    /// The country the ceremony was completed from; empty if unknown.
    pub country: Option<String>,
    /// The user's name for the credential.
    pub nickname: Option<String>,
    /// The id of the credential that was used or registered; none without a ceremony.
    pub credential_id: Option<CredentialId>,
    /// The purpose of the sign-in; as given by the backend, if it made the token.
    pub purpose: Option<String>,
}

/// What a sign-in token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignInTokenType {
    /// A completed sign-in ceremony.
    PasskeySignIn,
    /// A completed registration ceremony.
    PasskeyRegister,
    /// The application's backend.
    GeneratedSignIn,
    /// A mailed link.
    MagicLink,
}

impl SignInTokenType {
    /// Every type.
    pub const ALL: [Self; 4] = [
        Self::PasskeySignIn,
        Self::PasskeyRegister,
        Self::GeneratedSignIn,
        Self::MagicLink,
    ];

    /// The type on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasskeySignIn => "passkey_signin",
            Self::PasskeyRegister => "passkey_register",
            Self::GeneratedSignIn => "generated_signin",
            Self::MagicLink => "magic_link",
        }
    }

    /// Reads [`SignInTokenType::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|token_type| token_type.as_str() == text)
    }
}

impl Sealed for RegisterToken {}

impl TokenKind for RegisterToken {
    const PREFIX: &'static str = "register_";
    const NAME: &'static str = "register token";
    const VERSION: u8 = 3;

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    fn read_earlier(version: u8, bytes: &[u8]) -> Option<Self> {
        match version {
            1 => read_claims::<RegisterTokenV1>(bytes).map(Self::from),
            2 => read_claims::<RegisterTokenV2>(bytes).map(Self::from),
            _ => None,
        }
    }
}

impl Spendable for RegisterToken {
    fn token_id(&self) -> TokenId {
        self.token_id
    }
}

impl Sealed for SignInToken {}

impl TokenKind for SignInToken {
    const PREFIX: &'static str = "verify_";
    const NAME: &'static str = "sign-in token";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Spendable for SignInToken {
    fn token_id(&self) -> TokenId {
        self.token_id
    }
}

/// `link_`: where a magic link leads once its reader has pressed the button of the page before it.
///
/// It is sealed so that the page forwards only to what the application asked for, and so that the sign-in token within
/// cannot be read from the page's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTarget {
    /// The last moment at which it opens: that of the sign-in token in the target.
    pub expires_at: Timestamp,
    /// The absolute URL, sign-in token included.
    pub target: String,
}

impl Sealed for LinkTarget {}

impl TokenKind for LinkTarget {
    const PREFIX: &'static str = "link_";
    const NAME: &'static str = "magic link target";

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
