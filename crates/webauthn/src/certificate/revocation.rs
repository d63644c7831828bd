//! Certificates and keys that must not be relied on, as data given by the caller.

use std::collections::HashSet;

use super::{der, parsed::Certificate};
use crate::code::Code;
use crate::crypto;

/// A deny-list of certificates: nothing is fetched, the caller keeps it up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationList {
    serials: HashSet<Vec<u8>>,
    keys: HashSet<[u8; 32]>,
}

/// The text is not a list of revoked certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevocationListError {
    /// Not JSON of the expected shape.
    #[error("not a status list")]
    Malformed,
    /// A serial number is not hexadecimal.
    #[error("a serial number is not hexadecimal")]
    Serial,
}

impl RevocationListError {
    /// The reason in the register.
    pub const fn code(self) -> Code {
        match self {
            Self::Malformed => Code::RevocationListMalformed,
            Self::Serial => Code::RevocationListSerial,
        }
    }
}

impl RevocationList {
    /// A list that refuses nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a serial number: big-endian, leading zeros do not matter. It is refused whoever the issuer is.
    #[must_use]
    pub fn with_serial(mut self, serial: &[u8]) -> Self {
        self.serials.insert(without_leading_zeros(serial).to_vec());
        self
    }

    /// Adds a key by the SHA-256 hash of its DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn with_key_hash(mut self, spki_sha256: [u8; 32]) -> Self {
        self.keys.insert(spki_sha256);
        self
    }

    /// Adds every entry of the status list that is published for Android key attestation: a JSON object whose
    /// member `entries` maps serial numbers in hexadecimal to their status. `REVOKED` and `SUSPENDED` both refuse.
    ///
    /// # Errors
    /// [`RevocationListError`] when the text has another shape.
    pub fn with_android_status_list(mut self, json: &[u8]) -> Result<Self, RevocationListError> {
        #[derive(serde::Deserialize)]
        struct StatusList {
            entries: std::collections::HashMap<String, serde_json::Value>,
        }
        let list: StatusList = serde_json::from_slice(json).map_err(|_| RevocationListError::Malformed)?;
        for serial in list.entries.keys() {
            self.serials
                .insert(from_hex(serial).ok_or(RevocationListError::Serial)?);
        }
        Ok(self)
    }

    /// Whether the list refuses nothing.
    pub fn is_empty(&self) -> bool {
        self.serials.is_empty() && self.keys.is_empty()
    }

    pub(super) fn contains(&self, certificate: &Certificate<'_>) -> bool {
        let serial = der::magnitude(certificate.serial()).unwrap_or(certificate.serial());
        (!self.serials.is_empty() && self.serials.contains(serial))
            || (!self.keys.is_empty() && self.keys.contains(&crypto::sha256(certificate.spki())))
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// Reads hexadecimal digits, an odd number of them included, into bytes without leading zeros.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut digits = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<Vec<_>>>()?;
    if digits.is_empty() {
        return None;
    }
    if digits.len() % 2 == 1 {
        digits.insert(0, 0);
    }
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok())
        .collect();
    Some(without_leading_zeros(&bytes).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_android_status_list() {
        let json = br#"{"entries":{"c35747a084470c3135aeefe2b8d40cd6":{"status":"REVOKED","reason":"KEY_COMPROMISE"},
            "2c8cdddfd5e03bfc":{"status":"SUSPENDED"}, "abc":{"status":"REVOKED"}}}"#;
        let list = RevocationList::new().with_android_status_list(json).unwrap();
        assert!(list.serials.contains(&[0x0a, 0xbc][..]));
        assert!(
            list.serials
                .contains(&[0x2c, 0x8c, 0xdd, 0xdf, 0xd5, 0xe0, 0x3b, 0xfc][..])
        );
        assert_eq!(list.serials.len(), 3);
    }

    #[test]
    fn refuses_other_texts() {
        let list = RevocationList::new();
        assert_eq!(
            list.clone().with_android_status_list(b"[]"),
            Err(RevocationListError::Malformed)
        );
        assert_eq!(
            list.with_android_status_list(br#"{"entries":{"xyz":{}}}"#),
            Err(RevocationListError::Serial)
        );
    }
}
