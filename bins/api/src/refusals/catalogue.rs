//! Every refusal that is a rule, with its status, code and title: a public contract.

use std::{collections::BTreeSet, time::Duration};

use actix_web::ResponseError as _;
use passgate::{
    AppNotFound, TooOften,
    account_deletion::RequestDeletionError,
    aliases::AliasesError,
    api_keys::{CreateKeyError, KeyChangeError},
    applications::CreateAppError,
    authentication_configs::{
        AddAuthenticationConfigError, DeleteAuthenticationConfigError, UpdateAuthenticationConfigError,
    },
    authenticators::{AddAuthenticatorsError, AuthenticatorsError},
    deletion::{DeleteAppError, MarkDeleteError},
    magic_links::MagicLinkError,
    metadata::NoMetadata,
    register::{RegisterBeginError, RegisterCompleteError, RegisterTokenError},
    relying_party::RelyingPartyError,
    sign_in::{GenerateSignInTokenError, SignInCompleteError, SignInTokenError},
    signals::{SignalUnknownError, SignalUserError},
    well_known::WellKnownDocumentError,
};
use passgate_core::{
    application::AppId,
    authentication_config::Purpose,
    magic_link::{AdministratorsOnly, InvalidLinkTemplate, TargetNotAllowed},
    register::{
        AttestationRefused, AuthenticatorRefused, BeginError, UnknownAuthenticatorType,
        UnknownUserVerification, UserLimitReached,
    },
    time::DAY,
    token::OpenTokenError,
    user::InvalidUserId,
    well_known::Document,
};
use passgate_webauthn::{Aaguid, AssertionError, CredentialId, RegistrationError};

use crate::{
    problem::{ErrorCode, Problem},
    shares::Exceeded,
};

/// Each refusal as `status code title`, the code `null` where there is none.
fn catalogue() -> Vec<String> {
    let purpose = Purpose::parse("payment").unwrap();
    let id = CredentialId::new(vec![1; 16]).unwrap();
    let (limit, text, aaguid) = (1, "x".to_owned(), Aaguid::default());
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
        SignInTokenError::TokenAlreadyUsed.into(),
        Exceeded::Share.into(),
        Problem::too_many_demos(TooOften {
            retry_after: Duration::from_secs(1),
        }),
        RegisterTokenError::from(UserLimitReached { limit }).into(),
        RegisterTokenError::from(AliasesError::Conflict).into(),
        RegisterTokenError::from(AliasesError::TooMany).into(),
        RegisterTokenError::Attestation(AttestationRefused::NotSupported).into(),
        RegisterTokenError::Attestation(AttestationRefused::NotOnPlan).into(),
        RegisterBeginError::Rule(BeginError::UserId(InvalidUserId::Blank)).into(),
        RegisterBeginError::Rule(UnknownUserVerification { text: text.clone() }.into()).into(),
        RegisterBeginError::Rule(UnknownAuthenticatorType { text }.into()).into(),
        RegisterBeginError::RelyingParty(RelyingPartyError::OriginRequired).into(),
        RegisterBeginError::RelyingParty(RelyingPartyError::RpIdRequired).into(),
        RegisterCompleteError::SessionAlreadyUsed.into(),
        RegisterCompleteError::Rule(RegistrationError::UserNotPresent.into()).into(),
        RegisterCompleteError::CredentialNotUnique.into(),
        RegisterCompleteError::Rule(AuthenticatorRefused::Blocked { aaguid }.into()).into(),
        RegisterCompleteError::Rule(AuthenticatorRefused::NotAllowed { aaguid }.into()).into(),
        RegisterCompleteError::Rule(AuthenticatorRefused::AttestationRequired.into()).into(),
        RegisterCompleteError::Rule(AuthenticatorRefused::Unproven { aaguid }.into()).into(),
        RegisterCompleteError::from(AliasesError::Conflict).into(),
        RegisterCompleteError::from(UserLimitReached { limit }).into(),
        SignInCompleteError::SessionAlreadyUsed.into(),
        SignInCompleteError::UnknownCredential { id: id.clone() }.into(),
        SignInCompleteError::CredentialSuspended { id: id.clone() }.into(),
        SignInCompleteError::OtherUser { id }.into(),
        SignInCompleteError::Verification(AssertionError::SignatureInvalid).into(),
        GenerateSignInTokenError::Disabled.into(),
        AliasesError::Conflict.into(),
        AddAuthenticationConfigError::AlreadyExists {
            purpose: purpose.clone(),
        }
        .into(),
        UpdateAuthenticationConfigError::NotFound { purpose }.into(),
        DeleteAuthenticationConfigError::Preset {
            purpose: Purpose::sign_in(),
        }
        .into(),
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
        TooOften {
            retry_after: Duration::from_secs(1),
        }
        .into(),
        RequestDeletionError::NoAdministrator.into(),
        RequestDeletionError::NoPost.into(),
        Problem::not_writable("a full disk"),
        Problem::public_url_missing(),
        RequestDeletionError::from(TooOften {
            retry_after: Duration::from_secs(1),
        })
        .into(),
        NoMetadata.into(),
        SignalUserError::NoUserHandle.into(),
        SignalUnknownError::Known.into(),
        AppNotFound.into(),
        WellKnownDocumentError::from(AppNotFound).into(),
        WellKnownDocumentError::NotPublished {
            document: Document::AssetLinks,
        }
        .into(),
    ];
    let mut lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let status = problem.status_code().as_u16();
            format!(
                "{status} {} {}",
                problem.code().map_or("null", ErrorCode::as_str),
                problem.title()
            )
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

/// Every rule that refuses. Those that only a route knows are here too; the tests of the API provoke each of them.
const CATALOGUE: &str = include_str!("catalogue.txt");

#[test]
fn statuses_codes_and_titles_are_a_contract() {
    let listed: Vec<&str> = CATALOGUE.lines().collect();
    for line in catalogue() {
        assert!(
            listed.contains(&line.as_str()),
            "catalogue.txt does not list: {line}"
        );
    }
    assert!(listed.is_sorted(), "catalogue.txt is not sorted");
}

#[test]
fn every_code_is_listed_documented_and_unlike_the_others() {
    let page = include_str!("../../../../docs/api.md");
    let sent = ErrorCode::ALL
        .iter()
        .filter(|code| !ErrorCode::REASONS_ONLY.contains(code));
    let sent: Vec<&str> = sent.map(|code| code.as_str()).collect();
    let codes: BTreeSet<&str> = sent.iter().copied().collect();
    assert_eq!(codes.len(), sent.len(), "two codes are spelled alike");
    for code in &codes {
        assert!(
            page.contains(&format!("`{code}`")),
            "docs/api.md does not name {code}"
        );
    }
    let listed = CATALOGUE.lines().filter_map(|line| line.split(' ').nth(1));
    let listed: BTreeSet<&str> = listed.filter(|code| *code != "null").collect();
    assert_eq!(listed, codes, "catalogue.txt has a code too many, or one too few");
}
