//! Format `compound`: a packed and an Apple statement about one credential.

use ciborium::Value as Cbor;

use super::{AppleFlaw, AttestedResponse, Attester, PackedFlaw, members};

/// What is wrong with a compound statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompoundFlaw {
    /// Nothing.
    None,
    /// One statement only.
    One,
    /// A compound statement inside.
    Nested,
    /// The statement is a map.
    NotArray,
    /// The first element's signature is corrupt.
    ElementSignature,
    /// The second element has a format that nobody knows.
    UnknownFormat,
    /// An element has a third member.
    ExtraMember,
}

impl Attester {
    /// A compound statement.
    pub fn compound(&self, flaw: CompoundFlaw) -> AttestedResponse {
        let packed = match flaw {
            CompoundFlaw::ElementSignature => PackedFlaw::Signature,
            _ => PackedFlaw::None,
        };
        let first = element(&self.packed(packed), "packed");
        let second = element(&self.apple(AppleFlaw::None), "apple");
        let elements = match flaw {
            CompoundFlaw::One => vec![first],
            CompoundFlaw::Nested => {
                let inner = members(vec![
                    ("fmt", Cbor::from("compound")),
                    ("attStmt", Cbor::Array(vec![first.clone(), second])),
                ]);
                vec![first, inner]
            }
            CompoundFlaw::UnknownFormat => {
                let unknown = members(vec![
                    ("fmt", Cbor::from("unheard-of")),
                    ("attStmt", members(Vec::new())),
                ]);
                vec![first, unknown]
            }
            CompoundFlaw::ExtraMember => {
                let mut second = second;
                if let Cbor::Map(entries) = &mut second {
                    entries.push((Cbor::from("more"), Cbor::from(1)));
                }
                vec![first, second]
            }
            _ => vec![first, second],
        };
        let statement = match flaw {
            CompoundFlaw::NotArray => members(Vec::new()),
            _ => Cbor::Array(elements),
        };
        self.respond("compound", statement, &self.subject())
    }
}

/// Takes the statement out of a response. Ceremony and key are the same, so it stays valid.
fn element(response: &AttestedResponse, format: &str) -> Cbor {
    let object: Option<Cbor> = ciborium::from_reader(response.attestation_object.as_slice()).ok();
    let statement = object
        .and_then(|object| object.into_map().ok())
        .and_then(|entries| {
            entries
                .into_iter()
                .find(|(key, _)| key.as_text() == Some("attStmt"))
        })
        .map_or(Cbor::Null, |(_, statement)| statement);
    members(vec![("fmt", Cbor::from(format)), ("attStmt", statement)])
}
