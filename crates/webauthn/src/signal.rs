//! Payloads for `PublicKeyCredential.signal…` (§5.1.10), so that applications get handle and RP ID right.

use serde::Serialize;

use crate::credential::{CredentialId, UserHandle};
use crate::relying_party::RpId;

/// For `signalUnknownCredential`: a sign-in named a credential nobody here knows. It only echoes what the caller
/// sent, so anonymous callers may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnknownCredential<'a> {
    rp_id: &'a RpId,
    credential_id: String,
}

impl<'a> UnknownCredential<'a> {
    /// The payload for one credential.
    pub fn new(rp_id: &'a RpId, credential_id: &CredentialId) -> Self {
        Self {
            rp_id,
            credential_id: credential_id.to_base64url(),
        }
    }
}

/// For `signalAllAcceptedCredentials`: after sign-in or a change of the list, to the authenticated user only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllAcceptedCredentials<'a> {
    rp_id: &'a RpId,
    user_id: String,
    all_accepted_credential_ids: Vec<String>,
}

impl<'a> AllAcceptedCredentials<'a> {
    /// The payload for one user. The list must be complete: authenticators hide passkeys that are not in it.
    pub fn new<'c>(
        rp_id: &'a RpId,
        user: &UserHandle,
        credentials: impl IntoIterator<Item = &'c CredentialId>,
    ) -> Self {
        Self {
            rp_id,
            user_id: user.to_base64url(),
            all_accepted_credential_ids: credentials.into_iter().map(CredentialId::to_base64url).collect(),
        }
    }
}

/// For `signalCurrentUserDetails`: after a rename, to the authenticated user only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrentUserDetails<'a> {
    rp_id: &'a RpId,
    user_id: String,
    name: &'a str,
    display_name: &'a str,
}

impl<'a> CurrentUserDetails<'a> {
    /// The payload for one user.
    pub fn new(rp_id: &'a RpId, user: &UserHandle, name: &'a str, display_name: &'a str) -> Self {
        Self {
            rp_id,
            user_id: user.to_base64url(),
            name,
            display_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn payloads_have_the_members_of_level_3() {
        let rp_id = RpId::parse("example.com").unwrap();
        let id = CredentialId::new([0xfb, 0xff]).unwrap();
        let user = UserHandle::new([1]).unwrap();
        assert_eq!(
            serde_json::to_value(UnknownCredential::new(&rp_id, &id)).unwrap(),
            json!({"rpId": "example.com", "credentialId": "-_8"})
        );
        assert_eq!(
            serde_json::to_value(AllAcceptedCredentials::new(&rp_id, &user, [&id])).unwrap(),
            json!({"rpId": "example.com", "userId": "AQ", "allAcceptedCredentialIds": ["-_8"]})
        );
        assert_eq!(
            serde_json::to_value(CurrentUserDetails::new(&rp_id, &user, "fry", "Philip J Fry")).unwrap(),
            json!({"rpId": "example.com", "userId": "AQ", "name": "fry", "displayName": "Philip J Fry"})
        );
    }
}
