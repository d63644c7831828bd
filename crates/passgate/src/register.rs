//! Registration: a token from the backend, then *begin* and *complete* from the browser.

use passgate_core::{
    alias::NewAliases,
    credential::Credential,
    event::Occurrence,
    register::{
        self as rules, AttestationRefused, AuthenticatorLists, AuthenticatorRefused, BeginError,
        CompleteError, Completion, UserLimitReached,
    },
    time::Timestamp,
    token::{OpenTokenError, RegisterToken, RegistrationSession, SignInToken, TokenId},
    user::UserId,
};
use passgate_store::{InsertError, StoreError, Tx, authenticators, credentials, users};
use passgate_webauthn::{
    AttestationConveyance, CreationOptionsJson, EnvelopeError, Hint, Mediation, RegistrationError,
    RegistrationResponse, TrustOutcome, VerifiedRegistration,
};

use crate::{
    Begun, Caller, Client, Env, Failure, Passgate,
    aliases::{self, NotChanged},
    ceremony::{fresh_challenge, recorded_refusals, spend, token_code},
    failure::from_store_error,
    record::record,
    relying_party::{self, RelyingPartyError, RelyingPartyInput},
    tokens::from_open_failure,
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
    /// Whether the credential must be discoverable.
    pub discoverable: bool,
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

/// A registration token, as a browser hands it in.
#[derive(Clone, Debug)]
pub struct RegisterBeginInput {
    /// The `register_` token.
    pub token: Option<String>,
    /// The page.
    pub relying_party: RelyingPartyInput,
}

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

/// Why the attestation that was asked for is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationRefusal {
    /// Not a conveyance that this API offers.
    #[error("attestation {sent:?} is not supported")]
    NotSupported {
        /// What was asked for.
        sent: String,
    },
    /// The application's features do not include attestation.
    #[error("attestation is not among the application's features")]
    NotOnPlan,
}

/// Why a registration token was not issued.
#[derive(Debug, thiserror::Error)]
pub enum RegisterTokenError {
    /// The user would be one more than the application may have.
    #[error("the application has its maximum of {limit} users")]
    MaxUsersReached {
        /// The maximum.
        limit: u64,
    },
    /// The attestation is refused.
    #[error(transparent)]
    Attestation(#[from] AttestationRefusal),
    /// An alias belongs to another user.
    #[error("an alias is already in use by another user")]
    AliasConflict,
    /// With the name to sign in with, the user would have too many aliases.
    #[error("the user has as many aliases as a user may have")]
    TooManyAliases,
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why a registration did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RegisterBeginError {
    /// The token does not open, or expired.
    #[error(transparent)]
    Token(OpenTokenError),
    /// The page may not register here.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// The token names no user.
    #[error("the token names no user")]
    MissingUserId,
    /// The token asks for a user verification that does not exist.
    #[error("{sent:?} is not a user verification requirement")]
    UnknownUserVerification {
        /// What it asks for.
        sent: String,
    },
    /// The token asks for a kind of authenticator that does not exist.
    #[error("{sent:?} is not an authenticator type")]
    UnknownAuthenticatorType {
        /// What it asks for.
        sent: String,
    },
    /// The attestation is refused.
    #[error(transparent)]
    Attestation(#[from] AttestationRefusal),
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why a registration did not complete. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum RegisterCompleteError {
    /// The session does not open, or expired.
    #[error(transparent)]
    Token(OpenTokenError),
    /// The session was completed before.
    #[error("the session was used before")]
    SessionAlreadyUsed,
    /// The page may not register here, or is not the one that began.
    #[error(transparent)]
    RelyingParty(#[from] RelyingPartyError),
    /// The response is none.
    #[error(transparent)]
    Response(#[from] EnvelopeError),
    /// The response failed verification.
    #[error(transparent)]
    Verification(#[from] RegistrationError),
    /// The credential id is registered already.
    #[error("the credential is registered already")]
    CredentialNotUnique,
    /// The authenticator's model is on the block list.
    #[error("the authenticator is on the application's block list")]
    AuthenticatorBlocked,
    /// There is an allow list, and the authenticator's model is not on it.
    #[error("the authenticator is not on the application's allow list")]
    AuthenticatorNotOnAllowlist,
    /// There is an allow list, and the registration did not ask for attestation, so that the model is unproven.
    #[error("the application's allow list needs attestation")]
    AttestationRequired,
    /// There is an allow list with the authenticator's model on it, and nothing proves the model.
    #[error("the authenticator's model is on the application's allow list and is not proven")]
    AuthenticatorUnproven,
    /// An alias belongs to another user.
    #[error("an alias is already in use by another user")]
    AliasConflict,
    /// With the name to sign in with, the user would have too many aliases.
    #[error("the user has as many aliases as a user may have")]
    TooManyAliases,
    /// The user would be one more than the application may have.
    #[error("the application has its maximum of {limit} users")]
    MaxUsersReached {
        /// The maximum.
        limit: u64,
    },
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(RegisterTokenError, RegisterBeginError, RegisterCompleteError);
from_open_failure!(RegisterBeginError, RegisterCompleteError);
recorded_refusals!(RegisterBeginError, RegisterCompleteError);

impl From<UserLimitReached> for RegisterTokenError {
    fn from(UserLimitReached { limit }: UserLimitReached) -> Self {
        Self::MaxUsersReached { limit }
    }
}

impl From<CompleteError> for RegisterCompleteError {
    fn from(error: CompleteError) -> Self {
        match error {
            CompleteError::OriginNotAllowed(error) => Self::RelyingParty(error.into()),
            CompleteError::Verification(error) => Self::Verification(error),
            CompleteError::Authenticator(refused) => refused.into(),
        }
    }
}

impl From<UserLimitReached> for RegisterCompleteError {
    fn from(UserLimitReached { limit }: UserLimitReached) -> Self {
        Self::MaxUsersReached { limit }
    }
}

impl From<NotChanged> for RegisterTokenError {
    fn from(refusal: NotChanged) -> Self {
        match refusal {
            NotChanged::Taken => Self::AliasConflict,
            NotChanged::TooMany => Self::TooManyAliases,
        }
    }
}

impl From<NotChanged> for RegisterCompleteError {
    fn from(refusal: NotChanged) -> Self {
        match refusal {
            NotChanged::Taken => Self::AliasConflict,
            NotChanged::TooMany => Self::TooManyAliases,
        }
    }
}

impl AttestationRefusal {
    fn new(refused: AttestationRefused, attestation: AttestationConveyance) -> Self {
        match refused {
            AttestationRefused::NotSupported => Self::NotSupported {
                sent: attestation.as_str().to_owned(),
            },
            AttestationRefused::NotOnPlan => Self::NotOnPlan,
        }
    }

    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSupported { .. } => "invalid_attestation",
            Self::NotOnPlan => "attestation_not_supported_on_plan",
        }
    }
}

impl RegisterBeginError {
    fn new(error: BeginError, attestation: AttestationConveyance) -> Self {
        match error {
            BeginError::UnknownUserVerification(error) => Self::UnknownUserVerification { sent: error.text },
            BeginError::UnknownAuthenticatorType(error) => {
                Self::UnknownAuthenticatorType { sent: error.text }
            }
            BeginError::Attestation(error) => Self::Attestation(AttestationRefusal::new(error, attestation)),
            BeginError::UserId(_) => Self::MissingUserId,
        }
    }

    /// The stable code of this refusal; none for what is not the caller's doing.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Token(error) => token_code(error),
            Self::RelyingParty(error) => error.code(),
            Self::MissingUserId => "missing_userid",
            Self::UnknownUserVerification { .. } | Self::UnknownAuthenticatorType { .. } => {
                "invalid_argument"
            }
            Self::Attestation(refusal) => refusal.code(),
            Self::Failure(_) => return None,
        })
    }
}

impl RegisterCompleteError {
    /// The stable code of this refusal; none for what is not the caller's doing.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Token(error) => token_code(error),
            Self::SessionAlreadyUsed => "session_already_used",
            Self::RelyingParty(error) => error.code(),
            Self::Response(error) => error.code().as_str(),
            Self::Verification(error) => error.code().as_str(),
            Self::CredentialNotUnique => "credential_not_unique",
            Self::AuthenticatorBlocked | Self::AuthenticatorNotOnAllowlist => "authenticator_not_allowed",
            Self::AttestationRequired | Self::AuthenticatorUnproven => "attestation_required",
            Self::AliasConflict => "alias_conflict",
            Self::TooManyAliases => "too_many_aliases",
            Self::MaxUsersReached { .. } => "max_users_reached",
            Self::Failure(_) => return None,
        })
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
    ) -> Result<String, RegisterTokenError> {
        let refused_aliases = self.store().read(|tx| {
            check_user_limit::<RegisterTokenError>(tx, caller, &input.user_id)?;
            Ok::<_, RegisterTokenError>(aliases::judge(tx, caller, &input.user_id, &input.aliases)?.err())
        })?;
        let attestation = rules::parse_attestation(input.attestation.as_deref())
            .map_err(|invalid| AttestationRefusal::NotSupported { sent: invalid.text })?;
        rules::check_attestation(attestation, caller.features())
            .map_err(|refused| AttestationRefusal::new(refused, attestation))?;
        if let Some(refusal) = refused_aliases {
            return Err(refusal.into());
        }
        let claims = RegisterToken {
            token_id: TokenId::from_random(env.random()),
            expires_at: rules::token_expiry(input.expires_at, env.now),
            user_id: input.user_id,
            username: input.username,
            display_name: input.display_name,
            attestation,
            authenticator_type: input.authenticator_type,
            discoverable: input.discoverable,
            user_verification: input.user_verification,
            aliases: input.aliases,
            hints: input.hints,
            mediation: input.mediation,
        };
        let token = self.tokens().seal(caller.snapshot(), &claims, env)?;
        self.record().alone(
            caller,
            env,
            &Occurrence::RegistrationTokenCreated(&claims.user_id),
        )?;
        Ok(token)
    }

    /// Begins the registration that a token allows.
    ///
    /// # Errors
    /// See [`RegisterBeginError`]; a refusal is recorded as an event of its own.
    pub fn register_begin(
        &self,
        caller: &Caller,
        input: RegisterBeginInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Begun<CreationOptionsJson>, RegisterBeginError> {
        self.step(
            caller,
            client,
            env,
            failed,
            || {
                let token: RegisterToken =
                    self.tokens()
                        .open(caller.snapshot(), input.token.as_deref(), env.now)?;
                Ok((Some(token.user_id.clone()), token))
            },
            |token| self.begin_registration(caller, token, &input.relying_party, env),
        )
    }

    fn begin_registration(
        &self,
        caller: &Caller,
        token: RegisterToken,
        party: &RelyingPartyInput,
        env: Env<'_>,
    ) -> Result<Begun<CreationOptionsJson>, RegisterBeginError> {
        let party = relying_party::judge(party, caller.features())?;
        let owned = self.store().read(|tx| -> Result<_, Failure> {
            Ok(credentials::list_by_user(tx, caller.app_id(), &token.user_id)?)
        })?;
        let attestation = token.attestation;
        let begin = rules::Begin {
            party,
            features: caller.features(),
            exclude_credentials: owned.iter().map(Credential::descriptor).collect(),
            challenge: fresh_challenge(env),
            session_id: TokenId::from_random(env.random()),
            now: env.now,
        };
        let begun =
            rules::begin(token, begin).map_err(|error| RegisterBeginError::new(error, attestation))?;
        let session = self.tokens().seal(caller.snapshot(), &begun.session, env)?;
        self.record().alone(
            caller,
            env,
            &Occurrence::RegistrationBegan(&begun.session.user_id),
        )?;
        Ok(Begun {
            data: begun.options,
            session,
        })
    }

    /// Completes a registration: verifies the response, then stores the credential and the user's aliases, spends the
    /// session and records the event in one transaction.
    ///
    /// # Errors
    /// See [`RegisterCompleteError`]; a refusal is recorded as an event of its own.
    pub fn register_complete(
        &self,
        caller: &Caller,
        input: RegisterCompleteInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Registered, RegisterCompleteError> {
        self.step(
            caller,
            client,
            env,
            failed,
            || {
                let session: RegistrationSession =
                    self.tokens()
                        .open(caller.snapshot(), input.session.as_deref(), env.now)?;
                Ok((Some(session.user_id.clone()), session))
            },
            |session| self.finish_registration(caller, session, &input, client, env),
        )
    }

    fn finish_registration(
        &self,
        caller: &Caller,
        session: RegistrationSession,
        input: &RegisterCompleteInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Registered, RegisterCompleteError> {
        let party = relying_party::judge(&input.relying_party, caller.features())?;
        let response = input.response.as_ref().map_err(|error| *error)?;
        let lists = self.authenticator_lists(caller)?;
        let completion = Completion {
            response,
            party: &party,
            policy: &self.trust().registration_policy(caller.features()),
            features: caller.features(),
            lists: &lists,
            nickname: input.nickname.clone(),
            from: client.used_from(),
            token_id: TokenId::from_random(env.random()),
            now: env.now,
        };
        let registered = rules::complete(session, completion)?;
        self.require_metadata_roots(&registered.verified)?;
        // Sealed before anything is stored: once the credential exists, nothing can fail any more.
        let token = self.tokens().seal(caller.snapshot(), &registered.token, env)?;
        self.store_registration(caller, &registered, env)?;
        Ok(Registered {
            token,
            claims: registered.token,
        })
    }

    /// The lists count only where attestation may be asked for.
    fn authenticator_lists(&self, caller: &Caller) -> Result<AuthenticatorLists, Failure> {
        if !caller.features().allow_attestation || !caller.snapshot().has_authenticator_lists {
            return Ok(AuthenticatorLists::default());
        }
        let (allowed, blocked) = self
            .store()
            .read(|tx| -> Result<_, Failure> { Ok(authenticators::sets(tx, caller.app_id())?) })?;
        Ok(AuthenticatorLists { allowed, blocked })
    }

    /// A model that the metadata describes has to prove itself by the metadata's roots.
    fn require_metadata_roots(&self, verified: &VerifiedRegistration) -> Result<(), RegisterCompleteError> {
        match (verified.trust(), self.metadata()) {
            (TrustOutcome::Untrusted(error), Some(metadata))
                if metadata.find_by_aaguid(verified.aaguid()).is_some() =>
            {
                Err(RegistrationError::Untrusted(error.clone()).into())
            }
            _ => Ok(()),
        }
    }

    fn store_registration(
        &self,
        caller: &Caller,
        registered: &rules::Registered,
        env: Env<'_>,
    ) -> Result<(), RegisterCompleteError> {
        let app = caller.app_id();
        let user_id = &registered.credential.user_id;
        let store = |tx: &mut Tx<'_>| {
            spend(tx, app, &registered.spent)?.or_spent(|| RegisterCompleteError::SessionAlreadyUsed)?;
            check_user_limit::<RegisterCompleteError>(tx, caller, user_id)?;
            credentials::insert(tx, app, &registered.credential).map_err(|error| match error {
                InsertError::Duplicate => RegisterCompleteError::CredentialNotUnique,
                InsertError::Store(error) => error.into(),
            })?;
            aliases::change(tx, caller, user_id, &registered.aliases)??;
            record(tx, caller, env, &Occurrence::RegistrationCompleted(user_id))?;
            Ok(())
        };
        // Counting users and then adding one must not happen twice at once, nor changing a set of aliases.
        if caller.features().max_users.is_some() || !registered.aliases.is_empty() {
            self.store().write_locked(app, store)
        } else {
            self.store().write(store)
        }
    }
}

impl From<AuthenticatorRefused> for RegisterCompleteError {
    fn from(refused: AuthenticatorRefused) -> Self {
        match refused {
            AuthenticatorRefused::Blocked { .. } => Self::AuthenticatorBlocked,
            AuthenticatorRefused::NotAllowed { .. } => Self::AuthenticatorNotOnAllowlist,
            AuthenticatorRefused::AttestationRequired => Self::AttestationRequired,
            AuthenticatorRefused::Unproven { .. } => Self::AuthenticatorUnproven,
        }
    }
}

/// The event of a refused step.
fn failed<'a>(user: Option<&'a UserId>, reason: &'a str) -> Occurrence<'a> {
    Occurrence::RegistrationFailed { user, reason }
}

/// Refuses a user who would be one too many, in the transaction that counts.
fn check_user_limit<E: From<StoreError> + From<UserLimitReached>>(
    tx: &mut Tx<'_>,
    caller: &Caller,
    user_id: &UserId,
) -> Result<(), E> {
    let (app, features) = (caller.app_id(), caller.features());
    if features.max_users.is_none() {
        return Ok(());
    }
    let owns_credential = credentials::user_owns_any(tx, app, user_id)?;
    let users = users::count(tx, app)?;
    Ok(rules::check_user_limit(features, owns_credential, users)?)
}
