//! *Verify*: a backend asks what the sign-in token says that it was handed.

use std::sync::Arc;

use passgate_core::{
    code::Code,
    event::Occurrence,
    sign_in as rules,
    token::{OpenTokenError, SignInToken, Spendable as _},
    user::UserId,
};
use passgate_store::events;

use crate::{Caller, Client, Env, Passgate, Refusal, Stopped, ceremony::spend, record::event_of};

/// Why a sign-in token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum SignInTokenError {
    /// The token does not open, or expired.
    #[error(transparent)]
    Token(#[from] OpenTokenError),
    /// The token was verified before, and its kind verifies once only.
    #[error("the token was used before")]
    TokenAlreadyUsed,
}

impl Refusal for SignInTokenError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Token(refusal) => refusal.code(),
            Self::TokenAlreadyUsed => Some(Code::TokenAlreadyUsed),
        }
    }
}

impl Passgate {
    /// Verifies a sign-in token for the backend that it was carried to.
    ///
    /// A token verifies once, unless it is a magic link or the application says otherwise.
    ///
    /// # Errors
    /// See [`SignInTokenError`]; a refusal is recorded as an event of its own.
    pub fn verify_sign_in_token(
        &self,
        caller: &Caller,
        token: Option<&str>,
        client: &Client,
        env: Env<'_>,
    ) -> Result<SignInToken, Stopped<SignInTokenError>> {
        pollster::block_on(self.verify_sign_in_token_async(caller, token, client, env))
    }

    /// Like [`Passgate::verify_sign_in_token`], for a task of any runtime. On PostgreSQL it blocks the thread.
    ///
    /// # Errors
    /// Those of [`Passgate::verify_sign_in_token`].
    pub async fn verify_sign_in_token_async(
        &self,
        caller: &Caller,
        token: Option<&str>,
        client: &Client,
        env: Env<'_>,
    ) -> Result<SignInToken, Stopped<SignInTokenError>> {
        let mut user = None;
        let verified = verify(self, caller, token, env, &mut user).await;
        if let Err(stopped) = &verified {
            let what = |reason| Occurrence::SignInTokenRefused {
                user: user.as_ref(),
                reason,
            };
            self.record()
                .stopped_async(caller, client, env, stopped, what)
                .await;
        }
        verified
    }
}

/// `user` is told whom the token is for, as soon as that is known.
async fn verify(
    passgate: &Passgate,
    caller: &Caller,
    token: Option<&str>,
    env: Env<'_>,
    user: &mut Option<UserId>,
) -> Result<SignInToken, Stopped<SignInTokenError>> {
    let claims: SignInToken = passgate.tokens().open(caller.snapshot(), token, env.now)??;
    *user = Some(claims.user_id.clone());
    let once = rules::verifies_once(claims.token_type, caller.features());
    let event = event_of(caller, env, &Occurrence::SignInVerified(&claims.user_id));
    if once || event.is_some() {
        let snapshot = Arc::clone(caller.snapshot());
        let spent = once.then(|| claims.spent());
        passgate
            .store()
            .write_async(move |tx| -> Result<_, Stopped<SignInTokenError>> {
                let app = snapshot.app_id();
                if let Some(spent) = &spent {
                    spend(tx, app, spent)?.or_spent(SignInTokenError::TokenAlreadyUsed)?;
                }
                if let Some(event) = &event {
                    events::record(tx, app, event)?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(claims)
}
