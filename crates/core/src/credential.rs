//! Credentials as an application keeps them.

use passgate_webauthn::{
    Aaguid, CredentialDescriptor, CredentialId, Origin, RpId, StoredCredential, Transport, UserHandle,
};

use crate::{time::Timestamp, user::UserId};

/// Most characters of a nickname.
pub const MAX_NICKNAME_CHARS: usize = 64;

/// A registered public-key credential ("passkey" in the user's words).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its id, chosen by the authenticator, unique within the application.
    pub id: CredentialId,
    /// Whose credential it is.
    pub user_id: UserId,
    /// The user handle given to the authenticator; none on imported records that never knew, until the first verified
    /// assertion tells.
    pub user_handle: Option<UserHandle>,
    /// The credential public key: the COSE bytes exactly as they were signed at registration.
    pub public_key: Vec<u8>,
    /// The authenticator's sign count as last seen.
    pub sign_count: u32,
    /// How the authenticator can be reached, as told at registration.
    pub transports: Vec<Transport>,
    /// Attestation statement format, such as `none` or `packed`.
    pub attestation_format: String,
    /// Authenticator model; all zero if it did not say.
    pub aaguid: Aaguid,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last signed in; equal to `created_at` until then.
    pub last_used_at: Timestamp,
    /// The RP ID of its registration, as sent.
    pub rp_id: RpId,
    /// The origin of its registration, as sent.
    pub origin: Origin,
    /// Country of the last use; empty if unknown.
    pub country: String,
    /// Device of the last use, such as `Chrome, Windows 10`.
    pub device: String,
    /// The user's name for it.
    pub nickname: Option<String>,
    /// Backup state (BS), refreshed at each use; none on imported records that never knew.
    pub backup_state: Option<bool>,
    /// Backup eligibility (BE), fixed at registration; none on imported records that never knew.
    pub backup_eligible: Option<bool>,
    /// Whether it is discoverable (`credProps.rk`); none if the client did not say.
    pub discoverable: Option<bool>,
    /// Whether the user has been verified with it (`uvInitialized`).
    pub uv_initialized: bool,
    /// Set while the credential is suspended: it exists, and cannot sign in.
    pub suspended_at: Option<Timestamp>,
}

impl Credential {
    /// What names it to a client.
    pub fn descriptor(&self) -> CredentialDescriptor {
        CredentialDescriptor {
            id: self.id.clone(),
            transports: self.transports.clone(),
        }
    }

    /// What the verifier needs of it.
    pub fn as_stored(&self) -> StoredCredential<'_> {
        StoredCredential {
            id: &self.id,
            public_key: &self.public_key,
            sign_count: self.sign_count,
            user_handle: self.user_handle.as_ref(),
            backup_eligible: self.backup_eligible,
        }
    }
}

/// Where a credential was used from, as far as the request tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedFrom {
    /// The device, such as `Chrome, Windows 10`.
    pub device: String,
    /// The country; empty if unknown.
    pub country: String,
}

/// What a verified sign-in changes on a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialUse {
    /// The id of the credential that was used.
    pub id: CredentialId,
    /// The sign count that the verification was made against: the update applies only while it still stands.
    pub observed_sign_count: u32,
    /// The backup eligibility that the verification was made against: the update applies only while it still stands, so
    /// that what another sign-in learned meanwhile is not forgotten.
    pub observed_backup_eligible: Option<bool>,
    /// The user handle, learned now because it was not known: the update applies only while it still is not.
    pub learned_user_handle: Option<UserHandle>,
    /// The new sign count.
    pub sign_count: u32,
    /// The new backup state.
    pub backup_state: bool,
    /// Backup eligibility, learned now if it was unknown.
    pub backup_eligible: bool,
    /// Whether the user has been verified with it, now or before.
    pub uv_initialized: bool,
    /// When the assertion was verified.
    pub at: Timestamp,
    /// Country of this use; empty if unknown.
    pub country: String,
    /// Device of this use.
    pub device: String,
}
