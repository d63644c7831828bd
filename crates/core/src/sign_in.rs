//! The rules of signing in: begin, complete, verify, and tokens made without a ceremony.

#[cfg(test)]
mod tests;

use std::time::Duration;

use passgate_webauthn::{
    AssertionError, AuthenticationExtensions, AuthenticationOptions, AuthenticationResponse, Challenge,
    CredentialDescriptor, Policy, RequestOptionsJson, SignCountPolicy, VerifiedAssertion,
    policy::BackupEligibilityRule,
};

use crate::{
    application::{BackupEligibilityChange, Features, SignCountRegression},
    authentication_config::{AuthenticationConfig, Purpose},
    credential::{Credential, CredentialUse, UsedFrom},
    relying_party::{AllowedParty, OriginNotAllowed, RelyingParty},
    time::Timestamp,
    token::{
        BoundTo, CEREMONY_TIMEOUT_MS, SIGN_IN_SESSION_LIFETIME, SignInSession, SignInToken, SignInTokenType,
        Spendable as _, SpentToken, TokenId, expiry,
    },
    user::UserId,
};

/// What a sign-in begins with.
#[derive(Clone, Debug)]
pub struct Begin<'a> {
    /// Where the browser stands.
    pub party: AllowedParty,
    /// What the purpose of the sign-in demands.
    pub config: &'a AuthenticationConfig,
    /// The credentials that may be used; empty means any discoverable one.
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// Fresh random bytes.
    pub challenge: Challenge,
    /// Whose credentials may complete it; none if it names nobody, or the application lets anybody.
    pub bound_to: Option<BoundTo>,
    /// What is spent when the ceremony completes, so that no session completes twice.
    pub session_id: TokenId,
    /// When the request is handled.
    pub now: Timestamp,
}

/// A sign-in that began.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What the browser gets.
    pub options: RequestOptionsJson,
    /// What is sealed and comes back.
    pub session: SignInSession,
}

/// Begins a sign-in.
pub fn begin(begin: Begin<'_>) -> Begun {
    let RelyingParty { rp_id, origin } = begin.party.into_inner();
    let options = AuthenticationOptions {
        rp_id,
        challenge: begin.challenge,
        allow_credentials: begin.allow_credentials,
        user_verification: begin.config.user_verification,
        hints: begin.config.hints.clone(),
        // The user who was asked for owns what is allowed. If nothing is, whoever signs in is who the token names.
        user_handle: None,
        extensions: AuthenticationExtensions::default(),
        timeout_ms: CEREMONY_TIMEOUT_MS,
    };
    let (options, pending) = options.begin(vec![origin.clone()]);
    let session = SignInSession {
        token_id: begin.session_id,
        expires_at: expiry(begin.now, SIGN_IN_SESSION_LIFETIME),
        pending,
        origin,
        purpose: begin.config.purpose.clone(),
        bound_to: begin.bound_to,
    };
    Begun { options, session }
}

/// How strictly an application's ceremonies are verified: `base`, with the application's choices on frames, sign
/// counts and backup eligibility.
pub fn verification_policy(base: &Policy, features: &Features) -> Policy {
    base.clone()
        .with_cross_origin(features.allowed_top_origins.to_policy())
        .with_sign_count(match features.sign_count_regression {
            SignCountRegression::Refuse => SignCountPolicy::Reject,
            SignCountRegression::RefuseDeviceBound => SignCountPolicy::RejectDeviceBound,
            SignCountRegression::RefuseUnlessZero => SignCountPolicy::RejectUnlessZero,
            SignCountRegression::Warn => SignCountPolicy::Report,
        })
        .with_backup_eligibility(match features.backup_eligibility_change {
            BackupEligibilityChange::Refuse => BackupEligibilityRule::Fixed,
            BackupEligibilityChange::LearnOnce => BackupEligibilityRule::LearnOnce,
        })
}

/// What a sign-in is completed with, beside the session.
#[derive(Clone, Debug)]
pub struct Completion<'a> {
    /// What the browser answered.
    pub response: &'a AuthenticationResponse,
    /// The credential that the answer names.
    pub credential: &'a Credential,
    /// What the session's purpose demands.
    pub config: &'a AuthenticationConfig,
    /// Where the browser stands.
    pub party: &'a AllowedParty,
    /// How strictly the answer is verified, see [`verification_policy`].
    pub policy: &'a Policy,
    /// The device and country of the request.
    pub from: UsedFrom,
    /// The id of the resulting sign-in token.
    pub token_id: TokenId,
    /// When the request is handled.
    pub now: Timestamp,
}

/// A sign-in that was verified. Everything in it is stored in one transaction, or nothing is.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What changes on the credential, if it still is what the verification was made against.
    pub credential_use: CredentialUse,
    /// The session, which is spent now.
    pub spent: SpentToken,
    /// What the caller gets, sealed.
    pub token: SignInToken,
    /// A sign count that did not advance, which the application lets pass with a warning.
    pub regression: Option<RegressedSignCount>,
    /// Whether the credential was bound to its device until now and says that it may be backed up, which the application
    /// lets pass with a warning.
    pub backup_eligibility_learned: bool,
}

/// A sign count that did not advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegressedSignCount {
    /// The sign count of the last verified sign-in.
    pub stored: u32,
    /// What the authenticator reported.
    pub reported: u32,
}

/// Completes a sign-in: it is where it began, the credential may be used, and the answer holds (WebAuthn §7.2).
///
/// Left to the transaction that stores the result: that sign count and backup eligibility are still those the
/// verification was made against, that a user handle learned now is not known meanwhile, and that the session was not spent before.
///
/// # Errors
/// [`CompleteError`], found in the order of its variants.
pub fn complete(session: SignInSession, completion: Completion<'_>) -> Result<SignedIn, CompleteError> {
    let credential = completion.credential;
    completion.party.check_same(&session.relying_party())?;
    if credential.suspended_at.is_some() {
        return Err(CompleteError::CredentialSuspended);
    }
    let spent = session.spent();
    let verified = session
        .pending
        .finish(completion.response, &credential.as_stored(), completion.policy)?;
    if session
        .bound_to
        .is_some_and(|bound_to| !bound_to.admits(&credential.user_id))
    {
        return Err(CompleteError::OtherUser);
    }
    let regression = verified.sign_count_regressed().then(|| RegressedSignCount {
        stored: credential.sign_count,
        reported: verified.reported_sign_count(),
    });
    Ok(SignedIn {
        credential_use: credential_use(credential, &verified, completion.from.clone(), completion.now),
        spent,
        token: SignInToken {
            token_id: completion.token_id,
            token_type: SignInTokenType::PasskeySignIn,
            user_id: credential.user_id.clone(),
            timestamp: completion.now,
            expires_at: expiry(completion.now, completion.config.time_to_live),
            rp_id: Some(completion.party.rp_id.as_str().to_owned()),
            origin: Some(completion.party.origin.as_str().to_owned()),
            device: Some(completion.from.device),
            country: Some(completion.from.country),
            nickname: credential.nickname.clone(),
            credential_id: Some(credential.id.clone()),
            purpose: Some(completion.config.purpose.as_str().to_owned()),
        },
        regression,
        backup_eligibility_learned: verified.backup_eligibility_learnt(),
    })
}

/// Why a sign-in is not completed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompleteError {
    /// It began elsewhere.
    #[error(transparent)]
    OriginNotAllowed(#[from] OriginNotAllowed),
    /// The credential is suspended.
    #[error("the credential is suspended")]
    CredentialSuspended,
    /// The answer does not hold.
    #[error(transparent)]
    Verification(#[from] AssertionError),
    /// It holds, and the credential is not one of the user whom the sign-in named.
    #[error("the credential belongs to another user than the one who was to sign in")]
    OtherUser,
}

fn credential_use(
    credential: &Credential,
    verified: &VerifiedAssertion,
    from: UsedFrom,
    now: Timestamp,
) -> CredentialUse {
    CredentialUse {
        id: credential.id.clone(),
        observed_sign_count: credential.sign_count,
        observed_backup_eligible: credential.backup_eligible,
        learned_user_handle: match credential.user_handle {
            Some(_) => None,
            None => verified.user_handle().cloned(),
        },
        sign_count: verified.sign_count(),
        backup_state: verified.backup_state(),
        backup_eligible: verified.backup_eligible(),
        uv_initialized: credential.uv_initialized || verified.user_verified(),
        at: now,
        country: from.country,
        device: from.device,
    }
}

/// Whether a sign-in token verifies once only, so that its id is to be remembered when it is verified.
pub const fn verifies_once(token_type: SignInTokenType, features: &Features) -> bool {
    match token_type {
        SignInTokenType::PasskeySignIn
        | SignInTokenType::PasskeyRegister
        | SignInTokenType::GeneratedSignIn => features.single_use_sign_in_tokens,
        SignInTokenType::MagicLink => features.single_use_magic_links,
    }
}

/// What a backend asks of a sign-in token that it makes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateToken {
    /// Who is to be signed in; need not own a credential.
    pub user_id: UserId,
    /// How long the token is to live.
    pub lifetime: Duration,
    /// The purpose, copied as given; `sign-in` if none is.
    pub purpose: Option<String>,
    /// The RP ID, copied as given.
    pub rp_id: Option<String>,
    /// The origin, copied as given.
    pub origin: Option<String>,
}

/// The sign-in token that a backend asked for.
pub fn generated_token(request: GenerateToken, token_id: TokenId, now: Timestamp) -> SignInToken {
    SignInToken {
        rp_id: request.rp_id,
        origin: request.origin,
        purpose: Some(request.purpose.unwrap_or_else(|| Purpose::sign_in().into())),
        ..without_ceremony(
            SignInTokenType::GeneratedSignIn,
            request.user_id,
            request.lifetime,
            token_id,
            now,
        )
    }
}

/// The sign-in token of a magic link.
pub fn magic_link_token(
    user_id: UserId,
    lifetime: Duration,
    token_id: TokenId,
    now: Timestamp,
) -> SignInToken {
    without_ceremony(SignInTokenType::MagicLink, user_id, lifetime, token_id, now)
}

fn without_ceremony(
    token_type: SignInTokenType,
    user_id: UserId,
    lifetime: Duration,
    token_id: TokenId,
    now: Timestamp,
) -> SignInToken {
    SignInToken {
        token_id,
        token_type,
        user_id,
        timestamp: now,
        expires_at: expiry(now, lifetime),
        rp_id: None,
        origin: None,
        device: None,
        country: None,
        nickname: None,
        credential_id: None,
        purpose: None,
    }
}
