//! *Verify*: a backend asks what the sign-in token says that it was handed.

use passgate_core::{
    code::Code,
    event::Occurrence,
    sign_in as rules,
    token::{OpenTokenError, SignInToken, Spendable as _},
    user::UserId,
};

use crate::{Caller, Client, Env, Passgate, Refusal, Stopped, ceremony::spend, record::record};

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
        let mut user = None;
        let verified = verify(self, caller, token, env, &mut user);
        verified.inspect_err(|stopped| {
            self.record().stopped(caller, client, env, stopped, |reason| {
                let user = user.as_ref();
                Occurrence::SignInTokenRefused { user, reason }
            });
        })
    }
}

/// `user` is told whom the token is for, as soon as that is known.
fn verify(
    passgate: &Passgate,
    caller: &Caller,
    token: Option<&str>,
    env: Env<'_>,
    user: &mut Option<UserId>,
) -> Result<SignInToken, Stopped<SignInTokenError>> {
    let claims: SignInToken = passgate.tokens().open(caller.snapshot(), token, env.now)??;
    *user = Some(claims.user_id.clone());
    let once = rules::verifies_once(claims.token_type, caller.features());
    if once || caller.features().event_logging {
        passgate
            .store()
            .write(|tx| -> Result<_, Stopped<SignInTokenError>> {
                if once {
                    spend(tx, caller.app_id(), &claims.spent())?
                        .or_spent(SignInTokenError::TokenAlreadyUsed)?;
                }
                record(tx, caller, env, &Occurrence::SignInVerified(&claims.user_id))?;
                Ok(())
            })?;
    }
    Ok(claims)
}
