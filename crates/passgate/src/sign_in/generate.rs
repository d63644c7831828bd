//! Sign-in tokens that a backend makes itself, without a ceremony.

use std::time::Duration;

use passgate_core::{
    code::Code,
    event::Occurrence,
    sign_in::{self as rules, GenerateToken},
    token::{self, TokenId},
    user::UserId,
};

use crate::{Caller, Env, Passgate, Refusal, Stopped};

/// What a backend says about a sign-in token that it makes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateSignInTokenInput {
    /// For whom; the user need not exist.
    pub user_id: UserId,
    /// How long the token lives, 1 second to 7 days; 120 seconds if absent.
    pub time_to_live: Option<Duration>,
    /// Copied into the token; `sign-in` if absent or blank.
    pub purpose: Option<String>,
    /// Copied into the token.
    pub rp_id: Option<String>,
    /// Copied into the token.
    pub origin: Option<String>,
}

/// Why a sign-in token was not made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateSignInTokenError {
    /// The application's features do not include it.
    #[error("the application may not generate sign-in tokens")]
    Disabled,
}

impl Refusal for GenerateSignInTokenError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Disabled => None,
        }
    }
}

impl Passgate {
    /// Makes a sign-in token without a ceremony: the backend answers for it.
    ///
    /// # Errors
    /// [`GenerateSignInTokenError::Disabled`] if the application switched this off.
    pub fn generate_sign_in_token(
        &self,
        caller: &Caller,
        input: GenerateSignInTokenInput,
        env: Env<'_>,
    ) -> Result<String, Stopped<GenerateSignInTokenError>> {
        if !caller.features().generate_sign_in_token {
            return Err(GenerateSignInTokenError::Disabled.into());
        }
        let request = GenerateToken {
            user_id: input.user_id,
            lifetime: input.time_to_live.unwrap_or(token::GENERATED_TOKEN_LIFETIME),
            purpose: input.purpose.filter(|purpose| !purpose.trim().is_empty()),
            rp_id: input.rp_id,
            origin: input.origin,
        };
        let claims = rules::generated_token(request, TokenId::from_random(env.random()), env.now);
        let token = self.tokens().seal(caller.snapshot(), &claims, env)?;
        let what = Occurrence::SignInTokenCreated(&claims.user_id);
        self.record().alone(caller, env, &what)?;
        Ok(token)
    }
}
