use passgate_core::time::Timestamp;

use super::{BindingError, Json, Members, parse_date, parse_guid};

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

fn with<T>(text: &str, read: impl FnOnce(&Members<'_>) -> T) -> T {
    read(&Members::of(&json(text)).unwrap())
}

#[test]
fn names_match_whatever_their_case_and_the_last_wins() {
    for text in [
        r#"{"RPID":"a"}"#,
        r#"{"rpId":"a"}"#,
        r#"{"rpid":"x","RpId":"y","RPID":"a"}"#,
        r#"{"rpid":"x","RPID":"y","rpid":"a"}"#,
    ] {
        assert_eq!(
            with(text, |members| members.text("rpId")),
            Ok(Some("a".to_owned())),
            "{text}"
        );
    }
}

#[test]
fn half_of_a_surrogate_pair_is_refused_with_the_name_of_its_member() {
    let half = r#"{"userId":"a","aliases":["\ud800"],"nested":{"nickname":"x\udfff"},"unread":"\ud800"}"#;
    let read = with(half, |members| {
        (
            members.text("userId"),
            members.texts("aliases"),
            members
                .required_object("nested")
                .and_then(|nested| nested.text("nickname")),
        )
    });
    assert_eq!(read.0, Ok(Some("a".to_owned())));
    let refused = |error: BindingError| error.to_string();
    assert_eq!(
        read.1.map_err(refused),
        Err("The member 'aliases' must not contain half of a surrogate pair.".to_owned())
    );
    assert_eq!(
        read.2.map_err(refused),
        Err("The member 'nested.nickname' must not contain half of a surrogate pair.".to_owned())
    );
}

#[test]
fn any_scalar_serves_as_text() {
    for (value, text) in [
        ("\"x\"", Some("x")),
        ("123", Some("123")),
        ("-7", Some("-7")),
        ("9223372036854775807", Some("9223372036854775807")),
        ("9223372036854775808", Some("9.223372036854776E+18")),
        ("1.50", Some("1.5")),
        ("1.0", Some("1")),
        ("1e14", Some("100000000000000")),
        ("1e15", Some("1E+15")),
        ("0.0001", Some("0.0001")),
        ("0.00001", Some("1E-05")),
        ("true", Some("True")),
        ("false", Some("False")),
        ("null", None),
        (r#"{"A":[1,null]}"#, Some(r#"{"A":[1,null]}"#)),
        ("[1,\"b\"]", Some("[1,\"b\"]")),
    ] {
        let body = format!(r#"{{"userId":{value}}}"#);
        assert_eq!(
            with(&body, |members| members.text("userId")),
            Ok(text.map(str::to_owned)),
            "{value}"
        );
    }
}

#[test]
fn list_items_are_texts_too() {
    let read = with(r#"{"aliases":["a",1,true,null]}"#, |members| {
        members.texts("aliases")
    });
    let expected = [Some("a"), Some("1"), Some("True"), None];
    assert_eq!(
        read,
        Ok(Some(expected.map(|item| item.map(str::to_owned)).to_vec()))
    );
    assert!(with(r#"{"aliases":"a"}"#, |members| members.texts("aliases")).is_err());
    assert_eq!(
        with(r#"{"aliases":null}"#, |members| members.texts("aliases")),
        Ok(None)
    );
}

#[test]
fn numbers_may_be_strings_and_booleans_may_not() {
    assert_eq!(
        with(r#"{"timeToLive":"30"}"#, |members| members.integer("timeToLive")),
        Ok(Some(30))
    );
    assert_eq!(
        with(r#"{"timeToLive":30}"#, |members| members.integer("timeToLive")),
        Ok(Some(30))
    );
    assert!(with(r#"{"timeToLive":"30s"}"#, |members| members.integer("timeToLive")).is_err());
    assert!(with(r#"{"timeToLive":1.5}"#, |members| members.integer("timeToLive")).is_err());
    assert!(
        with(r#"{"timeToLive":4294967296}"#, |members| members
            .small_integer("timeToLive"))
        .is_err()
    );
    assert!(
        with(r#"{"hashing":"true"}"#, |members| members
            .boolean_or("hashing", true))
        .is_err()
    );
}

#[test]
fn null_is_absent_for_references_and_an_error_for_values() {
    assert_eq!(with(r#"{"a":null}"#, |members| members.text("a")), Ok(None));
    assert_eq!(with(r#"{"a":null}"#, |members| members.boolean("a")), Ok(None));
    assert_eq!(with("{}", |members| members.boolean_or("a", true)), Ok(true));
    let error = BindingError {
        member: "a".into(),
        problem: "must be a boolean, not null".into(),
    };
    assert_eq!(
        with(r#"{"a":null}"#, |members| members.boolean_or("a", true)),
        Err(error)
    );
    assert!(with(r#"{"a":null}"#, |members| members.choice("a", &[("x", 1)])).is_err());
}

#[test]
fn named_values_come_as_text_or_ordinal() {
    let hints = [("security-key", 'k'), ("client-device", 'd'), ("hybrid", 'h')];
    for (body, read) in [
        ("\"Client-Device\"", 'd'),
        ("1", 'd'),
        ("\"hybrid\"", 'h'),
        ("0", 'k'),
    ] {
        let body = format!(r#"{{"hint":{body}}}"#);
        assert_eq!(
            with(&body, |members| members.choice("hint", &hints)),
            Ok(Some(read)),
            "{body}"
        );
    }
    for body in ["3", "-1", "\"phone\"", "true", "\"1\""] {
        let body = format!(r#"{{"hint":{body}}}"#);
        assert!(
            with(&body, |members| members.choice("hint", &hints)).is_err(),
            "{body}"
        );
    }
}

#[test]
fn comments_trailing_commas_and_trailing_text_are_errors() {
    for text in ["{/*c*/}", "{\"a\":1,}", "[1,]", "{} x", "{'a':1}", "", "nul"] {
        assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Json::parse(&[b'"', 0xff, b'"']).is_err());
}

#[test]
fn only_an_object_has_members() {
    for text in ["null", "[]", "1", "\"x\"", "true"] {
        assert!(Members::of(&json(text)).is_err(), "{text}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn nul_is_refused_in_texts() {
    assert!(with(r#"{"userId":"a\u0000"}"#, |members| members.text("userId")).is_err());
    assert!(with(r#"{"aliases":["a\u0000"]}"#, |members| members.texts("aliases")).is_err());
}

#[test]
fn binary_members_take_both_alphabets() {
    for text in ["-_8", "-_8=", "+/8", "+/8="] {
        let body = format!(r#"{{"rawId":"{text}"}}"#);
        assert_eq!(
            with(&body, |members| members.bytes("rawId")),
            Ok(Some(vec![0xfb, 0xff])),
            "{text}"
        );
    }
    assert!(with(r#"{"rawId":"a b"}"#, |members| members.bytes("rawId")).is_err());
    assert!(with(r#"{"rawId":1}"#, |members| members.bytes("rawId")).is_err());
}

#[test]
fn nested_members_are_named_with_their_path() {
    let error = with(r#"{"response":{"Response":{}}}"#, |members| {
        members
            .required_object("response")?
            .required_object("response")?
            .required_bytes("signature")
    });
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err("The member 'response.response.signature' is required.".to_owned())
    );
}

#[test]
fn dates_are_utc_unless_they_say_otherwise() {
    let noon = Timestamp::from_seconds(1_735_732_800);
    for text in [
        "2025-01-01T12:00:00Z",
        "2025-01-01T12:00:00",
        "2025-01-01T12:00",
        "2025-01-01T12:00:00.0000000Z",
        "2025-01-01T14:30:00+02:30",
        "2025-01-01T04:00:00-08:00",
    ] {
        assert_eq!(parse_date(text), Some(noon), "{text}");
    }
    assert_eq!(
        parse_date("2025-01-01"),
        Some(Timestamp::from_seconds(1_735_689_600))
    );
    assert_eq!(
        parse_date("2025-01-01T12:00:00.1234567").map(Timestamp::as_micros),
        Some(noon.as_micros() + 123_456)
    );
    assert_eq!(
        parse_date("0001-01-01T00:00:00").map(Timestamp::as_micros),
        Some(-62_135_596_800_000_000)
    );
    for text in [
        "",
        "2025",
        "2025-13-01",
        "2025-01-01 12:00:00",
        "2025-01-01T25:00:00",
        "2025-01-01T12:00:00.",
        "+025-01-01",
        "2025-01-01T12",
        "2025-01-01T12:00:00+0200",
        "2025-01-01T12:00.5",
        "2025-01-0é",
    ] {
        assert_eq!(parse_date(text), None, "{text}");
    }
}

#[test]
fn guids_have_one_form() {
    assert!(parse_guid("973446CA-e21c-9a9b-99f5-9b985a67af0f").is_some());
    for text in [
        "973446cae21c9a9b99f59b985a67af0f",
        "{973446ca-e21c-9a9b-99f5-9b985a67af0f}",
        "",
        "973446ca-e21c-9a9b-99f5-9b985a67af0g",
    ] {
        assert!(parse_guid(text).is_none(), "{text}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::{Json, Members, parse_date};

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(json) = Json::parse(&bytes) {
                let _ = json.to_text();
                if let Ok(members) = Members::of(&json) {
                    let _ = (members.text("a"), members.texts("a"), members.integer("a"), members.date("a"), members.bytes("a"));
                }
            }
        }

        #[test]
        fn dates_never_panic(text in "\\PC{0,40}") {
            let _ = parse_date(&text);
        }

        #[test]
        fn doubles_read_back(value in proptest::num::f64::NORMAL) {
            let text = super::super::invariant_text(value);
            prop_assert_eq!(text.parse::<f64>().unwrap(), value);
        }
    }
}
