//! Providers: what people call the place where a passkey lives, by the AAGUID of the authenticator model.
//!
//! A name is for display. It proves nothing: without attestation an authenticator may claim any AAGUID.

use std::{collections::BTreeMap, fmt};

use passgate_webauthn::Aaguid;
use serde::Deserialize;

/// Most characters of a name that are kept.
const LONGEST_NAME: usize = 100;

/// Names that come with the program.
///
/// Source: the identifiers that the providers themselves publish, in their documentation, in FIDO metadata, and in the
/// list kept by the passkey community (github.com/passkeydeveloper/passkey-authenticator-aaguids, which
/// [`ProviderNames::parse`] reads). The selection is ours; identifiers and names are facts, so this table is under the
/// project's own licences. Names are trademarks of their owners.
const BUNDLED: &[(&str, &str)] = &[
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper"),
    ("17290f1e-c212-34d0-1423-365d729f09d9", "Thales PIN iOS SDK"),
    ("22248c4c-7a12-46e2-9a41-44291b373a4d", "LogMeOnce"),
    (
        "2fc0579f-8113-47ea-b116-bb5a8db9202a",
        "YubiKey 5 Series with NFC",
    ),
    ("50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass"),
    ("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"),
    ("53414d53-554e-4700-0000-000000000000", "Samsung Pass"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
    ("66a0ccb3-bd6a-191f-ee06-e375c50b9846", "Thales Bio iOS SDK"),
    ("771b48fd-d3d4-4f74-9232-fc157ab0507a", "Edge on Mac"),
    ("8836336a-f590-0921-301d-46427531eee6", "Thales Bio Android SDK"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    (
        "a10c6dd9-465e-4226-8198-c7c44b91c555",
        "Kaspersky Password Manager",
    ),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("b35a26b2-8f6e-4697-ab1d-d44db4da28c6", "Zoho Vault"),
    ("b5397666-4885-aa6b-cebf-e52262a439a2", "Chromium Browser"),
    ("b78a0a55-6ef8-d246-a042-ba0f6d55050c", "LastPass"),
    ("b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass"),
    ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
    ("cd69adb5-3c7a-deb9-3177-6800ea6cb72a", "Thales PIN Android SDK"),
    (
        "d3452668-01fd-4c12-926c-83a4204853aa",
        "Microsoft Password Manager",
    ),
    ("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden"),
    (
        "dd4ec289-e01d-41c9-bb89-70fa845d4bf2",
        "iCloud Keychain (Managed)",
    ),
    ("de503f9c-21a4-4f76-b4b7-558eb55c6f89", "Devolutions"),
    ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
    ("eaecdef2-1c31-5634-8639-f1cbd9c00a08", "KeePassDX"),
    ("ee882879-721c-4913-9775-3dfcce97072a", "YubiKey 5 Series"),
    ("f3809540-7f14-49c1-a8b3-8f813b225541", "Enpass"),
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple Passwords"),
    ("fdb141b2-5d84-443e-8a35-4698c205a502", "KeePassXC"),
];

/// Names of providers by AAGUID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderNames(BTreeMap<Aaguid, String>);

/// A document is no list of providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidProviderNames {
    /// It is not a JSON object whose members are names, or objects with a `name`.
    Document {
        /// Where and why reading stopped.
        reason: String,
    },
    /// A member's name is not an AAGUID.
    Aaguid {
        /// The member's name.
        text: String,
    },
    /// It lists nothing. A list that was retired upstream is an empty object; taking it would lose all names.
    Empty,
}

impl fmt::Display for InvalidProviderNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document { reason } => write!(f, "not a JSON object of AAGUIDs and names: {reason}"),
            Self::Aaguid { text } => write!(f, "'{text}' is not an AAGUID"),
            Self::Empty => f.write_str("it lists nothing"),
        }
    }
}

impl std::error::Error for InvalidProviderNames {}

/// A member of the document: the community's list has objects, whose icons are skipped.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Name(String),
    Entry { name: String },
}

impl ProviderNames {
    /// The names that come with the program.
    pub fn bundled() -> Self {
        let names = BUNDLED
            .iter()
            .filter_map(|(aaguid, name)| Some((Aaguid::parse(aaguid).ok()?, (*name).to_owned())));
        Self(names.collect())
    }

    /// Reads a JSON object of AAGUIDs and names: `{"<aaguid>": "<name>"}` or `{"<aaguid>": {"name": "<name>", …}}`.
    ///
    /// Blank names and the zero AAGUID are skipped, control characters are removed, and long names are cut off.
    ///
    /// # Errors
    /// See [`InvalidProviderNames`]. Nothing is taken of a document that is wrong anywhere.
    pub fn parse(document: &str) -> Result<Self, InvalidProviderNames> {
        let listed: BTreeMap<String, Listed> =
            serde_json::from_str(document).map_err(|error| InvalidProviderNames::Document {
                reason: error.to_string(),
            })?;
        let mut names = BTreeMap::new();
        for (text, Listed::Name(name) | Listed::Entry { name }) in listed {
            let Ok(aaguid) = Aaguid::parse(&text) else {
                return Err(InvalidProviderNames::Aaguid { text });
            };
            let name: String = name
                .chars()
                .filter(|letter| !letter.is_control())
                .take(LONGEST_NAME)
                .collect();
            if !aaguid.is_zero() && !name.trim().is_empty() {
                names.insert(aaguid, name.trim().to_owned());
            }
        }
        if names.is_empty() {
            return Err(InvalidProviderNames::Empty);
        }
        Ok(Self(names))
    }

    /// The form that [`ProviderNames::parse`] reads back.
    pub fn to_json(&self) -> String {
        let members = self
            .0
            .iter()
            .map(|(aaguid, name)| (aaguid.to_string(), name.as_str().into()));
        serde_json::Value::Object(members.collect()).to_string()
    }

    /// These names, and where there is a newer one, that.
    #[must_use]
    pub fn refreshed(mut self, newer: Self) -> Self {
        self.0.extend(newer.0);
        self
    }

    /// What people call this model; none if it is not known, or the authenticator does not tell what it is.
    pub fn find(&self, aaguid: Aaguid) -> Option<&str> {
        self.0.get(&aaguid).map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const APPLE: &str = "fbfc3007-154e-4ecc-8c0b-6e020557d7bd";

    fn aaguid(text: &str) -> Aaguid {
        Aaguid::parse(text).unwrap()
    }

    #[test]
    fn every_bundled_row_is_an_aaguid_of_its_own() {
        assert_eq!(ProviderNames::bundled().len(), BUNDLED.len());
        assert_eq!(
            ProviderNames::bundled().find(aaguid(APPLE)),
            Some("Apple Passwords")
        );
        assert_eq!(ProviderNames::bundled().find(Aaguid::ZERO), None);
    }

    #[test]
    fn newer_names_replace_older_ones_and_the_rest_stays() {
        let newer = format!(
            r#"{{"{}": {{"name": " New\nName ", "icon_dark": "data:…"}}, "00000000-0000-0000-0000-000000000001": "One",
                "00000000-0000-0000-0000-000000000000": "Nobody", "00000000-0000-0000-0000-000000000002": " "}}"#,
            APPLE.to_uppercase()
        );
        let newer = ProviderNames::parse(&newer).unwrap();
        assert_eq!(newer.len(), 2);
        let names = ProviderNames::bundled().refreshed(newer);
        assert_eq!(names.find(aaguid(APPLE)), Some("NewName"));
        assert_eq!(
            names.find(aaguid("00000000-0000-0000-0000-000000000001")),
            Some("One")
        );
        assert_eq!(
            names.find(aaguid("bada5566-a7aa-401f-bd96-45619a55120d")),
            Some("1Password")
        );
        assert_eq!(names.len(), BUNDLED.len() + 1);
    }

    #[test]
    fn what_is_no_list_is_refused_whole() {
        for document in ["", "[]", "{", r#"{"x": 1}"#, r#"{"x": {"icon": "y"}}"#] {
            let refused = ProviderNames::parse(document);
            assert!(
                matches!(refused, Err(InvalidProviderNames::Document { .. })),
                "{document}"
            );
        }
        let document = format!(r#"{{"{APPLE}": "Apple", "fbfc3007": "short"}}"#);
        let text = "fbfc3007".to_owned();
        assert_eq!(
            ProviderNames::parse(&document),
            Err(InvalidProviderNames::Aaguid { text })
        );
        assert_eq!(ProviderNames::parse("{}"), Err(InvalidProviderNames::Empty));
    }

    proptest! {
        #[test]
        fn names_survive_being_written_and_read(bytes in any::<[u8; 16]>(), name in "[a-zA-Z0-9][\\PC]{0,98}[a-z]") {
            prop_assume!(bytes != [0; 16]);
            let names = ProviderNames(BTreeMap::from([(Aaguid::new(bytes), name)]));
            prop_assert_eq!(ProviderNames::parse(&names.to_json()), Ok(names));
        }
    }
}
