//! FIDO metadata: what is known about authenticator models, accepted only forwards, and kept in the store, so that every
//! node has what one of them got.

use std::{error::Error, sync::Arc};

use passgate_core::{code::Code, time::Timestamp};
pub use passgate_store::metadata::{AcceptedBlob, MetadataState};
use passgate_store::{Store, installation, metadata};
use passgate_webauthn::metadata::{
    BlobRules, MetadataEntry, MetadataError, MetadataRegistry, ProtocolFamily,
};

use crate::{
    Env, Failure, Passgate, Refusal, Stopped,
    jobs::{JobOutcome, Turn},
    leases::Harm,
};

/// Why the metadata was not refreshed. What was accepted before stays in use.
#[derive(Debug, thiserror::Error)]
pub enum RefreshMetadataError<E: Error + 'static> {
    /// No BLOB was got.
    #[error("the metadata cannot be fetched")]
    Fetch(#[source] E),
    /// One was got, and not accepted.
    #[error(transparent)]
    Accept(MetadataError),
}

/// What a failed attempt is called for those who watch: stable, and silent about the machine.
fn noted_as<E: Error + 'static>(stopped: &Stopped<RefreshMetadataError<E>>) -> &'static str {
    match stopped {
        Stopped::Refused(RefreshMetadataError::Fetch(_)) => "metadata_download",
        Stopped::Refused(RefreshMetadataError::Accept(error)) => error.code().as_str(),
        Stopped::Failed(Failure::Store(_)) => "storage",
        Stopped::Failed(
            Failure::TokenKey { .. }
            | Failure::MasterKeyReplaced
            | Failure::AliasKey { .. }
            | Failure::NoFreeKeyId { .. }
            | Failure::Undelivered(_)
            | Failure::Applications { .. },
        ) => "internal",
    }
}

/// There is no metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no FIDO metadata")]
pub struct NoMetadata;

impl Refusal for NoMetadata {
    fn code(&self) -> Option<Code> {
        Some(Code::MetadataUnavailable)
    }
}

impl Passgate {
    /// The FIDO metadata in use.
    pub fn metadata(&self) -> Option<Arc<MetadataRegistry>> {
        self.trust().metadata()
    }

    /// Uses other FIDO metadata from now on, or none. [`Passgate::accept_metadata`] also sees to it that it never goes
    /// back.
    pub fn set_metadata(&self, metadata: Option<Arc<MetadataRegistry>>) {
        self.trust().set_metadata(metadata);
    }

    /// Verifies a BLOB, keeps it in the store, and uses it from now on.
    ///
    /// Its number is remembered, per signer: no node that shares the store accepts an older one again.
    ///
    /// # Errors
    /// [`MetadataError`] if the BLOB does not verify, or is older than the one accepted last.
    pub fn accept_metadata(
        &self,
        blob: &str,
        rules: &BlobRules,
        env: Env<'_>,
    ) -> Result<Arc<MetadataRegistry>, Stopped<MetadataError>> {
        let previous = highest_number(self.store(), rules)?;
        let registry = MetadataRegistry::from_blob(blob, rules, previous, env.now.to_utc())?;
        let got = registry.number();
        self.store().write(|tx| {
            let accepted = installation::raise(tx, &number_name(rules), got)?;
            // Another node may have accepted a newer one since.
            if got < accepted {
                return Err(Stopped::Refused(MetadataError::Rollback { accepted, got }));
            }
            let accepted = AcceptedBlob {
                number: got,
                next_update: registry.next_update(),
                accepted_at: env.now,
            };
            Ok(metadata::accept(tx, signer(rules), accepted, blob)?)
        })?;
        let registry = Arc::new(registry);
        self.trust().set_metadata(Some(Arc::clone(&registry)));
        Ok(registry)
    }

    /// What the store knows of the metadata under these rules: cheap, without the BLOB.
    ///
    /// # Errors
    /// Only what no caller can mend.
    pub fn metadata_state(&self, rules: &BlobRules) -> Result<MetadataState, Failure> {
        self.store().read(|tx| Ok(metadata::find(tx, signer(rules))?))
    }

    /// Verifies the BLOB that is in the store, whichever node put it there, and uses it from now on, unless a newer one
    /// is in use. None if there is none.
    ///
    /// # Errors
    /// [`MetadataError`] if it does not verify under these rules.
    pub fn load_metadata(
        &self,
        rules: &BlobRules,
    ) -> Result<Option<Arc<MetadataRegistry>>, Stopped<MetadataError>> {
        let previous = highest_number(self.store(), rules)?;
        let stored = self.store().read(|tx| -> Result<_, Stopped<MetadataError>> {
            let accepted = metadata::find(tx, signer(rules))?.accepted;
            Ok(accepted.zip(metadata::read_blob(tx, signer(rules))?))
        })?;
        let Some((accepted, blob)) = stored else {
            return Ok(None);
        };
        // As of when it was accepted: the signer's certificate may have expired since, and a node that starts without
        // a way to the outside is to know what it knew before.
        let registry = MetadataRegistry::from_blob(&blob, rules, previous, accepted.accepted_at.to_utc())?;
        let registry = Arc::new(registry);
        self.trust().set_metadata_unless_newer(Arc::clone(&registry));
        Ok(Some(registry))
    }

    /// Gets a newer BLOB with `fetch`, and accepts it, if no other node is at it: when none was accepted yet, or the day
    /// has come by which a successor was promised; by hand, at any time. What comes of it is noted in the store.
    ///
    /// `fetch` may take a minute; it returns none if it was interrupted.
    ///
    /// # Errors
    /// See [`RefreshMetadataError`].
    pub fn refresh_metadata<'a, E: Error + 'static>(
        &self,
        turn: impl Into<Turn<'a>>,
        rules: &BlobRules,
        env: Env<'_>,
        fetch: impl FnOnce() -> Result<Option<String>, E>,
    ) -> Result<JobOutcome, Stopped<RefreshMetadataError<E>>> {
        let turn = turn.into();
        self.leases()
            .run("refresh_metadata", Harm::Mends, turn, env, |work| {
                let before = self.metadata_state(rules)?;
                if !turn.is_by_hand() && !wants_another(&before, env.now) {
                    // An attempt that failed without need is no trouble any more.
                    if let (Some(tried_at), Some(_)) = (before.tried_at, before.error) {
                        note_attempt(self.store(), rules, tried_at, None)?;
                    }
                    return Ok(0);
                }
                let fetched = fetch();
                if !work.goes_on()? {
                    return Ok(0);
                }
                let outcome = match fetched {
                    Ok(None) => return Ok(0),
                    Ok(Some(blob)) => self
                        .accept_metadata(&blob, rules, env)
                        .map_err(|stopped| stopped.map_refusal(RefreshMetadataError::Accept)),
                    Err(error) => Err(Stopped::Refused(RefreshMetadataError::Fetch(error))),
                };
                let error = outcome.as_ref().err().map(noted_as);
                let noted = note_attempt(self.store(), rules, env.now, error);
                let number = outcome?.number();
                noted?;
                let is_newer = before.accepted.is_none_or(|accepted| accepted.number < number);
                Ok(u64::from(is_newer))
            })
    }

    /// Calls `look` with every FIDO2 model of the metadata.
    ///
    /// # Errors
    /// [`NoMetadata`].
    pub fn look_at_models<T>(&self, look: impl FnOnce(&[&MetadataEntry]) -> T) -> Result<T, NoMetadata> {
        let metadata = self.metadata().ok_or(NoMetadata)?;
        let models: Vec<&MetadataEntry> = metadata
            .entries()
            .iter()
            .filter(|entry| entry.protocol() == Some(&ProtocolFamily::Fido2))
            .collect();
        Ok(look(&models))
    }
}

fn note_attempt(
    store: &Store,
    rules: &BlobRules,
    tried_at: Timestamp,
    error: Option<&'static str>,
) -> Result<(), Failure> {
    store.write(|tx| Ok(metadata::record_attempt(tx, signer(rules), tried_at, error)?))
}

fn highest_number(store: &Store, rules: &BlobRules) -> Result<Option<u64>, Failure> {
    store.read(|tx| Ok(installation::get_number(tx, &number_name(rules))?))
}

/// The signer's name, under which the store keeps metadata.
fn signer(rules: &BlobRules) -> &str {
    rules.signer().unwrap_or_default()
}

/// The setting with the number of the newest BLOB that was ever accepted.
fn number_name(rules: &BlobRules) -> String {
    format!("metadata_number/{}", signer(rules))
}

fn wants_another(state: &MetadataState, now: Timestamp) -> bool {
    state
        .accepted
        .is_none_or(|accepted| accepted.next_update <= now.to_utc().date_naive())
}
