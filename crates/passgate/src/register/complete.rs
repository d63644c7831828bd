//! *Complete* of a registration: the authenticator's answer becomes a credential.

use passgate_core::{
    code::Code,
    event::Occurrence,
    register::{self as rules, AuthenticatorLists, CompleteError, Completion, UserLimitReached},
    token::{OpenTokenError, RegistrationSession, SignInToken, TokenId},
    user::UserId,
};
use passgate_store::{InsertError, Tx, authenticators, credentials};
use passgate_webauthn::{
    EnvelopeError, RegistrationError, RegistrationResponse, TrustOutcome, VerifiedRegistration,
};

use super::user_limit::check_user_limit;
use crate::{
    Caller, Client, Env, Failure, Passgate, Refusal, Stopped,
    aliases::{self, AliasesError},
    ceremony::spend,
    record::record,
    relying_party::{self, RelyingPartyError, RelyingPartyInput},
};

/// The authenticator's answer.
#[derive(Clone, Debug)]
pub struct RegisterCompleteInput {
    /// The `session_` token of *begin*.
    pub session: Option<String>,
    /// What `navigator.credentials.create()` returned, as [`RegistrationResponse::from_json`] reads it. What it cannot
    /// read is refused by the operation, like what does not verify.
    pub response: Result<RegistrationResponse, EnvelopeError>,
    /// The user's name for the credential, at most 64 characters.
    pub nickname: Option<String>,
    /// The page, which must be that of *begin*.
    pub relying_party: RelyingPartyInput,
}

/// A completed registration.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The `verify_` token for the browser to carry to the backend.
    pub token: String,
    /// What the token says, for a caller that needs no detour through the browser.
    pub claims: SignInToken,
}

/// Why a registration did not complete. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum RegisterCompleteError {
    /// The session does not open, or expired.
    #[error(transparent)]
    Token(#[from] OpenTokenError),
    /// The session was completed before.
    #[error("the session was used before")]
    SessionAlreadyUsed,
    /// The registration token that began it has made a credential already.
    #[error("the registration token was used before")]
    TokenAlreadyUsed,
    /// The page may not register here.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// The response does not have the form of one.
    #[error(transparent)]
    Response(#[from] EnvelopeError),
    /// The registration began elsewhere, the response does not verify, or the authenticator is not wanted.
    #[error(transparent)]
    Rule(#[from] CompleteError),
    /// The credential id is registered already.
    #[error("the credential is registered already")]
    CredentialNotUnique,
    /// The user cannot have the aliases.
    #[error(transparent)]
    Aliases(#[from] AliasesError),
    /// The user would be one more than the application may have.
    #[error(transparent)]
    UserLimit(#[from] UserLimitReached),
}

impl Refusal for RegisterCompleteError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Token(refusal) => refusal.code(),
            Self::SessionAlreadyUsed => Some(Code::SessionAlreadyUsed),
            Self::TokenAlreadyUsed => Some(Code::TokenAlreadyUsed),
            Self::RelyingParty(refusal) => refusal.code(),
            Self::Response(_) => Some(Code::Fido2InvalidRegistration),
            Self::Rule(refusal) => refusal.code(),
            Self::CredentialNotUnique => Some(Code::CredentialNotUnique),
            Self::Aliases(refusal) => refusal.code(),
            Self::UserLimit(refusal) => refusal.code(),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Response(refusal) => refusal.reason(),
            Self::Rule(refusal) => refusal.reason(),
            Self::Token(_)
            | Self::SessionAlreadyUsed
            | Self::TokenAlreadyUsed
            | Self::RelyingParty(_)
            | Self::CredentialNotUnique
            | Self::Aliases(_)
            | Self::UserLimit(_) => self.code().map(Code::as_str),
        }
    }
}

impl Passgate {
    /// Completes a registration: verifies the response, then stores the credential and the user's aliases, spends the
    /// session and the registration token, and records the event in one transaction.
    ///
    /// # Errors
    /// See [`RegisterCompleteError`]; a refusal is recorded as an event of its own.
    pub fn register_complete(
        &self,
        caller: &Caller,
        input: RegisterCompleteInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Registered, Stopped<RegisterCompleteError>> {
        let mut user = None;
        let completed = complete(self, caller, input, client, env, &mut user);
        completed.inspect_err(|stopped| {
            self.record().stopped(caller, client, env, stopped, |reason| {
                let user = user.as_ref();
                Occurrence::RegistrationFailed { user, reason }
            });
        })
    }
}

/// `user` is told whom the session is for, as soon as that is known.
fn complete(
    passgate: &Passgate,
    caller: &Caller,
    input: RegisterCompleteInput,
    client: &Client,
    env: Env<'_>,
    user: &mut Option<UserId>,
) -> Result<Registered, Stopped<RegisterCompleteError>> {
    let session: RegistrationSession =
        passgate
            .tokens()
            .open(caller.snapshot(), input.session.as_deref(), env.now)??;
    *user = Some(session.user_id.clone());
    let party = relying_party::judge(&input.relying_party, caller.features())?;
    let response = input.response?;
    let lists = authenticator_lists(passgate, caller)?;

    let completion = Completion {
        response: &response,
        party: &party,
        policy: &passgate.trust().registration_policy(caller.features()),
        features: caller.features(),
        lists: &lists,
        nickname: input.nickname,
        from: client.used_from(),
        token_id: TokenId::from_random(env.random()),
        now: env.now,
    };
    let registered = rules::complete(session, completion)?;
    require_metadata_roots(passgate, &registered.verified)?;

    // Sealed before anything is stored: once the credential exists, nothing can fail any more.
    let token = passgate
        .tokens()
        .seal(caller.snapshot(), &registered.token, env)?;
    keep(passgate, caller, &registered, env)?;
    Ok(Registered {
        token,
        claims: registered.token,
    })
}

/// The lists count only where attestation may be asked for.
fn authenticator_lists(passgate: &Passgate, caller: &Caller) -> Result<AuthenticatorLists, Failure> {
    if !caller.features().allow_attestation || !caller.snapshot().has_authenticator_lists {
        return Ok(AuthenticatorLists::default());
    }
    let (allowed, blocked) = passgate
        .store()
        .read(|tx| -> Result<_, Failure> { Ok(authenticators::sets(tx, caller.app_id())?) })?;
    Ok(AuthenticatorLists { allowed, blocked })
}

/// A model that the metadata describes has to prove itself by the metadata's roots.
fn require_metadata_roots(passgate: &Passgate, verified: &VerifiedRegistration) -> Result<(), CompleteError> {
    match (verified.trust(), passgate.trust().metadata()) {
        (TrustOutcome::Untrusted(error), Some(metadata))
            if metadata.find_by_aaguid(verified.aaguid()).is_some() =>
        {
            Err(RegistrationError::Untrusted(error.clone()).into())
        }
        _ => Ok(()),
    }
}

/// Stores what was verified, all of it or nothing.
fn keep(
    passgate: &Passgate,
    caller: &Caller,
    registered: &rules::Registered,
    env: Env<'_>,
) -> Result<(), Stopped<RegisterCompleteError>> {
    let app = caller.app_id();
    let user_id = &registered.credential.user_id;
    let store = |tx: &mut Tx<'_>| {
        spend(tx, app, &registered.spent)?.or_spent(RegisterCompleteError::SessionAlreadyUsed)?;
        if let Some(token) = &registered.spent_token {
            spend(tx, app, token)?.or_spent(RegisterCompleteError::TokenAlreadyUsed)?;
        }
        check_user_limit(tx, caller, user_id)??;
        credentials::insert(tx, app, &registered.credential).map_err(|error| match error {
            InsertError::Duplicate => Stopped::Refused(RegisterCompleteError::CredentialNotUnique),
            InsertError::Store(error) => error.into(),
        })?;
        aliases::change(tx, caller, user_id, &registered.aliases)??;
        record(tx, caller, env, &Occurrence::RegistrationCompleted(user_id))?;
        Ok(())
    };
    // Counting users and then adding one must not happen twice at once, nor changing a set of aliases.
    if caller.features().max_users.is_some() || !registered.aliases.is_empty() {
        passgate.store().write_locked(app, store)
    } else {
        passgate.store().write(store)
    }
}
