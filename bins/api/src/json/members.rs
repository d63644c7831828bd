//! The members of one JSON object, read by name.

use std::fmt;

use passgate_core::time::Timestamp;
use uuid::Uuid;

use super::{Json, limited::HALF, parse_date, parse_guid};
use crate::encoding;

/// The members of a JSON object.
#[derive(Clone, Debug)]
pub struct Members<'j> {
    members: &'j [(String, Json)],
    /// Where in the document this object is: empty for the top, else `response.` and the like.
    prefix: String,
}

/// Why a body could not be bound to what the endpoint reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingError {
    /// The member, with the path that leads to it.
    pub member: String,
    /// What is wrong with it, as half a sentence.
    pub problem: String,
}

impl fmt::Display for BindingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.member.is_empty() {
            write!(f, "The request body {}.", self.problem)
        } else {
            write!(f, "The member '{}' {}.", self.member, self.problem)
        }
    }
}

impl<'j> Members<'j> {
    /// The members of a document, which must be an object.
    pub fn of(document: &'j Json) -> Result<Self, BindingError> {
        match document {
            Json::Object(members) => Ok(Self {
                members,
                prefix: String::new(),
            }),
            other => Err(BindingError {
                member: String::new(),
                problem: format!("must be an object, not {}", other.kind()),
            }),
        }
    }

    /// A text; none when absent or `null`.
    pub fn text(&self, name: &str) -> Result<Option<String>, BindingError> {
        let Some(text) = self.find(name).and_then(Json::to_text) else {
            return Ok(None);
        };
        self.storable(name, text).map(Some)
    }

    /// A text that must be there.
    pub fn required_text(&self, name: &str) -> Result<String, BindingError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A list of texts, each of which may be `null`; none when the list itself is absent or `null`.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<Option<String>>>, BindingError> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        let read = |item: &Json| item.to_text().map(|text| self.storable(name, text)).transpose();
        items.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// A boolean that may be `null`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, BindingError> {
        match self.find(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Boolean(value)) => Ok(Some(*value)),
            Some(other) => Err(self.unexpected(name, "a boolean", other)),
        }
    }

    /// A boolean with a default, for which `null` is an error.
    pub fn boolean_or(&self, name: &str, default: bool) -> Result<bool, BindingError> {
        self.refuse_null(name, "a boolean")?;
        Ok(self.boolean(name)?.unwrap_or(default))
    }

    /// A boolean, or one of a few words, for which `null` is an error.
    pub fn boolean_or_choice<T: Copy>(
        &self,
        name: &str,
        choice: impl Fn(bool) -> T,
        words: &[(&str, T)],
    ) -> Result<Option<T>, BindingError> {
        self.refuse_null(name, "a boolean")?;
        if let Some(Json::Text(text)) = self.find(name)
            && let Some((_, value)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text))
        {
            return Ok(Some(*value));
        }
        Ok(self.boolean(name)?.map(choice))
    }

    /// A whole number that may be `null`; a string of digits serves too.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, BindingError> {
        match self.find(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Integer(value)) => Ok(Some(*value)),
            Some(Json::Text(text)) => parse_integer(text)
                .map(Some)
                .ok_or_else(|| self.wrong(name, "must be a whole number".to_owned())),
            Some(other) => Err(self.unexpected(name, "a whole number", other)),
        }
    }

    /// A whole number that must fit 32 bits, as most of the API's numbers; it may be `null`.
    pub fn small_integer(&self, name: &str) -> Result<Option<i32>, BindingError> {
        let Some(value) = self.integer(name)? else {
            return Ok(None);
        };
        i32::try_from(value)
            .map(Some)
            .map_err(|_| self.wrong(name, "is too large a number".to_owned()))
    }

    /// A 32-bit number with a default, for which `null` is an error.
    pub fn small_integer_or(&self, name: &str, default: i32) -> Result<i32, BindingError> {
        self.refuse_null(name, "a whole number")?;
        Ok(self.small_integer(name)?.unwrap_or(default))
    }

    /// A point in time; none when absent or `null`.
    pub fn date(&self, name: &str) -> Result<Option<Timestamp>, BindingError> {
        match self.find(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text)) => parse_date(text)
                .map(Some)
                .ok_or_else(|| self.wrong(name, "must be an ISO 8601 date and time".to_owned())),
            Some(other) => Err(self.unexpected(name, "an ISO 8601 date and time", other)),
        }
    }

    /// A list of GUIDs; none when absent or `null`.
    pub fn guids(&self, name: &str) -> Result<Option<Vec<Uuid>>, BindingError> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        let read = |item: &Json| match item {
            Json::Text(text) => {
                parse_guid(text).ok_or_else(|| self.wrong(name, "must hold GUIDs".to_owned()))
            }
            other => Err(self.unexpected(name, "GUIDs", other)),
        };
        items.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// One of several named values, given as its text (whatever its case) or as its place in the list.
    ///
    /// Absent gives none; `null` is an error.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, BindingError> {
        self.refuse_null(name, "one of the named values")?;
        self.find(name)
            .map(|value| self.choose(name, value, choices))
            .transpose()
    }

    /// A list of named values; none when the list is absent or `null`.
    pub fn choices<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<Vec<T>>, BindingError> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        items
            .iter()
            .map(|item| self.choose(name, item, choices))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Base64url (or standard base64, padded or not); none when absent or `null`.
    pub fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, BindingError> {
        match self.find(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text)) => encoding::decode(text)
                .map(Some)
                .ok_or_else(|| self.wrong(name, "must be base64url".to_owned())),
            Some(other) => Err(self.unexpected(name, "base64url text", other)),
        }
    }

    /// Base64url that must be there.
    pub fn required_bytes(&self, name: &str) -> Result<Vec<u8>, BindingError> {
        self.bytes(name)?.ok_or_else(|| self.missing(name))
    }

    /// The members of a nested object; none when absent or `null`.
    pub fn object(&self, name: &str) -> Result<Option<Self>, BindingError> {
        match self.find(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Object(members)) => Ok(Some(Self {
                members,
                prefix: format!("{}{name}.", self.prefix),
            })),
            Some(other) => Err(self.unexpected(name, "an object", other)),
        }
    }

    /// The members of each object of a list; none when the list is absent or `null`.
    pub fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, BindingError> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        let read = |item: &'j Json| match item {
            Json::Object(members) => Ok(Self {
                members,
                prefix: format!("{}{name}.", self.prefix),
            }),
            other => Err(self.unexpected(name, "objects", other)),
        };
        items.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// The members of a nested object that must be there.
    pub fn required_object(&self, name: &str) -> Result<Self, BindingError> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// The value itself; none when absent.
    pub fn find(&self, name: &str) -> Option<&'j Json> {
        self.members
            .iter()
            .rev()
            .find(|(member, _)| member.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The items of a list; none when absent or `null`.
    pub fn list(&self, name: &str) -> Result<Option<&'j [Json]>, BindingError> {
        match self.find(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::List(items)) => Ok(Some(items)),
            Some(other) => Err(self.unexpected(name, "an array", other)),
        }
    }

    /// The error for a member that is not there.
    pub fn missing(&self, name: &str) -> BindingError {
        self.wrong(name, "is required".to_owned())
    }

    /// An error about one member.
    pub fn wrong(&self, name: &str, problem: String) -> BindingError {
        BindingError {
            member: format!("{}{name}", self.prefix),
            problem,
        }
    }

    /// An error about one member whose text is not what it should be; `why` is a sentence of its own.
    pub fn unusable(&self, name: &str, why: &dyn std::error::Error) -> BindingError {
        self.wrong(name, format!("cannot be used: {why}"))
    }

    fn choose<T: Copy>(&self, name: &str, value: &Json, choices: &[(&str, T)]) -> Result<T, BindingError> {
        let chosen = match value {
            Json::Text(text) => choices
                .iter()
                .find(|(choice, _)| choice.eq_ignore_ascii_case(text)),
            Json::Integer(ordinal) => usize::try_from(*ordinal)
                .ok()
                .and_then(|place| choices.get(place)),
            _ => None,
        };
        chosen.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            self.wrong(name, format!("must be one of: {}", names.join(", ")))
        })
    }

    fn refuse_null(&self, name: &str, expected: &str) -> Result<(), BindingError> {
        match self.find(name) {
            Some(null @ Json::Null) => Err(self.unexpected(name, expected, null)),
            _ => Ok(()),
        }
    }

    /// PostgreSQL cannot keep U+0000 in a text; no honest client sends it.
    fn storable(&self, name: &str, text: String) -> Result<String, BindingError> {
        if text.contains(HALF) {
            return Err(self.wrong(name, "must not contain half of a surrogate pair".to_owned()));
        }
        if text.contains('\0') {
            return Err(self.wrong(name, "must not contain the character U+0000".to_owned()));
        }
        Ok(text)
    }

    fn unexpected(&self, name: &str, expected: &str, got: &Json) -> BindingError {
        self.wrong(name, format!("must be {expected}, not {}", got.kind()))
    }
}

/// A whole number written as text: an optional sign and digits, nothing else.
pub fn parse_integer(text: &str) -> Option<i64> {
    text.parse().ok()
}
