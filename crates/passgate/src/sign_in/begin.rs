//! *Begin* of a sign-in: which credentials the browser asks an authenticator for.

use std::sync::Arc;

use passgate_core::{
    alias::Alias,
    authentication_config::Purpose,
    credential::Credential,
    decoy,
    event::Occurrence,
    sign_in as rules,
    token::{BoundTo, TokenId},
    user::UserId,
};
use passgate_store::{aliases as stored_aliases, credentials};
use passgate_webauthn::{CredentialDescriptor, RequestOptionsJson, RpId};

use super::purpose::resolve;
use crate::{
    Begun, Caller, Client, Env, Failure, Passgate, Stopped, aliases,
    ceremony::fresh_challenge,
    relying_party::{self, RelyingPartyError, RelyingPartyInput},
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

impl Passgate {
    /// Begins a sign-in.
    ///
    /// A user or alias that is not known, or owns no credential, is offered none (so that the browser offers any
    /// discoverable one), or decoys if the application hides who exists. Whoever is named is bound to the session, unless
    /// the application does without: no other user's credential completes it.
    ///
    /// # Errors
    /// [`RelyingPartyError`] if the page may not sign in here, which is recorded as an event of its own. That a user or
    /// alias is unknown is no reason.
    pub fn sign_in_begin(
        &self,
        caller: &Caller,
        input: SignInBeginInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Begun<RequestOptionsJson>, Stopped<RelyingPartyError>> {
        pollster::block_on(self.sign_in_begin_async(caller, input, client, env))
    }

    /// Like [`Passgate::sign_in_begin`], for a task of any runtime. On PostgreSQL it blocks the thread.
    ///
    /// # Errors
    /// Those of [`Passgate::sign_in_begin`].
    pub async fn sign_in_begin_async(
        &self,
        caller: &Caller,
        input: SignInBeginInput,
        client: &Client,
        env: Env<'_>,
    ) -> Result<Begun<RequestOptionsJson>, Stopped<RelyingPartyError>> {
        let begun = begin(self, caller, &input, env).await;
        if let Err(stopped) = &begun {
            // Whoever is named in the request is only claimed.
            let what = |reason| Occurrence::SignInFailed { user: None, reason };
            self.record()
                .stopped_async(caller, client, env, stopped, what)
                .await;
        }
        begun
    }
}

async fn begin(
    passgate: &Passgate,
    caller: &Caller,
    input: &SignInBeginInput,
    env: Env<'_>,
) -> Result<Begun<RequestOptionsJson>, Stopped<RelyingPartyError>> {
    let party = relying_party::judge(&input.relying_party, caller.features())?;
    let subject = Subject::of(input);
    let named = find(passgate, caller, subject.as_ref()).await?;
    let begin = rules::Begin {
        config: &resolve(caller, &Purpose::requested(input.purpose.as_deref())),
        allow_credentials: offer(caller, &party.rp_id, subject.as_ref(), &named.owned),
        bound_to: subject
            .filter(|_| caller.features().bind_named_sign_ins)
            .map(|_| match &named.user_id {
                Some(user_id) => BoundTo::user(user_id),
                None => BoundTo::nobody(env.random()),
            }),
        party,
        challenge: fresh_challenge(env),
        session_id: TokenId::from_random(env.random()),
        now: env.now,
    };
    let begun = rules::begin(begin);
    let session = passgate.tokens().seal(caller.snapshot(), &begun.session, env)?;
    Ok(Begun {
        data: begun.options,
        session,
    })
}

/// Whom a sign-in names, in the words of the request.
enum Subject<'a> {
    User(&'a str),
    Alias(&'a str),
}

impl<'a> Subject<'a> {
    /// A user id wins over an alias; one that nobody can have counts as none if there is an alias.
    fn of(input: &'a SignInBeginInput) -> Option<Self> {
        let user_id = input.user_id.as_deref().filter(|text| !text.trim().is_empty());
        let alias = input.alias.as_deref().filter(|text| !text.is_empty());
        match (user_id, alias) {
            (Some(user_id), Some(alias)) if UserId::parse(user_id).is_err() => Some(Self::Alias(alias)),
            (Some(user_id), _) => Some(Self::User(user_id)),
            (None, Some(alias)) => Some(Self::Alias(alias)),
            (None, None) => None,
        }
    }

    const fn text(&self) -> &'a str {
        match *self {
            Self::User(text) | Self::Alias(text) => text,
        }
    }
}

/// The user whom a subject turns out to be, with the credentials that the user owns.
#[derive(Default)]
struct Named {
    user_id: Option<UserId>,
    owned: Vec<Credential>,
}

/// Whoever is named, the database is asked the same.
///
/// An imported digest of an alias is replaced by ours now that the alias is known, unless the application hides who
/// exists: the write would show that the alias does.
async fn find(passgate: &Passgate, caller: &Caller, subject: Option<&Subject<'_>>) -> Result<Named, Failure> {
    let store = passgate.store();
    let (named, rekeyed) = match subject {
        None => return Ok(Named::default()),
        Some(Subject::User(text)) => {
            let Ok(user_id) = UserId::parse(text) else {
                return Ok(Named::default());
            };
            let (snapshot, wanted) = (Arc::clone(caller.snapshot()), user_id.clone());
            let owned = store
                .read_async(move |tx| -> Result<_, Failure> {
                    Ok(credentials::list_by_user(tx, snapshot.app_id(), &wanted)?)
                })
                .await?;
            let user_id = Some(user_id);
            (Named { user_id, owned }, None)
        }
        Some(Subject::Alias(text)) => {
            // Too long to be anybody's.
            let Ok(alias) = Alias::parse(text) else {
                return Ok(Named::default());
            };
            let digest = caller.snapshot().alias_key.digest(&alias);
            // A name that only we could have given.
            let nobody = UserId::parse(&digest.to_string()).ok();
            let asking = caller.clone();
            let (owner, owned) = store
                .read_async(move |tx| -> Result<_, Failure> {
                    let owner = aliases::find_owner(tx, &asking, &alias)?;
                    let user_id = owner.as_ref().map(|owner| &owner.user_id).or(nobody.as_ref());
                    let owned = match user_id {
                        Some(user_id) => credentials::list_by_user(tx, asking.app_id(), user_id)?,
                        None => Vec::new(),
                    };
                    Ok((owner, owned))
                })
                .await?;
            let Some(owner) = owner else {
                return Ok(Named::default());
            };
            let rekeyed = owner
                .imported_digest
                .filter(|_| !caller.features().decoy_credentials)
                .map(|imported| (imported, digest));
            let user_id = Some(owner.user_id);
            (Named { user_id, owned }, rekeyed)
        }
    };
    if let Some((imported, digest)) = rekeyed {
        let snapshot = Arc::clone(caller.snapshot());
        store
            .write_async(move |tx| -> Result<_, Failure> {
                Ok(stored_aliases::rekey(tx, snapshot.app_id(), &imported, &digest)?)
            })
            .await?;
    }
    Ok(named)
}

/// The credentials to offer.
fn offer(
    caller: &Caller,
    rp_id: &RpId,
    subject: Option<&Subject<'_>>,
    owned: &[Credential],
) -> Vec<CredentialDescriptor> {
    let usable = owned
        .iter()
        .filter(|credential| credential.suspended_at.is_none() && credential.rp_id == *rp_id);
    let offered: Vec<_> = usable.map(Credential::descriptor).collect();
    // Made for users who own credentials, too: the work does not tell them from those who do not.
    let decoys = subject
        .filter(|_| caller.features().decoy_credentials)
        // Like the credentials of a user who exists, they are others at another RP ID.
        .map(|subject| decoy::ids(&caller.snapshot().decoy_key, rp_id, subject.text()));
    match decoys {
        Some(decoys) if offered.is_empty() => decoys,
        Some(_) | None => offered,
    }
}
