//! What the procedure of an attestation format works on.

use chrono::{DateTime, Utc};

use super::{error::AttestationError, policy::StatementPolicy};
use crate::{
    authenticator_data::{AttestedCredentialData, AuthenticatorData},
    cbor::Value,
    certificate::ExtensionForm,
    leniency::{Leniencies, Leniency},
};

/// Everything a format's procedure works on.
#[derive(Clone, Copy)]
pub(crate) struct StatementInput<'i, 'a> {
    /// `attStmt`, decoded from CBOR.
    pub(crate) statement: &'i Value<'a>,
    /// The authenticator data, decoded.
    pub(crate) authenticator_data: &'i AuthenticatorData<'a>,
    /// Its attested credential data, which a registration always has.
    pub(crate) attested: &'i AttestedCredentialData<'a>,
    /// `authData ‖ clientDataHash`: what most formats sign.
    pub(crate) signed: &'i [u8],
    /// SHA-256 of clientDataJSON.
    pub(crate) client_data_hash: &'i [u8; 32],
    /// What the relying party decides about statements.
    pub(crate) policy: &'i StatementPolicy,
    /// What is let pass beyond the strict reading.
    pub(crate) leniencies: Leniencies,
    /// When the registration takes place.
    pub(crate) now: DateTime<Utc>,
}

impl<'i, 'a> StatementInput<'i, 'a> {
    /// A required member of the statement.
    pub(crate) fn member(&self, name: &'static str) -> Result<&'i Value<'a>, AttestationError> {
        self.statement
            .member(name)
            .ok_or(AttestationError::Statement(name))
    }

    /// A required byte-string member.
    pub(crate) fn bytes(&self, name: &'static str) -> Result<&'a [u8], AttestationError> {
        self.member(name)?
            .as_bytes()
            .ok_or(AttestationError::Statement(name))
    }

    /// What to do about malformed certificate extensions.
    pub(crate) fn extension_form(&self) -> ExtensionForm {
        ExtensionForm::under(self.leniencies)
    }

    /// Whether a leniency is open.
    pub(crate) fn allows(&self, leniency: Leniency) -> bool {
        self.leniencies.allows(leniency)
    }

    /// The required `alg` member.
    pub(crate) fn algorithm(&self) -> Result<i64, AttestationError> {
        self.member("alg")?
            .as_int()
            .ok_or(AttestationError::Statement("alg"))
    }
}
