//! Registering a new credential (§7.1): from the response to a [`VerifiedRegistration`].

use chrono::{DateTime, Utc};

use crate::algorithm::Algorithm;
use crate::attestation::{
    self, Attestation, AttestationError, AttestationFormat, AttestationObject, AttestationType,
    StatementInput,
};
use crate::authenticator_data::{AuthenticatorData, Flags, Purpose};
use crate::ceremony::{Ceremony, Pending, Registration};
use crate::certificate::ExtensionForm;
use crate::client_data::{ClientData, Expected};
use crate::cose::{CoseKeyError, CosePublicKey};
use crate::credential::{Aaguid, CredentialId, Transport};
use crate::crypto;
use crate::envelope::RegistrationResponse;
use crate::error::RegistrationError;
use crate::extension::{self, ExtensionOutputs, Stage};
use crate::policy::{AlgorithmMatch, BackupPolicy, EnterprisePolicy, Policy, UnaskedStatement};
use crate::preference::{AttestationConveyance, Mediation, UserVerification};
use crate::relying_party::{Origin, RpId};
use crate::trust::{self, TrustOutcome};

impl Pending<Registration> {
    /// Verifies the response to this registration (§7.1 steps 3 to 28).
    ///
    /// Left to the caller: that the ceremony has not expired and is spent once, and that the credential id is
    /// not registered for any user (step 26), checked in the same transaction that stores it.
    ///
    /// # Errors
    /// [`RegistrationError`], one variant for each step.
    pub fn finish(
        self,
        response: &RegistrationResponse,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<VerifiedRegistration, RegistrationError> {
        let user_presence = match self.promise.mediation {
            Mediation::Modal => UserPresence::Required,
            Mediation::Conditional => UserPresence::NotRequired,
        };
        verify(
            &self,
            std::slice::from_ref(&self.rp_id),
            user_presence,
            response,
            policy,
            now,
        )
    }
}

/// Whether the UP flag must be set. Only conditional create, and offline verification that says so, do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserPresence {
    Required,
    NotRequired,
}

pub(crate) fn verify(
    pending: &Pending<Registration>,
    rp_ids: &[RpId],
    user_presence: UserPresence,
    response: &RegistrationResponse,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<VerifiedRegistration, RegistrationError> {
    let client_data = ClientData::parse(&response.client_data_json)?;
    let origin = client_data.judge(&Expected {
        ceremony_type: Registration::CLIENT_DATA_TYPE,
        challenge: &pending.challenge,
        origins: &pending.origins,
        rp_id: &pending.rp_id,
        policy: &policy.client_data,
        leniencies: policy.leniencies,
    })?;
    let object = AttestationObject::parse_with(&response.attestation_object, policy.leniencies)?;
    let data = AuthenticatorData::parse_with(
        object.authenticator_data,
        Purpose::Registration,
        policy.leniencies,
    )?;
    // Parsing for a registration guarantees it; without a credential there is nothing to register.
    let attested = data
        .attested_credential_data()
        .ok_or(crate::authenticator_data::AuthenticatorDataError::AttestedCredentialDataMissing)?;
    let rp_id = rp_ids
        .iter()
        .find(|rp_id| rp_id.hash() == *data.rp_id_hash())
        .ok_or(RegistrationError::RpIdMismatch)?;
    judge_flags(pending, data.flags(), user_presence, policy)?;
    let credential_id = response.id.clone();
    if credential_id.as_bytes() != attested.credential_id() {
        return Err(RegistrationError::CredentialIdMismatch);
    }
    let algorithm = attested.key().algorithm;
    if !is_offered(algorithm, &pending.promise.algorithms, policy) {
        return Err(RegistrationError::AlgorithmNotOffered { got: algorithm });
    }
    if pending.promise.excluded.contains(&credential_id) {
        return Err(RegistrationError::CredentialExcluded(credential_id));
    }
    let public_key =
        CosePublicKey::parse_under(attested.public_key(), policy.leniencies).map_err(public_key_refused)?;
    let client_data_hash = crypto::sha256(&response.client_data_json);
    let signed = [object.authenticator_data, &client_data_hash].concat();
    let attestation = verify_statement(
        &object,
        &StatementInput {
            statement: &object.statement,
            authenticator_data: &data,
            attested,
            signed: &signed,
            client_data_hash: &client_data_hash,
            policy: &policy.statement,
            leniencies: policy.leniencies,
            now,
        },
        policy.unasked_statement,
        pending.promise.attestation,
    )?;
    judge_enterprise(&attestation, pending.promise.attestation, policy)?;
    let trust = trust::judge(
        &policy.trust,
        &attestation,
        attested.aaguid(),
        ExtensionForm::under(policy.leniencies),
        now,
    )?;
    let extensions = extension::process(
        Stage::Registration,
        &pending.extensions,
        &response.extensions,
        data.extensions(),
        &policy.extensions,
    )?;
    Ok(VerifiedRegistration {
        credential_id,
        public_key,
        sign_count: data.sign_count(),
        aaguid: attested.aaguid(),
        flags: data.flags(),
        format: object.format.to_owned(),
        attestation,
        trust,
        transports: response.transports.clone(),
        origin,
        rp_id: rp_id.clone(),
        extensions,
    })
}

fn judge_enterprise(
    attestation: &Attestation,
    asked: AttestationConveyance,
    policy: &Policy,
) -> Result<(), AttestationError> {
    let unasked = policy.enterprise == EnterprisePolicy::RefuseUnrequested
        && asked != AttestationConveyance::Enterprise;
    if unasked && attestation.identifies_device() {
        return Err(AttestationError::UnsolicitedEnterprise);
    }
    Ok(())
}

fn judge_flags(
    pending: &Pending<Registration>,
    flags: Flags,
    user_presence: UserPresence,
    policy: &Policy,
) -> Result<(), RegistrationError> {
    if !flags.user_present() && user_presence == UserPresence::Required {
        return Err(RegistrationError::UserNotPresent);
    }
    if !flags.user_verified() && pending.user_verification == UserVerification::Required {
        return Err(RegistrationError::UserNotVerified);
    }
    let backup_eligible = flags.backup_eligible();
    match (policy.backup, backup_eligible) {
        (BackupPolicy::DeviceBoundOnly, true) | (BackupPolicy::EligibleOnly, false) => {
            Err(RegistrationError::BackupPolicy { backup_eligible })
        }
        (BackupPolicy::Any, _)
        | (BackupPolicy::DeviceBoundOnly, false)
        | (BackupPolicy::EligibleOnly, true) => Ok(()),
    }
}

fn is_offered(algorithm: Algorithm, offered: &[Algorithm], policy: &Policy) -> bool {
    offered.iter().any(|offered| match policy.algorithm_match {
        AlgorithmMatch::Identifier => *offered == algorithm,
        AlgorithmMatch::Equivalent => offered.is_equivalent(algorithm),
    })
}

fn public_key_refused(error: CoseKeyError) -> RegistrationError {
    crate::authenticator_data::AuthenticatorDataError::PublicKey(error).into()
}

fn verify_statement(
    object: &AttestationObject<'_>,
    input: &StatementInput<'_, '_>,
    unasked: UnaskedStatement,
    asked: AttestationConveyance,
) -> Result<Attestation, RegistrationError> {
    if asked == AttestationConveyance::None && unasked == UnaskedStatement::Ignore {
        return Ok(Attestation::new(AttestationFormat::None, AttestationType::None));
    }
    match AttestationFormat::from_name(object.format) {
        Some(format) => Ok(attestation::verify(format, input)?),
        None => Err(RegistrationError::UnsupportedFormat(object.format.to_owned())),
    }
}

/// A registration every check of which held. Only [`Pending::finish`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedRegistration {
    credential_id: CredentialId,
    public_key: CosePublicKey,
    sign_count: u32,
    aaguid: Aaguid,
    flags: Flags,
    format: String,
    attestation: Attestation,
    trust: TrustOutcome,
    transports: Vec<Transport>,
    origin: Origin,
    rp_id: RpId,
    extensions: ExtensionOutputs,
}

impl VerifiedRegistration {
    /// The new credential's id. Storing it must fail if it exists for any user (step 26).
    pub fn credential_id(&self) -> &CredentialId {
        &self.credential_id
    }

    /// The public key; store [`CosePublicKey::as_bytes`].
    pub fn public_key(&self) -> &CosePublicKey {
        &self.public_key
    }

    /// The signature counter to start from.
    pub fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// The authenticator model: a hint unless [`Self::trust`] says it is proven.
    pub fn aaguid(&self) -> Aaguid {
        self.aaguid
    }

    /// The flags as signed.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// Whether the user was verified; also the initial `uvInitialized` of the credential record.
    pub fn user_verified(&self) -> bool {
        self.flags.user_verified()
    }

    /// Whether the credential may be backed up; fixed for its life.
    pub fn backup_eligible(&self) -> bool {
        self.flags.backup_eligible()
    }

    /// Whether the credential is backed up at present.
    pub fn backup_state(&self) -> bool {
        self.flags.backup_state()
    }

    /// The format of the attestation statement, as sent; of one that was not asked for, nothing else was read.
    pub fn attestation_format(&self) -> &str {
        &self.format
    }

    /// What kind of key signed the statement.
    pub fn attestation_type(&self) -> AttestationType {
        self.attestation.attestation_type()
    }

    /// The verified statement.
    pub fn attestation(&self) -> &Attestation {
        &self.attestation
    }

    /// Whether the statement's signer is trusted.
    pub fn trust(&self) -> &TrustOutcome {
        &self.trust
    }

    /// How clients can reach the authenticator; keep them for later allow lists.
    pub fn transports(&self) -> &[Transport] {
        &self.transports
    }

    /// Whether the credential is discoverable, where the client tells (`credProps.rk`).
    pub fn discoverable(&self) -> Option<bool> {
        self.extensions.discoverable
    }

    /// The origin that matched.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The RP ID that matched.
    pub fn rp_id(&self) -> &RpId {
        &self.rp_id
    }

    /// The extension outputs.
    pub fn extensions(&self) -> &ExtensionOutputs {
        &self.extensions
    }
}
