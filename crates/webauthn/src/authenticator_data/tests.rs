//! Authenticator data: one broken property each.

use super::*;

/// The key of the specification's `none-es256` vector.
pub(crate) const ES256_KEY: &str = "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";

fn assertion(flags: u8, rest: &[u8]) -> Vec<u8> {
    let mut data = vec![9; 32];
    data.push(flags);
    data.extend_from_slice(&[0, 0, 1, 2]);
    data.extend_from_slice(rest);
    data
}

fn registration(flags: u8, id: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut attested = vec![3; 16];
    attested.extend_from_slice(&(id.len() as u16).to_be_bytes());
    attested.extend_from_slice(id);
    attested.extend_from_slice(&hex::decode(ES256_KEY).unwrap());
    attested.extend_from_slice(rest);
    assertion(flags, &attested)
}

fn refusal(bytes: &[u8], purpose: Purpose) -> AuthenticatorDataError {
    AuthenticatorData::parse(bytes, purpose).map(|_| ()).unwrap_err()
}

#[test]
fn good_data_is_decoded() {
    let data = assertion(0x1d, &[]);
    let data = AuthenticatorData::parse(&data, Purpose::Assertion).unwrap();
    assert_eq!(data.sign_count(), 258);
    assert_eq!(data.rp_id_hash(), &[9; 32]);
    let flags = data.flags();
    assert!(flags.user_present() && flags.user_verified() && flags.backup_eligible() && flags.backup_state());

    let extensions = hex::decode("a16b6372656450726f7465637403").unwrap();
    let bytes = registration(0xc1, &[5; 1023], &extensions);
    let data = AuthenticatorData::parse(&bytes, Purpose::Registration).unwrap();
    let attested = data.attested_credential_data().unwrap();
    assert_eq!(attested.credential_id(), [5; 1023]);
    assert_eq!(
        hex::encode(attested.public_key()),
        ES256_KEY,
        "the key does not swallow the extensions"
    );
    assert_eq!(data.extensions(), [("credProtect", Value::Unsigned(3))]);
}

#[test]
fn reserved_bits_are_ignored_and_an_empty_extension_map_is_one() {
    assert!(AuthenticatorData::parse(&assertion(0x23, &[]), Purpose::Assertion).is_ok());
    assert!(AuthenticatorData::parse(&assertion(0x81, &[0xa0]), Purpose::Assertion).is_ok());
}

#[test]
fn each_flaw_has_its_error() {
    use AuthenticatorDataError as E;
    use Purpose::{Assertion, Registration};
    let extended = |hex: &str| assertion(0x81, &hex::decode(hex).unwrap());
    for (bytes, purpose, expected) in [
        (vec![], Assertion, E::TooShort),
        (assertion(1, &[])[..36].to_vec(), Assertion, E::TooShort),
        (
            registration(0x41, &[1], &[])[..54].to_vec(),
            Registration,
            E::TooShort,
        ),
        (assertion(1, &[]), Registration, E::AttestedCredentialDataMissing),
        (
            registration(0x41, &[1], &[]),
            Assertion,
            E::UnexpectedAttestedCredentialData,
        ),
        (
            assertion(0x41, &[]),
            Assertion,
            E::UnexpectedAttestedCredentialData,
        ),
        (
            registration(0x41, &[], &[]),
            Registration,
            E::CredentialIdLength(0),
        ),
        (
            registration(0x41, &[0; 1024], &[]),
            Registration,
            E::CredentialIdLength(1024),
        ),
        (
            registration(0x41, &[0; 99], &[])[..60].to_vec(),
            Registration,
            E::CredentialIdLength(99),
        ),
        (registration(0x41, &[1], &[0]), Registration, E::TrailingBytes),
        (registration(0x41, &[1], &[0xa0]), Registration, E::TrailingBytes),
        (assertion(1, &[0xa0]), Assertion, E::TrailingBytes),
        (assertion(0x81, &[0xa0, 0]), Assertion, E::TrailingBytes),
        (
            assertion(0x81, &[]),
            Assertion,
            E::Extensions(CborError::Malformed),
        ),
        (extended("80"), Assertion, E::Extensions(CborError::Type)),
        (extended("a10101"), Assertion, E::Extensions(CborError::Type)),
        (
            extended("a2616201616101"),
            Assertion,
            E::Extensions(CborError::KeyOrder),
        ),
        (
            extended("a2616101616101"),
            Assertion,
            E::Extensions(CborError::DuplicateKey),
        ),
        (
            extended("bf616101ff"),
            Assertion,
            E::Extensions(CborError::Indefinite),
        ),
        (assertion(0x11, &[]), Assertion, E::BackedUpButNotEligible),
        (
            registration(0x51, &[1], &[]),
            Registration,
            E::BackedUpButNotEligible,
        ),
    ] {
        assert_eq!(refusal(&bytes, purpose), expected);
    }
    let mut cut = registration(0x41, &[1], &[]);
    cut.truncate(cut.len() - 1);
    assert_eq!(
        refusal(&cut, Registration),
        E::PublicKey(CoseKeyError::Cbor(CborError::Malformed))
    );
}
