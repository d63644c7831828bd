//! Decoys: credential ids that hide who exists.

use passgate_webauthn::{
    AuthenticationResponse, CredentialDescriptor, CredentialId, Policy, RpId, StoredCredential, Transport,
};

use crate::{
    alias::AliasKey, derivation, relying_party::AllowedParty, secret::Secret, sign_in::CompleteError,
    token::SignInSession,
};

/// The key that an application's decoy credential ids come from, derived from the key of its alias digests.
#[derive(Clone, Debug)]
pub struct DecoyKey(Secret<[u8; 32]>);

impl DecoyKey {
    /// The key of the application whose alias digests have this key. It lasts as long as that one: decoys that changed
    /// while the ids of real users stay would be known for what they are.
    pub fn of(alias_key: &AliasKey) -> Self {
        Self(derivation::derive(alias_key.material(), &[b"decoy credentials"]))
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
/// `subject` is the user id or alias that was asked for at this RP ID. Nothing else about the request counts, as nothing
/// else counts for the ids of a user who exists.
pub fn ids(key: &DecoyKey, rp_id: &RpId, subject: &str) -> Vec<CredentialDescriptor> {
    let mut bytes = [0; 1 + MAX_DECOYS * DECOY_BYTES];
    derivation::fill(
        &key.0,
        &[b"ids", rp_id.as_str().as_bytes(), subject.as_bytes()],
        &mut bytes,
    );
    let (choice, rest) = bytes.split_at(1);
    // A second credential is the exception: one in four.
    let count = if choice.first().is_some_and(|byte| byte % 4 == 0) {
        MAX_DECOYS
    } else {
        1
    };
    rest.chunks_exact(DECOY_BYTES)
        .take(count)
        .filter_map(|bytes| decoy(key, bytes))
        .collect()
}

/// Bytes at the end of a decoy by which we know it again, and nobody else does.
const MARK_BYTES: usize = 8;

fn mark(key: &DecoyKey, unmarked: &[u8]) -> [u8; MARK_BYTES] {
    let mut mark = [0; MARK_BYTES];
    derivation::fill(&key.0, &[b"mark", unmarked], &mut mark);
    mark
}

/// Whether an id is a decoy of the application's, whoever it was made for.
fn is_decoy(key: &DecoyKey, id: &CredentialId) -> bool {
    id.as_bytes()
        .split_last_chunk::<MARK_BYTES>()
        .is_some_and(|(unmarked, found)| *found == mark(key, unmarked))
}

fn decoy(key: &DecoyKey, bytes: &[u8]) -> Option<CredentialDescriptor> {
    let (shape, id) = bytes.split_first()?;
    let (length, transports) = DECOY_SHAPES.get(usize::from(*shape) % DECOY_SHAPES.len())?;
    let unmarked = id.get(..length - MARK_BYTES)?;
    let id = [unmarked, &mark(key, unmarked)].concat();
    Some(CredentialDescriptor {
        id: CredentialId::new(id).ok()?,
        transports: transports
            .iter()
            .filter_map(|name| Transport::new(*name))
            .collect(),
    })
}

/// A public key that nobody has the private key of, as COSE bytes: the point on P-256 whose x coordinate is the SHA-256
/// of `passgate decoy public key 0`, with the even y coordinate.
const PUBLIC_KEY: [u8; 77] = [
    0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, 0x89, 0x72, 0xa5, 0x2d, 0x7a, 0xf3, 0xa2,
    0x10, 0x79, 0x53, 0x8c, 0x5c, 0x47, 0x9b, 0x68, 0x4c, 0x85, 0x6e, 0xf3, 0xf5, 0xc4, 0x0f, 0x20, 0x9b,
    0x0e, 0x54, 0x6a, 0xa7, 0xbc, 0xb8, 0x04, 0x87, 0x22, 0x58, 0x20, 0x87, 0xb3, 0x4b, 0xf9, 0xd5, 0xc3,
    0x1e, 0x9c, 0x3f, 0xc4, 0xb7, 0x80, 0x09, 0x38, 0xf9, 0x15, 0x7b, 0x8b, 0x08, 0xfe, 0xb5, 0x24, 0x84,
    0x69, 0x72, 0x77, 0x5e, 0x48, 0x5c, 0xe5, 0x55, 0x94,
];

/// Ids from this length on belong to security keys, whose credentials are not backed up.
const SECURITY_KEY_ID_BYTES: usize = 48;

/// Refuses an answer that names a decoy in the words in which it would be refused if the decoy were somebody's: the
/// answer goes through the same checks, against a public key that nobody can sign for.
///
/// `None` if the id is no decoy: then it is unknown, as anywhere. Whether this sign-in offered it does not matter, as it
/// does not for the ids of users who exist.
pub fn refuse(
    key: &DecoyKey,
    session: &SignInSession,
    response: &AuthenticationResponse,
    party: &AllowedParty,
    policy: &Policy,
) -> Option<CompleteError> {
    let id = response.credential_id();
    if !is_decoy(key, id) {
        return None;
    }
    if let Err(elsewhere) = party.check_same(&session.relying_party()) {
        return Some(elsewhere.into());
    }
    let stored = StoredCredential {
        id,
        public_key: &PUBLIC_KEY,
        sign_count: 0,
        // Never compared: nobody gets past the signature.
        user_handle: None,
        backup_eligible: Some(id.as_bytes().len() < SECURITY_KEY_ID_BYTES),
    };
    let verified = session.pending.clone().finish(response, &stored, policy);
    verified.err().map(CompleteError::Verification)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{application::AppId, master_key::MasterKey};

    fn key(app: &str) -> DecoyKey {
        DecoyKey::of(&MasterKey::new([1; 32]).alias_key(&AppId::parse(app).unwrap()))
    }

    fn decoys(app: &str, subject: &str) -> Vec<CredentialDescriptor> {
        ids(&key(app), &RpId::parse("example.com").unwrap(), subject)
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

    #[test]
    fn only_the_application_knows_its_decoys_again() {
        for decoy in decoys("demoapp", "alice") {
            assert!(is_decoy(&key("demoapp"), &decoy.id));
            assert!(!is_decoy(&key("otherapp"), &decoy.id));
            let mut other = decoy.id.as_bytes().to_vec();
            other[0] ^= 1;
            assert!(!is_decoy(&key("demoapp"), &CredentialId::new(other).unwrap()));
        }
        assert!(!is_decoy(
            &key("demoapp"),
            &CredentialId::new(vec![1; 4]).unwrap()
        ));
    }

    proptest! {
        #[test]
        fn every_subject_has_one_or_two(subject in any::<String>()) {
            prop_assert!((1..=MAX_DECOYS).contains(&decoys("demoapp", &subject).len()));
        }
    }
}
