//! What a relying party decides about client data: origins and frames.

use crate::relying_party::Origin;

/// Use inside a frame of another origin (§7.1 steps 10–11).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CrossOriginPolicy {
    /// Any cross-origin use is refused.
    #[default]
    Refuse,
    /// Accepted only where the client names the page's own origin as the topmost one: a page in a frame of a page
    /// that it frames itself.
    OwnTopOrigin,
    /// Accepted; a top origin, where the client names one, must be listed or be the page's own.
    TopOrigins(Vec<Origin>),
    /// Accepted whatever the top origin.
    AnyTopOrigin,
}

/// Which origins count as the relying party's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OriginRule {
    /// Exactly the ones given to the ceremony.
    #[default]
    Listed,
    /// Those, and every `https` origin at or under the RP ID.
    ListedOrUnderRpId,
}

/// Which spelling of a native app's origin counts as equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NativeOriginForm {
    /// The same text, byte for byte.
    #[default]
    Exact,
    /// The same text, but for the case of its letters.
    AnyCase,
}

/// The decisions that judging client data asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientDataPolicy {
    pub(crate) cross_origin: CrossOriginPolicy,
    pub(crate) origins: OriginRule,
    pub(crate) native_origins: NativeOriginForm,
}
