//! Keys derived from keys: HKDF-SHA-256 (RFC 5869).

use ring::hkdf;

use crate::secret::Secret;

/// Names this product and the scheme, so that the same key used elsewhere derives other keys there.
const SALT: &[u8] = b"passgate/1";

/// A 32-byte key for one use. `parts` says which: they are bound one by one, so that no two lists of parts derive the
/// same key.
pub(crate) fn derive(key: &Secret<[u8; 32]>, parts: &[&[u8]]) -> Secret<[u8; 32]> {
    let mut derived = [0; 32];
    fill(key, parts, &mut derived);
    Secret::new(derived)
}

/// Like [`derive`], for any number of bytes up to 8160.
#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA-256 fails only beyond 255 blocks of 32 bytes, which no caller asks for"
)]
pub(crate) fn fill(key: &Secret<[u8; 32]>, parts: &[&[u8]], out: &mut [u8]) {
    let info = Info::new(parts);
    let pseudo_random_key = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(key.expose());
    pseudo_random_key
        .expand(&[info.0.as_slice()], Length(out.len()))
        .and_then(|output| output.fill(out))
        .expect("at most 255 blocks");
}

/// The parts, each after its length.
struct Info(Vec<u8>);

impl Info {
    fn new(parts: &[&[u8]]) -> Self {
        let mut info = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
        for part in parts {
            info.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            info.extend_from_slice(part);
        }
        Self(info)
    }
}

/// How many bytes ring is to derive.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(byte: u8, parts: &[&[u8]]) -> [u8; 32] {
        *derive(&Secret::new([byte; 32]), parts).expose()
    }

    /// Made with `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:01…01 -kdfopt salt:passgate/1
    /// -kdfopt hexinfo:00000000000000046b696e64 HKDF`.
    #[test]
    fn is_hkdf_sha_256() {
        assert_eq!(
            hex::encode(derived(1, &[b"kind"])),
            "ee0785e78de15ddf1bc1ec32e1f51ea225d56373195d1396b3ecf2c35e2621b8"
        );
    }

    #[test]
    fn every_part_and_the_border_between_parts_matter() {
        let reference = derived(1, &[b"ab", b"c"]);
        assert_eq!(reference, derived(1, &[b"ab", b"c"]));
        for other in [
            derived(2, &[b"ab", b"c"]),
            derived(1, &[b"a", b"bc"]),
            derived(1, &[b"abc"]),
            derived(1, &[b"ab"]),
        ] {
            assert_ne!(reference, other);
        }
    }
}
