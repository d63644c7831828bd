//! The rules of registering a credential: token, begin, complete.

mod authenticator_lists;
mod request;
#[cfg(test)]
mod tests;

pub use authenticator_lists::{AuthenticatorLists, AuthenticatorRefused};
pub use request::{
    AttestationRefused, InvalidAttestation, UnknownAuthenticatorType, UnknownUserVerification,
    UserLimitReached, check_attestation, check_user_limit, parse_attestation, parse_authenticator_type,
    parse_user_verification, token_expiry,
};

use passgate_webauthn::{
    Challenge, CreationOptionsJson, CredentialDescriptor, Policy, RegistrationError, RegistrationExtensions,
    RegistrationOptions, RegistrationResponse, UserEntity, VerifiedRegistration,
};

use crate::{
    alias::NewAliases,
    application::Features,
    credential::{Credential, UsedFrom},
    relying_party::{AllowedParty, OriginNotAllowed, RelyingParty},
    time::Timestamp,
    token::{
        CEREMONY_TIMEOUT_MS, REGISTRATION_RESULT_LIFETIME, REGISTRATION_SESSION_LIFETIME, RegisterToken,
        RegistrationSession, SignInToken, SignInTokenType, Spendable as _, SpentToken, TokenId, expiry,
    },
    user::InvalidUserId,
};

/// What a registration begins with, beside the registration token.
#[derive(Clone, Debug)]
pub struct Begin<'a> {
    /// Where the browser stands.
    pub party: AllowedParty,
    /// The application's features.
    pub features: &'a Features,
    /// The user's credentials, which are not to be registered again.
    pub exclude_credentials: Vec<CredentialDescriptor>,
    /// Fresh random bytes.
    pub challenge: Challenge,
    /// What is spent when the ceremony completes, so that no session completes twice.
    pub session_id: TokenId,
    /// When the request is handled.
    pub now: Timestamp,
}

/// A registration that began.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What the browser gets.
    pub options: CreationOptionsJson,
    /// What is sealed and comes back.
    pub session: RegistrationSession,
}

/// Begins a registration.
///
/// # Errors
/// [`BeginError`], found in the order of its variants.
pub fn begin(token: RegisterToken, begin: Begin<'_>) -> Result<Begun, BeginError> {
    let spent = token.spent();
    let user_verification = parse_user_verification(token.user_verification.as_deref())?;
    let attachment = parse_authenticator_type(token.authenticator_type.as_deref())?;
    check_attestation(token.attestation, begin.features)?;
    let RelyingParty { rp_id, origin } = begin.party.into_inner();
    let options = RegistrationOptions {
        rp_name: rp_id.as_str().to_owned(),
        rp_id,
        user: UserEntity {
            id: token.user_id.user_handle()?,
            display_name: token.display_name.unwrap_or_else(|| token.username.clone()),
            name: token.username,
        },
        challenge: begin.challenge,
        algorithms: begin.features.offered_algorithms(),
        exclude_credentials: begin.exclude_credentials,
        authenticator_attachment: attachment,
        resident_key: token.resident_key,
        user_verification,
        attestation: token.attestation,
        hints: token.hints,
        mediation: token.mediation,
        extensions: RegistrationExtensions::cred_props(),
        timeout_ms: CEREMONY_TIMEOUT_MS,
    };
    let (options, pending) = options.begin(vec![origin.clone()]);
    let session = RegistrationSession {
        token_id: begin.session_id,
        expires_at: expiry(begin.now, REGISTRATION_SESSION_LIFETIME),
        pending,
        origin,
        user_id: token.user_id,
        attestation: token.attestation,
        aliases: token.aliases,
        token: Some(spent),
    };
    Ok(Begun { options, session })
}

/// Why a registration does not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// The token asks for a user verification that does not exist.
    #[error(transparent)]
    UnknownUserVerification(#[from] UnknownUserVerification),
    /// The token asks for a kind of authenticator that does not exist.
    #[error(transparent)]
    UnknownAuthenticatorType(#[from] UnknownAuthenticatorType),
    /// The token asks for an attestation that the application may not ask for.
    #[error(transparent)]
    Attestation(#[from] AttestationRefused),
    /// The token's user id cannot be a user handle.
    #[error(transparent)]
    UserId(#[from] InvalidUserId),
}

/// What a registration is completed with, beside the session.
#[derive(Clone, Debug)]
pub struct Completion<'a> {
    /// What the browser answered.
    pub response: &'a RegistrationResponse,
    /// Where the browser stands.
    pub party: &'a AllowedParty,
    /// How strictly the answer is verified.
    pub policy: &'a Policy,
    /// The application's features.
    pub features: &'a Features,
    /// The application's lists of authenticator models.
    pub lists: &'a AuthenticatorLists,
    /// The user's name for the credential.
    pub nickname: Option<String>,
    /// The device and country of the request.
    pub from: UsedFrom,
    /// The id of the resulting sign-in token.
    pub token_id: TokenId,
    /// When the request is handled.
    pub now: Timestamp,
}

/// A registration that was verified. Everything in it is stored in one transaction, or nothing is.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The credential to store; its id must be new to the application.
    pub credential: Credential,
    /// What becomes of the user's aliases.
    pub aliases: NewAliases,
    /// The session, which is spent now.
    pub spent: SpentToken,
    /// The registration token that began it, which is spent now, too.
    pub spent_token: Option<SpentToken>,
    /// What the caller gets, sealed.
    pub token: SignInToken,
    /// What the verifier found, for those who want to know more than is stored.
    pub verified: VerifiedRegistration,
}

/// Completes a registration: it is where it began, the answer holds (WebAuthn §7.1), and the authenticator is wanted.
///
/// Left to the transaction that stores the result: that the credential id is new, that the aliases are free, and that
/// the session was not spent before.
///
/// # Errors
/// [`CompleteError`], found in the order of its variants.
pub fn complete(
    session: RegistrationSession,
    completion: Completion<'_>,
) -> Result<Registered, CompleteError> {
    let Completion { party, now, .. } = completion;
    party.check_same(&session.relying_party())?;
    let spent = session.spent();
    let user_handle = session.pending.user_handle().clone();
    let verified = session
        .pending
        .finish(completion.response, completion.policy, now.to_utc())?;
    completion.lists.check(
        completion.features,
        verified.aaguid(),
        verified.trust().proves_aaguid(),
        session.attestation,
    )?;
    let credential = Credential {
        id: verified.credential_id().clone(),
        user_id: session.user_id,
        user_handle: Some(user_handle),
        public_key: verified.public_key().as_bytes().to_vec(),
        sign_count: verified.sign_count(),
        transports: verified.transports().to_vec(),
        attestation_format: verified.attestation_format().to_owned(),
        aaguid: verified.aaguid(),
        created_at: now,
        last_used_at: now,
        rp_id: party.rp_id.clone(),
        origin: party.origin.clone(),
        country: completion.from.country,
        device: completion.from.device,
        nickname: completion.nickname,
        backup_state: Some(verified.backup_state()),
        backup_eligible: Some(verified.backup_eligible()),
        discoverable: verified.discoverable(),
        uv_initialized: verified.user_verified(),
        suspended_at: None,
    };
    Ok(Registered {
        aliases: session.aliases,
        spent,
        spent_token: session.token,
        token: result_token(&credential, completion.token_id, now),
        credential,
        verified,
    })
}

/// Why a registration is not completed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompleteError {
    /// It began elsewhere.
    #[error(transparent)]
    OriginNotAllowed(#[from] OriginNotAllowed),
    /// The answer does not hold.
    #[error(transparent)]
    Verification(#[from] RegistrationError),
    /// The application does not want this authenticator.
    #[error(transparent)]
    Authenticator(#[from] AuthenticatorRefused),
}

/// The sign-in token of a completed registration: whoever registered has just shown who they are.
fn result_token(credential: &Credential, token_id: TokenId, now: Timestamp) -> SignInToken {
    SignInToken {
        token_id,
        token_type: SignInTokenType::PasskeyRegister,
        user_id: credential.user_id.clone(),
        timestamp: now,
        expires_at: expiry(now, REGISTRATION_RESULT_LIFETIME),
        rp_id: Some(credential.rp_id.as_str().to_owned()),
        origin: Some(credential.origin.as_str().to_owned()),
        device: Some(credential.device.clone()),
        country: Some(credential.country.clone()),
        nickname: credential.nickname.clone(),
        credential_id: Some(credential.id.clone()),
        purpose: None,
    }
}
