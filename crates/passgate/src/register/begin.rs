//! *Begin* of a registration: what the browser asks an authenticator for.

use passgate_core::{
    code::Code,
    credential::Credential,
    event::Occurrence,
    register::{self as rules, BeginError},
    token::{OpenTokenError, RegisterToken, TokenId},
    user::UserId,
};
use passgate_store::{credentials, spent_tokens};
use passgate_webauthn::CreationOptionsJson;

use crate::{
    Begun, Caller, Client, Env, Failure, Passgate, Refusal, Stopped,
    ceremony::fresh_challenge,
    relying_party::{self, RelyingPartyError, RelyingPartyInput},
};

/// A registration token, as a browser hands it in.
#[derive(Clone, Debug)]
pub struct RegisterBeginInput {
    /// The `register_` token.
    pub token: Option<String>,
    /// The page.
    pub relying_party: RelyingPartyInput,
}

/// Why a registration did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RegisterBeginError {
    /// The token does not open, or expired.
    #[error(transparent)]
    Token(#[from] OpenTokenError),
    /// The token has made a credential already.
    #[error("the registration token was used before")]
    TokenAlreadyUsed,
    /// The page may not register here.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// The token asks for what cannot be, or may not be asked for.
    #[error(transparent)]
    Rule(#[from] BeginError),
}

impl Refusal for RegisterBeginError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Token(refusal) => refusal.code(),
            Self::TokenAlreadyUsed => Some(Code::TokenAlreadyUsed),
            Self::RelyingParty(refusal) => refusal.code(),
            Self::Rule(refusal) => refusal.code(),
        }
    }
}

impl Passgate {
    /// Begins the registration that a token allows: any number of times, until one of them has made a credential.
    ///
    /// # Errors
    /// See [`RegisterBeginError`]; a refusal is recorded as an event of its own.
    pub fn register_begin(
        &self,
        caller: &Caller,
        input: RegisterBeginInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Begun<CreationOptionsJson>, Stopped<RegisterBeginError>> {
        let mut user = None;
        let begun = begin(self, caller, &input, env, &mut user);
        begun.inspect_err(|stopped| {
            self.record().stopped(caller, client, env, stopped, |reason| {
                let user = user.as_ref();
                Occurrence::RegistrationFailed { user, reason }
            });
        })
    }
}

/// `user` is told whom the token is for, as soon as that is known.
fn begin(
    passgate: &Passgate,
    caller: &Caller,
    input: &RegisterBeginInput,
    env: Env<'_>,
    user: &mut Option<UserId>,
) -> Result<Begun<CreationOptionsJson>, Stopped<RegisterBeginError>> {
    let token: RegisterToken =
        passgate
            .tokens()
            .open(caller.snapshot(), input.token.as_deref(), env.now)??;
    *user = Some(token.user_id.clone());
    let party = relying_party::judge(&input.relying_party, caller.features())?;
    let (is_spent, owned) = passgate.store().read(|tx| -> Result<_, Failure> {
        let app = caller.app_id();
        let is_spent = spent_tokens::is_spent(tx, app, &token.token_id)?;
        Ok((is_spent, credentials::list_by_user(tx, app, &token.user_id)?))
    })?;
    if is_spent {
        return Err(Stopped::Refused(RegisterBeginError::TokenAlreadyUsed));
    }

    // An authenticator knows what it made for this RP ID; ids of another would only tell that they exist.
    let rp_id = party.rp_id.clone();
    let begin = rules::Begin {
        party,
        features: caller.features(),
        exclude_credentials: owned
            .iter()
            .filter(|credential| credential.rp_id == rp_id)
            .map(Credential::descriptor)
            .collect(),
        challenge: fresh_challenge(env),
        session_id: TokenId::from_random(env.random()),
        now: env.now,
    };
    let begun = rules::begin(token, begin)?;

    let session = passgate.tokens().seal(caller.snapshot(), &begun.session, env)?;
    let what = Occurrence::RegistrationBegan(&begun.session.user_id);
    passgate.record().alone(caller, env, &what)?;
    Ok(Begun {
        data: begun.options,
        session,
    })
}
