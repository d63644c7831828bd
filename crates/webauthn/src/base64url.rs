//! Base64url as WebAuthn uses it: one strict form for what is signed, one tolerant form for what clients send.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Padding optional, trailing bits always checked.
const INDIFFERENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, INDIFFERENT);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, INDIFFERENT);

/// Writes base64url without padding, the only form the specification knows.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads the one canonical spelling: no padding, no white space, trailing bits zero.
pub(crate) fn decode_strict(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

/// Reads what official clients send: either alphabet, padded or not; trailing bits must still be zero.
pub(crate) fn decode_tolerant(text: &str) -> Option<Vec<u8>> {
    URL_SAFE.decode(text).or_else(|_| STANDARD.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerant_reads_every_spelling_clients_use() {
        for text in ["-_8", "-_8=", "+/8", "+/8="] {
            assert_eq!(decode_tolerant(text), Some(vec![0xfb, 0xff]), "{text}");
        }
    }

    #[test]
    fn trailing_bits_white_space_and_wrong_padding_are_refused() {
        for text in ["-_9", "-_9=", " -_8", "-_8\n", "-_8==", "-", "-_8=A", "a b"] {
            assert_eq!(decode_tolerant(text), None, "{text}");
        }
    }

    #[test]
    fn strict_reads_one_spelling_only() {
        assert_eq!(decode_strict("-_8"), Some(vec![0xfb, 0xff]));
        for text in ["-_8=", "+/8", "-_9"] {
            assert_eq!(decode_strict(text), None, "{text}");
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }
}
