use serde_json::{Value, json};

use super::*;

const FINGERPRINT: &str =
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF";

fn full() -> WellKnown {
    WellKnown {
        passkey_endpoints: Some(PasskeyEndpoints {
            enroll: Some(PageUrl::parse("https://example.com/passkeys/new").unwrap()),
            manage: Some(PageUrl::parse("https://example.com/passkeys").unwrap()),
            prf_usage_details: None,
        }),
        apple_apps: vec![AppleAppId::parse("ABCDE12345.com.example.app").unwrap()],
        android_apps: vec![AndroidApp {
            package_name: PackageName::parse("com.example.app").unwrap(),
            fingerprints: vec![CertificateFingerprint::parse(FINGERPRINT).unwrap()],
        }],
    }
}

fn published(document: Document, origins: &[&str], well_known: &WellKnown) -> Option<Value> {
    let origins: Vec<_> = origins.iter().map(|text| Origin::parse(text).unwrap()).collect();
    let published = document.publish(&origins, well_known)?;
    Some(serde_json::to_value(published).unwrap())
}

#[test]
fn documents_have_the_shapes_that_their_readers_expect() {
    let origins = [
        "https://example.com",
        "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "https://example.de:8443",
    ];
    for (document, expected) in [
        (
            Document::RelatedOrigins,
            json!({ "origins": ["https://example.com", "https://example.de:8443"] }),
        ),
        (
            Document::PasskeyEndpoints,
            json!({ "enroll": "https://example.com/passkeys/new", "manage": "https://example.com/passkeys" }),
        ),
        (
            Document::AppleAppSiteAssociation,
            json!({ "webcredentials": { "apps": ["ABCDE12345.com.example.app"] } }),
        ),
        (
            Document::AssetLinks,
            json!([{
                "relation": [
                    "delegate_permission/common.get_login_creds",
                    "delegate_permission/common.handle_all_urls",
                ],
                "target": {
                    "namespace": "android_app", "package_name": "com.example.app",
                    "sha256_cert_fingerprints": [FINGERPRINT],
                },
            }]),
        ),
    ] {
        assert_eq!(published(document, &origins, &full()), Some(expected));
    }
}

#[test]
fn what_says_nothing_is_not_published() {
    let native = ["android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    for document in [
        Document::RelatedOrigins,
        Document::PasskeyEndpoints,
        Document::AppleAppSiteAssociation,
        Document::AssetLinks,
    ] {
        assert_eq!(published(document, &native, &WellKnown::default()), None);
    }
    let without_pages = WellKnown {
        passkey_endpoints: Some(PasskeyEndpoints::default()),
        ..WellKnown::default()
    };
    assert_eq!(
        published(Document::PasskeyEndpoints, &[], &without_pages),
        Some(json!({}))
    );
}

#[test]
fn what_is_stored_reads_back() {
    let text = serde_json::to_string(&full()).unwrap();
    assert_eq!(serde_json::from_str::<WellKnown>(&text).unwrap(), full());
    assert_eq!(
        serde_json::from_str::<WellKnown>(r#"{"of_a_later_version":1}"#).unwrap(),
        WellKnown::default()
    );
    assert!(serde_json::from_str::<WellKnown>(r#"{"apple_apps":["nonsense"]}"#).is_err());
}

#[test]
fn pages_are_encrypted_or_on_this_machine() {
    for (text, kept) in [
        ("https://example.com/a?b#c", Ok("https://example.com/a?b#c")),
        ("HTTPS://Example.com", Ok("https://example.com/")),
        ("http://localhost:3000/a", Ok("http://localhost:3000/a")),
        ("http://example.com/", Err(InvalidPageUrl::NotHttps)),
        ("javascript:alert(1)", Err(InvalidPageUrl::NotHttps)),
        ("https://u@example.com/", Err(InvalidPageUrl::NamesUser)),
        ("https://:p@example.com/", Err(InvalidPageUrl::NamesUser)),
        ("/account", Err(InvalidPageUrl::NotAnUrl)),
        ("", Err(InvalidPageUrl::NotAnUrl)),
    ] {
        let read = PageUrl::parse(text);
        assert_eq!(
            read.as_ref().map(PageUrl::as_str),
            kept.as_ref().copied(),
            "{text}"
        );
    }
    let long = format!("https://example.com/{}", "a".repeat(2048));
    assert_eq!(PageUrl::parse(&long), Err(InvalidPageUrl::TooLong));
}

#[test]
fn apple_apps_are_team_and_bundle() {
    for text in [
        "ABCDE12345.com.example.app",
        "1234567890.a",
        "ABCDE12345.com.Example-1.app",
    ] {
        assert_eq!(AppleAppId::parse(text).unwrap().as_str(), text);
    }
    let long = format!("ABCDE12345.{}", "a".repeat(156));
    for (text, error) in [
        ("", InvalidAppleAppId::NoTeam),
        ("com.example.app", InvalidAppleAppId::NoTeam),
        ("abcde12345.com.example.app", InvalidAppleAppId::NoTeam),
        ("ABCDE1234.com.example.app", InvalidAppleAppId::NoTeam),
        ("ABCDE12345", InvalidAppleAppId::NoTeam),
        ("ABCDE12345.", InvalidAppleAppId::NoBundle),
        ("ABCDE12345.com..app", InvalidAppleAppId::NoBundle),
        ("ABCDE12345.*", InvalidAppleAppId::NoBundle),
        (long.as_str(), InvalidAppleAppId::NoBundle),
    ] {
        assert_eq!(AppleAppId::parse(text), Err(error), "{text}");
    }
}

#[test]
fn package_names_are_dotted_identifiers() {
    for text in ["com.example.app", "a.b", "com.Example_1.app"] {
        assert_eq!(PackageName::parse(text).unwrap().as_str(), text);
    }
    let long = format!("com.{}", "a".repeat(220));
    for text in [
        "",
        "app",
        "com.",
        ".app",
        "com.1app",
        "com.ex-ample",
        "com.exämple",
        &long,
    ] {
        assert_eq!(PackageName::parse(text), Err(InvalidPackageName), "{text}");
    }
}

#[test]
fn fingerprints_are_read_as_tools_print_them() {
    let plain = FINGERPRINT.replace(':', "").to_lowercase();
    for text in [FINGERPRINT, &FINGERPRINT.to_lowercase(), &plain] {
        assert_eq!(
            CertificateFingerprint::parse(text).unwrap().to_string(),
            FINGERPRINT
        );
    }
    let short = &FINGERPRINT[3..];
    let shifted = format!("0:{}", &FINGERPRINT[1..]);
    for text in [
        "",
        short,
        &plain[2..],
        &shifted,
        &format!("{FINGERPRINT}:00"),
        &plain.replace('0', "g"),
    ] {
        assert_eq!(
            CertificateFingerprint::parse(text),
            Err(InvalidFingerprint),
            "{text}"
        );
    }
    let origin = CertificateFingerprint::parse(&"00".repeat(32)).unwrap().origin();
    assert_eq!(
        origin.as_str(),
        "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    );
}

#[test]
fn an_app_is_named_once_with_each_certificate_once() {
    let name = |text: &str| PackageName::parse(text).unwrap();
    let certificate = |digits: &str| CertificateFingerprint::parse(&digits.repeat(32)).unwrap();
    let mut apps = Vec::new();
    for (app, digits) in [("a.b", "00"), ("c.d", "11"), ("a.b", "22"), ("a.b", "00")] {
        AndroidApp::add(&mut apps, name(app), certificate(digits));
    }
    let app = |app: &str, fingerprints: &[&str]| AndroidApp {
        package_name: name(app),
        fingerprints: fingerprints.iter().map(|digits| certificate(digits)).collect(),
    };
    assert_eq!(apps, [app("a.b", &["00", "22"]), app("c.d", &["11"])]);
}
