//! Android's KeyDescription: what the key store says about a key, in the certificate it issued for it.
//!
//! The schema is that of Android's key attestation documentation, versions 1 to 400. The authorization lists are
//! sequences of context-specific tags; tags that are not needed are passed over.

use crate::certificate::der::{self, Cursor, DerError, Element};
use x509_cert::der::Tag;

/// Where a key lives (SecurityLevel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SecurityLevel {
    /// In the operating system.
    Software,
    /// `TrustedEnvironment` (1): kept by the TEE, out of reach of Android itself.
    TrustedEnvironment,
    /// In a chip of its own.
    StrongBox,
}

/// What the verifier looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyDescription<'a> {
    /// What attests the key.
    pub(super) attestation_level: SecurityLevel,
    /// The client data hash, for WebAuthn.
    pub(super) challenge: &'a [u8],
    /// Properties that the operating system enforces.
    pub(super) software: AuthorizationList,
    /// Properties that the hardware enforces.
    pub(super) hardware: AuthorizationList,
}

/// The properties the verifier looks at, of one of the two lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AuthorizationList {
    /// purpose [1].
    pub(super) purposes: Option<Vec<u64>>,
    /// allApplications [600] is there.
    pub(super) all_applications: bool,
    /// origin [702].
    pub(super) origin: Option<u64>,
}

const PURPOSE: u32 = 1;
const ALL_APPLICATIONS: u32 = 600;
const ORIGIN: u32 = 702;

impl<'a> KeyDescription<'a> {
    /// Reads the value of the extension: exactly one KeyDescription.
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, DerError> {
        let element = der::single(value)?;
        if element.tag != Tag::Sequence {
            return Err(DerError);
        }
        let mut fields = element.contents();
        let _attestation_version = fields.unsigned()?;
        let attestation_level = security_level(&mut fields)?;
        let _keymint_version = fields.unsigned()?;
        let _keymint_level = security_level(&mut fields)?;
        let challenge = fields.octet_string()?;
        let _unique_id = fields.octet_string()?;
        let software = AuthorizationList::parse(fields.sequence()?)?;
        let hardware = AuthorizationList::parse(fields.sequence()?)?;
        fields.finish()?;
        Ok(Self {
            attestation_level,
            challenge,
            software,
            hardware,
        })
    }
}

impl AuthorizationList {
    fn parse(mut tags: Cursor<'_>) -> Result<Self, DerError> {
        let mut list = Self::default();
        while !tags.is_empty() {
            let property = tags.any()?;
            let number = property.context_number().ok_or(DerError)?;
            match number {
                PURPOSE if list.purposes.is_none() => list.purposes = Some(purposes(&property)?),
                ALL_APPLICATIONS => list.all_applications = true,
                ORIGIN if list.origin.is_none() => {
                    let mut value = property.contents();
                    list.origin = Some(value.unsigned()?);
                    value.finish()?;
                }
                PURPOSE | ORIGIN => return Err(DerError),
                _ => {}
            }
        }
        Ok(list)
    }
}

fn purposes(property: &Element<'_>) -> Result<Vec<u64>, DerError> {
    let mut explicit = property.contents();
    let mut set = explicit.set()?;
    explicit.finish()?;
    let mut purposes = Vec::new();
    while !set.is_empty() {
        purposes.push(set.unsigned()?);
    }
    Ok(purposes)
}

fn security_level(fields: &mut Cursor<'_>) -> Result<SecurityLevel, DerError> {
    match fields.expect(Tag::Enumerated)?.value {
        [0] => Ok(SecurityLevel::Software),
        [1] => Ok(SecurityLevel::TrustedEnvironment),
        [2] => Ok(SecurityLevel::StrongBox),
        _ => Err(DerError),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Version 1, software, an empty challenge and no properties.
    const EMPTY: [u8; 24] = [
        0x30, 0x16, 0x02, 0x01, 0x01, 0x0a, 0x01, 0x00, 0x02, 0x01, 0x01, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04,
        0x00, 0x30, 0x00, 0x30, 0x02, 0x05, 0x00,
    ];

    #[test]
    fn lists_hold_context_specific_tags_only() {
        assert_eq!(KeyDescription::parse(&EMPTY), Err(DerError));
        let mut tagged = EMPTY;
        tagged[22] = 0x85;
        let description = KeyDescription::parse(&tagged).unwrap();
        assert_eq!(description.attestation_level, SecurityLevel::Software);
        assert_eq!(description.hardware, AuthorizationList::default());
    }

    proptest! {
        #[test]
        fn parsing_is_total(bytes: Vec<u8>) {
            let _ = KeyDescription::parse(&bytes);
        }

        #[test]
        fn parsing_changed_descriptions_is_total(at in 0..EMPTY.len(), byte: u8) {
            let mut changed = EMPTY;
            changed[at] = byte;
            let _ = KeyDescription::parse(&changed);
        }
    }
}
