//! *Complete* of a sign-in: the authenticator's answer becomes a sign-in token.

use std::sync::Arc;

use passgate_core::{
    authentication_config::AuthenticationConfig,
    code::Code,
    credential::Credential,
    decoy,
    event::Occurrence,
    relying_party::AllowedParty,
    sign_in::{self as rules, CompleteError, Completion},
    token::{OpenTokenError, SignInSession, SignInToken, Spendable as _, SpentToken, TokenId},
    user::UserId,
};
use passgate_store::{Tx, authentication_configs, credentials, events, spent_tokens};
use passgate_webauthn::{AssertionError, AuthenticationResponse, CredentialId, EnvelopeError, Policy};

use super::purpose::resolve;
use crate::{
    Caller, Client, Env, Failure, Passgate, Refusal, Stopped,
    ceremony::spend,
    record::event_of,
    relying_party::{self, RelyingPartyError, RelyingPartyInput},
};

/// The authenticator's answer.
#[derive(Clone, Debug)]
pub struct SignInCompleteInput {
    /// The `session_` token of *begin*.
    pub session: Option<String>,
    /// What `navigator.credentials.get()` returned, as [`AuthenticationResponse::from_json`] reads it. What it cannot
    /// read is refused by the operation, like what does not verify.
    pub response: Result<AuthenticationResponse, EnvelopeError>,
    /// The page, which must be that of *begin*.
    pub relying_party: RelyingPartyInput,
}

/// A completed sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The `verify_` token for the browser to carry to the backend.
    pub token: String,
    /// What the token says, for a caller that needs no detour through the browser.
    pub claims: SignInToken,
}

/// Why a sign-in did not complete.
#[derive(Debug, thiserror::Error)]
pub enum SignInCompleteError {
    /// The session does not open, or expired.
    #[error(transparent)]
    Token(#[from] OpenTokenError),
    /// The session was completed before.
    #[error("the session was used before")]
    SessionAlreadyUsed,
    /// The page may not sign in here, or is not the one that began.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// The response does not have the form of one.
    #[error(transparent)]
    Response(#[from] EnvelopeError),
    /// The application has no such credential.
    #[error("the credential is not known")]
    UnknownCredential {
        /// The credential, as the response names it.
        id: CredentialId,
    },
    /// The credential is suspended.
    #[error("the credential is suspended")]
    CredentialSuspended {
        /// The credential.
        id: CredentialId,
    },
    /// The response failed verification.
    #[error(transparent)]
    Verification(#[from] AssertionError),
    /// The response verifies, and the credential is not one of the user whom the sign-in named.
    #[error("the credential belongs to another user than the one who was to sign in")]
    OtherUser {
        /// The credential.
        id: CredentialId,
    },
}

impl Refusal for SignInCompleteError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Token(refusal) => refusal.code(),
            Self::SessionAlreadyUsed => Some(Code::SessionAlreadyUsed),
            Self::RelyingParty(refusal) => refusal.code(),
            Self::Response(_) => Some(Code::SigninCompleteError),
            Self::UnknownCredential { .. } => Some(Code::UnknownCredential),
            Self::CredentialSuspended { .. } => Some(Code::CredentialSuspended),
            Self::Verification(refusal) => Refusal::code(refusal),
            Self::OtherUser { .. } => Some(Code::UserMismatch),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Response(refusal) => refusal.reason(),
            Self::Verification(refusal) => refusal.reason(),
            Self::Token(_)
            | Self::SessionAlreadyUsed
            | Self::RelyingParty(_)
            | Self::UnknownCredential { .. }
            | Self::CredentialSuspended { .. }
            | Self::OtherUser { .. } => self.code().map(Code::as_str),
        }
    }
}

impl Passgate {
    /// Completes a sign-in: verifies the response, then updates the credential, spends the session and records the
    /// event in one transaction.
    ///
    /// # Errors
    /// See [`SignInCompleteError`]; a refusal is recorded as an event of its own.
    pub fn sign_in_complete(
        &self,
        caller: &Caller,
        input: SignInCompleteInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<SignedIn, Stopped<SignInCompleteError>> {
        pollster::block_on(self.sign_in_complete_async(caller, input, client, env))
    }

    /// Like [`Passgate::sign_in_complete`], for a task of any runtime. On PostgreSQL it blocks the thread.
    ///
    /// # Errors
    /// Those of [`Passgate::sign_in_complete`].
    pub async fn sign_in_complete_async(
        &self,
        caller: &Caller,
        input: SignInCompleteInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<SignedIn, Stopped<SignInCompleteError>> {
        let mut user = None;
        let completed = complete(self, caller, input, client, env, &mut user).await;
        if let Err(stopped) = &completed {
            let what = |reason| Occurrence::SignInFailed {
                user: user.as_ref(),
                reason,
            };
            self.record()
                .stopped_async(caller, client, env, stopped, what)
                .await;
        }
        completed
    }
}

/// `user` is told whose credential the answer names, as soon as that is known.
async fn complete(
    passgate: &Passgate,
    caller: &Caller,
    input: SignInCompleteInput,
    client: &Client,
    env: Env<'_>,
    user: &mut Option<UserId>,
) -> Result<SignedIn, Stopped<SignInCompleteError>> {
    let party = relying_party::judge(&input.relying_party, caller.features())?;
    let session: SignInSession =
        passgate
            .tokens()
            .open(caller.snapshot(), input.session.as_deref(), env.now)??;
    let response = input.response?;
    let id = response.credential_id();
    let Some(mut credential) = find_credential(passgate, caller, id).await? else {
        return Err(unknown(passgate, caller, &party, &session, &response).await);
    };
    *user = Some(credential.user_id.clone());
    let config = resolve(caller, &session.purpose);
    let from = client.used_from();
    loop {
        let completion = Completion {
            response: &response,
            credential: &credential,
            config: &config,
            party: &party,
            policy: &policy(caller),
            from: from.clone(),
            token_id: TokenId::from_random(env.random()),
            now: env.now,
        };
        let signed_in = match rules::complete(session.clone(), completion) {
            Ok(signed_in) => signed_in,
            Err(error) => return Err(explain(passgate, caller, error, &session.spent(), id).await),
        };

        // Sealed before anything is stored: once the session is spent, nothing can fail any more.
        let token = passgate.tokens().seal(caller.snapshot(), &signed_in.token, env)?;
        match keep(passgate, caller, signed_in, &config, env).await {
            Ok(claims) => return Ok(SignedIn { token, claims }),
            // Whoever finds the sign count moved by another sign-in of the same credential looks again; every turn
            // means that someone else got through.
            Err(NotKept::Superseded) => {
                let found = find_credential(passgate, caller, id).await?;
                credential =
                    found.ok_or_else(|| SignInCompleteError::UnknownCredential { id: id.clone() })?;
            }
            Err(NotKept::Stopped(stopped)) => return Err(stopped),
        }
    }
}

async fn find_credential(
    passgate: &Passgate,
    caller: &Caller,
    id: &CredentialId,
) -> Result<Option<Credential>, Failure> {
    let (snapshot, id) = (Arc::clone(caller.snapshot()), id.clone());
    passgate
        .store()
        .read_async(move |tx| Ok(credentials::find(tx, snapshot.app_id(), &id)?))
        .await
}

/// How strictly the application's sign-ins are verified.
fn policy(caller: &Caller) -> Policy {
    rules::verification_policy(&Policy::compatible(), caller.features())
}

/// What to tell about a response that names a credential that the application does not have.
async fn unknown(
    passgate: &Passgate,
    caller: &Caller,
    party: &AllowedParty,
    session: &SignInSession,
    response: &AuthenticationResponse,
) -> Stopped<SignInCompleteError> {
    let id = response.credential_id();
    let refused = if caller.features().decoy_credentials {
        let key = &caller.snapshot().decoy_key;
        decoy::refuse(key, session, response, party, &policy(caller))
    } else {
        None
    };
    match refused {
        Some(error) => explain(passgate, caller, error, &session.spent(), id).await,
        None => SignInCompleteError::UnknownCredential { id: id.clone() }.into(),
    }
}

/// What to tell about a response that does not hold.
async fn explain(
    passgate: &Passgate,
    caller: &Caller,
    error: CompleteError,
    session: &SpentToken,
    id: &CredentialId,
) -> Stopped<SignInCompleteError> {
    let error = match error {
        CompleteError::OriginNotAllowed(error) => return RelyingPartyError::from(error).into(),
        CompleteError::CredentialSuspended => {
            return SignInCompleteError::CredentialSuspended { id: id.clone() }.into();
        }
        CompleteError::OtherUser => return SignInCompleteError::OtherUser { id: id.clone() }.into(),
        CompleteError::Verification(error) => error,
    };
    // The sign count of a replayed response is used up as well as its session: say what it is.
    if matches!(error, AssertionError::SignCountRegression { .. }) {
        let (snapshot, session) = (Arc::clone(caller.snapshot()), session.id);
        let spent = passgate.store().read_async(move |tx| -> Result<_, Failure> {
            Ok(spent_tokens::is_spent(tx, snapshot.app_id(), &session)?)
        });
        match spent.await {
            Ok(true) => return SignInCompleteError::SessionAlreadyUsed.into(),
            Ok(false) => {}
            Err(failure) => return failure.into(),
        }
    }
    error.into()
}

/// Why a verified sign-in was not stored.
enum NotKept {
    /// Another sign-in of the credential was stored since it was read.
    Superseded,
    Stopped(Stopped<SignInCompleteError>),
}

impl<E: Into<Stopped<SignInCompleteError>>> From<E> for NotKept {
    fn from(error: E) -> Self {
        Self::Stopped(error.into())
    }
}

/// Stores what was verified, all of it or nothing, and returns what the token says.
async fn keep(
    passgate: &Passgate,
    caller: &Caller,
    signed_in: rules::SignedIn,
    config: &AuthenticationConfig,
    env: Env<'_>,
) -> Result<SignInToken, NotKept> {
    let rules::SignedIn {
        credential_use,
        spent,
        token,
        regression,
        backup_eligibility_learned,
    } = signed_in;
    let user = &token.user_id;
    let learned = backup_eligibility_learned.then_some(Occurrence::BackupEligibilityLearned(user));
    let regressed =
        regression.map(
            |rules::RegressedSignCount { stored, reported }| Occurrence::SignCountRegressed {
                user,
                stored,
                reported,
            },
        );
    let happened = [regressed, learned, Some(Occurrence::SignInCompleted(user))];
    let happened = happened.map(|what| what.and_then(|what| event_of(caller, env, &what)));
    let (snapshot, config, now) = (Arc::clone(caller.snapshot()), config.clone(), env.now);
    let work = move |tx: &mut Tx<'_>| -> Result<_, NotKept> {
        let app = snapshot.app_id();
        spend(tx, app, &spent)?.or_spent(SignInCompleteError::SessionAlreadyUsed)?;
        if !credentials::record_use(tx, app, &credential_use)? {
            return Err(NotKept::Superseded);
        }
        let touched = authentication_configs::touch(tx, app, &config, now)?;
        for event in happened.iter().flatten() {
            events::record(tx, app, event)?;
        }
        Ok(touched)
    };
    // The next sign-in then knows that the purpose was used this minute, and does not write that again.
    if passgate.store().write_async(work).await? {
        passgate.snapshots().forget(caller.app_id());
    }
    Ok(token)
}
