//! Sign-in: *begin* and *complete* from the browser, *verify* from the backend, and tokens a backend makes itself.

use std::time::Duration;

use passgate_core::{
    alias::Alias,
    authentication_config::{AuthenticationConfig, Purpose},
    credential::Credential,
    decoy,
    event::Occurrence,
    relying_party::AllowedParty,
    sign_in::{self as rules, CompleteError, Completion, GenerateToken},
    token::{self, OpenTokenError, SignInSession, SignInToken, Spendable as _, SpentToken, TokenId},
    user::UserId,
};
use passgate_store::{StoreError, authentication_configs, credentials, spent_tokens};
use passgate_webauthn::{
    AssertionError, AuthenticationResponse, CredentialDescriptor, CredentialId, EnvelopeError, Policy,
    RequestOptionsJson,
};

use crate::{
    Begun, Caller, Client, Env, Failure, Passgate, aliases,
    ceremony::{fresh_challenge, recorded_refusals, spend, token_code},
    failure::from_store_error,
    record::record,
    relying_party::{self, RelyingPartyError, RelyingPartyInput},
    tokens::from_open_failure,
};

/// Who wants to sign in, and for what.
#[derive(Clone, Debug)]
pub struct SignInBeginInput {
    /// The user, if known; wins over the alias. Blank means absent.
    pub user_id: Option<String>,
    /// One of the user's aliases, if known; empty means absent. Without both, the authenticator chooses (discoverable
    /// credentials).
    pub alias: Option<String>,
    /// The purpose; absent, blank or unknown means `sign-in`.
    pub purpose: Option<String>,
    /// The page.
    pub relying_party: RelyingPartyInput,
}

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

/// Why a sign-in did not begin. That a user or alias is unknown is no reason.
#[derive(Debug, thiserror::Error)]
pub enum SignInBeginError {
    /// The page may not sign in here.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why a sign-in did not complete.
#[derive(Debug, thiserror::Error)]
pub enum SignInCompleteError {
    /// The session does not open, or expired.
    #[error(transparent)]
    Token(OpenTokenError),
    /// The session was completed before.
    #[error("the session was used before")]
    SessionAlreadyUsed,
    /// The page may not sign in here, or is not the one that began.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// The response is none.
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
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why a sign-in token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token does not open, or expired.
    #[error(transparent)]
    Token(OpenTokenError),
    /// The token was verified before, and its kind verifies once only.
    #[error("the token was used before")]
    TokenAlreadyUsed,
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why a sign-in token was not made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateSignInTokenError {
    /// The application's features do not include it.
    #[error("the application may not generate sign-in tokens")]
    Disabled,
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(
    SignInBeginError,
    SignInCompleteError,
    VerifyError,
    GenerateSignInTokenError
);
from_open_failure!(SignInCompleteError, VerifyError);
recorded_refusals!(SignInBeginError, SignInCompleteError, VerifyError);

impl SignInBeginError {
    /// The stable code of this refusal; none for what is not the caller's doing.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::RelyingParty(error) => Some(error.code()),
            Self::Failure(_) => None,
        }
    }
}

impl SignInCompleteError {
    /// The stable code of this refusal; none for what is not the caller's doing.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Token(error) => token_code(error),
            Self::SessionAlreadyUsed => "session_already_used",
            Self::RelyingParty(error) => error.code(),
            Self::Response(error) => error.code().as_str(),
            Self::UnknownCredential { .. } => "unknown_credential",
            Self::CredentialSuspended { .. } => "credential_suspended",
            Self::Verification(error) => error.code().as_str(),
            Self::Failure(_) => return None,
        })
    }
}

impl VerifyError {
    /// The stable code of this refusal; none for what is not the caller's doing.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Token(error) => token_code(error),
            Self::TokenAlreadyUsed => "token_already_used",
            Self::Failure(_) => return None,
        })
    }
}

impl Passgate {
    /// Begins a sign-in.
    ///
    /// A user or alias that is not known, or owns no credential, is offered none (so that the browser offers any
    /// discoverable one), or decoys if the application hides who exists.
    ///
    /// # Errors
    /// See [`SignInBeginError`]; a refusal is recorded as an event of its own.
    pub fn sign_in_begin(
        &self,
        caller: &Caller,
        input: SignInBeginInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Begun<RequestOptionsJson>, SignInBeginError> {
        self.step(
            caller,
            client,
            env,
            failed,
            // Whoever is named here is only claimed.
            || Ok((None, input)),
            |input| self.begin_sign_in(caller, &input, env),
        )
    }

    fn begin_sign_in(
        &self,
        caller: &Caller,
        input: &SignInBeginInput,
        env: Env<'_>,
    ) -> Result<Begun<RequestOptionsJson>, SignInBeginError> {
        let party = relying_party::judge(&input.relying_party, caller.features())?;
        let begin = rules::Begin {
            config: &resolve(caller, &Purpose::requested(input.purpose.as_deref())),
            allow_credentials: self.offer(caller, input)?,
            party,
            challenge: fresh_challenge(env),
            session_id: TokenId::from_random(env.random()),
            now: env.now,
        };
        let begun = rules::begin(begin);
        let session = self.tokens().seal(caller.snapshot(), &begun.session, env)?;
        Ok(Begun {
            data: begun.options,
            session,
        })
    }

    /// The credentials to offer.
    fn offer(&self, caller: &Caller, input: &SignInBeginInput) -> Result<Vec<CredentialDescriptor>, Failure> {
        let user_id = input.user_id.as_deref().and_then(|text| UserId::parse(text).ok());
        let alias = input.alias.as_deref().filter(|text| !text.is_empty());
        let (subject, owned) = match (user_id, alias) {
            (Some(user_id), _) => {
                let owned = self.store().read(|tx| -> Result<_, Failure> {
                    Ok(credentials::list_by_user(tx, caller.app_id(), &user_id)?)
                })?;
                (String::from(user_id), owned)
            }
            (None, Some(text)) => {
                let owned = match Alias::parse(text) {
                    Ok(alias) => self.owned_by_alias(caller, &alias)?,
                    // Too long to be anybody's.
                    Err(_) => Vec::new(),
                };
                (text.to_owned(), owned)
            }
            (None, None) => return Ok(Vec::new()),
        };
        let usable = owned
            .iter()
            .filter(|credential| credential.suspended_at.is_none());
        let offered: Vec<_> = usable.map(Credential::descriptor).collect();
        if offered.is_empty() && caller.features().decoy_credentials {
            return Ok(decoy::ids(&caller.snapshot().decoy_key, &subject));
        }
        Ok(offered)
    }

    /// The credentials of the alias's owner. An imported digest is replaced by ours now that the alias is known.
    fn owned_by_alias(&self, caller: &Caller, alias: &Alias) -> Result<Vec<Credential>, Failure> {
        let app = caller.app_id();
        let found = self.store().read(|tx| -> Result<_, Failure> {
            let Some(owner) = aliases::find_owner(tx, caller, alias)? else {
                return Ok(None);
            };
            let owned = credentials::list_by_user(tx, app, &owner.user_id)?;
            Ok(Some((owner, owned)))
        })?;
        let Some((owner, owned)) = found else {
            return Ok(Vec::new());
        };
        if let Some(imported) = owner.imported_digest {
            let digest = caller.snapshot().alias_key.digest(alias);
            self.store().write(|tx| -> Result<_, Failure> {
                Ok(passgate_store::aliases::rekey(tx, app, &imported, &digest)?)
            })?;
        }
        Ok(owned)
    }

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
    ) -> Result<SignedIn, SignInCompleteError> {
        self.step(
            caller,
            client,
            env,
            failed,
            || {
                let party = relying_party::judge(&input.relying_party, caller.features())?;
                let session: SignInSession =
                    self.tokens()
                        .open(caller.snapshot(), input.session.as_deref(), env.now)?;
                let response = input.response?;
                let Some(credential) = self.find_credential(caller, response.credential_id())? else {
                    return Err(self.unknown(caller, &party, &session, &response));
                };
                let user = credential.user_id.clone();
                let attempt = Attempt {
                    party,
                    session,
                    response,
                    credential,
                };
                Ok((Some(user), attempt))
            },
            |attempt| self.finish_sign_in(caller, attempt, client, env),
        )
    }

    fn finish_sign_in(
        &self,
        caller: &Caller,
        attempt: Attempt,
        client: &Client,
        env: Env<'_>,
    ) -> Result<SignedIn, SignInCompleteError> {
        let Attempt {
            party,
            session,
            response,
            mut credential,
        } = attempt;
        let config = resolve(caller, &session.purpose);
        let id = response.credential_id();
        loop {
            let completion = Completion {
                response: &response,
                credential: &credential,
                config: &config,
                party: &party,
                policy: &policy(caller),
                from: client.used_from(),
                token_id: TokenId::from_random(env.random()),
                now: env.now,
            };
            let signed_in = match rules::complete(session.clone(), completion) {
                Ok(signed_in) => signed_in,
                Err(error) => return Err(self.explain(caller, error, &session.spent(), id)),
            };
            // Sealed before anything is stored: once the session is spent, nothing can fail any more.
            let token = self.tokens().seal(caller.snapshot(), &signed_in.token, env)?;
            match self.store_sign_in(caller, &signed_in, &config, env) {
                Ok(()) => {
                    return Ok(SignedIn {
                        token,
                        claims: signed_in.token,
                    });
                }
                // Whoever finds the sign count moved by another sign-in of the same credential looks again; every turn
                // means that someone else got through.
                Err(StoreSignIn::Superseded) => {
                    let found = self.find_credential(caller, id)?;
                    credential =
                        found.ok_or_else(|| SignInCompleteError::UnknownCredential { id: id.clone() })?;
                }
                Err(StoreSignIn::Refused(error)) => return Err(error),
            }
        }
    }

    fn find_credential(&self, caller: &Caller, id: &CredentialId) -> Result<Option<Credential>, Failure> {
        self.store()
            .read(|tx| Ok(credentials::find(tx, caller.app_id(), id)?))
    }

    /// What to tell about a response that names a credential that the application does not have.
    fn unknown(
        &self,
        caller: &Caller,
        party: &AllowedParty,
        session: &SignInSession,
        response: &AuthenticationResponse,
    ) -> SignInCompleteError {
        let id = response.credential_id();
        let refused = if caller.features().decoy_credentials {
            let key = &caller.snapshot().decoy_key;
            decoy::refuse(key, session, response, party, &policy(caller))
        } else {
            None
        };
        match refused {
            Some(error) => self.explain(caller, error, &session.spent(), id),
            None => SignInCompleteError::UnknownCredential { id: id.clone() },
        }
    }

    /// What to tell about a response that does not hold.
    fn explain(
        &self,
        caller: &Caller,
        error: CompleteError,
        session: &SpentToken,
        id: &CredentialId,
    ) -> SignInCompleteError {
        let error = match error {
            CompleteError::OriginNotAllowed(error) => return RelyingPartyError::from(error).into(),
            CompleteError::CredentialSuspended => {
                return SignInCompleteError::CredentialSuspended { id: id.clone() };
            }
            CompleteError::Verification(error) => error,
        };
        // The sign count of a replayed response is used up as well as its session: say what it is.
        if matches!(error, AssertionError::SignCountRegression { .. }) {
            let spent = self.store().read(|tx| -> Result<_, Failure> {
                Ok(spent_tokens::is_spent(tx, caller.app_id(), &session.id)?)
            });
            match spent {
                Ok(true) => return SignInCompleteError::SessionAlreadyUsed,
                Ok(false) => {}
                Err(failure) => return failure.into(),
            }
        }
        error.into()
    }

    fn store_sign_in(
        &self,
        caller: &Caller,
        signed_in: &rules::SignedIn,
        config: &AuthenticationConfig,
        env: Env<'_>,
    ) -> Result<(), StoreSignIn> {
        let app = caller.app_id();
        let touched = self.store().write(|tx| {
            spend(tx, app, &signed_in.spent)?
                .or_spent(|| StoreSignIn::Refused(SignInCompleteError::SessionAlreadyUsed))?;
            if !credentials::record_use(tx, app, &signed_in.credential_use)? {
                return Err(StoreSignIn::Superseded);
            }
            let touched = authentication_configs::touch(tx, app, config, env.now)?;
            let user = &signed_in.token.user_id;
            if let Some(rules::RegressedSignCount { stored, reported }) = signed_in.regression {
                record(
                    tx,
                    caller,
                    env,
                    &Occurrence::SignCountRegressed {
                        user,
                        stored,
                        reported,
                    },
                )?;
            }
            record(tx, caller, env, &Occurrence::SignInCompleted(user))?;
            Ok(touched)
        })?;
        // The next sign-in then knows that the purpose was used this minute, and does not write that again.
        if touched {
            self.snapshots().forget(app);
        }
        Ok(())
    }

    /// Verifies a sign-in token for the backend that it was carried to.
    ///
    /// A token verifies once, unless it is a magic link or the application says otherwise.
    ///
    /// # Errors
    /// See [`VerifyError`]; a refusal is recorded as an event of its own.
    pub fn verify_sign_in_token(
        &self,
        caller: &Caller,
        token: Option<&str>,
        client: &Client,
        env: Env<'_>,
    ) -> Result<SignInToken, VerifyError> {
        self.step(
            caller,
            client,
            env,
            |user, reason| Occurrence::SignInTokenRefused { user, reason },
            || {
                let claims: SignInToken = self.tokens().open(caller.snapshot(), token, env.now)?;
                Ok((Some(claims.user_id.clone()), claims))
            },
            |claims| self.accept_sign_in_token(caller, claims, env),
        )
    }

    fn accept_sign_in_token(
        &self,
        caller: &Caller,
        claims: SignInToken,
        env: Env<'_>,
    ) -> Result<SignInToken, VerifyError> {
        let features = caller.features();
        let once = rules::verifies_once(claims.token_type, features);
        if once || features.event_logging {
            self.store().write(|tx| {
                if once {
                    spend(tx, caller.app_id(), &claims.spent())?
                        .or_spent(|| VerifyError::TokenAlreadyUsed)?;
                }
                record(tx, caller, env, &Occurrence::SignInVerified(&claims.user_id))?;
                Ok::<_, VerifyError>(())
            })?;
        }
        Ok(claims)
    }

    /// Makes a sign-in token without a ceremony: the backend answers for it.
    ///
    /// # Errors
    /// [`GenerateSignInTokenError::Disabled`] if the application switched this off.
    pub fn generate_sign_in_token(
        &self,
        caller: &Caller,
        input: GenerateSignInTokenInput,
        env: Env<'_>,
    ) -> Result<String, GenerateSignInTokenError> {
        if !caller.features().generate_sign_in_token {
            return Err(GenerateSignInTokenError::Disabled);
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
        self.record()
            .alone(caller, env, &Occurrence::SignInTokenCreated(&claims.user_id))?;
        Ok(token)
    }
}

/// An answer, and the credential that it names.
struct Attempt {
    party: AllowedParty,
    session: SignInSession,
    response: AuthenticationResponse,
    credential: Credential,
}

/// The event of a refused step.
fn failed<'a>(user: Option<&'a UserId>, reason: &'a str) -> Occurrence<'a> {
    Occurrence::SignInFailed { user, reason }
}

/// How strictly the application's sign-ins are verified.
fn policy(caller: &Caller) -> Policy {
    rules::verification_policy(&Policy::compatible(), caller.features())
}

/// What the purpose demands, as far as this node knows.
fn resolve(caller: &Caller, purpose: &Purpose) -> AuthenticationConfig {
    let stored = caller
        .snapshot()
        .authentication_configs
        .iter()
        .find(|config| config.purpose == *purpose);
    AuthenticationConfig::resolve(stored.cloned(), purpose)
}

/// Why a verified sign-in was not stored.
enum StoreSignIn {
    /// Another sign-in of the credential was stored since it was read.
    Superseded,
    Refused(SignInCompleteError),
}

impl From<StoreError> for StoreSignIn {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}
