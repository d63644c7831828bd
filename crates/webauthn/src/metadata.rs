//! FIDO metadata (MDS3): verifying the BLOB and looking authenticator models up in it.
//!
//! Bytes, anchors and the time go in, an immutable [`MetadataRegistry`] comes out. Fetching and scheduling
//! belong to the caller (FIDO Metadata Service 3.1).

mod blob;
mod entry;
mod members;
mod status;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::{
    blob::{BlobRules, MetadataError},
    entry::{AttestationKind, EntryError, MetadataEntry, ProtocolFamily, SkippedEntry},
    members::EntryFlaw,
    status::{AuthenticatorStatus, CertificationLevel, StatusReport},
};
use crate::{
    certificate::{Certificate, ExtensionForm, key_identifier},
    credential::Aaguid,
};

/// What a verified BLOB says about authenticator models.
#[derive(Debug, Clone)]
pub struct MetadataRegistry {
    number: u64,
    next_update: NaiveDate,
    legal_header: String,
    entries: Vec<MetadataEntry>,
    skipped: Vec<SkippedEntry>,
    by_aaguid: HashMap<Aaguid, usize>,
    by_key_identifier: HashMap<[u8; 20], usize>,
}

impl MetadataRegistry {
    /// Verifies a BLOB (a compact JWS) and reads its entries.
    ///
    /// `previous` is the number of the BLOB accepted last: the same number is accepted again, a smaller one is
    /// refused. Entries are read one by one: one that cannot be used at all is listed in [`Self::skipped`] and harms
    /// no other; of one that can be used in part, [`MetadataEntry::flaws`] says what is missing.
    ///
    /// # Errors
    /// [`MetadataError`] when the BLOB as a whole cannot be relied on.
    pub fn from_blob(
        blob: &str,
        rules: &BlobRules,
        previous: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<Self, MetadataError> {
        let payload = blob::verify(blob, rules, now)?;
        if let Some(accepted) = previous.filter(|accepted| payload.number < *accepted) {
            return Err(MetadataError::Rollback {
                accepted,
                got: payload.number,
            });
        }
        let mut registry = Self {
            number: payload.number,
            next_update: payload.next_update,
            legal_header: payload.legal_header,
            entries: Vec::with_capacity(payload.entries.len()),
            skipped: Vec::new(),
            by_aaguid: HashMap::new(),
            by_key_identifier: HashMap::new(),
        };
        for (index, value) in payload.entries.into_iter().enumerate() {
            match MetadataEntry::from_json(value) {
                Ok(entry) => registry.insert(index, entry),
                Err(error) => registry.skipped.push(SkippedEntry { index, error }),
            }
        }
        Ok(registry)
    }

    fn insert(&mut self, index: usize, entry: MetadataEntry) {
        let taken = entry
            .aaguid()
            .is_some_and(|aaguid| self.by_aaguid.contains_key(&aaguid))
            || entry
                .key_identifiers()
                .iter()
                .any(|id| self.by_key_identifier.contains_key(id));
        if taken {
            self.skipped.push(SkippedEntry {
                index,
                error: EntryError::Duplicate,
            });
            return;
        }
        let position = self.entries.len();
        if let Some(aaguid) = entry.aaguid() {
            self.by_aaguid.insert(aaguid, position);
        }
        for id in entry.key_identifiers() {
            self.by_key_identifier.insert(*id, position);
        }
        self.entries.push(entry);
    }

    /// The serial number of the BLOB, `no`.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The date by which a newer BLOB is promised.
    pub const fn next_update(&self) -> NaiveDate {
        self.next_update
    }

    /// The terms the BLOB is published under.
    pub fn legal_header(&self) -> &str {
        &self.legal_header
    }

    /// Whether the date of the promised update has passed.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.next_update < now.date_naive()
    }

    /// The models, in the order of the BLOB; those that could not be used are left out.
    pub fn entries(&self) -> &[MetadataEntry] {
        &self.entries
    }

    /// Entries that could not be used, with the reason.
    pub fn skipped(&self) -> &[SkippedEntry] {
        &self.skipped
    }

    /// The model with this AAGUID; never found for the zero AAGUID.
    pub fn find_by_aaguid(&self, aaguid: Aaguid) -> Option<&MetadataEntry> {
        if aaguid.is_zero() {
            return None;
        }
        self.by_aaguid
            .get(&aaguid)
            .map(|position| &self.entries[*position])
    }

    /// The model one of whose attestation keys occurs in these certificates.
    ///
    /// The identifiers are computed from the keys; what a certificate says its identifier is does not count.
    pub fn find_by_certificates(&self, certificates: &[&[u8]]) -> Option<&MetadataEntry> {
        certificates.iter().find_map(|der| {
            let certificate = Certificate::parse(der, ExtensionForm::Tolerant).ok()?;
            let position = self.by_key_identifier.get(&key_identifier(&certificate))?;
            self.entries.get(*position)
        })
    }
}
