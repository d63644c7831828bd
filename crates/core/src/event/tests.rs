use proptest::prelude::*;

use super::*;
use crate::{
    api_key::{ApiKeyKind, KeyRefusal},
    authentication_config::Purpose,
    user::UserId,
};

fn record(what: &Occurrence<'_>) -> Event {
    let key = ApiKeyId::parse("eeff").unwrap();
    Event::record(
        Timestamp::from_seconds(1),
        Uuid::nil(),
        &AppId::parse("demoapp").unwrap(),
        Some(&key),
        what,
    )
}

/// Number, name, severity number, message, performed by, subject, key id.
type Row = (
    i32,
    &'static str,
    i32,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

#[test]
fn the_catalogue_is_the_contract() {
    let alice = UserId::parse("alice").unwrap();
    let key = ApiKeyId::parse("cafe").unwrap();
    let payment = Purpose::parse("payment").unwrap();
    let refused = Occurrence::KeyRefused;
    let unknown = "Unknown User";
    let rows: [(Occurrence<'_>, Row); 42] = [
        (
            Occurrence::RegistrationTokenCreated(&alice),
            (
                1000,
                "ApiAuthUserRegistered",
                3,
                "Created registration token for alice",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::RegistrationBegan(&alice),
            (
                1001,
                "ApiAuthPasskeyRegistrationBegan",
                3,
                "Beginning passkey registration for alice",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::RegistrationCompleted(&alice),
            (
                1002,
                "ApiAuthPasskeyRegistrationCompleted",
                3,
                "Completed passkey registration for user alice",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            refused(ApiKeyKind::Secret, KeyRefusal::Invalid),
            (
                1003,
                "ApiAuthInvalidSecretKeyUsed",
                1,
                "A request using an invalid ApiSecret was attempted.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            refused(ApiKeyKind::Public, KeyRefusal::Invalid),
            (
                1004,
                "ApiAuthInvalidPublicKeyUsed",
                1,
                "A request using an invalid PublicKey was attempted.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            refused(ApiKeyKind::Secret, KeyRefusal::Locked),
            (
                1005,
                "ApiAuthDisabledSecretKeyUsed",
                1,
                "Disabled Api Key used.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            refused(ApiKeyKind::Public, KeyRefusal::Locked),
            (
                1006,
                "ApiAuthDisabledPublicKeyUsed",
                1,
                "Disabled Public Key used.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::AliasesSet(&alice),
            (
                1100,
                "ApiUserSetAliases",
                3,
                "Added set aliases for user (alice).",
                "alice",
                "alice",
                "eeff",
            ),
        ),
        (
            Occurrence::CredentialDeleted(&alice),
            (
                1101,
                "ApiUserDeleteCredential",
                3,
                "Deleted credential for user alice",
                "System",
                "alice",
                "eeff",
            ),
        ),
        (
            Occurrence::SignInCompleted(&alice),
            (
                1103,
                "ApiUserSignInCompleted",
                3,
                "User alice completed sign in.",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::SignInVerified(&alice),
            (
                1104,
                "ApiUserSignInVerified",
                3,
                "User alice verified sign in token.",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::UserDeleted(&alice),
            (
                1105,
                "ApiUserDeleted",
                3,
                "Deleted user alice",
                "System",
                "alice",
                "eeff",
            ),
        ),
        (
            Occurrence::SignInTokenCreated(&alice),
            (
                1106,
                "ApiUserSigninTokenCreated",
                3,
                "Created signin token for alice",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::MagicLinkCreated(&alice),
            (
                1107,
                "ApiUserMagicLinkCreated",
                3,
                "Created signin token for alice",
                "alice",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::DeletionScheduled { requested_by: "bob" },
            (
                1200,
                "ApiManagementAppMarkedForDeletion",
                3,
                "Application was marked for deletion.",
                "bob",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::DeletionCancelled,
            (
                1201,
                "ApiManagementAppDeletionCancelled",
                3,
                "Application deletion was cancelled.",
                "System",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApplicationCreated { admin_email: "a@b.c" },
            (
                1202,
                "ApiManagementAppCreated",
                3,
                "demoapp created.",
                "a@b.c",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApplicationFrozen,
            (
                1203,
                "ApiManagementAppFrozen",
                1,
                "Application frozen.",
                "System",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApplicationUnfrozen,
            (
                1204,
                "ApiManagementAppUnfrozen",
                1,
                "Application unfrozen.",
                "System",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::AuthenticatorsAllowed,
            (
                1300,
                "ApiAuthenticatorsAllowlisted",
                3,
                "Authenticators added to allowlist.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::AuthenticatorsBlocked,
            (
                1301,
                "ApiAuthenticatorsBlacklisted",
                3,
                "Authenticators added to blocklist.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::AuthenticatorsDelisted,
            (
                1302,
                "ApiAuthenticatorsDelisted",
                3,
                "Authenticators removed from allowlist or blocklist.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ConfigurationCreated {
                purpose: &payment,
                performed_by: "bob",
            },
            (
                1400,
                "ApiAuthenticationConfigurationCreated",
                3,
                "payment auth config created.",
                "bob",
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::ConfigurationUpdated {
                purpose: &payment,
                performed_by: "bob",
            },
            (
                1401,
                "ApiAuthenticationConfigurationUpdated",
                3,
                "payment auth config updated.",
                "bob",
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::ConfigurationDeleted {
                purpose: &payment,
                performed_by: "bob",
            },
            (
                1402,
                "ApiAuthenticationConfigurationDeleted",
                3,
                "payment auth config deleted.",
                "bob",
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::ApiKeyCreated(&key),
            (
                7008,
                "AdminApiKeyCreated",
                3,
                "Created Api Key cafe",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApiKeyDeleted(&key),
            (
                7009,
                "AdminApiKeyDeleted",
                3,
                "Deleted Api Key cafe",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApiKeyLocked(&key),
            (
                7010,
                "AdminApiKeyLocked",
                3,
                "Locked Api Key cafe",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApiKeyUnlocked(&key),
            (
                7011,
                "AdminApiKeyUnlocked",
                3,
                "Unlocked Api Key cafe",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::ApiKeysEnumerated,
            (
                7012,
                "AdminApiKeysEnumerated",
                3,
                "Api keys enumerated",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::GenerateSignInTokenSwitched {
                on: true,
                performed_by: Some("Api"),
            },
            (
                7013,
                "AdminGenerateSignInTokenEndpointEnabled",
                1,
                "/signin/generate-token was enabled.",
                "Api",
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::GenerateSignInTokenSwitched {
                on: false,
                performed_by: None,
            },
            (
                7014,
                "AdminGenerateSignInTokenEndpointDisabled",
                1,
                "/signin/generate-token endpoint was disabled.",
                unknown,
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::MagicLinksSwitched {
                on: true,
                performed_by: None,
            },
            (
                7015,
                "AdminMagicLinksEnabled",
                1,
                "Magic Links feature was enabled.",
                unknown,
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::MagicLinksSwitched {
                on: false,
                performed_by: Some("Api"),
            },
            (
                7016,
                "AdminMagicLinksDisabled",
                1,
                "Magic Links feature was disabled.",
                "Api",
                "demoapp",
                "",
            ),
        ),
        (
            Occurrence::WellKnownChanged { performed_by: None },
            (
                9210,
                "WellKnownChanged",
                3,
                "Well-known documents of the application were changed.",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::RegistrationFailed {
                user: Some(&alice),
                reason: "challenge_mismatch",
            },
            (
                9000,
                "RegistrationFailed",
                2,
                "Passkey registration refused: challenge_mismatch",
                "alice",
                "alice",
                "eeff",
            ),
        ),
        (
            Occurrence::SignInFailed {
                user: None,
                reason: "unknown_credential",
            },
            (
                9001,
                "SignInFailed",
                2,
                "Sign in refused: unknown_credential",
                unknown,
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::AdministratorsChanged {
                performed_by: "command line",
            },
            (
                9201,
                "AdministratorsChanged",
                1,
                "Administrators of the application were changed.",
                "command line",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::DeletionWarningDelayed { address: "a@b.c" },
            (
                9202,
                "DeletionWarningDelayed",
                1,
                "Warning of the deletion did not reach a@b.c.",
                "System",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::DeletionWarningDelivered { address: "a@b.c" },
            (
                9203,
                "DeletionWarningDelivered",
                3,
                "Delayed warning of the deletion reached a@b.c.",
                "System",
                "demoapp",
                "eeff",
            ),
        ),
        (
            Occurrence::SignCountRegressed {
                user: &alice,
                stored: 7,
                reported: 3,
            },
            (
                9003,
                "SignCountRegressed",
                2,
                "Sign count of a credential of user alice went from 7 to 3",
                "alice",
                "alice",
                "eeff",
            ),
        ),
        (
            Occurrence::BackupEligibilityLearned(&alice),
            (
                9004,
                "BackupEligibilityLearned",
                2,
                "A credential of user alice may be backed up since its last sign-in",
                "alice",
                "alice",
                "eeff",
            ),
        ),
    ];
    for (what, expected) in rows {
        let event = record(&what);
        let got = (
            event.kind.number(),
            event.kind.as_str(),
            event.severity.number(),
            event.message.as_str(),
            event.performed_by.as_str(),
            event.subject.as_str(),
            event.api_key_id.as_str(),
        );
        assert_eq!(got, expected);
    }
}

#[test]
fn kinds_are_sorted_unique_and_read_back() {
    assert!(
        EventKind::ALL
            .windows(2)
            .all(|pair| pair[0].number() < pair[1].number())
    );
    for kind in EventKind::ALL {
        assert_eq!(EventKind::from_number(kind.number()), Some(*kind));
        assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
    }
    assert_eq!(EventKind::from_number(1), None);
    assert_eq!(EventKind::parse("apiuserdeleted"), None);
    for severity in Severity::ALL {
        assert_eq!(Severity::from_number(severity.number()), Some(severity));
        assert_eq!(Severity::parse(severity.as_str()), Some(severity));
    }
    assert_eq!(Severity::from_number(4), None);
}

#[test]
fn refusals_carry_their_code_and_where_they_came_from() {
    let event = record(&Occurrence::SignInFailed {
        user: None,
        reason: "signature_invalid",
    })
    .from_client(Some("192.0.2.1".to_owned()), Some("Browser/1"));
    assert_eq!(event.reason.as_deref(), Some("signature_invalid"));
    assert_eq!(
        (event.ip.as_deref(), event.user_agent.as_deref()),
        (Some("192.0.2.1"), Some("Browser/1"))
    );
    assert_eq!(record(&Occurrence::ApplicationFrozen).reason, None);
}

#[test]
fn of_a_user_agent_a_clean_beginning_is_kept() {
    let kept = |sent: &str| {
        let event = record(&Occurrence::ApplicationFrozen).from_client(None, Some(sent));
        event.user_agent.unwrap()
    };
    assert_eq!(
        kept("a\u{1b}[31mb\tc\r\nd"),
        "a\u{fffd}[31mb\u{fffd}c\u{fffd}\u{fffd}d"
    );
    assert_eq!(kept(&"x".repeat(100_000)), "x".repeat(LONGEST_USER_AGENT));
    // 171 letters of three bytes would be one byte too many.
    assert_eq!(kept(&"€".repeat(1000)), "€".repeat(170));
}

#[test]
fn a_record_says_how_many_it_stands_for() {
    let alone = record(&Occurrence::ApplicationFrozen);
    assert_eq!(alone.clone().standing_for(0), alone);
    let many = alone.clone().standing_for(41);
    let expected = format!("{} (and 41 more like this since the last record)", alone.message);
    assert_eq!(many.message, expected);
}

proptest! {
    #[test]
    fn ids_are_version_7_and_sort_by_time(a in 0..4_000_000_000_000_000_i64, b in 0..4_000_000_000_000_000_i64, random in any::<[u8; 8]>()) {
        let (first, second) = (id_at(Timestamp::from_micros(a), random), id_at(Timestamp::from_micros(b), [0; 8]));
        prop_assert_eq!(first.get_version_num(), 7);
        prop_assert_eq!(first.get_variant(), uuid::Variant::RFC4122);
        if a != b {
            prop_assert_eq!(a < b, first < second);
        }
    }
}
