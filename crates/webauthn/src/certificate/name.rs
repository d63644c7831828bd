//! Distinguished names: attributes for the format checks, comparison for the path builder.

use x509_cert::der::{Tag, oid::ObjectIdentifier};

use super::der::{Cursor, DerError, Element};

/// More attributes than any real name has; keeps comparison cheap.
const MAX_ATTRIBUTES: usize = 64;

/// A distinguished name, kept as the bytes that were received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    encoded: &'a [u8],
    rdns: Cursor<'a>,
}

/// One attribute of a distinguished name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'a> {
    /// The attribute type.
    pub(crate) kind: ObjectIdentifier,
    tag: Tag,
    value: &'a [u8],
}

impl<'a> Name<'a> {
    /// Checks the structure: a SEQUENCE of non-empty SETs of type and value.
    pub(crate) fn parse(element: Element<'a>) -> Result<Self, DerError> {
        if element.tag != Tag::Sequence {
            return Err(DerError);
        }
        let name = Self {
            encoded: element.encoded,
            rdns: element.contents(),
        };
        let mut rdns = name.rdns;
        let mut count = 0;
        while !rdns.is_empty() {
            let mut attributes = rdns.set()?;
            if attributes.is_empty() {
                return Err(DerError);
            }
            while !attributes.is_empty() {
                read_attribute(&mut attributes)?;
                count += 1;
                if count > MAX_ATTRIBUTES {
                    return Err(DerError);
                }
            }
        }
        Ok(name)
    }

    /// Whether there is no attribute at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The encoded name as received.
    pub(crate) const fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    /// All attributes in order, whether each has its own RDN or several share one.
    pub(crate) fn attributes(&self) -> Vec<Attribute<'a>> {
        let mut found = Vec::new();
        for rdn in self.relative_names() {
            found.extend(rdn);
        }
        found
    }

    /// The text values of one attribute type.
    pub(crate) fn texts(&self, kind: ObjectIdentifier) -> Vec<String> {
        self.attributes()
            .iter()
            .filter(|attribute| attribute.kind == kind)
            .filter_map(Attribute::text)
            .collect()
    }

    /// Whether two names are the same: the same bytes, or the same attributes when the string types, the letter
    /// case and the spacing of text are left out of account (RFC 5280, 7.1).
    pub(crate) fn matches(&self, other: &Name<'_>) -> bool {
        if self.encoded == other.encoded {
            return true;
        }
        let (ours, theirs) = (self.relative_names(), other.relative_names());
        ours.len() == theirs.len()
            && ours
                .iter()
                .zip(&theirs)
                .all(|(one, another)| same_rdn(one, another))
    }

    /// Whether this name lies in the subtree under `base`, that is, begins with it (RFC 5280, 4.2.1.10).
    pub(crate) fn is_under(&self, base: &Name<'_>) -> bool {
        let (ours, base) = (self.relative_names(), base.relative_names());
        base.len() <= ours.len()
            && base
                .iter()
                .zip(&ours)
                .all(|(one, another)| same_rdn(one, another))
    }

    fn relative_names(&self) -> Vec<Vec<Attribute<'a>>> {
        let mut found = Vec::new();
        let mut rdns = self.rdns;
        // The structure was checked by `parse`, so neither loop ends early.
        while let Ok(mut rdn) = rdns.set() {
            let mut attributes = Vec::new();
            while let Ok(attribute) = read_attribute(&mut rdn) {
                attributes.push(attribute);
            }
            found.push(attributes);
        }
        found
    }
}

impl Attribute<'_> {
    /// The value if it is a string of a known type.
    pub(crate) fn text(&self) -> Option<String> {
        match self.tag {
            Tag::Utf8String => String::from_utf8(self.value.to_vec()).ok(),
            Tag::PrintableString | Tag::Ia5String if self.value.is_ascii() => {
                String::from_utf8(self.value.to_vec()).ok()
            }
            // T.61 is read as Latin-1, as everyone does.
            Tag::TeletexString => Some(self.value.iter().map(|byte| char::from(*byte)).collect()),
            Tag::BmpString if self.value.len().is_multiple_of(2) => {
                let units: Vec<u16> = self
                    .value
                    .chunks_exact(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                    .collect();
                String::from_utf16(&units).ok()
            }
            _ => None,
        }
    }

    fn matches(&self, other: &Attribute<'_>) -> bool {
        if self.kind != other.kind {
            return false;
        }
        if self.tag == other.tag && self.value == other.value {
            return true;
        }
        match (self.text(), other.text()) {
            (Some(ours), Some(theirs)) => folded(&ours) == folded(&theirs),
            _ => false,
        }
    }
}

fn same_rdn(ours: &[Attribute<'_>], theirs: &[Attribute<'_>]) -> bool {
    ours.len() == theirs.len()
        && ours
            .iter()
            .all(|one| theirs.iter().any(|another| one.matches(another)))
}

fn folded(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn read_attribute<'a>(attributes: &mut Cursor<'a>) -> Result<Attribute<'a>, DerError> {
    let mut pair = attributes.sequence()?;
    let kind = pair.oid()?;
    let value = pair.any()?;
    pair.finish()?;
    Ok(Attribute {
        kind,
        tag: value.tag,
        value: value.value,
    })
}
