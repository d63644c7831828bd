//! What both ceremonies share: the record of refusals, challenges, spending sessions, the codes of tokens that do not
//! open.

use passgate_core::{
    application::AppId,
    event::Occurrence,
    token::{OpenTokenError, SpentToken},
    user::UserId,
};
use passgate_store::{InsertError, StoreError, Tx, spent_tokens};
use passgate_webauthn::Challenge;

use crate::{Caller, Client, Env, Passgate};

/// The error of a step whose refusals are recorded.
pub(crate) trait Refusal {
    /// The stable code; none for what is not the caller's doing.
    fn reason(&self) -> Option<&'static str>;
}

/// Says that the codes of these errors are the reasons of recorded refusals.
macro_rules! recorded_refusals {
    ($($error:ty),+ $(,)?) => {
        $(impl $crate::ceremony::Refusal for $error {
            fn reason(&self) -> Option<&'static str> {
                self.code()
            }
        })+
    };
}

pub(crate) use recorded_refusals;

impl Passgate {
    /// Runs one step of a ceremony in two halves: `identify` finds out whom it is about, `finish` does it.
    ///
    /// What either of them refuses is recorded as what `failed` makes of the user, if known by then, and the reason.
    pub(crate) fn step<A, T, E: Refusal>(
        &self,
        caller: &Caller,
        client: &Client,
        env: Env<'_>,
        failed: for<'a> fn(Option<&'a UserId>, &'a str) -> Occurrence<'a>,
        identify: impl FnOnce() -> Result<(Option<UserId>, A), E>,
        finish: impl FnOnce(A) -> Result<T, E>,
    ) -> Result<T, E> {
        let (user, outcome) = match identify() {
            Ok((user, identified)) => (user, finish(identified)),
            Err(error) => (None, Err(error)),
        };
        if let Err(error) = &outcome
            && let Some(reason) = error.reason()
        {
            self.record()
                .refusal(caller, Some(client), env, &failed(user.as_ref(), reason));
        }
        outcome
    }
}

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
    pub(crate) fn or_spent<E>(self, refusal: impl FnOnce() -> E) -> Result<(), E> {
        match self {
            Self::Now => Ok(()),
            Self::Before => Err(refusal()),
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

/// The stable code of a token that did not open.
pub(crate) const fn token_code(error: &OpenTokenError) -> &'static str {
    match error {
        OpenTokenError::Missing { .. } => "missing_token",
        OpenTokenError::Format => "invalid_token_format",
        OpenTokenError::WrongPrefix { .. } | OpenTokenError::UnknownKey { .. } | OpenTokenError::Invalid => {
            "invalid_token"
        }
        OpenTokenError::Expired { .. } => "expired_token",
    }
}
