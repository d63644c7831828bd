//! Every refusal that is a rule, with its status, code and title: a public contract.

use std::time::Duration;

use actix_web::ResponseError as _;
use passgate::{
    account_deletion::PrepareDeletionError,
    aliases::SetAliasesError,
    api_keys::{CreateKeyError, KeyChangeError},
    applications::CreateAppError,
    authentication_configs::{
        AddAuthenticationConfigError, DeleteAuthenticationConfigError, UpdateAuthenticationConfigError,
    },
    authenticators::{AddAuthenticatorsError, AuthenticatorsError},
    deletion::{CanDeleteError, DeleteAppError, MarkDeleteError},
    features::ReplaceFeaturesError,
    magic_links::MagicLinkError,
    metadata::NoMetadata,
    register::{AttestationRefusal, RegisterBeginError, RegisterCompleteError, RegisterTokenError},
    relying_party::RelyingPartyError,
    sign_in::{GenerateSignInTokenError, SignInCompleteError, VerifyError},
    signals::{SignalUnknownError, SignalUserError},
};
use passgate_core::{
    application::AppId,
    authentication_config::Purpose,
    magic_link::{AdministratorsOnly, InvalidLinkTemplate, TargetNotAllowed},
    time::DAY,
    token::OpenTokenError,
};
use passgate_webauthn::{AssertionError, CredentialId, RegistrationError};

use super::Problem;
use crate::rate_limit::LimitReached;

/// Each refusal as `status code title`, the code `null` where there is none.
fn catalogue() -> Vec<String> {
    let purpose = Purpose::parse("payment").unwrap();
    let id = CredentialId::new(vec![1; 16]).unwrap();
    let (limit, sent) = (1, "x".to_owned());
    let problems: Vec<Problem> = vec![
        OpenTokenError::Missing { prefix: "verify_" }.into(),
        OpenTokenError::WrongPrefix {
            prefix: "verify_",
            started_with: "session_ab".to_owned(),
        }
        .into(),
        OpenTokenError::Format.into(),
        OpenTokenError::UnknownKey { id: 7 }.into(),
        OpenTokenError::Invalid.into(),
        OpenTokenError::Expired {
            ago: Duration::from_secs(10),
        }
        .into(),
        VerifyError::TokenAlreadyUsed.into(),
        RegisterTokenError::MaxUsersReached { limit }.into(),
        RegisterTokenError::AliasConflict.into(),
        RegisterTokenError::Attestation(AttestationRefusal::NotSupported { sent: sent.clone() }).into(),
        RegisterTokenError::Attestation(AttestationRefusal::NotOnPlan).into(),
        RegisterBeginError::MissingUserId.into(),
        RegisterBeginError::UnknownUserVerification { sent: sent.clone() }.into(),
        RegisterBeginError::UnknownAuthenticatorType { sent }.into(),
        RegisterBeginError::RelyingParty(RelyingPartyError::OriginRequired).into(),
        RegisterBeginError::RelyingParty(RelyingPartyError::RpIdRequired).into(),
        RegisterCompleteError::SessionAlreadyUsed.into(),
        RegisterCompleteError::Verification(RegistrationError::UserNotPresent).into(),
        RegisterCompleteError::CredentialNotUnique.into(),
        RegisterCompleteError::AuthenticatorBlocked.into(),
        RegisterCompleteError::AuthenticatorNotOnAllowlist.into(),
        RegisterCompleteError::AttestationRequired.into(),
        RegisterCompleteError::AliasConflict.into(),
        RegisterCompleteError::MaxUsersReached { limit }.into(),
        SignInCompleteError::SessionAlreadyUsed.into(),
        SignInCompleteError::UnknownCredential { id: id.clone() }.into(),
        SignInCompleteError::CredentialSuspended { id }.into(),
        SignInCompleteError::Verification(AssertionError::SignatureInvalid).into(),
        GenerateSignInTokenError::Disabled.into(),
        SetAliasesError::AliasConflict.into(),
        AddAuthenticationConfigError::AlreadyExists {
            purpose: purpose.clone(),
        }
        .into(),
        UpdateAuthenticationConfigError::NotFound {
            purpose: purpose.clone(),
        }
        .into(),
        DeleteAuthenticationConfigError::Preset { purpose }.into(),
        AuthenticatorsError::NotOnPlan.into(),
        AddAuthenticatorsError::NotOnPlan.into(),
        AddAuthenticatorsError::UnknownAuthenticators { aaguids: Vec::new() }.into(),
        CreateAppError::NotAvailable {
            app: AppId::parse("demoapp").unwrap(),
        }
        .into(),
        CreateKeyError::ScopesRequired.into(),
        CreateKeyError::AppNotFound.into(),
        KeyChangeError::NotFound.into(),
        ReplaceFeaturesError::AppNotFound.into(),
        CanDeleteError::AppNotFound.into(),
        MarkDeleteError::AppNotFound.into(),
        MarkDeleteError::AlreadyPending.into(),
        DeleteAppError::AppNotFound.into(),
        DeleteAppError::NotScheduled.into(),
        DeleteAppError::NotDue.into(),
        MagicLinkError::Disabled.into(),
        MagicLinkError::Template(InvalidLinkTemplate::NoPlaceholder).into(),
        MagicLinkError::TargetNotAllowed(TargetNotAllowed {
            sent: "https://a.example".to_owned(),
            allowed: vec!["https://b.example".to_owned(), "https://c.example".to_owned()],
        })
        .into(),
        MagicLinkError::AdministratorsOnly(AdministratorsOnly { age: DAY }).into(),
        MagicLinkError::QuotaExceeded.into(),
        LimitReached {
            retry_after: Duration::from_secs(1),
        }
        .into(),
        PrepareDeletionError::NoAdministrator.into(),
        NoMetadata.into(),
        SignalUserError::NoUserHandle.into(),
        SignalUnknownError::Known.into(),
    ];
    let mut lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let status = problem.status_code().as_u16();
            format!(
                "{status} {} {}",
                problem.code().unwrap_or("null"),
                problem.title()
            )
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

#[test]
fn statuses_codes_and_titles_are_a_contract() {
    let expected = "\
400 admin_address_missing The application has no administrator's address, so nobody can be warned of its deletion.
400 app_not_found App was not found.
400 app_not_pending_deletion App cannot be deleted yet.
400 app_not_pending_deletion App was not scheduled for deletion.
400 app_pending_deletion App is already pending to be deleted.
400 attestation_not_supported_on_plan Attestation type not supported on your plan
400 attestation_required Attestation 'none' was used for registration, but an allowlist was configured. Please use a supported attestation method.
400 authenticator_not_allowed An allowlist was configured. The authenticator is not found on the allowlist and is not allowed to be used for registration.
400 authenticator_not_allowed The authenticator is on the blocklist and is not allowed to be used for registration.
400 create_api_key_scopes_required Please select at least one scope.
400 credential_suspended The passkey you sent us is suspended.
400 fido2_invalid_registration CredentialId is not unique to this user
400 fido2_invalid_registration User Present flag not set in authenticator data
400 invalid_argument Authenticator type 'x' is not supported: use any, platform or cross-platform.
400 invalid_argument User verification 'x' is not supported: use preferred, required or discouraged.
400 invalid_argument the link template has no $TOKEN
400 invalid_attestation Attestation type not supported
400 invalid_token The token you sent was not correct. The token used for this endpoint should start with 'verify_'. Make sure you are not sending the wrong value. The value you sent started with 'session_ab'
400 invalid_token The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.
400 invalid_token_format The token you supplied was not formatted correctly. It should be valid base64url.
400 magic_link_target_not_allowed Magic links to 'https://a.example' are not allowed. Allowed targets: https://b.example, https://c.example.
400 max_users_reached Maximum number of users reached
400 missing_token This operation requires a token that starts with 'verify_' to be passed.
400 missing_userid The token does not contain a valid userId
400 null One or more authenticators do not exist in the FIDO2 MDS.
400 null Origin is required.
400 null RPID is required.
400 null The configuration payment already exists.
400 null The payment configuration cannot be deleted.
400 null The user has no passkey, and the userId is longer than a user handle.
400 session_already_used The session was already used. Please begin again.
400 signin_complete_error Signature does not match
400 token_already_used The token was already used.
400 unknown_credential We don't recognize the passkey you sent us.
403 attestation_not_supported_on_plan Attestation is not supported on your plan.
403 expired_token The token expired 10 seconds ago.
403 magic_link_email_admin_address_only Because your application has been created less than 24 hours ago, you can only request magic links to the admin email address.
403 null The 'POST /signin/generate-token' endpoint is disabled
403 null You must enable Magic Links in settings in order to use this feature.
404 api_key_not_found Apikey was not found
404 null The configuration payment does not exist.
409 alias_conflict Alias is already in use by another userid
409 credential_known The credential exists. An authenticator that is told otherwise would drop it.
409 null accountName 'demoapp' is not available
429 magic_link_email_quota_exceeded You have reached your monthly quota for magic link emails. Please try again later.
429 rate_limit_exceeded Too many magic links were requested. Please try again later.
503 metadata_unavailable There is no FIDO metadata.";
    assert_eq!(catalogue().join("\n"), expected);
}

#[test]
fn every_code_is_documented() {
    let page = include_str!("../../../../docs/api.md");
    for line in catalogue() {
        let code = line.split(' ').nth(1).unwrap();
        assert!(
            page.contains(&format!("`{code}`")),
            "docs/api.md does not name {code}"
        );
    }
}
