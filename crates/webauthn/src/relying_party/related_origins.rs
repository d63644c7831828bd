//! Related origins: the document that lets other sites use an RP ID, and the check browsers run over it (§5.11).

use serde::{Deserialize, Serialize};

use super::{Origin, RpId};
use crate::code::Code;

/// Distinct labels a client has to support; ones beyond them may be ignored by browsers.
pub const MAX_LABELS: usize = 5;

/// Why a browser would refuse the RP ID at an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelatedOriginsError {
    /// The document is not a JSON object with a list of texts `origins`.
    #[error("related origins document is malformed")]
    Malformed,
    /// The origin is not in the list.
    #[error("origin is not among the related origins")]
    NotListed,
    /// The origin is listed, behind more distinct labels than clients must support.
    #[error("origin is listed after {MAX_LABELS} other labels")]
    TooManyLabels,
}

impl RelatedOriginsError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed => Code::RelatedOriginsMalformed,
            Self::NotListed => Code::RelatedOriginsNotListed,
            Self::TooManyLabels => Code::RelatedOriginsTooManyLabels,
        }
    }
}

/// The document to serve at `https://<rp id>/.well-known/webauthn` as `application/json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedOrigins {
    origins: Vec<String>,
}

impl RelatedOrigins {
    /// The document listing these origins; native ones have no place in it and are left out.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a Origin>) -> Self {
        Self {
            origins: origins
                .into_iter()
                .filter(|origin| origin.is_web())
                .map(|origin| origin.as_str().to_owned())
                .collect(),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`RelatedOriginsError::Malformed`].
    pub fn from_json(json: &[u8]) -> Result<Self, RelatedOriginsError> {
        serde_json::from_slice(json).map_err(|_| RelatedOriginsError::Malformed)
    }

    /// Runs the client's validation: would a browser at `origin` be allowed to use this RP ID?
    ///
    /// # Errors
    /// [`RelatedOriginsError`].
    pub fn admit(&self, rp_id: &RpId, origin: &Origin) -> Result<(), RelatedOriginsError> {
        if rp_id.covers(origin) {
            return Ok(());
        }
        let mut labels: Vec<String> = Vec::new();
        let mut behind = false;
        for item in &self.origins {
            let Some((listed, label)) = registrable_label(item) else {
                continue;
            };
            if !labels.contains(&label) {
                if labels.len() >= MAX_LABELS {
                    behind |= listed == *origin;
                    continue;
                }
                labels.push(label);
            }
            if listed == *origin {
                return Ok(());
            }
        }
        Err(if behind {
            RelatedOriginsError::TooManyLabels
        } else {
            RelatedOriginsError::NotListed
        })
    }
}

/// Puts those origins last that one of the RP IDs covers anyway: browsers count their names like all others, and stop
/// after [`MAX_LABELS`].
pub fn put_covered_last(origins: &mut [Origin], rp_ids: &[RpId]) {
    origins.sort_by_key(|origin| rp_ids.iter().any(|rp_id| rp_id.covers(origin)));
}

/// An item read as a URL, with the label just left of its public suffix.
fn registrable_label(item: &str) -> Option<(Origin, String)> {
    let url = url::Url::parse(item).ok()?;
    let domain = psl::domain_str(url.domain()?)?;
    let label = domain.split('.').next()?.to_owned();
    let origin = Origin::parse(&url.origin().ascii_serialization()).ok()?;
    (!label.is_empty()).then_some((origin, label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(origins: &[&str]) -> RelatedOrigins {
        RelatedOrigins {
            origins: origins.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    fn admit(origins: &[&str], origin: &str) -> Result<(), RelatedOriginsError> {
        let rp_id = RpId::parse("example.com").unwrap();
        document(origins).admit(&rp_id, &Origin::parse(origin).unwrap())
    }

    #[test]
    fn listed_origins_and_the_rp_id_itself_are_admitted() {
        assert_eq!(admit(&[], "https://shop.example.com"), Ok(()));
        let list = ["no url", "https://example.co.uk/", "https://example.de:8443"];
        assert_eq!(admit(&list, "https://example.co.uk"), Ok(()));
        assert_eq!(admit(&list, "https://example.de:8443"), Ok(()));
        assert_eq!(
            admit(&list, "https://example.de"),
            Err(RelatedOriginsError::NotListed)
        );
        assert_eq!(
            admit(&list, "https://www.example.co.uk"),
            Err(RelatedOriginsError::NotListed)
        );
    }

    #[test]
    fn labels_are_counted_not_origins() {
        let list = [
            "https://a.com",
            "https://b.com",
            "https://c.com",
            "https://d.com",
            "https://e.com",
            "https://f.com",
            "https://www.a.co.uk",
        ];
        assert_eq!(admit(&list, "https://e.com"), Ok(()));
        assert_eq!(admit(&list, "https://www.a.co.uk"), Ok(()));
        assert_eq!(
            admit(&list, "https://f.com"),
            Err(RelatedOriginsError::TooManyLabels)
        );
    }

    #[test]
    fn origins_that_an_rp_id_covers_go_last() {
        let mut origins = [
            "https://example.com",
            "https://www.example.com",
            "https://example.de",
            "https://example.fr",
        ]
        .map(|text| Origin::parse(text).unwrap());
        let as_given = origins.clone();
        put_covered_last(&mut origins, &[]);
        assert_eq!(origins, as_given);
        put_covered_last(&mut origins, &[RpId::parse("example.com").unwrap()]);
        assert_eq!(
            origins.map(|origin| origin.as_str().to_owned()),
            [
                "https://example.de",
                "https://example.fr",
                "https://example.com",
                "https://www.example.com"
            ]
        );
    }

    #[test]
    fn document_round_trips() {
        let origins =
            ["https://example.de", "https://example.co.uk:8443"].map(|text| Origin::parse(text).unwrap());
        let json = serde_json::to_vec(&RelatedOrigins::new(&origins)).unwrap();
        assert_eq!(
            json,
            br#"{"origins":["https://example.de","https://example.co.uk:8443"]}"#
        );
        assert_eq!(
            RelatedOrigins::from_json(&json),
            Ok(RelatedOrigins::new(&origins))
        );
        for bad in ["[]", r#"{"origins":[1]}"#, r#"{"origins":"https://a.com"}"#, "{}"] {
            assert_eq!(
                RelatedOrigins::from_json(bad.as_bytes()),
                Err(RelatedOriginsError::Malformed)
            );
        }
    }
}
