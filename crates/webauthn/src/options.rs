//! The options a browser gets, in WebAuthn Level 3's JSON (§5.1.8, §5.1.9), and what the server keeps of them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::ceremony::{Authentication, AuthenticationPromise, Pending, Registration, RegistrationPromise};
use crate::credential::{Challenge, CredentialDescriptor, UserHandle};
use crate::extension::{AuthenticationExtensions, RegistrationExtensions};
use crate::preference::{
    AttestationConveyance, AuthenticatorAttachment, Hint, Mediation, ResidentKey, UserVerification,
};
use crate::relying_party::{Origin, RpId};

/// The timeout the specification's accessibility advice suggests where user verification is possible.
pub const DEFAULT_TIMEOUT_MS: u32 = 300_000;

/// The account a credential is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEntity {
    /// The opaque handle.
    pub id: UserHandle,
    /// What the user types or knows the account by; clients may truncate it at 64 bytes.
    pub name: String,
    /// What the user reads; clients may truncate it at 64 bytes.
    pub display_name: String,
}

/// What a registration shall be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationOptions {
    /// The relying party.
    pub rp_id: RpId,
    /// Its name; empty means the RP ID.
    pub rp_name: String,
    /// The user handle of the account.
    pub user: UserEntity,
    /// Fresh random bytes.
    pub challenge: Challenge,
    /// The algorithms offered, most preferred first.
    pub algorithms: Vec<Algorithm>,
    /// The user's credentials; an authenticator that holds one refuses.
    pub exclude_credentials: Vec<CredentialDescriptor>,
    /// Where the authenticator shall sit; the first hint wins over it.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// Whether the credential shall be discoverable.
    pub resident_key: ResidentKey,
    /// Whether the user shall be verified.
    pub user_verification: UserVerification,
    /// What to learn about the authenticator.
    pub attestation: AttestationConveyance,
    /// Which authenticators are expected, in order of preference.
    pub hints: Vec<Hint>,
    /// Whether this is a silent upgrade; the page has to pass it to `create` itself.
    pub mediation: Mediation,
    /// Extension inputs.
    pub extensions: RegistrationExtensions,
    /// How long the client may take, in milliseconds.
    pub timeout_ms: u32,
}

impl RegistrationOptions {
    /// Options with the defaults of a new relying party.
    pub fn new(rp_id: RpId, user: UserEntity, challenge: Challenge) -> Self {
        Self {
            rp_name: rp_id.as_str().to_owned(),
            rp_id,
            user,
            challenge,
            algorithms: Algorithm::default_offer(),
            exclude_credentials: Vec::new(),
            authenticator_attachment: None,
            resident_key: ResidentKey::Required,
            user_verification: UserVerification::Preferred,
            attestation: AttestationConveyance::None,
            hints: Vec::new(),
            mediation: Mediation::Modal,
            extensions: RegistrationExtensions::cred_props(),
            timeout_ms: DEFAULT_TIMEOUT_MS,
        }
    }

    /// Splits the options into what the browser gets and what the server keeps. Responses from these origins,
    /// and no others, will be accepted.
    pub fn begin(self, origins: Vec<Origin>) -> (CreationOptionsJson, Pending<Registration>) {
        let requested = self.extensions.requested();
        // The first hint decides where there is one: a browser that knows no hints is told what comes nearest.
        let attachment = match self.hints.first() {
            Some(hint) => Some(hint.attachment()),
            None => self.authenticator_attachment,
        };
        let name = if self.rp_name.is_empty() {
            self.rp_id.as_str().to_owned()
        } else {
            self.rp_name
        };
        let json = CreationOptionsJson {
            rp: RpJson {
                id: self.rp_id.as_str().to_owned(),
                name,
            },
            user: UserJson {
                name: self.user.name,
                id: self.user.id.to_base64url(),
                display_name: self.user.display_name,
            },
            challenge: self.challenge.to_base64url(),
            pub_key_cred_params: self
                .algorithms
                .iter()
                .map(|algorithm| ParameterJson {
                    credential_type: PUBLIC_KEY,
                    alg: algorithm.id(),
                })
                .collect(),
            timeout: self.timeout_ms,
            attestation: self.attestation,
            attestation_formats: [],
            authenticator_selection: SelectionJson {
                authenticator_attachment: attachment,
                resident_key: self.resident_key,
                require_resident_key: self.resident_key == ResidentKey::Required,
                user_verification: self.user_verification,
            },
            hints: self.hints,
            exclude_credentials: DescriptorJson::list(&self.exclude_credentials),
            extensions: self.extensions.to_json(),
        };
        let pending = Pending {
            challenge: self.challenge,
            rp_id: self.rp_id,
            origins,
            user_verification: self.user_verification,
            extensions: requested,
            promise: RegistrationPromise {
                user_handle: self.user.id,
                algorithms: self.algorithms,
                excluded: ids(self.exclude_credentials),
                mediation: self.mediation,
                attestation: self.attestation,
            },
        };
        (json, pending)
    }
}

/// What an authentication shall be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationOptions {
    /// The relying party.
    pub rp_id: RpId,
    /// Fresh random bytes.
    pub challenge: Challenge,
    /// The credentials that may be used; empty means any discoverable one.
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// Whether the user shall be verified.
    pub user_verification: UserVerification,
    /// Which authenticators are expected, in order of preference.
    pub hints: Vec<Hint>,
    /// The user, where known before; the credential must then be theirs.
    pub user_handle: Option<UserHandle>,
    /// Extension inputs.
    pub extensions: AuthenticationExtensions,
    /// How long the client may take, in milliseconds.
    pub timeout_ms: u32,
}

impl AuthenticationOptions {
    /// Options for a sign-in with any discoverable credential, fit for autofill as well.
    pub fn new(rp_id: RpId, challenge: Challenge) -> Self {
        Self {
            rp_id,
            challenge,
            allow_credentials: Vec::new(),
            user_verification: UserVerification::Preferred,
            hints: Vec::new(),
            user_handle: None,
            extensions: AuthenticationExtensions::default(),
            timeout_ms: DEFAULT_TIMEOUT_MS,
        }
    }

    /// Splits the options into what the browser gets and what the server keeps. Responses from these origins,
    /// and no others, will be accepted.
    pub fn begin(self, origins: Vec<Origin>) -> (RequestOptionsJson, Pending<Authentication>) {
        let json = RequestOptionsJson {
            challenge: self.challenge.to_base64url(),
            timeout: self.timeout_ms,
            rp_id: self.rp_id.as_str().to_owned(),
            allow_credentials: DescriptorJson::list(&self.allow_credentials),
            user_verification: self.user_verification,
            hints: self.hints,
            extensions: self.extensions.to_json(),
        };
        let pending = Pending {
            challenge: self.challenge,
            rp_id: self.rp_id,
            origins,
            user_verification: self.user_verification,
            extensions: self.extensions.requested(),
            promise: AuthenticationPromise {
                user_handle: self.user_handle,
                allowed: ids(self.allow_credentials),
            },
        };
        (json, pending)
    }
}

const PUBLIC_KEY: &str = "public-key";

fn ids(descriptors: Vec<CredentialDescriptor>) -> Vec<crate::credential::CredentialId> {
    descriptors.into_iter().map(|descriptor| descriptor.id).collect()
}

/// `PublicKeyCredentialCreationOptionsJSON`, to be serialised for the browser. Verification never reads it back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptionsJson {
    rp: RpJson,
    user: UserJson,
    challenge: String,
    pub_key_cred_params: Vec<ParameterJson>,
    timeout: u32,
    attestation: AttestationConveyance,
    attestation_formats: [String; 0],
    authenticator_selection: SelectionJson,
    hints: Vec<Hint>,
    exclude_credentials: Vec<DescriptorJson>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    extensions: Map<String, Value>,
}

/// `PublicKeyCredentialRequestOptionsJSON`, to be serialised for the browser. Verification never reads it back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptionsJson {
    challenge: String,
    timeout: u32,
    rp_id: String,
    allow_credentials: Vec<DescriptorJson>,
    user_verification: UserVerification,
    hints: Vec<Hint>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    extensions: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RpJson {
    id: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserJson {
    name: String,
    id: String,
    display_name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ParameterJson {
    #[serde(rename = "type")]
    credential_type: &'static str,
    alg: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct SelectionJson {
    // Browsers throw on null.
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<AuthenticatorAttachment>,
    resident_key: ResidentKey,
    require_resident_key: bool,
    user_verification: UserVerification,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct DescriptorJson {
    #[serde(rename = "type")]
    credential_type: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transports: Vec<crate::credential::Transport>,
}

impl DescriptorJson {
    fn list(descriptors: &[CredentialDescriptor]) -> Vec<Self> {
        descriptors
            .iter()
            .map(|descriptor| Self {
                credential_type: PUBLIC_KEY,
                id: descriptor.id.to_base64url(),
                transports: descriptor.transports.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
