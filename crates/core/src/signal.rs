//! Under which names authenticators know a user, for what a page tells them with the browser's Signal API.

use passgate_webauthn::UserHandle;

use crate::{credential::Credential, user::UserId};

/// The user handles under which authenticators may hold passkeys of one user.
///
/// Usually there is one, the id's own bytes. A user whose passkeys moved in from elsewhere brought the handle of that
/// place along, and gets the own one with the next registration: then there are two, and a signal about the user has to
/// be given once for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalledHandles {
    /// The likeliest one.
    pub first: UserHandle,
    /// The others, which few users have.
    pub others: Vec<UserHandle>,
}

impl SignalledHandles {
    /// The handles that the user's credentials carry, and the id's own, which authenticators may know from credentials
    /// that are gone. The own one comes first if a credential carries it, or if there is none; else the one of the
    /// oldest credential does.
    ///
    /// A credential whose handle is not known yet adds none, and is told about under the others.
    ///
    /// None if no credential carries one and the id is too long to be a handle: no authenticator is known to know such a
    /// user.
    pub fn of(user_id: &UserId, credentials: &[Credential]) -> Option<Self> {
        let mut handles: Vec<UserHandle> = Vec::new();
        for credential in credentials {
            let Some(handle) = &credential.user_handle else {
                continue;
            };
            if !handles.contains(handle) {
                handles.push(handle.clone());
            }
        }
        if let Ok(own) = user_id.user_handle() {
            match handles.iter().position(|handle| *handle == own) {
                Some(place) => {
                    let own = handles.remove(place);
                    handles.insert(0, own);
                }
                None => handles.push(own),
            }
        }
        let mut handles = handles.into_iter();
        Some(Self {
            first: handles.next()?,
            others: handles.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use passgate_webauthn::{Aaguid, CredentialId, Origin, RpId};

    use super::*;
    use crate::time::Timestamp;

    fn credential(number: u8, handle: &[u8]) -> Credential {
        let at = Timestamp::from_seconds(number.into());
        Credential {
            id: CredentialId::new([number; 16]).unwrap(),
            user_id: UserId::parse("alice").unwrap(),
            user_handle: UserHandle::new(handle).ok(),
            public_key: Vec::new(),
            sign_count: 0,
            transports: Vec::new(),
            attestation_format: "none".to_owned(),
            aaguid: Aaguid::ZERO,
            created_at: at,
            last_used_at: at,
            rp_id: RpId::parse("example.com").unwrap(),
            origin: Origin::parse("https://example.com").unwrap(),
            country: String::new(),
            device: String::new(),
            nickname: None,
            backup_state: None,
            backup_eligible: None,
            discoverable: None,
            uv_initialized: false,
            suspended_at: None,
        }
    }

    fn handles(user: &str, carried: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
        let credentials: Vec<_> = (1..)
            .zip(carried)
            .map(|(number, handle)| credential(number, handle))
            .collect();
        let handles = SignalledHandles::of(&UserId::parse(user).unwrap(), &credentials)?;
        let all = std::iter::once(handles.first).chain(handles.others);
        Some(all.map(UserHandle::into_bytes).collect())
    }

    #[test]
    fn a_handle_is_what_credentials_carry_and_the_own_one_is_never_missing() {
        let own: &[u8] = b"alice";
        for (carried, expected) in [
            (&[][..], &[own][..]),
            (&[own, own], &[own]),
            (&[b"old"], &[b"old", own]),
            (&[b"old", b"older", own, b"old"], &[own, b"old", b"older"]),
        ] {
            let expected = expected.iter().map(|handle| handle.to_vec()).collect();
            assert_eq!(handles("alice", carried), Some(expected), "{carried:?}");
        }
    }

    #[test]
    fn an_id_that_is_too_long_to_be_a_handle_is_none() {
        let long = "a".repeat(65);
        assert_eq!(handles(&long, &[]), None);
        assert_eq!(handles(&long, &[b"old"]), Some(vec![b"old".to_vec()]));
    }

    #[test]
    fn a_credential_whose_handle_is_not_known_adds_none() {
        let unknown: &[u8] = b"";
        assert_eq!(handles("alice", &[unknown]), Some(vec![b"alice".to_vec()]));
        assert_eq!(
            handles("alice", &[unknown, b"old"]),
            Some(vec![b"old".to_vec(), b"alice".to_vec()])
        );
        assert_eq!(handles(&"a".repeat(65), &[unknown]), None);
    }
}
