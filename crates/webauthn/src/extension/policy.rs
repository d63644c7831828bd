//! What a relying party decides about extension outputs.

/// Extension outputs nobody asked for (§7.1 step 28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnsolicitedExtensions {
    /// Ignored unread, as the specification advises.
    #[default]
    Ignore,
    /// The ceremony is refused.
    Refuse,
}

/// The decisions that reading extension outputs asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtensionPolicy {
    pub(crate) unsolicited: UnsolicitedExtensions,
    /// In code points; authenticators that report a smaller one are refused.
    pub(crate) minimum_pin_length: Option<u64>,
}
