//! What both ceremonies share: challenges, and spending a token or session once.

use passgate_core::{application::AppId, token::SpentToken};
use passgate_store::{InsertError, StoreError, Tx, spent_tokens};
use passgate_webauthn::Challenge;

use crate::Env;

/// 32 fresh random bytes; the specification asks for 16.
#[expect(
    clippy::expect_used,
    reason = "a challenge has at least 16 bytes, and these are 32"
)]
pub(crate) fn fresh_challenge(env: Env<'_>) -> Challenge {
    Challenge::new(env.random::<32>()).expect("32 bytes are enough")
}

/// Whether a token was spent now or had been spent before.
#[must_use]
pub(crate) enum Spending {
    Now,
    Before,
}

impl Spending {
    /// Refuses what was spent before. The transaction is to be rolled back then.
    pub(crate) fn or_spent<E>(self, refusal: E) -> Result<(), E> {
        match self {
            Self::Now => Ok(()),
            Self::Before => Err(refusal),
        }
    }
}

/// Spends a token or session for good: of two transactions that try, one gets [`Spending::Before`].
pub(crate) fn spend(tx: &mut Tx<'_>, app: &AppId, token: &SpentToken) -> Result<Spending, StoreError> {
    match spent_tokens::spend(tx, app, &token.id, token.expires_at) {
        Ok(()) => Ok(Spending::Now),
        Err(InsertError::Duplicate) => Ok(Spending::Before),
        Err(InsertError::Store(error)) => Err(error),
    }
}
