//! Client data: one broken property each.

use super::*;

const CHALLENGE: [u8; 16] = [7; 16];

fn judge_with(json: &[u8], policy: &ClientDataPolicy) -> Result<Origin, ClientDataError> {
    judge_under(json, policy, Leniencies::default())
}

fn judge_under(
    json: &[u8],
    policy: &ClientDataPolicy,
    leniencies: Leniencies,
) -> Result<Origin, ClientDataError> {
    ClientData::parse(json)?.judge(&Expected {
        ceremony_type: "webauthn.get",
        challenge: &Challenge::new(CHALLENGE).unwrap(),
        origins: &[
            Origin::parse("https://example.org").unwrap(),
            Origin::parse("https://example.org:8443").unwrap(),
        ],
        rp_id: &RpId::parse("example.org").unwrap(),
        policy,
        leniencies,
    })
}

fn judge(json: &str) -> Result<Origin, ClientDataError> {
    judge_with(json.as_bytes(), &ClientDataPolicy::default())
}

fn good() -> String {
    let challenge = base64url::encode(&CHALLENGE);
    format!(
        r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"https://example.org","crossOrigin":false}}"#
    )
}

#[test]
fn what_browsers_send_is_accepted() {
    let challenge = base64url::encode(&CHALLENGE);
    for json in [
        good(),
        format!("\u{feff}{}", good()),
        good().replace(r#","crossOrigin":false"#, ""),
        good().replace(r#":false"#, ":null"),
        good().replace('}', r#","topOrigin":null}"#),
        good().replace('}', r#","other_keys_can_be_added_here":"x"}"#),
        good().replace('}', r#","tokenBinding":{"status":"present","id":7}}"#),
        format!(
            r#" {{ "origin" : "https:\/\/example.org", "challenge":"{challenge}","type":"webauthn.get" }} "#
        ),
    ] {
        assert_eq!(judge(&json).unwrap().as_str(), "https://example.org", "{json}");
    }
    let other = good().replace("example.org", "example.org:8443");
    assert_eq!(judge(&other).unwrap().as_str(), "https://example.org:8443");
}

#[test]
fn a_native_app_s_origin_is_compared_in_any_case_on_demand() {
    const APP: &str = "android:apk-key-hash:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let any_case = ClientDataPolicy {
        native_origins: NativeOriginForm::AnyCase,
        ..ClientDataPolicy::default()
    };
    let judge_app = |reported: &str, policy: &ClientDataPolicy| {
        let json = good().replace("https://example.org", reported);
        ClientData::parse(json.as_bytes())?.judge(&Expected {
            ceremony_type: "webauthn.get",
            challenge: &Challenge::new(CHALLENGE).unwrap(),
            origins: &[Origin::parse(APP).unwrap()],
            rp_id: &RpId::parse("example.org").unwrap(),
            policy,
            leniencies: Leniencies::default(),
        })
    };
    let (other_case, other_app) = (APP.to_ascii_lowercase(), APP.replace("AQ", "BQ"));
    assert!(judge_app(APP, &ClientDataPolicy::default()).is_ok());
    assert!(judge_app(&other_case, &ClientDataPolicy::default()).is_err());
    assert!(judge_app(&other_case, &any_case).is_ok());
    assert!(judge_app(&other_app, &any_case).is_err());
    // A web origin is a tuple, not a text.
    let json = good().replace("https://example.org", "https://example.org/");
    assert!(judge_with(json.as_bytes(), &any_case).is_err());
}

#[test]
fn each_flaw_has_its_error() {
    let text = good();
    let cases: Vec<(String, ClientDataError)> = vec![
        ("".into(), ClientDataError::NotJson),
        ("[]".into(), ClientDataError::NotJson),
        ("null".into(), ClientDataError::NotJson),
        (format!("{text}x"), ClientDataError::NotJson),
        (format!("\u{feff}\u{feff}{text}"), ClientDataError::NotJson),
        ("[".repeat(100_000), ClientDataError::NotJson),
        (
            text.replace('}', r#","x":1,"x":2}"#),
            ClientDataError::DuplicateMember { name: "x".into() },
        ),
        (
            text.replace('}', r#","ch\u0061llenge":"x"}"#),
            ClientDataError::DuplicateMember {
                name: "challenge".into(),
            },
        ),
        (
            text.replace(r#""type":"webauthn.get","#, ""),
            ClientDataError::MissingMember("type"),
        ),
        (
            text.replace("\"challenge\"", "\"c\""),
            ClientDataError::MissingMember("challenge"),
        ),
        (
            text.replace("\"origin\"", "\"o\""),
            ClientDataError::MissingMember("origin"),
        ),
        (
            text.replace("false", "\"false\""),
            ClientDataError::MemberType("crossOrigin"),
        ),
        (
            text.replace("false", "0"),
            ClientDataError::MemberType("crossOrigin"),
        ),
        (
            text.replace("false", "0"),
            ClientDataError::MemberType("crossOrigin"),
        ),
        (
            text.replace("\"webauthn.get\"", "[[1]]"),
            ClientDataError::MemberType("type"),
        ),
        (
            text.replace("\"https://example.org\"", "{\"a\":[1]}"),
            ClientDataError::MemberType("origin"),
        ),
        (
            text.replace("false", "true,\"topOrigin\":1"),
            ClientDataError::MemberType("topOrigin"),
        ),
        (text.replace("BwcH", "BwcI"), ClientDataError::ChallengeMismatch),
        (
            text.replace("\",\"origin", "==\",\"origin"),
            ClientDataError::ChallengeMismatch,
        ),
        (
            text.replace("false", "true"),
            ClientDataError::CrossOriginNotAllowed,
        ),
        (
            text.replace("false", "false,\"topOrigin\":\"https://example.org\""),
            ClientDataError::TopOriginWithoutCrossOrigin,
        ),
    ];
    for (json, expected) in cases {
        let shown = json.chars().take(120).collect::<String>();
        assert_eq!(judge(&json), Err(expected), "{shown}");
    }
    assert_eq!(
        judge_with(b"{\"type\":\"\xff\"}", &ClientDataPolicy::default()),
        Err(ClientDataError::NotUtf8)
    );
}

#[test]
fn types_of_other_ceremonies_are_refused() {
    for other in ["webauthn.create", "payment.get", "webauthn.Get", ""] {
        assert_eq!(
            judge(&good().replace("webauthn.get", other)),
            Err(ClientDataError::WrongType {
                expected: "webauthn.get",
                got: other.into()
            })
        );
    }
}

#[test]
fn origins_are_compared_as_a_whole() {
    for other in [
        "http://example.org",
        "https://example.org:444",
        "https://u@example.org",
        "https://example.org/",
        "https://example.org.",
        "https://www.example.org",
        "https://example.com",
        "example.org",
        "null",
        "",
    ] {
        let json = good().replace("https://example.org", other);
        assert!(
            matches!(judge(&json), Err(ClientDataError::OriginMismatch { got, expected })
                if got == other && expected.len() == 2),
            "{other}"
        );
    }
}

#[test]
fn subdomains_open_by_policy_only() {
    let policy = ClientDataPolicy {
        origins: OriginRule::ListedOrUnderRpId,
        ..ClientDataPolicy::default()
    };
    let json = good().replace("//example.org", "//www.example.org");
    assert_eq!(
        judge_with(json.as_bytes(), &policy).unwrap().as_str(),
        "https://www.example.org"
    );
    let json = good().replace("//example.org", "//notexample.org");
    assert!(judge_with(json.as_bytes(), &policy).is_err());
}

#[test]
fn framing_needs_permission_and_a_listed_top_origin() {
    let top = Origin::parse("https://example.com").unwrap();
    let listed = ClientDataPolicy {
        cross_origin: CrossOriginPolicy::TopOrigins(vec![top]),
        ..ClientDataPolicy::default()
    };
    let any = ClientDataPolicy {
        cross_origin: CrossOriginPolicy::AnyTopOrigin,
        ..ClientDataPolicy::default()
    };
    let bare = good().replace("false", "true");
    let framed = good().replace("false", "true,\"topOrigin\":\"https://example.com\"");
    let evil = good().replace("false", "true,\"topOrigin\":\"https://evil.example\"");
    assert!(judge_with(bare.as_bytes(), &listed).is_ok());
    assert!(judge_with(framed.as_bytes(), &listed).is_ok());
    assert_eq!(
        judge_with(evil.as_bytes(), &listed),
        Err(ClientDataError::TopOriginNotAllowed {
            got: "https://evil.example".into()
        })
    );
    assert!(judge_with(evil.as_bytes(), &any).is_ok());
    assert_eq!(judge(&framed), Err(ClientDataError::CrossOriginNotAllowed));
}

#[test]
fn a_page_may_frame_a_page_that_frames_it() {
    let listed = ClientDataPolicy {
        cross_origin: CrossOriginPolicy::TopOrigins(Vec::new()),
        ..ClientDataPolicy::default()
    };
    let own = ClientDataPolicy {
        cross_origin: CrossOriginPolicy::OwnTopOrigin,
        ..ClientDataPolicy::default()
    };
    let with_top = |top: &str| good().replace("false", &format!("true,\"topOrigin\":\"{top}\""));
    for policy in [&listed, &own] {
        assert!(judge_with(with_top("https://example.org").as_bytes(), policy).is_ok());
    }
    // The other origin of this ceremony is another page.
    let sibling = with_top("https://example.org:8443");
    assert!(matches!(
        judge_with(sibling.as_bytes(), &listed),
        Err(ClientDataError::TopOriginNotAllowed { .. })
    ));
    let bare = good().replace("false", "true");
    for json in [sibling, bare] {
        assert_eq!(
            judge_with(json.as_bytes(), &own),
            Err(ClientDataError::CrossOriginNotAllowed)
        );
    }
    assert_eq!(
        judge(&with_top("https://example.org")),
        Err(ClientDataError::CrossOriginNotAllowed)
    );
}

#[test]
fn one_slash_behind_a_web_origin_opens_by_name_only() {
    let open = Leniencies::default().with(Leniency::OriginTrailingSlash);
    let policy = ClientDataPolicy::default();
    let judge_open = |json: &str| judge_under(json.as_bytes(), &policy, open);
    let slashed = good().replace("https://example.org", "https://example.org/");
    assert_eq!(judge_open(&slashed).unwrap().as_str(), "https://example.org");
    assert!(matches!(
        judge(&slashed),
        Err(ClientDataError::OriginMismatch { .. })
    ));
    for other in ["//", "/login", "/?", "/#", "?", "#", "\\\\", "/ "] {
        let json = good().replace("https://example.org", &format!("https://example.org{other}"));
        assert!(
            matches!(judge_open(&json), Err(ClientDataError::OriginMismatch { .. })),
            "{other}"
        );
    }
    for other in [
        "https://example.com/",
        "http://example.org/",
        "https://example.org:444/",
        "/",
    ] {
        let json = good().replace("https://example.org", other);
        assert!(judge_open(&json).is_err(), "{other}");
    }
    // The same of the page around it, and of origins under the RP ID.
    let framed = |policy: &ClientDataPolicy, leniencies| {
        let json = good().replace("false", "true,\"topOrigin\":\"https://example.com/\"");
        judge_under(json.as_bytes(), policy, leniencies)
    };
    let listed = ClientDataPolicy {
        cross_origin: CrossOriginPolicy::TopOrigins(vec![Origin::parse("https://example.com").unwrap()]),
        ..ClientDataPolicy::default()
    };
    assert!(framed(&listed, open).is_ok());
    assert!(framed(&listed, Leniencies::default()).is_err());
    let under = ClientDataPolicy {
        origins: OriginRule::ListedOrUnderRpId,
        ..ClientDataPolicy::default()
    };
    let www = good().replace("https://example.org", "https://www.example.org/");
    assert!(judge_under(www.as_bytes(), &under, open).is_ok());
    assert!(judge_under(www.as_bytes(), &under, Leniencies::default()).is_err());
}
