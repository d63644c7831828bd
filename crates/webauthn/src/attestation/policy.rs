//! What a relying party decides about attestation statements.

use std::num::NonZeroUsize;

/// Whether SafetyNet statements are verified: the service behind them was switched off in 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SafetyNetPolicy {
    /// Refused as an unsupported format.
    #[default]
    Refuse,
    /// Verified by the procedure of §8.5.
    Verify,
}

/// How many statements of a compound one have to verify (§8.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CompoundPolicy {
    /// Every statement.
    #[default]
    All,
    /// At least this many.
    AtLeast(NonZeroUsize),
}

/// The decisions that the procedures of the formats ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatementPolicy {
    pub(crate) safetynet: SafetyNetPolicy,
    pub(crate) compound: CompoundPolicy,
    /// TPM manufacturers accepted beyond the registry of the TCG, as eight hexadecimal digits.
    pub(crate) tpm_vendors: Vec<String>,
}
