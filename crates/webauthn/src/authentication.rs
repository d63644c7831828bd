//! Verifying an assertion (§7.2): from the response to a [`VerifiedAssertion`].

use subtle::ConstantTimeEq as _;

use crate::algorithm::Algorithm;
use crate::authenticator_data::{AuthenticatorData, Flags, Purpose};
use crate::base64url;
use crate::ceremony::{Authentication, Ceremony, Pending};
use crate::client_data::{ClientData, Expected};
use crate::cose::CoseKeyView;
use crate::credential::{CredentialId, StoredCredential, UserHandle};
use crate::crypto;
use crate::envelope::{AuthenticationResponse, SentUserHandle};
use crate::error::AssertionError;
use crate::extension::{self, ExtensionOutputs, Stage};
use crate::policy::{BackupEligibilityRule, Policy, SignCountPolicy, UserHandleForm, UserHandleRule};
use crate::preference::UserVerification;
use crate::registration::UserPresence;
use crate::relying_party::{Origin, RpId};

impl Pending<Authentication> {
    /// Verifies the response to this authentication against the stored credential (§7.2 steps 5 to 23).
    ///
    /// Left to the caller: that the ceremony has not expired and is spent once, to look the credential up by
    /// [`AuthenticationResponse::credential_id`], and to store the new sign count and backup state — the count
    /// only if the stored one is still the one given here, so that of two parallel assertions one fails.
    ///
    /// # Errors
    /// [`AssertionError`], one variant for each step.
    pub fn finish(
        self,
        response: &AuthenticationResponse,
        credential: &StoredCredential<'_>,
        policy: &Policy,
    ) -> Result<VerifiedAssertion, AssertionError> {
        let allowed = &self.promise.allowed;
        if !allowed.is_empty() && !allowed.contains(&response.id) {
            return Err(AssertionError::CredentialNotAllowed);
        }
        if *credential.id != response.id {
            return Err(AssertionError::StoredCredentialMismatch);
        }
        self.require_user(response, credential.user_handle, policy)?;
        let record = Record {
            public_key: credential.public_key,
            sign_count: credential.sign_count,
            backup_eligible: credential.backup_eligible,
        };
        let rp_ids = std::slice::from_ref(&self.rp_id);
        let verified = verify(&self, rp_ids, UserPresence::Required, response, &record, policy)?;
        // After the signature, although the standard does it before: then only who holds the key learns whose
        // credential it is, or that its handle is not known.
        if let Some(owner) = credential.user_handle {
            judge_owner(response, owner, policy)?;
        }
        Ok(verified)
    }

    /// Step 6, its first half: the credential must belong to the user known before, and if nobody was known, the handle
    /// must be there. Whether it is the owner's is [`judge_owner`]'s to say.
    fn require_user(
        &self,
        response: &AuthenticationResponse,
        owner: Option<&UserHandle>,
        policy: &Policy,
    ) -> Result<(), AssertionError> {
        let known = self.promise.user_handle.as_ref();
        let is_owner = |known: &UserHandle| owner.is_some_and(|it| is_same(known.as_bytes(), it.as_bytes()));
        if known.is_some_and(|known| !is_owner(known)) {
            return Err(AssertionError::WrongUser);
        }
        // Whoever asked for a user, or for one of their credentials, knows whose it is without a handle.
        let named = known.is_some() || !self.promise.allowed.is_empty();
        match &response.user_handle {
            SentUserHandle::Sent(_) => Ok(()),
            // Some clients send an empty text where the authenticator returned none.
            SentUserHandle::Empty if !named => Err(AssertionError::UserHandleEmpty),
            SentUserHandle::Absent | SentUserHandle::Empty if known.is_some() => Ok(()),
            SentUserHandle::Absent | SentUserHandle::Empty => match policy.user_handle {
                UserHandleRule::IfPresent => Ok(()),
                UserHandleRule::Required => Err(AssertionError::UserHandleMissing),
            },
        }
    }
}

/// Step 6, its second half: a handle that came must be the owner's.
fn judge_owner(
    response: &AuthenticationResponse,
    owner: &UserHandle,
    policy: &Policy,
) -> Result<(), AssertionError> {
    match response.user_handle() {
        None => Ok(()),
        Some(handle) if names_user(handle, owner, policy.user_handle_form) => Ok(()),
        Some(handle) if is_plain_text_of(handle, owner) => Err(AssertionError::UserHandleNotBase64Url),
        Some(_) => Err(AssertionError::WrongUser),
    }
}

fn is_same(a: &[u8], b: &[u8]) -> bool {
    bool::from(a.ct_eq(b))
}

fn names_user(handle: &UserHandle, owner: &UserHandle, form: UserHandleForm) -> bool {
    is_same(handle.as_bytes(), owner.as_bytes())
        || (form == UserHandleForm::BytesOrBase64UrlText
            && is_same(handle.as_bytes(), base64url::encode(owner.as_bytes()).as_bytes()))
}

/// Whether a client forgot to encode the owner's handle, so that the text itself was decoded.
fn is_plain_text_of(handle: &UserHandle, owner: &UserHandle) -> bool {
    is_same(base64url::encode(handle.as_bytes()).as_bytes(), owner.as_bytes())
}

/// What the checks from step 7 on need of the stored credential.
pub(crate) struct Record<'a> {
    pub(crate) public_key: &'a [u8],
    pub(crate) sign_count: u32,
    pub(crate) backup_eligible: Option<bool>,
}

pub(crate) fn verify(
    pending: &Pending<Authentication>,
    rp_ids: &[RpId],
    user_presence: UserPresence,
    response: &AuthenticationResponse,
    record: &Record<'_>,
    policy: &Policy,
) -> Result<VerifiedAssertion, AssertionError> {
    let client_data = ClientData::parse(&response.client_data_json)?;
    let origin = client_data.judge(&Expected {
        ceremony_type: Authentication::CLIENT_DATA_TYPE,
        challenge: &pending.challenge,
        origins: &pending.origins,
        rp_id: &pending.rp_id,
        policy: &policy.client_data,
        leniencies: policy.leniencies,
    })?;
    let data = AuthenticatorData::parse_with(
        &response.authenticator_data,
        Purpose::Assertion,
        policy.leniencies,
    )?;
    let extensions = extension::process(
        Stage::Authentication,
        &pending.extensions,
        &response.extensions,
        data.extensions(),
        &policy.extensions,
    )?;
    judge_rp_id(pending, rp_ids, &data, &extensions)?;
    let flags = data.flags();
    if !flags.user_present() && user_presence == UserPresence::Required {
        return Err(AssertionError::UserNotPresent);
    }
    if !flags.user_verified() && pending.user_verification == UserVerification::Required {
        return Err(AssertionError::UserNotVerified);
    }
    let backup_eligibility_learnt = judge_backup_eligibility(record, flags, policy)?;
    let key = CoseKeyView::parse(record.public_key, policy.leniencies)?;
    key.check_point()?;
    let client_data_hash = crypto::sha256(&response.client_data_json);
    verify_signature(&key, response, &client_data_hash)?;
    let sign_count_regressed = judge_sign_count(record, &data, policy)?;
    Ok(VerifiedAssertion {
        credential_id: response.id.clone(),
        user_handle: response.user_handle().cloned(),
        sign_count: if sign_count_regressed {
            record.sign_count.max(data.sign_count())
        } else {
            data.sign_count()
        },
        reported_sign_count: data.sign_count(),
        sign_count_regressed,
        backup_eligibility_learnt,
        flags,
        origin,
        algorithm: key.algorithm,
        extensions,
    })
}

/// Step 15; with `appid` asked for and used, the hash of the AppID takes the place of the RP ID's.
fn judge_rp_id(
    pending: &Pending<Authentication>,
    rp_ids: &[RpId],
    data: &AuthenticatorData<'_>,
    extensions: &ExtensionOutputs,
) -> Result<(), AssertionError> {
    let matches = match (&pending.extensions.app_id, extensions.app_id) {
        (Some(app_id), Some(true)) => crypto::sha256(app_id.as_bytes()) == *data.rp_id_hash(),
        _ => rp_ids.iter().any(|rp_id| rp_id.hash() == *data.rp_id_hash()),
    };
    if matches {
        Ok(())
    } else {
        Err(AssertionError::RpIdMismatch)
    }
}

/// Steps 20 and 21, over the bytes as received.
fn verify_signature(
    key: &CoseKeyView<'_>,
    response: &AuthenticationResponse,
    client_data_hash: &[u8; 32],
) -> Result<(), AssertionError> {
    let data = response.authenticator_data.as_slice();
    let length = data.len() + client_data_hash.len();
    let mut short = [0; 256];
    let long;
    let signed = match short.get_mut(..length) {
        Some(signed) => {
            signed[..data.len()].copy_from_slice(data);
            signed[data.len()..].copy_from_slice(client_data_hash);
            &*signed
        }
        None => {
            long = [data, client_data_hash].concat();
            &long
        }
    };
    key.verify(signed, &response.signature)
        .map_err(|_| AssertionError::SignatureInvalid)
}

/// Step 19: whether the credential turned out to be backup-eligible, where the policy lets that pass.
fn judge_backup_eligibility(
    record: &Record<'_>,
    flags: Flags,
    policy: &Policy,
) -> Result<bool, AssertionError> {
    let reported = flags.backup_eligible();
    match (record.backup_eligible, policy.backup_eligibility) {
        (None, _) => Ok(false),
        (Some(stored), _) if stored == reported => Ok(false),
        (Some(false), BackupEligibilityRule::LearnOnce) => Ok(true),
        (Some(stored), _) => Err(AssertionError::BackupEligibilityChanged { stored, reported }),
    }
}

/// Step 22: whether the count failed to grow, where the policy lets that pass.
fn judge_sign_count(
    record: &Record<'_>,
    data: &AuthenticatorData<'_>,
    policy: &Policy,
) -> Result<bool, AssertionError> {
    let (stored, reported) = (record.sign_count, data.sign_count());
    if reported > stored || (reported == 0 && stored == 0) {
        return Ok(false);
    }
    let reject = match policy.sign_count {
        SignCountPolicy::Reject => true,
        SignCountPolicy::RejectUnlessZero => reported > 0,
        SignCountPolicy::RejectDeviceBound => !data.flags().backup_eligible(),
        SignCountPolicy::Report => false,
    };
    if reject {
        Err(AssertionError::SignCountRegression { stored, reported })
    } else {
        Ok(true)
    }
}

/// A change of the backup state since the last assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupTransition {
    /// It was not backed up and now is.
    BecameBackedUp,
    /// It was backed up and no longer is.
    NoLongerBackedUp,
}

/// An assertion every check of which held. Only [`Pending::finish`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedAssertion {
    credential_id: CredentialId,
    user_handle: Option<UserHandle>,
    sign_count: u32,
    reported_sign_count: u32,
    sign_count_regressed: bool,
    backup_eligibility_learnt: bool,
    flags: Flags,
    origin: Origin,
    algorithm: Algorithm,
    extensions: ExtensionOutputs,
}

impl VerifiedAssertion {
    /// The credential used.
    pub fn credential_id(&self) -> &CredentialId {
        &self.credential_id
    }

    /// The user handle that came with it, if one did: the one to store for a record whose handle was not known. A
    /// signature does not cover it; that the credential is the owner's is what the key proves.
    pub fn user_handle(&self) -> Option<&UserHandle> {
        self.user_handle.as_ref()
    }

    /// The sign count to store: the reported one, or the larger of both after a tolerated regression.
    pub fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// The sign count as signed.
    pub fn reported_sign_count(&self) -> u32 {
        self.reported_sign_count
    }

    /// Whether the count failed to grow and the policy let it pass: perhaps the authenticator was cloned.
    pub fn sign_count_regressed(&self) -> bool {
        self.sign_count_regressed
    }

    /// Whether the credential was registered as device-bound, says now that it may be backed up, and the policy let
    /// it pass. Store [`Self::backup_eligible`], and tell whoever watches: it happens once in a credential's life.
    pub fn backup_eligibility_learnt(&self) -> bool {
        self.backup_eligibility_learnt
    }

    /// The flags as signed.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// Whether the user was verified.
    pub fn user_verified(&self) -> bool {
        self.flags.user_verified()
    }

    /// Whether the credential may be backed up; the value to adopt for records that never knew.
    pub fn backup_eligible(&self) -> bool {
        self.flags.backup_eligible()
    }

    /// The backup state to store.
    pub fn backup_state(&self) -> bool {
        self.flags.backup_state()
    }

    /// How the backup state changed since the stored one.
    pub fn backup_transition(&self, stored: bool) -> Option<BackupTransition> {
        match (stored, self.backup_state()) {
            (false, true) => Some(BackupTransition::BecameBackedUp),
            (true, false) => Some(BackupTransition::NoLongerBackedUp),
            (false, false) | (true, true) => None,
        }
    }

    /// The origin that matched.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The algorithm the stored key names.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The extension outputs.
    pub fn extensions(&self) -> &ExtensionOutputs {
        &self.extensions
    }
}
