//! The reader's strictness, one broken property at a time.

use super::*;

fn canonical(hex: &str) -> Result<(), CborError> {
    let bytes = hex::decode(hex).unwrap();
    decode(&bytes, Rules::AUTHENTICATOR_DATA).map(|_| ())
}

fn statement(hex: &str) -> Result<(), CborError> {
    let bytes = hex::decode(hex).unwrap();
    decode(&bytes, Rules::STATEMENT).map(|_| ())
}

#[test]
fn good_items_decode() {
    for hex in [
        "00",
        "17",
        "1818",
        "190100",
        "1a00010000",
        "1b0000000100000000",
        "20",
        "3818",
        "40",
        "4101",
        "60",
        "6161",
        "80",
        "820102",
        "a0",
        "a10102",
        "a301022003616104",
        "f4",
        "f5",
        "f6",
        "a10181818101",
    ] {
        assert_eq!(canonical(hex), Ok(()), "{hex}");
    }
}

#[test]
fn each_flaw_has_its_error() {
    for (hex, expected) in [
        ("", CborError::Malformed),
        ("18", CborError::Malformed),
        ("1c", CborError::Malformed),
        ("4201", CborError::Malformed),
        ("5bffffffffffffffff", CborError::Malformed),
        ("9bffffffffffffffff", CborError::Malformed),
        ("bbffffffffffffffff", CborError::Malformed),
        ("61ff", CborError::Malformed),
        ("ff", CborError::Malformed),
        ("1f", CborError::Malformed),
        ("818181818101", CborError::Malformed),
        ("0000", CborError::TrailingBytes),
        ("1800", CborError::NonCanonical),
        ("1900ff", CborError::NonCanonical),
        ("1a0000ffff", CborError::NonCanonical),
        ("1b00000000ffffffff", CborError::NonCanonical),
        ("580101", CborError::NonCanonical),
        ("7801ff", CborError::NonCanonical),
        ("b80100", CborError::NonCanonical),
        ("a1180102", CborError::NonCanonical),
        ("9f00ff", CborError::Indefinite),
        ("bf0001ff", CborError::Indefinite),
        ("5f4101ff", CborError::Indefinite),
        ("7f6161ff", CborError::Indefinite),
        ("c000", CborError::Type),
        ("f7", CborError::Type),
        ("f0", CborError::Type),
        ("f90000", CborError::Type),
        ("fb0000000000000000", CborError::Type),
        ("a1f501", CborError::Type),
        ("a1410001", CborError::Type),
        ("a1f9000001", CborError::Type),
        ("a201000100", CborError::DuplicateKey),
        ("a20100180100", CborError::DuplicateKey),
        ("a3010003000100", CborError::DuplicateKey),
        ("a2616100616100", CborError::DuplicateKey),
        ("a203000100", CborError::KeyOrder),
        ("a220000100", CborError::KeyOrder),
        ("a2626161006162 00", CborError::KeyOrder),
    ] {
        assert_eq!(canonical(&hex.replace(' ', "")), Err(expected), "{hex}");
    }
}

#[test]
fn statements_keep_their_order_but_nothing_else() {
    assert_eq!(statement("a203000100"), Ok(()));
    assert_eq!(
        statement("a20300190003 00".replace(' ', "").as_str()),
        Err(CborError::DuplicateKey)
    );
    assert_eq!(statement("a1180302"), Err(CborError::NonCanonical));
    assert_eq!(statement("8181818181818101"), Ok(()));
    assert_eq!(statement("81818181818181818101"), Err(CborError::Malformed));
}

#[test]
fn indefinite_containers_open_by_name_only() {
    let rules = Rules::STATEMENT.with_indefinite(true);
    assert_eq!(
        decode(&hex::decode("bf01809f02ffff").unwrap_or_default(), rules),
        Err(CborError::Type),
        "an array is no map key"
    );
    assert!(decode(&hex::decode("bf019f02ffff").unwrap(), rules).is_ok());
    assert_eq!(
        decode(&hex::decode("bf01").unwrap(), rules),
        Err(CborError::Malformed)
    );
    assert_eq!(
        decode(&hex::decode("5f4101ff").unwrap(), rules),
        Err(CborError::Indefinite)
    );
    assert_eq!(
        decode(&hex::decode("bf01020103ff").unwrap(), rules),
        Err(CborError::DuplicateKey)
    );
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    let deep = vec![0x81; 100_000];
    assert_eq!(decode(&deep, Rules::STATEMENT), Err(CborError::Malformed));
    let deep = vec![0x9f; 100_000];
    assert_eq!(
        decode(&deep, Rules::STATEMENT.with_indefinite(true)),
        Err(CborError::Malformed)
    );
}
