//! Attestation objects: one broken property each.

use super::*;

fn parse(hex: &str, leniencies: Leniencies) -> Result<String, AttestationObjectError> {
    let bytes = hex::decode(hex.replace(' ', "")).unwrap();
    AttestationObject::parse_with(&bytes, leniencies).map(|object| object.format.to_owned())
}

const FMT: &str = "63666d74 646e6f6e65";
const STMT: &str = "6761747453746d74 a0";
const DATA: &str = "686175746844617461 4100";

#[test]
fn the_canonical_object_is_taken_apart() {
    assert_eq!(
        parse(&format!("a3 {FMT} {STMT} {DATA}"), Leniencies::default()).unwrap(),
        "none"
    );
}

#[test]
fn browsers_may_encode_lengths_loosely_and_leak_ctap_members() {
    let leniencies = Leniencies::default();
    for object in [
        format!("b803 {FMT} {STMT} {DATA}"),
        format!("a3 {FMT} {STMT} 686175746844617461 580100"),
        format!("a4 {FMT} 65657041747 4f5 {STMT} {DATA}"),
        format!("a4 {FMT} {STMT} {DATA} 6c6c61726765426c6f624b6579 4101"),
    ] {
        assert!(parse(&object, leniencies).is_ok(), "{object}");
    }
}

#[test]
fn order_opens_by_name_only() {
    let shuffled = format!("a3 {DATA} {FMT} {STMT}");
    assert_eq!(
        parse(&shuffled, Leniencies::default()),
        Err(AttestationObjectError::KeyOrder)
    );
    let leniencies = Leniencies::default().with(Leniency::CborOuterKeyOrder);
    assert!(parse(&shuffled, leniencies).is_ok());
    let indefinite = format!("bf {FMT} {STMT} {DATA} ff");
    assert_eq!(
        parse(&indefinite, Leniencies::default()),
        Err(AttestationObjectError::Cbor(CborError::Indefinite))
    );
    let leniencies = Leniencies::default().with(Leniency::CborIndefiniteLength);
    assert!(parse(&indefinite, leniencies).is_ok());
}

#[test]
fn each_flaw_has_its_error() {
    use AttestationObjectError::{Cbor, Malformed};
    for (object, expected) in [
        (String::new(), AttestationObjectError::Missing),
        ("80".into(), Cbor(CborError::Type)),
        (
            format!("a3 {FMT} {STMT} {DATA} 00"),
            Cbor(CborError::TrailingBytes),
        ),
        (format!("a2 {FMT} {STMT}"), Malformed("authData")),
        (format!("a2 {FMT} {DATA}"), Malformed("attStmt")),
        (format!("a2 {STMT} {DATA}"), Malformed("fmt")),
        (
            format!("a4 {FMT} {FMT} {STMT} {DATA}"),
            Cbor(CborError::DuplicateKey),
        ),
        (
            format!("a4 {FMT} {STMT} {DATA} 6178 00"),
            Malformed("unknown member"),
        ),
        (format!("a3 63666d74 01 {STMT} {DATA}"), Cbor(CborError::Type)),
        (
            format!("a3 {FMT} {STMT} 686175746844617461 6100"),
            Malformed("authData"),
        ),
        (
            format!("a3 {FMT} 6761747453746d74 b800 {DATA}"),
            Cbor(CborError::NonCanonical),
        ),
        (format!("a4 01 00 {FMT} {STMT} {DATA}"), Cbor(CborError::Type)),
    ] {
        assert_eq!(parse(&object, Leniencies::default()), Err(expected), "{object}");
    }
}
