//! What is an RP ID, what is an origin, and what only looks like one.

use super::*;

#[test]
fn rp_ids_are_domains_in_lower_case_ascii() {
    for (text, expected) in [
        ("example.com", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("login.example.co.uk", "login.example.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("user.github.io", "user.github.io"),
    ] {
        assert_eq!(RpId::parse(text).unwrap().as_str(), expected);
    }
}

#[test]
fn what_is_no_rp_id() {
    for (text, expected) in [
        ("", RpIdError::Empty),
        ("https://example.com", RpIdError::NotADomain),
        ("example.com:443", RpIdError::NotADomain),
        ("example.com/", RpIdError::NotADomain),
        ("example.com.", RpIdError::NotADomain),
        ("exa mple.com", RpIdError::NotADomain),
        ("ex%61mple.com", RpIdError::NotADomain),
        ("a..b", RpIdError::NotADomain),
        ("127.0.0.1", RpIdError::IpAddress),
        ("[::1]", RpIdError::IpAddress),
        ("2130706433", RpIdError::NotADomain),
        ("co.uk", RpIdError::PublicSuffix),
        ("github.io", RpIdError::PublicSuffix),
        ("com", RpIdError::PublicSuffix),
    ] {
        assert_eq!(RpId::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn a_public_suffix_serves_the_page_of_that_name_only() {
    for name in ["intranet", "github.io", "co.uk"] {
        let [own, under] = [format!("https://{name}:8443"), format!("https://a.{name}")]
            .map(|text| Origin::parse(&text).unwrap());
        let rp_id = RpId::parse_at(name, &own).unwrap();
        assert!(rp_id.covers(&own) && !rp_id.covers(&under), "{name}");
        assert_eq!(
            RpId::parse_at(name, &under),
            Err(RpIdError::PublicSuffix),
            "{name}"
        );
        // Stored and read back, it is still one.
        assert_eq!(RpId::try_from(name.to_owned()), Ok(rp_id));
    }
    let origin = Origin::parse("http://localhost:3000").unwrap();
    assert!(RpId::parse_at("localhost", &origin).unwrap().covers(&origin));
}

/// What browsers answer, in whose list of public suffixes the private ones count.
#[test]
fn an_rp_id_at_or_above_a_public_suffix_covers_nothing_under_it() {
    for (rp_id, origin, covers) in [
        ("localhost", "http://app.localhost:3000", false),
        ("app.localhost", "http://app.localhost:3000", true),
        ("app.localhost", "http://a.app.localhost", true),
        ("amazonaws.com", "https://bucket.s3.amazonaws.com", false),
        ("s3.amazonaws.com", "https://bucket.s3.amazonaws.com", false),
        ("bucket.s3.amazonaws.com", "https://bucket.s3.amazonaws.com", true),
        (
            "bucket.s3.amazonaws.com",
            "https://a.bucket.s3.amazonaws.com",
            true,
        ),
        ("github.io", "https://user.github.io", false),
        ("user.github.io", "https://pages.user.github.io", true),
        ("co.uk", "https://example.co.uk", false),
        ("example.co.uk", "https://www.example.co.uk", true),
        ("example.com", "https://a.b.example.com", true),
        ("b.example.com", "https://a.b.example.com", true),
        ("corp.internal", "https://app.corp.internal", true),
    ] {
        let (rp_id, origin) = (RpId::as_given(rp_id), Origin::parse(origin).unwrap());
        assert_eq!(rp_id.covers(&origin), covers, "{rp_id} {origin}");
    }
}

#[test]
fn web_origins_are_normalised() {
    for (text, expected) in [
        ("https://example.com", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("HTTPS://EXAMPLE.com:8443", "https://example.com:8443"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("http://localhost:80", "http://localhost"),
        ("http://app.localhost", "http://app.localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ] {
        let origin = Origin::parse(text).unwrap();
        assert_eq!(origin.as_str(), expected);
        assert!(origin.is_web());
    }
    assert_eq!(
        Origin::parse("https://example.com:8443").unwrap().host(),
        Some("example.com")
    );
}

#[test]
fn what_is_no_origin() {
    for (text, expected) in [
        ("", OriginError::Empty),
        ("null", OriginError::Null),
        ("example.com", OriginError::Malformed),
        ("https://", OriginError::Malformed),
        ("https:example.com", OriginError::Malformed),
        ("https:///example.com", OriginError::Malformed),
        ("https://example.com/", OriginError::Malformed),
        ("https://example.com/path", OriginError::Malformed),
        ("https://example.com?x", OriginError::Malformed),
        ("https://example.com#x", OriginError::Malformed),
        ("https://user@example.com", OriginError::Malformed),
        ("https://example.com:", OriginError::Malformed),
        ("https://example.com:0443", OriginError::Malformed),
        ("https://example.com:+443", OriginError::Malformed),
        ("https://example.com:65536", OriginError::Malformed),
        ("https://exa\tmple.com", OriginError::Malformed),
        (" https://example.com", OriginError::Malformed),
        ("https://ex%61mple.com", OriginError::Malformed),
        ("https://0x7f.1", OriginError::Malformed),
        ("http://example.com", OriginError::Insecure),
        ("http://localhost.example.com", OriginError::Insecure),
        ("http://notlocalhost", OriginError::Insecure),
        ("android:apk-key-hash:short", OriginError::AndroidKeyHash),
        ("android:other", OriginError::AndroidKeyHash),
        ("app:", OriginError::Malformed),
        ("1app://x", OriginError::Malformed),
    ] {
        assert_eq!(Origin::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn native_origins_are_opaque_and_case_sensitive() {
    let text = "android:apk-key-hash:-sYXRdwJA3hvue3mKpYrOZ9zSPC7b4mbgzJmdZEDO5w";
    let origin = Origin::parse(text).unwrap();
    assert!(!origin.is_web() && !origin.is_loopback() && origin.host().is_none());
    assert!(origin.matches(text));
    assert!(!origin.matches(&text.to_lowercase()));
    assert!(Origin::parse("chrome-extension://abcdef").is_ok());
    assert!(!RpId::parse("example.com").unwrap().covers(&origin));
}

#[test]
fn reported_origins_match_as_a_whole() {
    let origin = Origin::parse("https://example.com").unwrap();
    for same in [
        "https://example.com",
        "https://example.com:443",
        "https://EXAMPLE.com",
    ] {
        assert!(origin.matches(same), "{same}");
    }
    for other in [
        "http://example.com",
        "https://example.com:8443",
        "https://example.com.",
        "https://example.com/",
        "https://user@example.com",
        "https://www.example.com",
        "https://example.com.evil.net",
        "example.com",
        "https://exаmple.com",
        "https://xn--exmple-4nf.com",
        "null",
        "",
    ] {
        assert!(!origin.matches(other), "{other}");
    }
}

#[test]
fn rp_ids_cover_their_own_subdomains() {
    let rp_id = RpId::parse("example.com").unwrap();
    let covers = |text: &str| rp_id.covers(&Origin::parse(text).unwrap());
    assert!(covers("https://example.com") && covers("https://a.b.example.com:8443"));
    assert!(!covers("https://notexample.com") && !covers("https://example.com.evil.net"));
    assert!(!covers("https://com") && !covers("https://example.com."));
}

#[test]
fn hash_is_the_one_of_the_specification() {
    assert_eq!(
        hex::encode(RpId::parse("example.org").unwrap().hash()),
        "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
    );
}

#[test]
fn an_android_origin_and_its_certificate_name_each_other() {
    let certificate: [u8; 32] = std::array::from_fn(|place| place as u8);
    let origin = Origin::of_android_certificate(&certificate);
    assert_eq!(
        origin.as_str(),
        "android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    );
    assert_eq!(Origin::parse(origin.as_str()), Ok(origin.clone()));
    assert_eq!(origin.android_certificate(), Some(certificate));
    let sha256 = origin.as_str().replace("key-hash:", "key-hash-sha256:");
    assert_eq!(
        Origin::parse(&sha256).unwrap().android_certificate(),
        Some(certificate)
    );
    for other in ["https://example.com", "ios:bundle-id:com.example.app"] {
        assert_eq!(Origin::parse(other).unwrap().android_certificate(), None);
    }
}
