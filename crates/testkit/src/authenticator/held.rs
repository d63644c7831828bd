//! A passkey that another authenticator made, as a test keeps it in a file.

use coset::{CborSerializable as _, CoseKey};
use passkey::types::{CredentialExtensions, Passkey};
use serde::Deserialize;

/// What an authenticator keeps of a passkey. The key is thrown away, like all keys of tests.
#[derive(Clone, Debug, Deserialize)]
pub struct HeldPasskey {
    /// The private key: a COSE key, hexadecimal.
    pub private_key: String,
    /// The credential id, hexadecimal.
    pub credential_id: String,
    /// The RP ID that it was made for.
    pub rp_id: String,
    /// The user handle, hexadecimal; none if the passkey is not discoverable.
    pub user_handle: Option<String>,
    /// The sign count that was told last; none if the device does not count.
    pub sign_count: Option<u32>,
}

impl From<&HeldPasskey> for Passkey {
    fn from(held: &HeldPasskey) -> Self {
        let bytes = |text: &str| hex::decode(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        Self {
            key: CoseKey::from_slice(&bytes(&held.private_key))
                .unwrap_or_else(|error| panic!("the private key of {}: {error}", held.credential_id)),
            credential_id: bytes(&held.credential_id).into(),
            rp_id: held.rp_id.clone(),
            user_handle: held.user_handle.as_deref().map(|handle| bytes(handle).into()),
            username: None,
            user_display_name: None,
            counter: held.sign_count,
            extensions: CredentialExtensions::default(),
        }
    }
}
