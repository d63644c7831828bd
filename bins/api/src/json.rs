//! Reading JSON the way the API's clients write it: lenient where their languages are, strict everywhere else.
//!
//! Member names match whatever their case, the last of several equal members wins, any scalar serves as a string,
//! numbers may come as strings. Comments, trailing commas and text after the document are errors. What a document may
//! cost is bounded while it is read.

mod date;
mod guid;
mod limited;
mod members;

pub use date::parse_date;
pub use guid::parse_guid;
pub use limited::{DEPTH, JsonError, VALUES};
pub use members::{BindingError, Members, parse_integer};

/// A JSON value with its members in the order they were sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number without fraction or exponent that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object; names may repeat.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Parses a whole document.
    ///
    /// # Errors
    /// If it is no JSON, or more than is read.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        limited::parse(bytes)
    }

    /// The text this value stands for where a string is expected; none for `null`.
    ///
    /// Numbers become their invariant decimal text, booleans `True` or `False`, objects and arrays their JSON text.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Boolean(true) => Some("True".to_owned()),
            Self::Boolean(false) => Some("False".to_owned()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Number(value) => Some(invariant_text(*value)),
            Self::Text(text) => Some(text.clone()),
            Self::List(_) | Self::Object(_) => Some(self.to_value().to_string()),
        }
    }

    /// The same value for code that works on [`serde_json::Value`]; of equal members the last stays.
    pub fn to_value(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Text(text) => text.clone().into(),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_value()))
                .collect(),
        }
    }

    /// What kind of value this is, for error texts.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The shortest decimal text that reads back as the same double, with an exponent from 1E+15 up and below 1E-04.
fn invariant_text(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0".to_owned()
        } else {
            "0".to_owned()
        };
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent >= 15 => format!("{mantissa}E+{exponent:02}"),
        Ok(exponent) if exponent < -4 => format!("{mantissa}E-{:02}", exponent.unsigned_abs()),
        _ => format!("{value}"),
    }
}

#[cfg(test)]
mod tests;
