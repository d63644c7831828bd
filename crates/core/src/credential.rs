//! Credentials as an application keeps them.

use passgate_webauthn::{
    Aaguid, CredentialDescriptor, CredentialId, Origin, RpId, StoredCredential, Transport, UserHandle,
};

use crate::{derivation, secret::Secret, time::Timestamp, user::UserId};

/// Most characters of a nickname.
pub const MAX_NICKNAME_CHARS: usize = 64;

/// A registered public-key credential ("passkey" in the user's words).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its id, chosen by the authenticator, unique within the application.
    pub id: CredentialId,
    /// Whose credential it is.
    pub user_id: UserId,
    /// The user handle given to the authenticator.
    pub user_handle: UserHandle,
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
            user_handle: &self.user_handle,
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
    /// The credential.
    pub id: CredentialId,
    /// The sign count that the verification was made against: the update applies only while it still stands.
    pub observed_sign_count: u32,
    /// The new sign count.
    pub sign_count: u32,
    /// The new backup state.
    pub backup_state: bool,
    /// Backup eligibility, learned now if it was unknown.
    pub backup_eligible: bool,
    /// Whether the user has been verified with it, now or before.
    pub uv_initialized: bool,
    /// When.
    pub at: Timestamp,
    /// Country of this use; empty if unknown.
    pub country: String,
    /// Device of this use.
    pub device: String,
}

/// The key that an application's decoy credential ids come from, derived from the master key.
#[derive(Clone, Debug)]
pub struct DecoyKey(Secret<[u8; 32]>);

impl DecoyKey {
    pub(crate) const fn new(bytes: Secret<[u8; 32]>) -> Self {
        Self(bytes)
    }
}

/// Lengths and transports of real credentials, roughly as often as they are met: password managers and platform
/// authenticators use ids of 16 to 32 bytes, security keys of 48 to 64; imported records and some clients name no
/// transports.
const DECOY_SHAPES: [(usize, &[&str]); 8] = [
    (16, &["internal", "hybrid"]),
    (16, &[]),
    (20, &["internal", "hybrid"]),
    (20, &["hybrid", "internal"]),
    (32, &["internal"]),
    (32, &["internal", "hybrid"]),
    (48, &["usb", "nfc"]),
    (64, &["usb"]),
];

/// Most decoys for one subject.
const MAX_DECOYS: usize = 2;

/// Bytes derived for one decoy: one that chooses its shape, and the longest id.
const DECOY_BYTES: usize = 1 + 64;

/// Credential ids that nobody owns, for a user or alias that has none: whoever asks twice gets the same answer twice,
/// one or two ids long, and cannot tell it from the answer for a user who exists.
///
/// `subject` is the user id or alias that was asked for. Nothing else about the request counts, as nothing else counts
/// for the ids of a user who exists.
pub fn decoy_ids(key: &DecoyKey, subject: &str) -> Vec<CredentialDescriptor> {
    let mut bytes = [0; 1 + MAX_DECOYS * DECOY_BYTES];
    derivation::fill(&key.0, &[b"ids", subject.as_bytes()], &mut bytes);
    let (choice, rest) = bytes.split_at(1);
    // A second credential is the exception: one in four.
    let count = if choice.first().is_some_and(|byte| byte % 4 == 0) {
        MAX_DECOYS
    } else {
        1
    };
    rest.chunks_exact(DECOY_BYTES)
        .take(count)
        .filter_map(decoy)
        .collect()
}

fn decoy(bytes: &[u8]) -> Option<CredentialDescriptor> {
    let (shape, id) = bytes.split_first()?;
    let (length, transports) = DECOY_SHAPES.get(usize::from(*shape) % DECOY_SHAPES.len())?;
    Some(CredentialDescriptor {
        id: CredentialId::new(id.get(..*length)?).ok()?,
        transports: transports
            .iter()
            .filter_map(|name| Transport::new(*name))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{application::AppId, master_key::MasterKey};

    fn key(app: &str) -> DecoyKey {
        MasterKey::new([1; 32]).decoy_key(&AppId::parse(app).unwrap())
    }

    fn decoys(app: &str, subject: &str) -> Vec<CredentialDescriptor> {
        decoy_ids(&key(app), subject)
    }

    #[test]
    fn decoys_are_stable_and_differ_by_subject_and_application() {
        let alice = decoys("demoapp", "alice");
        assert_eq!(alice, decoys("demoapp", "alice"));
        for other in [decoys("demoapp", "bob"), decoys("otherapp", "alice")] {
            assert_ne!(alice, other);
        }
    }

    #[test]
    fn a_crowd_of_decoys_looks_like_a_crowd_of_users() {
        let crowd: Vec<_> = (0..1000).map(|n| decoys("demoapp", &n.to_string())).collect();
        let pairs = crowd.iter().filter(|ids| ids.len() == 2).count();
        assert!((150..350).contains(&pairs), "{pairs}");
        let lengths: BTreeSet<usize> = crowd
            .iter()
            .flatten()
            .map(|decoy| decoy.id.as_bytes().len())
            .collect();
        assert_eq!(lengths, BTreeSet::from([16, 20, 32, 48, 64]));
        let silent = crowd
            .iter()
            .flatten()
            .filter(|decoy| decoy.transports.is_empty())
            .count();
        assert!((50..300).contains(&silent), "{silent}");
        let distinct: BTreeSet<_> = crowd.iter().flatten().map(|decoy| decoy.id.clone()).collect();
        assert_eq!(distinct.len(), crowd.iter().map(Vec::len).sum::<usize>());
    }

    proptest! {
        #[test]
        fn every_subject_has_one_or_two(subject in any::<String>()) {
            prop_assert!((1..=MAX_DECOYS).contains(&decoys("demoapp", &subject).len()));
        }
    }
}
