//! clientDataJSON: what the client says it signed for (§5.8.1), read strictly and judged against what was promised.

use std::borrow::Cow;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use subtle::ConstantTimeEq as _;

use crate::base64url;
use crate::code::Code;
use crate::credential::Challenge;
use crate::leniency::{Leniencies, Leniency};
use crate::relying_party::{Origin, RpId};

mod difference;
pub mod limited;
pub(crate) mod policy;

pub use self::difference::origin_difference;
use self::policy::{ClientDataPolicy, CrossOriginPolicy, NativeOriginForm, OriginRule};

/// Why client data is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientDataError {
    /// The bytes of clientDataJSON are not UTF-8.
    #[error("client data is not UTF-8")]
    NotUtf8,
    /// clientDataJSON is not one JSON object.
    #[error("client data is not a JSON object")]
    NotJson,
    /// A member name twice: two parsers could disagree about which one wins.
    #[error("client data has member {name:?} twice")]
    DuplicateMember {
        /// The name that occurs twice.
        name: String,
    },
    /// A required member is absent.
    #[error("client data has no member {0:?}")]
    MissingMember(&'static str),
    /// A member of the wrong JSON type.
    #[error("client data member {0:?} has the wrong type")]
    MemberType(&'static str),
    /// §7.1 step 7, §7.2 step 10: `type` is that of another ceremony.
    #[error("client data type is {got:?}, not {expected:?}")]
    WrongType {
        /// What this ceremony has.
        expected: &'static str,
        /// `type` as sent.
        got: String,
    },
    /// §7.1 step 8, §7.2 step 11: not this ceremony's challenge.
    #[error("client data challenge is not the one of this ceremony")]
    ChallengeMismatch,
    /// §7.1 step 9, §7.2 step 12: an origin that is not the relying party's.
    #[error("origin {got:?} is not one of this ceremony: {}", origin_difference(.got, .expected))]
    OriginMismatch {
        /// `origin` as sent.
        got: String,
        /// What this ceremony accepts.
        expected: Vec<Origin>,
    },
    /// §7.1 step 10, §7.2 step 13: used inside a frame of another origin, without permission.
    #[error("cross-origin use is not allowed")]
    CrossOriginNotAllowed,
    /// §7.1 step 11, §7.2 step 14: framed by an origin that is not expected.
    #[error("top origin {got:?} is not allowed")]
    TopOriginNotAllowed {
        /// `topOrigin` as sent.
        got: String,
    },
    /// A top origin although the client says the use was not cross-origin.
    #[error("client data has a top origin but is not cross-origin")]
    TopOriginWithoutCrossOrigin,
}

impl ClientDataError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::NotUtf8 => Code::ClientDataNotUtf8,
            Self::NotJson => Code::ClientDataNotJson,
            Self::DuplicateMember { .. } => Code::ClientDataDuplicateMember,
            Self::MissingMember(_) => Code::ClientDataMissingMember,
            Self::MemberType(_) => Code::ClientDataMemberType,
            Self::WrongType { .. } => Code::ClientDataWrongType,
            Self::ChallengeMismatch => Code::ChallengeMismatch,
            Self::OriginMismatch { .. } => Code::ClientDataOriginMismatch,
            Self::CrossOriginNotAllowed => Code::CrossOriginNotAllowed,
            Self::TopOriginNotAllowed { .. } => Code::TopOriginNotAllowed,
            Self::TopOriginWithoutCrossOrigin => Code::TopOriginWithoutCrossOrigin,
        }
    }
}

/// The members of clientDataJSON that a relying party looks at; unknown ones are ignored, `tokenBinding` among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientData<'a> {
    /// `webauthn.create` or `webauthn.get`.
    pub ceremony_type: Cow<'a, str>,
    /// The challenge as sent, base64url.
    pub challenge: Cow<'a, str>,
    /// The origin as sent.
    pub origin: Cow<'a, str>,
    /// Absent or `null` in older clients, which means `false`.
    pub cross_origin: Option<bool>,
    /// The outermost origin, where the use is cross-origin and the client tells.
    pub top_origin: Option<Cow<'a, str>>,
}

impl<'a> ClientData<'a> {
    /// Reads client data.
    ///
    /// # Errors
    /// [`ClientDataError`]: not UTF-8, not one JSON object, a name twice, a member missing or of the wrong type.
    pub fn parse(json: &'a [u8]) -> Result<Self, ClientDataError> {
        let text = std::str::from_utf8(json).map_err(|_| ClientDataError::NotUtf8)?;
        // "UTF-8 decode" strips one byte order mark; the hash is taken with it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut flaw = None;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let parsed = deserializer
            .deserialize_map(ClientDataVisitor { flaw: &mut flaw })
            .and_then(|data| deserializer.end().map(|()| data));
        match (parsed, flaw) {
            (_, Some(flaw)) => Err(flaw),
            (Err(_), None) => Err(ClientDataError::NotJson),
            (Ok(data), None) => Ok(data),
        }
    }

    /// Judges the members against what was promised (steps C3 to C7); says which origin matched.
    pub(crate) fn judge(&self, expected: &Expected<'_>) -> Result<Origin, ClientDataError> {
        if self.ceremony_type != expected.ceremony_type {
            return Err(ClientDataError::WrongType {
                expected: expected.ceremony_type,
                got: self.ceremony_type.clone().into_owned(),
            });
        }
        // One canonical spelling exists, so comparing text is comparing bytes, strictly.
        let challenge = base64url::encode(expected.challenge.as_bytes());
        if !bool::from(self.challenge.as_bytes().ct_eq(challenge.as_bytes())) {
            return Err(ClientDataError::ChallengeMismatch);
        }
        let origin = expected
            .find_origin(&self.origin)
            .ok_or_else(|| ClientDataError::OriginMismatch {
                got: self.origin.clone().into_owned(),
                expected: expected.origins.to_vec(),
            })?;
        self.judge_framing(&origin, expected)?;
        Ok(origin)
    }

    /// `own` is the origin of the page, which is also the topmost one where it is framed by a page that it frames.
    fn judge_framing(&self, own: &Origin, expected: &Expected<'_>) -> Result<(), ClientDataError> {
        let top_origin = match (self.cross_origin == Some(true), &self.top_origin) {
            (false, None) => return Ok(()),
            (false, Some(_)) => return Err(ClientDataError::TopOriginWithoutCrossOrigin),
            (true, top_origin) => top_origin.as_deref(),
        };
        let is_own = |got: &str| own.matches(expected.without_slash(got));
        match (&expected.policy.cross_origin, top_origin) {
            (CrossOriginPolicy::Refuse, _) | (CrossOriginPolicy::OwnTopOrigin, None) => {
                Err(ClientDataError::CrossOriginNotAllowed)
            }
            (CrossOriginPolicy::TopOrigins(_) | CrossOriginPolicy::AnyTopOrigin, None)
            | (CrossOriginPolicy::AnyTopOrigin, Some(_)) => Ok(()),
            (CrossOriginPolicy::OwnTopOrigin, Some(got)) if is_own(got) => Ok(()),
            (CrossOriginPolicy::OwnTopOrigin, Some(_)) => Err(ClientDataError::CrossOriginNotAllowed),
            (CrossOriginPolicy::TopOrigins(listed), Some(got)) => {
                let plain = expected.without_slash(got);
                if is_own(got) || listed.iter().any(|origin| origin.matches(plain)) {
                    Ok(())
                } else {
                    Err(ClientDataError::TopOriginNotAllowed { got: got.to_owned() })
                }
            }
        }
    }
}

/// What client data is judged against.
pub(crate) struct Expected<'e> {
    pub(crate) ceremony_type: &'static str,
    pub(crate) challenge: &'e Challenge,
    pub(crate) origins: &'e [Origin],
    pub(crate) rp_id: &'e RpId,
    pub(crate) policy: &'e ClientDataPolicy,
    pub(crate) leniencies: Leniencies,
}

impl Expected<'_> {
    fn find_origin(&self, reported: &str) -> Option<Origin> {
        let reported = self.without_slash(reported);
        let any_case = self.policy.native_origins == NativeOriginForm::AnyCase;
        let names = |origin: &&Origin| {
            origin.matches(reported)
                || (any_case && !origin.is_web() && origin.as_str().eq_ignore_ascii_case(reported))
        };
        if let Some(listed) = self.origins.iter().find(names) {
            return Some(listed.clone());
        }
        match self.policy.origins {
            OriginRule::Listed => None,
            OriginRule::ListedOrUnderRpId => Origin::parse(reported)
                .ok()
                .filter(|origin| reported.is_ascii() && self.rp_id.covers(origin)),
        }
    }

    /// A web origin without the one slash that some clients put behind it, where that is let pass.
    fn without_slash<'o>(&self, reported: &'o str) -> &'o str {
        let plain = reported
            .strip_suffix('/')
            .filter(|_| self.leniencies.allows(Leniency::OriginTrailingSlash));
        match plain {
            Some(plain) if Origin::parse(plain).is_ok_and(|origin| origin.is_web()) => plain,
            _ => reported,
        }
    }
}

struct ClientDataVisitor<'f> {
    flaw: &'f mut Option<ClientDataError>,
}

impl ClientDataVisitor<'_> {
    /// Remembers what serde's error type cannot carry.
    fn refuse<E: serde::de::Error>(self, flaw: ClientDataError) -> E {
        *self.flaw = Some(flaw);
        E::custom("refused")
    }
}

impl<'de> Visitor<'de> for ClientDataVisitor<'_> {
    type Value = ClientData<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("client data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClientData<'de>, A::Error> {
        let mut names: Vec<Cow<'de, str>> = Vec::with_capacity(8);
        let (mut ceremony_type, mut challenge, mut origin) = (None, None, None);
        let (mut cross_origin, mut top_origin) = (None, None);
        while let Some(Text(name)) = map.next_key()? {
            if names.contains(&name) {
                let name = name.into_owned();
                return Err(self.refuse(ClientDataError::DuplicateMember { name }));
            }
            if names.len() == MAX_MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
            let known = match &*name {
                "type" => read(&mut map, &mut ceremony_type, "type")?,
                "challenge" => read(&mut map, &mut challenge, "challenge")?,
                "origin" => read(&mut map, &mut origin, "origin")?,
                // These two may be left out, which some clients spell `null`.
                "topOrigin" => match map.next_value()? {
                    Scalar::Text(value) => {
                        top_origin = Some(value);
                        Ok(())
                    }
                    Scalar::Null => Ok(()),
                    Scalar::Bool(_) | Scalar::Other => Err("topOrigin"),
                },
                "crossOrigin" => match map.next_value()? {
                    Scalar::Bool(value) => {
                        cross_origin = Some(value);
                        Ok(())
                    }
                    Scalar::Null => Ok(()),
                    Scalar::Text(_) | Scalar::Other => Err("crossOrigin"),
                },
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    Ok(())
                }
            };
            if let Err(member) = known {
                return Err(self.refuse(ClientDataError::MemberType(member)));
            }
            names.push(name);
        }
        let missing = |name| ClientDataError::MissingMember(name);
        match (ceremony_type, challenge, origin) {
            (Some(ceremony_type), Some(challenge), Some(origin)) => Ok(ClientData {
                ceremony_type,
                challenge,
                origin,
                cross_origin,
                top_origin,
            }),
            (None, ..) => Err(self.refuse(missing("type"))),
            (_, None, _) => Err(self.refuse(missing("challenge"))),
            (.., None) => Err(self.refuse(missing("origin"))),
        }
    }
}

/// Bounds the search for duplicates; clients add a handful of members at most.
const MAX_MEMBERS: usize = 256;

/// Reads a member that has to be text; the inner error names it where it is not.
fn read<'de, A: MapAccess<'de>>(
    map: &mut A,
    slot: &mut Option<Cow<'de, str>>,
    name: &'static str,
) -> Result<Result<(), &'static str>, A::Error> {
    Ok(match map.next_value()? {
        Scalar::Text(text) => {
            *slot = Some(text);
            Ok(())
        }
        Scalar::Null | Scalar::Bool(_) | Scalar::Other => Err(name),
    })
}

/// Text borrowed from the input wherever it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(ScalarVisitor)? {
            Scalar::Text(text) => Ok(Self(text)),
            Scalar::Null | Scalar::Bool(_) | Scalar::Other => Err(D::Error::custom("not text")),
        }
    }
}

/// A value, as far as it is text, a boolean or nothing.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Bool(bool),
    Null,
    Other,
}

impl<'de> serde::Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

#[cfg(test)]
mod tests;
