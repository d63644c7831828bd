//! The two TPM 2.0 structures of an attestation: TPMT_PUBLIC and TPMS_ATTEST, read to the last byte.
//!
//! TPM 2.0 Library, Part 2: Structures. All numbers are big-endian; sized buffers carry a two-byte length.

use crate::crypto::Hash;

/// The structure is not what the TPM specification says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MalformedStructure;

/// TPM_GENERATED_VALUE: the structure was made inside a TPM.
pub(super) const GENERATED: u32 = 0xff54_4347;
/// TPM_ST_ATTEST_CERTIFY.
pub(super) const ATTEST_CERTIFY: u16 = 0x8017;

const ALG_RSA: u16 = 0x0001;
const ALG_SHA1: u16 = 0x0004;
const ALG_AES: u16 = 0x0006;
const ALG_XOR: u16 = 0x000a;
const ALG_SHA256: u16 = 0x000b;
const ALG_SHA384: u16 = 0x000c;
const ALG_SHA512: u16 = 0x000d;
const ALG_NULL: u16 = 0x0010;
const ALG_RSASSA: u16 = 0x0014;
const ALG_RSAES: u16 = 0x0015;
const ALG_RSAPSS: u16 = 0x0016;
const ALG_OAEP: u16 = 0x0017;
const ALG_ECDSA: u16 = 0x0018;
const ALG_ECDH: u16 = 0x0019;
const ALG_ECDAA: u16 = 0x001a;
const ALG_ECSCHNORR: u16 = 0x001c;
const ALG_ECC: u16 = 0x0023;
const ALG_CAMELLIA: u16 = 0x0026;

/// The public half of the attested key, from TPMT_PUBLIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PublicArea<'a> {
    /// The algorithm of the object's name.
    pub(super) name_algorithm: u16,
    /// `unique`: what the TPM says the public key is.
    pub(super) key: PublicKeyArea<'a>,
}

/// Parameters and unique identifier, as far as they make up the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PublicKeyArea<'a> {
    /// TPM_ALG_RSA.
    Rsa {
        /// Modulus, big-endian.
        modulus: &'a [u8],
        /// Exponent; 0 in the structure stands for 65537.
        exponent: u32,
    },
    /// TPM_ALG_ECC.
    Ecc {
        /// TPM_ECC_CURVE.
        curve: u16,
        /// x, big-endian.
        x: &'a [u8],
        /// y, big-endian.
        y: &'a [u8],
    },
}

/// What the TPM certified, from TPMS_ATTEST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CertifyInfo<'a> {
    /// The caller's data: the hash of what the credential is about.
    pub(super) extra_data: &'a [u8],
    /// Name of the certified object.
    pub(super) name: &'a [u8],
    /// Version of the TPM's firmware, as the maker counts.
    pub(super) firmware_version: u64,
}

/// The hash for a TPM algorithm identifier.
pub(super) const fn hash(algorithm: u16) -> Option<Hash> {
    match algorithm {
        ALG_SHA1 => Some(Hash::Sha1),
        ALG_SHA256 => Some(Hash::Sha256),
        ALG_SHA384 => Some(Hash::Sha384),
        ALG_SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}

impl<'a> PublicArea<'a> {
    /// Reads exactly one TPMT_PUBLIC.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, MalformedStructure> {
        let mut fields = Fields(bytes);
        let kind = fields.u16()?;
        let name_algorithm = fields.u16()?;
        let _attributes = fields.u32()?;
        let _policy = fields.sized()?;
        let key = match kind {
            ALG_RSA => {
                fields.symmetric()?;
                fields.asymmetric_scheme()?;
                let _key_bits = fields.u16()?;
                let exponent = match fields.u32()? {
                    0 => 65537,
                    other => other,
                };
                PublicKeyArea::Rsa {
                    modulus: fields.sized()?,
                    exponent,
                }
            }
            ALG_ECC => {
                fields.symmetric()?;
                fields.asymmetric_scheme()?;
                let curve = fields.u16()?;
                fields.key_derivation_scheme()?;
                PublicKeyArea::Ecc {
                    curve,
                    x: fields.sized()?,
                    y: fields.sized()?,
                }
            }
            _ => return Err(MalformedStructure),
        };
        fields.finish()?;
        Ok(Self { name_algorithm, key })
    }
}

impl<'a> CertifyInfo<'a> {
    /// Reads exactly one TPMS_ATTEST that certifies an object and was made inside a TPM.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, MalformedStructure> {
        let mut fields = Fields(bytes);
        if fields.u32()? != GENERATED || fields.u16()? != ATTEST_CERTIFY {
            return Err(MalformedStructure);
        }
        let _qualified_signer = fields.sized()?;
        let extra_data = fields.sized()?;
        let _clock = fields.u64()?;
        let _reset_count = fields.u32()?;
        let _restart_count = fields.u32()?;
        let _safe = fields.take(1)?;
        let firmware_version = fields.u64()?;
        let name = fields.sized()?;
        let _qualified_name = fields.sized()?;
        fields.finish()?;
        Ok(Self {
            extra_data,
            name,
            firmware_version,
        })
    }
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], MalformedStructure> {
        let (field, rest) = self.0.split_at_checked(length).ok_or(MalformedStructure)?;
        self.0 = rest;
        Ok(field)
    }

    fn number(&mut self, length: usize) -> Result<u64, MalformedStructure> {
        Ok(self
            .take(length)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u16(&mut self) -> Result<u16, MalformedStructure> {
        u16::try_from(self.number(2)?).map_err(|_| MalformedStructure)
    }

    fn u32(&mut self) -> Result<u32, MalformedStructure> {
        u32::try_from(self.number(4)?).map_err(|_| MalformedStructure)
    }

    fn u64(&mut self) -> Result<u64, MalformedStructure> {
        self.number(8)
    }

    /// A TPM2B: length and contents.
    fn sized(&mut self) -> Result<&'a [u8], MalformedStructure> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// TPMT_SYM_DEF_OBJECT: the algorithm, and unless it is null, key size and mode.
    fn symmetric(&mut self) -> Result<(), MalformedStructure> {
        match self.u16()? {
            ALG_NULL => Ok(()),
            ALG_XOR => self.u16().map(drop),
            ALG_AES | ALG_CAMELLIA => self.u32().map(drop),
            _ => Err(MalformedStructure),
        }
    }

    /// TPMT_RSA_SCHEME or TPMT_ECC_SCHEME: the scheme and its details.
    fn asymmetric_scheme(&mut self) -> Result<(), MalformedStructure> {
        match self.u16()? {
            ALG_NULL | ALG_RSAES => Ok(()),
            ALG_RSASSA | ALG_RSAPSS | ALG_OAEP | ALG_ECDSA | ALG_ECDH | ALG_ECSCHNORR => self.u16().map(drop),
            ALG_ECDAA => self.u32().map(drop),
            _ => Err(MalformedStructure),
        }
    }

    /// TPMT_KDF_SCHEME: the scheme, and unless it is null, its hash.
    fn key_derivation_scheme(&mut self) -> Result<(), MalformedStructure> {
        match self.u16()? {
            ALG_NULL => Ok(()),
            _ => self.u16().map(drop),
        }
    }

    const fn finish(self) -> Result<(), MalformedStructure> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(MalformedStructure)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ecc_area() -> Vec<u8> {
        let mut area = vec![0x00, 0x23, 0x00, 0x0b, 0, 0, 0, 0, 0, 0];
        area.extend([0x00, 0x10, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10]);
        area.extend([0x00, 0x02, 1, 2, 0x00, 0x01, 3]);
        area
    }

    #[test]
    fn reads_an_elliptic_key() {
        let area = ecc_area();
        let public = PublicArea::parse(&area).unwrap();
        assert_eq!(public.name_algorithm, 0x000b);
        assert_eq!(
            public.key,
            PublicKeyArea::Ecc {
                curve: 3,
                x: &[1, 2],
                y: &[3]
            }
        );
    }

    #[test]
    fn reads_scheme_details_and_the_default_exponent() {
        let mut area = vec![0x00, 0x01, 0x00, 0x0b, 0, 6, 4, 0x72, 0x00, 0x02, 9, 9];
        area.extend([
            0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x14, 0x00, 0x0b, 0x08, 0x00, 0, 0, 0, 0,
        ]);
        area.extend([0x00, 0x02, 0xab, 0xcd]);
        let public = PublicArea::parse(&area).unwrap();
        assert_eq!(
            public.key,
            PublicKeyArea::Rsa {
                modulus: &[0xab, 0xcd],
                exponent: 65537
            }
        );
    }

    #[test]
    fn every_truncation_and_extension_is_refused() {
        let area = ecc_area();
        for length in 0..area.len() {
            assert_eq!(
                PublicArea::parse(&area[..length]),
                Err(MalformedStructure),
                "{length}"
            );
        }
        let mut longer = area;
        longer.push(0);
        assert_eq!(PublicArea::parse(&longer), Err(MalformedStructure));
    }

    proptest::proptest! {
        #[test]
        fn parsing_is_total(bytes: Vec<u8>) {
            let _ = PublicArea::parse(&bytes);
            let _ = CertifyInfo::parse(&bytes);
        }
    }

    #[test]
    fn certify_info_needs_magic_and_type() {
        let mut info = Vec::new();
        info.extend(GENERATED.to_be_bytes());
        info.extend(ATTEST_CERTIFY.to_be_bytes());
        info.extend([0, 1, 7]);
        info.extend([0, 2, 8, 9]);
        info.extend([0; 16]);
        info.push(1);
        info.extend(5_u64.to_be_bytes());
        info.extend([0, 1, 4]);
        info.extend([0, 0]);
        let parsed = CertifyInfo::parse(&info).unwrap();
        assert_eq!(
            parsed,
            CertifyInfo {
                extra_data: &[8, 9],
                name: &[4],
                firmware_version: 5
            }
        );
        for position in 0..6 {
            let mut wrong = info.clone();
            wrong[position] ^= 1;
            assert_eq!(CertifyInfo::parse(&wrong), Err(MalformedStructure), "{position}");
        }
        info.push(0);
        assert_eq!(CertifyInfo::parse(&info), Err(MalformedStructure));
    }
}
