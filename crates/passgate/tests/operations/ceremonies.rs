//! Honest ceremonies: what comes out, what is stored, what is recorded.

use passgate::Stopped;
use passgate::aliases::AliasesError;
use passgate::{
    register::{RegisterBeginError, RegisterBeginInput, RegisterTokenError},
    relying_party::RelyingPartyInput,
    sign_in::{
        GenerateSignInTokenError, GenerateSignInTokenInput, SignInBeginInput, SignInCompleteError,
        SignInCompleteInput,
    },
};
use passgate_core::register::BeginError;
use passgate_core::register::UserLimitReached;
use passgate_core::{
    alias::{Alias, ClearText},
    event::EventKind,
    token::SignInTokenType,
};
use passgate_testkit::{Alteration, SoftAuthenticator};
use passgate_webauthn::{AttestationConveyance, CredentialId, Hint};
use serde_json::json as value;

use crate::world::{
    ORIGIN, RP_ID, World, discoverable, json, page, page_at, registration_of, seconds, signed, user,
};

#[test]
fn a_passkey_is_registered_used_and_verified() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();

        let registered = world.register("alice", &mut device);
        assert!(registered.token.starts_with("verify_"));
        assert_eq!(registered.claims.token_type, SignInTokenType::PasskeyRegister);
        assert_eq!(registered.claims.purpose, None);
        assert_eq!(registered.claims.nickname.as_deref(), Some("My phone"));

        world.pass(seconds(60));
        let signed_in = world.sign_in(&mut device);
        let claims = world
            .passgate
            .verify_sign_in_token(
                &world.backend(),
                Some(&signed_in.token),
                &world.client,
                world.env(),
            )
            .unwrap();
        assert_eq!(claims, signed_in.claims);
        assert_eq!(claims.user_id, user("alice"));
        assert_eq!(claims.token_type, SignInTokenType::PasskeySignIn);
        assert_eq!(claims.rp_id.as_deref(), Some(RP_ID));
        assert_eq!(claims.origin.as_deref(), Some(ORIGIN));
        assert_eq!(claims.device.as_deref(), Some("Chrome, Windows 10"));
        assert_eq!(claims.country.as_deref(), Some("SE"));
        assert_eq!(claims.nickname.as_deref(), Some("My phone"));
        assert_eq!(claims.purpose.as_deref(), Some("sign-in"));
        assert_eq!(claims.timestamp, world.now());
        assert_eq!(claims.expires_at.since(claims.timestamp), seconds(120));

        let credentials = world
            .passgate
            .list_credentials(&world.backend(), &user("alice"))
            .unwrap();
        assert_eq!(credentials.len(), 1);
        let credential = &credentials[0];
        assert_eq!(claims.credential_id.as_ref(), Some(&credential.id));
        assert_eq!(credential.last_used_at, world.now());
        assert_eq!(credential.last_used_at.since(credential.created_at), seconds(60));
        assert_eq!(credential.attestation_format, "none");
        assert_eq!(
            credential
                .transports
                .iter()
                .map(passgate_webauthn::Transport::as_str)
                .collect::<Vec<_>>(),
            ["internal", "hybrid"]
        );
        assert_eq!(
            (credential.backup_eligible, credential.backup_state),
            (Some(true), Some(true))
        );
        assert_eq!(credential.discoverable, Some(true));
        assert!(credential.uv_initialized);

        assert_eq!(
            world.event_names(),
            [
                "ApiAuthPasskeyRegistrationBegan",
                "ApiAuthPasskeyRegistrationCompleted",
                "ApiAuthUserRegistered",
                "ApiManagementAppCreated",
                "ApiUserSignInCompleted",
                "ApiUserSignInVerified",
            ]
        );
        let key_id = world.keys.secret_keys[0].id().to_string();
        assert_eq!(world.event(EventKind::ApiUserSignInVerified).api_key_id, key_id);
        assert_eq!(world.passgate.count_users(&world.backend()).unwrap(), 1);
    });
}

#[test]
fn nothing_is_recorded_unless_events_are_on() {
    let world = World::sqlite();
    world.set_features(|features| features.event_logging = false);
    let before = world.events().len();
    let mut device = SoftAuthenticator::new();
    world.register("alice", &mut device);
    world.sign_in(&mut device);
    assert_eq!(world.events().len(), before);
}

#[test]
fn registration_options_follow_the_token() {
    let world = World::sqlite();
    let mut input = registration_of("alice");
    input.display_name = Some("Alice".to_owned());
    input.authenticator_type = Some("Platform".to_owned());
    input.user_verification = Some("REQUIRED".to_owned());
    input.resident_key = passgate_webauthn::ResidentKey::Discouraged;
    let token = world
        .passgate
        .register_token(&world.backend(), input.clone(), world.env())
        .unwrap();
    let begin = |token: &str| {
        let input = RegisterBeginInput {
            token: Some(token.to_owned()),
            relying_party: page(),
        };
        world
            .passgate
            .register_begin(&world.browser(), input, &world.client, world.env())
    };
    let options = json(&begin(&token).unwrap().data);
    assert_eq!(options["rp"], value!({"id": RP_ID, "name": RP_ID}));
    assert_eq!(
        options["user"],
        value!({"name": "alice@example.com", "id": "YWxpY2U", "displayName": "Alice"})
    );
    assert_eq!(
        options["authenticatorSelection"],
        value!({
            "residentKey": "discouraged",
            "requireResidentKey": false,
            "userVerification": "required",
            "authenticatorAttachment": "platform",
        })
    );
    assert_eq!(options["timeout"], 60000);
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["extensions"], value!({"credProps": true}));
    let offered: Vec<i64> = options["pubKeyCredParams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["alg"].as_i64().unwrap())
        .collect();
    assert_eq!(offered[..3], [-8, -7, -257]);

    // The first hint overrides the attachment.
    input.hints = vec![Hint::SecurityKey, Hint::ClientDevice];
    let token = world
        .passgate
        .register_token(&world.backend(), input.clone(), world.env())
        .unwrap();
    let options = json(&begin(&token).unwrap().data);
    assert_eq!(
        options["authenticatorSelection"]["authenticatorAttachment"],
        "cross-platform"
    );
    assert_eq!(options["hints"], value!(["security-key", "client-device"]));

    // Unknown texts are found when the ceremony begins.
    input.user_verification = Some("optional".to_owned());
    let token = world
        .passgate
        .register_token(&world.backend(), input.clone(), world.env())
        .unwrap();
    assert!(
        matches!(begin(&token), Err(Stopped::Refused(RegisterBeginError::Rule(BeginError::UnknownUserVerification(sent)))) if sent.text == "optional")
    );
    input.user_verification = None;
    input.authenticator_type = Some("phone".to_owned());
    let token = world
        .passgate
        .register_token(&world.backend(), input, world.env())
        .unwrap();
    assert!(
        matches!(begin(&token), Err(Stopped::Refused(RegisterBeginError::Rule(BeginError::UnknownAuthenticatorType(sent)))) if sent.text == "phone")
    );
}

#[test]
fn a_user_s_credentials_are_excluded_from_the_next_registration() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    world.register("alice", &mut device);
    let options = json(&world.begin_registration("alice").data);
    let excluded = options["excludeCredentials"].as_array().unwrap();
    assert_eq!(excluded.len(), 1);
    assert_eq!(excluded[0]["transports"], value!(["internal", "hybrid"]));
    assert_eq!(
        json(&world.begin_registration("bob").data)["excludeCredentials"],
        value!([])
    );
}

#[test]
fn sign_in_by_id_and_by_alias_offers_the_user_s_credentials() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let mut input = registration_of("alice");
        input.aliases.replacement = [Alias::parse("alice@example.com").unwrap()].into();
        let token = world
            .passgate
            .register_token(&world.backend(), input, world.env())
            .unwrap();
        let begin = RegisterBeginInput {
            token: Some(token),
            relying_party: page(),
        };
        let begun = world
            .passgate
            .register_begin(&world.browser(), begin, &world.client, world.env())
            .unwrap();
        let response = device.register(ORIGIN, &json(&begun.data)).unwrap();
        world.complete_registration(&begun.session, &response).unwrap();

        let by_id = SignInBeginInput {
            user_id: Some("alice".to_owned()),
            ..discoverable()
        };
        let by_alias = SignInBeginInput {
            alias: Some("alice@example.com".to_owned()),
            ..discoverable()
        };
        for input in [by_id, by_alias] {
            let begun = world.begin_sign_in(input);
            let options = json(&begun.data);
            assert_eq!(options["allowCredentials"][0]["id"], response.id);
            let assertion = device.authenticate(ORIGIN, &options).unwrap();
            assert_eq!(
                world
                    .complete_sign_in(&begun.session, &assertion)
                    .unwrap()
                    .claims
                    .user_id,
                user("alice")
            );
        }

        // An unknown user or alias is no error, and without decoys looks like a discoverable sign-in.
        world.set_features(|features| features.decoy_credentials = false);
        let unknown = SignInBeginInput {
            user_id: Some("bob".to_owned()),
            ..discoverable()
        };
        let other_case = SignInBeginInput {
            alias: Some("Alice@example.com".to_owned()),
            ..discoverable()
        };
        for input in [unknown, other_case, discoverable()] {
            assert_eq!(
                json(&world.begin_sign_in(input).data)["allowCredentials"],
                value!([])
            );
        }
    });
}

#[test]
fn decoys_hide_who_exists() {
    World::on_each(|world| decoys_hide_who_exists_in(&world));
}

fn decoys_hide_who_exists_in(world: &World) {
    // As an application is made.
    let ask_at = |id: &str, relying_party: RelyingPartyInput| {
        let begun = world.begin_sign_in(SignInBeginInput {
            user_id: Some(id.to_owned()),
            relying_party,
            ..discoverable()
        });
        json(&begun.data)["allowCredentials"].clone()
    };
    let ask = |id: &str| ask_at(id, page());
    // The credentials of a user who exists belong to an RP ID, and so do decoys: at another one there are others, always
    // the same.
    world.register("alice", &mut SoftAuthenticator::new());
    for who in ["alice", "nobody"] {
        for host in ["login.example.com", "example.org"] {
            let elsewhere = || ask_at(who, page_at(host, &format!("https://{host}")));
            assert!(!elsewhere().as_array().unwrap().is_empty(), "{who} at {host}");
            assert_eq!(elsewhere(), elsewhere(), "{who} at {host}");
            assert_ne!(elsewhere(), ask(who), "{who} at {host}");
        }
    }
    let decoys = ask("nobody");
    assert!(!decoys.as_array().unwrap().is_empty());
    assert_eq!(decoys, ask("nobody"));
    assert_ne!(decoys, ask("somebody-else"));
    // Without a user there is nothing to hide.
    assert_eq!(
        json(&world.begin_sign_in(discoverable()).data)["allowCredentials"],
        value!([])
    );
}

#[test]
fn the_database_is_asked_the_same_of_those_who_exist_and_those_who_do_not() {
    World::on_each(|world| {
        world.register("alice", &mut SoftAuthenticator::new());
        world
            .passgate
            .set_aliases(
                &world.backend(),
                passgate::aliases::SetAliasesInput {
                    user_id: user("alice"),
                    aliases: [Alias::parse("alice@example.com").unwrap()].into(),
                    clear_text: ClearText::Dropped,
                    keeps_sign_in_name: false,
                },
                world.env(),
            )
            .unwrap();
        let browser = world.browser();
        let ask = |user_id: Option<&str>, alias: Option<&str>| {
            let input = SignInBeginInput {
                user_id: user_id.map(str::to_owned),
                alias: alias.map(str::to_owned),
                ..discoverable()
            };
            let begun = world
                .passgate
                .sign_in_begin(&browser, input, &world.client, world.env())
                .unwrap();
            assert!(
                !json(&begun.data)["allowCredentials"]
                    .as_array()
                    .unwrap()
                    .is_empty()
            );
        };
        for (known, unknown) in [
            ((Some("alice"), None), (Some("nobody"), None)),
            (
                (None, Some("alice@example.com")),
                (None, Some("nobody@example.com")),
            ),
        ] {
            let statements = |(user_id, alias)| {
                let before = world.passgate.store().statistics();
                ask(user_id, alias);
                let after = world.passgate.store().statistics();
                (
                    after.reads - before.reads,
                    after.writes - before.writes,
                    after.statements - before.statements,
                )
            };
            assert_eq!(statements(known), statements(unknown), "{known:?}");
        }
    });
}

#[test]
fn completing_with_an_offered_id_does_not_tell_decoys_from_credentials() {
    World::on_each(|world| completing_does_not_tell_in(&world));
}

fn completing_does_not_tell_in(world: &World) {
    world.set_features(|features| features.decoy_credentials = true);
    world.register("alice", &mut SoftAuthenticator::new());
    let mut own = SoftAuthenticator::new();
    world.register("mallory", &mut own);
    let ask = |who: &str| {
        let begun = world.begin_sign_in(SignInBeginInput {
            user_id: Some(who.to_owned()),
            ..discoverable()
        });
        (json(&begun.data), begun.session)
    };
    // The soft authenticator's credentials are backup-eligible, as those of a ghost with a short id.
    let ghost = (0..100)
        .map(|n| format!("nobody{n}"))
        .find(|who| ask(who).0["allowCredentials"][0]["id"].as_str().unwrap().len() < 64)
        .unwrap();

    // Signed with a key of one's own, in the name of the credential that was offered.
    let mut refused = |who: &str, handle: Option<&str>, input: &dyn Fn(&mut SignInCompleteInput)| {
        let (mut options, session) = ask(who);
        let offered: CredentialId =
            serde_json::from_value(options["allowCredentials"][0]["id"].take()).unwrap();
        options["allowCredentials"] = value!([]);
        let forged = [
            Alteration::RawId(offered.into_bytes()),
            Alteration::UserHandle(handle.map(|handle| handle.as_bytes().to_vec())),
        ];
        let response = own.authenticate_altered(ORIGIN, &options, &forged).unwrap();
        let mut completed = signed(&session, &response);
        input(&mut completed);
        world
            .passgate
            .sign_in_complete(&world.browser(), completed, &world.client, world.env())
            .unwrap_err()
    };
    let as_is: &dyn Fn(&mut SignInCompleteInput) = &|_| {};
    for who in ["alice", &ghost] {
        for handle in [None, Some(who), Some("mallory")] {
            assert_eq!(
                refused(who, handle, as_is).reason(),
                Some("signature_invalid"),
                "{who} {handle:?}"
            );
        }
        let elsewhere: &dyn Fn(&mut SignInCompleteInput) =
            &|input| input.relying_party = page_at("login.example.com", "https://login.example.com");
        assert_eq!(
            refused(who, None, elsewhere).reason(),
            Some("origin_not_allowed"),
            "{who}"
        );
    }
    // Nor in a session that names nobody.
    let [of_alice, of_ghost] = ["alice", ghost.as_str()].map(|who| {
        let mut options = ask(who).0;
        let id: CredentialId = serde_json::from_value(options["allowCredentials"][0]["id"].take()).unwrap();
        id
    });
    for (who, id) in [("alice", of_alice), (ghost.as_str(), of_ghost)] {
        let begun = world.begin_sign_in(discoverable());
        let forged = [
            Alteration::RawId(id.into_bytes()),
            Alteration::UserHandle(Some(who.as_bytes().to_vec())),
        ];
        let response = own
            .authenticate_altered(ORIGIN, &json(&begun.data), &forged)
            .unwrap();
        let refused = world.complete_sign_in(&begun.session, &response).unwrap_err();
        assert_eq!(refused.reason(), Some("signature_invalid"), "{who}");
    }
    // An id that was not offered is unknown, whoever was asked for.
    let (mut options, session) = ask(&ghost);
    options["allowCredentials"] = value!([]);
    let stranger = [Alteration::RawId(vec![9; 20])];
    let response = own.authenticate_altered(ORIGIN, &options, &stranger).unwrap();
    assert!(matches!(
        world.complete_sign_in(&session, &response),
        Err(Stopped::Refused(SignInCompleteError::UnknownCredential { .. }))
    ));
}

#[test]
fn a_purpose_decides_strength_and_life_of_the_token() {
    use passgate::authentication_configs::AuthenticationConfigInput;
    use passgate_core::authentication_config::{Purpose, TimeToLive};
    use passgate_webauthn::UserVerification;

    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    world.register("alice", &mut device);
    let config = AuthenticationConfigInput {
        purpose: Purpose::parse("pay").unwrap(),
        user_verification: UserVerification::Required,
        time_to_live: TimeToLive::parse("00:03:00").unwrap(),
        hints: vec![Hint::SecurityKey],
        performed_by: "admin".to_owned(),
    };
    world
        .passgate
        .add_authentication_config(&world.backend(), config, world.env())
        .unwrap();

    let begin = |purpose: &str| {
        world.begin_sign_in(SignInBeginInput {
            purpose: Some(purpose.to_owned()),
            ..discoverable()
        })
    };
    let begun = begin("pay");
    let options = json(&begun.data);
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["hints"], value!(["security-key"]));
    let assertion = device.authenticate(ORIGIN, &options).unwrap();
    let claims = world.complete_sign_in(&begun.session, &assertion).unwrap().claims;
    assert_eq!(claims.purpose.as_deref(), Some("pay"));
    assert_eq!(claims.expires_at.since(claims.timestamp), seconds(180));

    let configs = world
        .passgate
        .list_authentication_configs(&world.backend(), Some("pay"))
        .unwrap();
    assert_eq!(configs[0].last_used_at, Some(world.now()));

    for (asked, resolved) in [("step-up", "step-up"), ("unknown", "sign-in"), ("  ", "sign-in")] {
        let begun = begin(asked);
        let assertion = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
        let claims = world.complete_sign_in(&begun.session, &assertion).unwrap().claims;
        assert_eq!(claims.purpose.as_deref(), Some(resolved), "{asked}");
    }
    // First use stores the preset.
    let listed = world
        .passgate
        .list_authentication_configs(&world.backend(), Some("step-up"))
        .unwrap();
    assert_eq!(listed[0].last_used_at, Some(world.now()));
}

#[test]
fn attestation_needs_a_known_word_and_the_feature() {
    use passgate_core::register::{AttestationRefused::NotOnPlan, InvalidAttestation};

    let world = World::sqlite();
    let ask = |attestation: &str| {
        let mut input = registration_of("alice");
        input.attestation = Some(attestation.to_owned());
        world
            .passgate
            .register_token(&world.backend(), input, world.env())
    };
    for none in ["", "none", "None", "NONE"] {
        ask(none).unwrap();
    }
    for unknown in ["enterprise", "Direct", "full"] {
        let refused = RegisterTokenError::UnknownAttestation(InvalidAttestation {
            text: unknown.to_owned(),
        });
        assert_eq!(ask(unknown).unwrap_err().to_string(), refused.to_string());
    }
    assert!(matches!(
        ask("direct"),
        Err(Stopped::Refused(RegisterTokenError::Attestation(NotOnPlan)))
    ));
    let direct_before_the_plan_changed = {
        world.set_features(|features| features.allow_attestation = true);
        ask("direct").unwrap()
    };
    world.set_features(|features| features.allow_attestation = false);
    let input = RegisterBeginInput {
        token: Some(direct_before_the_plan_changed),
        relying_party: page(),
    };
    let begun = world
        .passgate
        .register_begin(&world.browser(), input, &world.client, world.env());
    // The token expired meanwhile or the plan refuses; with the plan off it must be the plan.
    assert!(matches!(
        begun,
        Err(Stopped::Refused(RegisterBeginError::Rule(
            BeginError::Attestation(NotOnPlan)
        )))
    ));
    assert_eq!(AttestationConveyance::Direct.as_str(), "direct");
}

#[test]
fn a_backend_makes_tokens_unless_that_is_switched_off() {
    let world = World::sqlite();
    let input = || GenerateSignInTokenInput {
        user_id: user("nobody-yet"),
        time_to_live: Some(seconds(5)),
        purpose: Some("reset".to_owned()),
        rp_id: None,
        origin: None,
    };
    let token = world
        .passgate
        .generate_sign_in_token(&world.backend(), input(), world.env())
        .unwrap();
    let claims = world
        .passgate
        .verify_sign_in_token(&world.backend(), Some(&token), &world.client, world.env())
        .unwrap();
    assert_eq!(claims.token_type, SignInTokenType::GeneratedSignIn);
    assert_eq!(claims.purpose.as_deref(), Some("reset"));
    assert_eq!(claims.expires_at.since(claims.timestamp), seconds(5));
    assert_eq!(
        (claims.rp_id, claims.origin, claims.credential_id),
        (None, None, None)
    );

    world.set_features(|features| features.generate_sign_in_token = false);
    let refused = world
        .passgate
        .generate_sign_in_token(&world.backend(), input(), world.env());
    assert!(matches!(
        refused,
        Err(Stopped::Refused(GenerateSignInTokenError::Disabled))
    ));
}

#[test]
fn a_suspended_credential_waits() {
    use passgate::sign_in::SignInCompleteError;

    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    let id = world.register("alice", &mut device).claims.credential_id.unwrap();
    assert!(
        world
            .passgate
            .suspend_credential(&world.backend(), &id, world.env())
            .unwrap()
    );
    let refused = world.try_sign_in(&mut device, &[]);
    assert!(
        matches!(refused, Err(Stopped::Refused(SignInCompleteError::CredentialSuspended { id: named })) if named == id)
    );
    assert!(
        world
            .passgate
            .resume_credential(&world.backend(), &id, world.env())
            .unwrap()
    );
    world.sign_in(&mut device);
    assert!(
        world
            .passgate
            .rename_credential(&world.backend(), &id, Some("Old phone"), world.env())
            .unwrap()
    );
    assert_eq!(
        world.sign_in(&mut device).claims.nickname.as_deref(),
        Some("Old phone")
    );
    assert!(
        world
            .passgate
            .delete_credential(&world.backend(), &id, world.env())
            .unwrap()
    );
    assert!(
        !world
            .passgate
            .delete_credential(&world.backend(), &id, world.env())
            .unwrap()
    );
    assert!(
        !world
            .passgate
            .suspend_credential(&world.backend(), &id, world.env())
            .unwrap()
    );
}

#[test]
fn aliases_are_replaced_as_a_whole_and_belong_to_one_user() {
    use passgate::aliases::SetAliasesInput;

    World::on_each(|world| {
        let set = |id: &str, aliases: &[&str], clear_text| {
            let input = SetAliasesInput {
                user_id: user(id),
                aliases: aliases.iter().map(|text| Alias::parse(text).unwrap()).collect(),
                clear_text,
                keeps_sign_in_name: false,
            };
            world.passgate.set_aliases(&world.backend(), input, world.env())
        };
        let clear = |id: &str| {
            let mut texts: Vec<_> = world
                .passgate
                .list_aliases(&world.backend(), &user(id))
                .unwrap()
                .into_iter()
                .map(|alias| alias.plaintext)
                .collect();
            texts.sort();
            texts
        };
        set("alice", &["a", "b"], ClearText::Kept).unwrap();
        assert_eq!(clear("alice"), [Some("a".to_owned()), Some("b".to_owned())]);
        set("alice", &["b", "c"], ClearText::Dropped).unwrap();
        assert_eq!(clear("alice"), [None, None]);

        assert!(matches!(
            set("bob", &["x", "b"], ClearText::Kept),
            Err(Stopped::Refused(AliasesError::Conflict))
        ));
        assert!(clear("bob").is_empty(), "nothing half-written");
        set("bob", &["a"], ClearText::Kept).unwrap();

        // A registration token sees the conflict, too.
        let mut input = registration_of("carol");
        input.aliases.replacement = [Alias::parse("c").unwrap()].into();
        let refused = world
            .passgate
            .register_token(&world.backend(), input, world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(RegisterTokenError::Aliases(
                AliasesError::Conflict
            )))
        ));

        set("alice", &[], ClearText::Kept).unwrap();
        assert!(clear("alice").is_empty());
        world
            .passgate
            .delete_user(&world.backend(), &user("bob"), world.env())
            .unwrap();
        assert!(clear("bob").is_empty());
    });
}

#[test]
fn imported_alias_digests_are_found_and_re_keyed() {
    use passgate_core::alias::{StoredAlias, legacy_digest};
    use passgate_store::aliases;

    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let id = world.register("alice", &mut device).claims.credential_id.unwrap();
        let alias = Alias::parse("alice@example.com").unwrap();
        let imported = StoredAlias {
            digest: legacy_digest(&world.app, &alias),
            user_id: user("alice"),
            plaintext: None,
            is_sign_in_name: false,
        };
        let stored: Result<(), passgate::Failure> = world.passgate.store().write(|tx| {
            aliases::replace(tx, &world.app, &user("alice"), std::slice::from_ref(&imported)).unwrap();
            Ok(())
        });
        stored.unwrap();

        let mut taken = registration_of("bob");
        taken.aliases.replacement = [alias.clone()].into();
        let refused = world
            .passgate
            .register_token(&world.backend(), taken, world.env());
        assert!(matches!(
            refused,
            Err(Stopped::Refused(RegisterTokenError::Aliases(
                AliasesError::Conflict
            )))
        ));

        // Whoever hides who exists writes nothing for being asked.
        let writes = || world.passgate.store().statistics().writes;
        let before = writes();
        let begun = world.begin_sign_in(SignInBeginInput {
            alias: Some(alias.as_str().to_owned()),
            ..discoverable()
        });
        assert_eq!(json(&begun.data)["allowCredentials"][0]["id"], id.to_base64url());
        assert_eq!(writes(), before);
        world.set_features(|features| features.decoy_credentials = false);

        for _ in 0..2 {
            let begun = world.begin_sign_in(SignInBeginInput {
                alias: Some(alias.as_str().to_owned()),
                ..discoverable()
            });
            assert_eq!(json(&begun.data)["allowCredentials"][0]["id"], id.to_base64url());
            let now = world
                .passgate
                .list_aliases(&world.backend(), &user("alice"))
                .unwrap();
            assert_eq!(now.len(), 1);
            assert_ne!(now[0].digest, imported.digest);
        }
    });
}

#[test]
fn the_user_limit_holds_at_the_token_and_at_completion() {
    use passgate::register::RegisterCompleteError;

    let world = World::sqlite();
    world.set_features(|features| features.max_users = Some(1));
    let mut device = SoftAuthenticator::new();
    let waiting = world.begin_registration("bob");
    world.register("alice", &mut device);
    assert!(matches!(
        world
            .passgate
            .register_token(&world.backend(), registration_of("bob"), world.env()),
        Err(Stopped::Refused(RegisterTokenError::UserLimit(
            UserLimitReached { limit: 1 }
        )))
    ));
    let response = device.register(ORIGIN, &json(&waiting.data)).unwrap();
    let refused = world.complete_registration(&waiting.session, &response);
    assert!(matches!(
        refused,
        Err(Stopped::Refused(RegisterCompleteError::UserLimit(
            UserLimitReached { limit: 1 }
        )))
    ));
    // Who owns a credential may add another.
    let mut second = SoftAuthenticator::new();
    world.register("alice", &mut second);
}

#[test]
fn a_sign_in_costs_one_read_and_two_writes() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        // The first one also finds out that the purpose was used this minute.
        world.sign_in(&mut device);
        let (browser, backend) = (world.browser(), world.backend());

        let count = || world.passgate.store().statistics();
        let start = count();
        let begun = world
            .passgate
            .sign_in_begin(&browser, discoverable(), &world.client, world.env())
            .unwrap();
        assert_eq!(count(), start, "beginning asks the database nothing");

        let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
        let input = signed(&begun.session, &response);
        let signed_in = world
            .passgate
            .sign_in_complete(&browser, input, &world.client, world.env())
            .unwrap();
        let completed = count();
        assert_eq!(
            (completed.reads - start.reads, completed.writes - start.writes),
            (1, 1)
        );

        world
            .passgate
            .verify_sign_in_token(&backend, Some(&signed_in.token), &world.client, world.env())
            .unwrap();
        let verified = count();
        assert_eq!(
            (
                verified.reads - completed.reads,
                verified.writes - completed.writes
            ),
            (0, 1)
        );
    });
}

#[test]
fn a_sign_in_that_names_a_user_is_not_completed_by_another() {
    World::on_each(|world| {
        world.set_features(|features| features.decoy_credentials = false);
        let mut device = SoftAuthenticator::new();
        world.register("mallory", &mut device);
        let named = |user_id: Option<&str>, alias: Option<&str>| SignInBeginInput {
            user_id: user_id.map(str::to_owned),
            alias: alias.map(str::to_owned),
            purpose: Some("step-up".to_owned()),
            ..discoverable()
        };
        let complete = |device: &mut SoftAuthenticator, input| {
            let begun = world.begin_sign_in(input);
            let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
            world.complete_sign_in(&begun.session, &response)
        };
        let aliases = passgate::aliases::SetAliasesInput {
            user_id: user("alice"),
            aliases: ["fry"].map(|alias| Alias::parse(alias).unwrap()).into(),
            clear_text: ClearText::Dropped,
            keeps_sign_in_name: false,
        };
        world
            .passgate
            .set_aliases(&world.backend(), aliases, world.env())
            .unwrap();
        let long = "a".repeat(5000);
        // A user without passkeys, an alias of one, somebody who does not exist, and names that nobody can have.
        for (user_id, alias) in [
            (Some("alice"), None),
            (None, Some("fry")),
            (Some("nobody"), None),
            (None, Some("nobody")),
            (Some(long.as_str()), None),
            (None, Some(long.as_str())),
        ] {
            let refused = complete(&mut device, named(user_id, alias));
            assert!(
                matches!(
                    refused,
                    Err(Stopped::Refused(SignInCompleteError::OtherUser { .. }))
                ),
                "{user_id:?} {alias:?}: {refused:?}"
            );
            let event = world.event(EventKind::SignInFailed);
            assert_eq!(event.reason.as_deref(), Some("user_mismatch"));
        }
        // Who is named, and who is asked for by nobody's name, signs in.
        assert_eq!(
            complete(&mut device, named(Some("mallory"), None))
                .unwrap()
                .claims
                .user_id,
            user("mallory")
        );
        complete(&mut device, named(None, None)).unwrap();
        // The old way, where an application relies on it.
        world.set_features(|features| features.bind_named_sign_ins = false);
        complete(&mut device, named(Some("alice"), None)).unwrap();
    });
}

#[test]
fn a_registration_token_makes_one_passkey() {
    World::on_each(|world| {
        let token = world.register_token_for("alice");
        let begin = || {
            let input = RegisterBeginInput {
                token: Some(token.clone()),
                relying_party: page(),
            };
            world
                .passgate
                .register_begin(&world.browser(), input, &world.client, world.env())
        };
        // Begun as often as it takes: a dialogue may be closed, a page reloaded.
        let [first, second] = [begin().unwrap(), begin().unwrap()];
        let register = |begun: &passgate::Begun<passgate_webauthn::CreationOptionsJson>| {
            let response = SoftAuthenticator::new()
                .register(ORIGIN, &json(&begun.data))
                .unwrap();
            world.complete_registration(&begun.session, &response)
        };
        register(&first).unwrap();
        let refused = register(&second);
        assert!(
            matches!(
                refused,
                Err(Stopped::Refused(
                    passgate::register::RegisterCompleteError::TokenAlreadyUsed
                ))
            ),
            "{refused:?}"
        );
        assert!(matches!(
            begin(),
            Err(Stopped::Refused(RegisterBeginError::TokenAlreadyUsed))
        ));
        let event = world.event(EventKind::RegistrationFailed);
        assert_eq!(event.reason.as_deref(), Some("token_already_used"));
        let owned = world
            .passgate
            .list_credentials(&world.backend(), &user("alice"))
            .unwrap();
        assert_eq!(owned.len(), 1);
    });
}
