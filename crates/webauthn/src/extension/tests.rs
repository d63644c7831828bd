//! Extension inputs and outputs.

use super::*;

fn everything_at_registration() -> RegistrationExtensions {
    RegistrationExtensions {
        cred_props: true,
        app_id_exclude: Some("https://example.org".into()),
        credential_protection: Some((
            CredentialProtection::UserVerificationRequired,
            Enforcement::Enforced,
        )),
        min_pin_length: true,
        pin_complexity_policy: true,
        cred_blob: Some(vec![0xfb, 0xff]),
        large_blob: Some(LargeBlobSupport::Preferred),
        prf: Some(Some(PrfInputs {
            first: vec![1],
            second: Some(vec![2]),
        })),
        uvm: true,
    }
}

fn everything_at_authentication() -> AuthenticationExtensions {
    let id = CredentialId::new(vec![9]).unwrap();
    AuthenticationExtensions {
        app_id: Some("https://example.org".into()),
        get_cred_blob: true,
        large_blob: Some(LargeBlobUse::Write(vec![1])),
        prf: Some(PrfEvaluation {
            default: None,
            by_credential: vec![(
                id,
                PrfInputs {
                    first: vec![1],
                    second: None,
                },
            )],
        }),
        uvm: true,
    }
}

fn registration(
    client: Json,
    authenticator: &[(&str, Value<'_>)],
) -> Result<ExtensionOutputs, ExtensionError> {
    let requested = Requested {
        credential_protection: None,
        ..everything_at_registration().requested()
    };
    let client = client.as_object().unwrap();
    process(
        Stage::Registration,
        &requested,
        client,
        authenticator,
        &ExtensionPolicy::default(),
    )
}

fn authentication(
    client: Json,
    authenticator: &[(&str, Value<'_>)],
) -> Result<ExtensionOutputs, ExtensionError> {
    let requested = everything_at_authentication().requested();
    let client = client.as_object().unwrap();
    process(
        Stage::Authentication,
        &requested,
        client,
        authenticator,
        &ExtensionPolicy::default(),
    )
}

#[test]
fn outputs_are_read() {
    let outputs = registration(
        json!({
            "credProps": {"rk": true}, "appidExclude": true, "largeBlob": {"supported": false},
            "prf": {"enabled": true, "results": {"first": "c2VjcmV0"}}, "future": [1], "uvm": [[2, 4, 2]],
            "remoteClientDataJSON": false
        }),
        &[
            ("credProtect", Value::Unsigned(3)),
            ("minPinLength", Value::Unsigned(6)),
            ("hmac-secret", Value::Bool(true)),
            ("credBlob", Value::Bool(false)),
            ("unknown", Value::Null),
        ],
    )
    .unwrap();
    assert_eq!(outputs.discoverable, Some(true));
    assert_eq!(
        outputs.credential_protection,
        Some(CredentialProtection::UserVerificationRequired)
    );
    assert_eq!(
        (outputs.min_pin_length, outputs.prf_enabled),
        (Some(6), Some(true))
    );
    assert_eq!(outputs.uvm, [[2, 4, 2]]);
    assert!(
        !format!("{outputs:?}").contains("c2VjcmV0"),
        "PRF results are dropped"
    );

    let outputs = authentication(
        json!({"appid": true, "largeBlob": {"blob": "-_8", "written": true}}),
        &[
            ("credBlob", Value::Bytes(b"x")),
            ("hmac-secret", Value::Bytes(&[0; 48])),
        ],
    )
    .unwrap();
    assert_eq!(
        (outputs.app_id, outputs.large_blob_written),
        (Some(true), Some(true))
    );
    assert_eq!(outputs.large_blob.as_deref(), Some(&[0xfb, 0xff][..]));
    assert_eq!(outputs.cred_blob.as_deref(), Some(&b"x"[..]));
}

#[test]
fn three_states_of_discoverability() {
    assert_eq!(registration(json!({}), &[]).unwrap().discoverable, None);
    assert_eq!(
        registration(json!({"credProps": {}}), &[]).unwrap().discoverable,
        None
    );
    assert_eq!(
        registration(json!({"credProps": {"rk": false}}), &[])
            .unwrap()
            .discoverable,
        Some(false)
    );
}

#[test]
fn malformed_outputs_of_known_extensions_are_refused() {
    for (name, output) in [
        ("credProps", json!(true)),
        ("credProps", json!({"rk": 1})),
        ("appidExclude", json!("true")),
        ("largeBlob", json!({"supported": "x"})),
        ("prf", json!(1)),
        ("uvm", json!([])),
        ("uvm", json!([[1, 2]])),
        ("uvm", json!([[1, 2, -1]])),
        ("uvm", json!([[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]])),
    ] {
        assert_eq!(
            registration(json!({name: output}), &[]),
            Err(ExtensionError::Malformed(name)),
            "{output}"
        );
    }
    for (name, output) in [
        ("credProtect", Value::Unsigned(0)),
        ("credProtect", Value::Unsigned(4)),
        ("credProtect", Value::Bool(true)),
        ("minPinLength", Value::Negative(0)),
        ("hmac-secret", Value::Unsigned(1)),
        ("credBlob", Value::Bytes(b"")),
        ("pinComplexityPolicy", Value::Unsigned(1)),
        ("uvm", Value::Text("x")),
    ] {
        assert_eq!(
            registration(json!({}), &[(name, output.clone())]),
            Err(ExtensionError::Malformed(name)),
            "{output:?}"
        );
    }
    for (name, output) in [("appid", json!(1)), ("largeBlob", json!({"blob": "a b"}))] {
        assert_eq!(
            authentication(json!({name: output}), &[]),
            Err(ExtensionError::Malformed(name))
        );
    }
    assert_eq!(
        authentication(json!({}), &[("hmac-secret", Value::Bytes(&[0; 31]))]),
        Err(ExtensionError::Malformed("hmac-secret"))
    );
}

#[test]
fn what_was_not_asked_for_is_not_read() {
    let nothing = Requested::default();
    let lax = ExtensionPolicy {
        minimum_pin_length: Some(8),
        ..ExtensionPolicy::default()
    };
    // What browsers, password managers and security keys sent of their own accord, and what nobody will ever send.
    let client = json!({
        "appid": "yes", "appidExclude": [], "credProps": {"rk": "yes"}, "largeBlob": {"blob": {"0": 1}}, "prf": true,
        "remoteClientDataJSON": "x", "uvm": [],
    });
    let signed = [
        ("credProtect", Value::Unsigned(9)),
        ("minPinLength", Value::Unsigned(4)),
        ("pinComplexityPolicy", Value::Unsigned(1)),
        ("credBlob", Value::Unsigned(1)),
        ("hmac-secret", Value::Text("x")),
        ("uvm", Value::Array(vec![])),
    ];
    for stage in [Stage::Registration, Stage::Authentication] {
        let client = client.as_object().unwrap();
        assert_eq!(
            process(stage, &nothing, client, &signed, &lax),
            Ok(ExtensionOutputs::default()),
            "{stage:?}"
        );
    }
}

#[test]
fn null_is_absent() {
    let client = json!({
        "appid": null, "appidExclude": null, "credProps": null, "largeBlob": null, "prf": null, "uvm": null,
    });
    let signed = [
        "credProtect",
        "minPinLength",
        "pinComplexityPolicy",
        "credBlob",
        "hmac-secret",
        "uvm",
    ];
    let signed: Vec<_> = signed.into_iter().map(|name| (name, Value::Null)).collect();
    assert_eq!(
        registration(client.clone(), &signed),
        Ok(ExtensionOutputs::default())
    );
    assert_eq!(
        authentication(client.clone(), &signed),
        Ok(ExtensionOutputs::default())
    );
    // Where unsolicited outputs are refused, an absent one is none.
    let strict = ExtensionPolicy {
        unsolicited: UnsolicitedExtensions::Refuse,
        ..ExtensionPolicy::default()
    };
    assert_eq!(
        process(
            Stage::Registration,
            &Requested::default(),
            client.as_object().unwrap(),
            &signed,
            &strict
        ),
        Ok(ExtensionOutputs::default())
    );
}

#[test]
fn policy_judges_what_was_asked_for() {
    let level = CredentialProtection::UserVerificationOptionalWithCredentialIdList;
    let extensions = |enforcement| RegistrationExtensions {
        credential_protection: Some((level, enforcement)),
        ..RegistrationExtensions::default()
    };
    let judge = |enforcement, outputs: &[(&str, Value<'_>)]| {
        let requested = extensions(enforcement).requested();
        process(
            Stage::Registration,
            &requested,
            &Map::new(),
            outputs,
            &ExtensionPolicy::default(),
        )
        .map(|_| ())
    };
    let weak = [("credProtect", Value::Unsigned(1))];
    assert_eq!(judge(Enforcement::Wish, &weak), Ok(()));
    assert_eq!(
        judge(Enforcement::Enforced, &[("credProtect", Value::Unsigned(3))]),
        Ok(())
    );
    for (outputs, got) in [
        (&weak[..], Some(CredentialProtection::UserVerificationOptional)),
        (&[][..], None),
    ] {
        assert_eq!(
            judge(Enforcement::Enforced, outputs),
            Err(ExtensionError::CredentialProtectionTooWeak { wanted: level, got })
        );
    }
    let policy = ExtensionPolicy {
        minimum_pin_length: Some(8),
        ..ExtensionPolicy::default()
    };
    let pin = [("minPinLength", Value::Unsigned(6))];
    let asked_for_pin = RegistrationExtensions {
        min_pin_length: true,
        ..RegistrationExtensions::default()
    }
    .requested();
    assert_eq!(
        process(Stage::Registration, &asked_for_pin, &Map::new(), &pin, &policy),
        Err(ExtensionError::PinTooShort { minimum: 8, got: 6 })
    );
    let strict = ExtensionPolicy {
        unsolicited: UnsolicitedExtensions::Refuse,
        ..ExtensionPolicy::default()
    };
    let requested = RegistrationExtensions::cred_props().requested();
    let asked = json!({"credProps": {}});
    let unasked = json!({"credProps": {}, "prf": {}});
    let run = |client: &Json| {
        process(
            Stage::Registration,
            &requested,
            client.as_object().unwrap(),
            &[],
            &strict,
        )
        .map(|_| ())
    };
    assert_eq!(run(&asked), Ok(()));
    assert_eq!(run(&unasked), Err(ExtensionError::Unsolicited("prf".into())));
}

#[test]
fn inputs_have_the_json_of_level_3() {
    let extensions = everything_at_registration();
    assert_eq!(
        Json::from(extensions.to_json()),
        json!({
            "credProps": true, "appidExclude": "https://example.org",
            "credentialProtectionPolicy": "userVerificationRequired", "enforceCredentialProtectionPolicy": true,
            "minPinLength": true, "pinComplexityPolicy": true, "credBlob": "-_8",
            "largeBlob": {"support": "preferred"}, "prf": {"eval": {"first": "AQ", "second": "Ag"}}, "uvm": true
        })
    );
    let id = CredentialId::new(vec![9]).unwrap();
    let extensions = everything_at_authentication();
    assert_eq!(
        Json::from(extensions.to_json()),
        json!({
            "appid": "https://example.org", "getCredBlob": true, "largeBlob": {"write": "AQ"},
            "prf": {"evalByCredential": {"CQ": {"first": "AQ"}}}, "uvm": true
        })
    );
    assert_eq!(extensions.validate([&id].into_iter()), Ok(()));
    assert_eq!(
        extensions.validate([].into_iter()),
        Err(ExtensionRequestError::LargeBlobWriteNeedsOneCredential)
    );
    let other = CredentialId::new(vec![8]).unwrap();
    assert_eq!(
        extensions.validate([&other].into_iter()),
        Err(ExtensionRequestError::PrfCredentialNotAllowed)
    );
    let long = RegistrationExtensions {
        cred_blob: Some(vec![0; 33]),
        ..RegistrationExtensions::default()
    };
    assert_eq!(long.validate(), Err(ExtensionRequestError::CredBlobTooLong));
}
