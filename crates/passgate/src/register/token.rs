//! The registration token: a backend's word that a user may register a credential.

use passgate_core::{
    alias::NewAliases,
    code::Code,
    event::Occurrence,
    register::{self as rules, AttestationRefused, InvalidAttestation, UserLimitReached},
    time::Timestamp,
    token::{RegisterToken, TokenId},
    user::UserId,
};
use passgate_webauthn::{Hint, Mediation, ResidentKey};

use super::user_limit::check_user_limit;
use crate::{
    Caller, Env, Failure, Passgate, Refusal, Stopped,
    aliases::{self, AliasesError},
};

/// What a backend says about a registration that it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterTokenInput {
    /// For whom; made by [`UserId::for_registration`], so that it fits into a user handle.
    pub user_id: UserId,
    /// The name shown in the authenticator's list of accounts; never stored here.
    pub username: String,
    /// The name shown to people; the username if absent.
    pub display_name: Option<String>,
    /// `none` in any case, or exactly `direct` or `indirect`; absent or empty means `none`.
    pub attestation: Option<String>,
    /// `any`, `platform` or `cross-platform` in any case; looked at by *begin*.
    pub authenticator_type: Option<String>,
    /// Whether the credential is to be discoverable.
    pub resident_key: ResidentKey,
    /// `preferred`, `required` or `discouraged` in any case; looked at by *begin*.
    pub user_verification: Option<String>,
    /// What becomes of the user's aliases once registration completes.
    pub aliases: NewAliases,
    /// Hints for the browser, most wanted first; the first decides the authenticator attachment.
    pub hints: Vec<Hint>,
    /// How the page asks for the passkey. A conditional registration happens silently, after a sign-in with a password,
    /// and is the only one in which nobody has to be present.
    pub mediation: Mediation,
    /// When the token expires; 120 seconds from now if absent, and never later than 30 days from now.
    pub expires_at: Option<Timestamp>,
}

/// Why a registration token was not issued.
#[derive(Debug, thiserror::Error)]
pub enum RegisterTokenError {
    /// The user would be one more than the application may have.
    #[error(transparent)]
    UserLimit(#[from] UserLimitReached),
    /// There is no such attestation, or it is never asked for.
    #[error(transparent)]
    UnknownAttestation(#[from] InvalidAttestation),
    /// The application may not ask for the attestation.
    #[error(transparent)]
    Attestation(#[from] AttestationRefused),
    /// The user cannot have the aliases.
    #[error(transparent)]
    Aliases(#[from] AliasesError),
}

impl Refusal for RegisterTokenError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::UserLimit(refusal) => refusal.code(),
            Self::UnknownAttestation(refusal) => refusal.code(),
            Self::Attestation(refusal) => refusal.code(),
            Self::Aliases(refusal) => refusal.code(),
        }
    }
}

impl Passgate {
    /// Issues a registration token: the backend's word that this user may register a credential.
    ///
    /// # Errors
    /// In this order: too many users, attestation refused, an alias of another user. Aliases are not reserved until
    /// registration completes.
    pub fn register_token(
        &self,
        caller: &Caller,
        input: RegisterTokenInput,
        env: Env<'_>,
    ) -> Result<String, Stopped<RegisterTokenError>> {
        let (user_limit, judged) = self.store().read(|tx| -> Result<_, Failure> {
            let user_limit = check_user_limit(tx, caller, &input.user_id)?;
            Ok((
                user_limit,
                aliases::judge(tx, caller, &input.user_id, &input.aliases)?,
            ))
        })?;
        user_limit?;
        let attestation = rules::parse_attestation(input.attestation.as_deref())?;
        rules::check_attestation(attestation, caller.features())?;
        judged?;
        let claims = RegisterToken {
            token_id: TokenId::from_random(env.random()),
            expires_at: rules::token_expiry(input.expires_at, env.now),
            user_id: input.user_id,
            username: input.username,
            display_name: input.display_name,
            attestation,
            authenticator_type: input.authenticator_type,
            resident_key: input.resident_key,
            user_verification: input.user_verification,
            aliases: input.aliases,
            hints: input.hints,
            mediation: input.mediation,
        };
        let token = self.tokens().seal(caller.snapshot(), &claims, env)?;
        let what = Occurrence::RegistrationTokenCreated(&claims.user_id);
        self.record().alone(caller, env, &what)?;
        Ok(token)
    }
}
