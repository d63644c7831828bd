//! *Begin* of a sign-in: which credentials the browser asks an authenticator for.

use passgate_core::{
    alias::Alias, authentication_config::Purpose, credential::Credential, decoy, event::Occurrence,
    sign_in as rules, token::TokenId, user::UserId,
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
    /// discoverable one), or decoys if the application hides who exists.
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
        begin(self, caller, &input, env).inspect_err(|stopped| {
            self.record().stopped(caller, client, env, stopped, |reason| {
                // Whoever is named in the request is only claimed.
                Occurrence::SignInFailed { user: None, reason }
            });
        })
    }
}

fn begin(
    passgate: &Passgate,
    caller: &Caller,
    input: &SignInBeginInput,
    env: Env<'_>,
) -> Result<Begun<RequestOptionsJson>, Stopped<RelyingPartyError>> {
    let party = relying_party::judge(&input.relying_party, caller.features())?;
    let begin = rules::Begin {
        config: &resolve(caller, &Purpose::requested(input.purpose.as_deref())),
        allow_credentials: offer(passgate, caller, input, &party.rp_id)?,
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

/// The credentials to offer.
fn offer(
    passgate: &Passgate,
    caller: &Caller,
    input: &SignInBeginInput,
    rp_id: &RpId,
) -> Result<Vec<CredentialDescriptor>, Failure> {
    let user_id = input.user_id.as_deref().and_then(|text| UserId::parse(text).ok());
    let alias = input.alias.as_deref().filter(|text| !text.is_empty());
    let (subject, owned) = match (user_id, alias) {
        (Some(user_id), _) => {
            let owned = passgate.store().read(|tx| -> Result<_, Failure> {
                Ok(credentials::list_by_user(tx, caller.app_id(), &user_id)?)
            })?;
            (String::from(user_id), owned)
        }
        (None, Some(text)) => {
            let owned = match Alias::parse(text) {
                Ok(alias) => owned_by_alias(passgate, caller, &alias)?,
                // Too long to be anybody's.
                Err(_) => Vec::new(),
            };
            (text.to_owned(), owned)
        }
        (None, None) => return Ok(Vec::new()),
    };
    let usable = owned
        .iter()
        .filter(|credential| credential.suspended_at.is_none() && credential.rp_id == *rp_id);
    let offered: Vec<_> = usable.map(Credential::descriptor).collect();
    if offered.is_empty() && caller.features().decoy_credentials {
        // Like the credentials of a user who exists, they are others at another RP ID.
        let subject = format!("{rp_id}\0{subject}");
        return Ok(decoy::ids(&caller.snapshot().decoy_key, &subject));
    }
    Ok(offered)
}

/// The credentials of the alias's owner. An imported digest is replaced by ours now that the alias is known.
fn owned_by_alias(passgate: &Passgate, caller: &Caller, alias: &Alias) -> Result<Vec<Credential>, Failure> {
    let app = caller.app_id();
    let found = passgate.store().read(|tx| -> Result<_, Failure> {
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
        passgate
            .store()
            .write(|tx| -> Result<_, Failure> { Ok(stored_aliases::rekey(tx, app, &imported, &digest)?) })?;
    }
    Ok(owned)
}
