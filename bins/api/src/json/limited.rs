//! Reading a JSON text in bounded work: so deep, so many values, and halves of surrogate pairs told apart from what is
//! no JSON.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Json;

/// Deepest nesting of arrays and objects. Requests need four levels, extensions of WebAuthn a few more.
pub const DEPTH: usize = 32;

/// Most values of a document, counting every member and every item. The longest list of the contract has 2,000 entries;
/// reading this many takes a fraction of a millisecond.
pub const VALUES: usize = 8192;

/// What half of a surrogate pair is read as. Texts that hold U+0000 are refused wherever they are stored, so no honest
/// text is taken for it.
pub(super) const HALF: &str = "\0\u{ffff}";

/// The same in a JSON text.
const ESCAPED_HALF: &[u8] = b"\\u0000\\uffff";

/// The length of an escape that names a code unit.
const ESCAPE: usize = 6;

/// Why a text is not read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON.
    #[error("is not valid JSON (line {line}, column {column})")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 0.
        column: usize,
    },
    /// It nests deeper than [`DEPTH`].
    #[error("nests deeper than {DEPTH} levels")]
    Deep,
    /// It holds more than [`VALUES`] values.
    #[error("holds more than {VALUES} values")]
    Many,
}

/// Reads a whole document.
pub(super) fn parse(text: &[u8]) -> Result<Json, JsonError> {
    let refused = match read(text) {
        Err(error @ JsonError::Syntax { .. }) => error,
        outcome => return outcome,
    };
    match without_halves(text) {
        Cow::Owned(text) => read(&text).map_err(|error| match error {
            JsonError::Syntax { line, column } => JsonError::Syntax {
                line,
                column: column_as_sent(&text, line, column),
            },
            other => other,
        }),
        Cow::Borrowed(_) => Err(refused),
    }
}

fn read(text: &[u8]) -> Result<Json, JsonError> {
    let budget = Budget::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let outcome = Value {
        budget: &budget,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|json| deserializer.end().map(|()| json));
    outcome.map_err(|error| match budget.exceeded.get() {
        Some(Exceeded::Depth) => JsonError::Deep,
        Some(Exceeded::Values) => JsonError::Many,
        None => JsonError::Syntax {
            line: error.line(),
            column: error.column(),
        },
    })
}

/// Where a column of the text with replacements was in the text that was sent.
fn column_as_sent(replaced: &[u8], line: usize, column: usize) -> usize {
    let line = replaced
        .split(|byte| *byte == b'\n')
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    let before = line.get(..column).unwrap_or(line);
    let halves = before
        .windows(ESCAPED_HALF.len())
        .filter(|window| *window == ESCAPED_HALF);
    column.saturating_sub(halves.count() * (ESCAPED_HALF.len() - ESCAPE))
}

/// The text with [`HALF`] in place of each escape that names half of a surrogate pair.
fn without_halves(text: &[u8]) -> Cow<'_, [u8]> {
    let mut replaced: Option<Vec<u8>> = None;
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = text
        .get(at..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b'\\'))
    {
        at += found;
        let unit = unit(text, at);
        let is_pair = matches!(unit, Some(0xd800..=0xdbff))
            && matches!(self::unit(text, at + ESCAPE), Some(0xdc00..=0xdfff));
        match unit {
            Some(_) if is_pair => at += 2 * ESCAPE,
            Some(0xd800..=0xdfff) => {
                let replaced = replaced.get_or_insert_default();
                replaced.extend_from_slice(text.get(copied..at).unwrap_or_default());
                replaced.extend_from_slice(ESCAPED_HALF);
                at += ESCAPE;
                copied = at;
            }
            Some(_) => at += ESCAPE,
            None => at += 2,
        }
    }
    match replaced {
        Some(mut replaced) => {
            replaced.extend_from_slice(text.get(copied..).unwrap_or_default());
            replaced.into()
        }
        None => text.into(),
    }
}

/// The UTF-16 code unit that an escape names, if there is one (`\u`, four digits).
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let escape = text.get(at..at + ESCAPE)?;
    let digits = escape.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[derive(Clone, Copy)]
enum Exceeded {
    Depth,
    Values,
}

/// What a document has used so far.
#[derive(Default)]
struct Budget {
    values: Cell<usize>,
    exceeded: Cell<Option<Exceeded>>,
}

impl Budget {
    fn exceed<E: serde::de::Error>(&self, what: Exceeded) -> E {
        self.exceeded.set(Some(what));
        E::custom("a limit is exceeded")
    }
}

/// A value at some depth.
#[derive(Clone, Copy)]
struct Value<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl Value<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEPTH {
            return Err(self.budget.exceed(Exceeded::Depth));
        }
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let values = self.budget.values.get() + 1;
        if values > VALUES {
            return Err(self.budget.exceed(Exceeded::Values));
        }
        self.budget.values.set(values);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        // Beyond 63 bits the reference reads a double, and so must we to form the same text.
        Ok(i64::try_from(value).map_or(Json::Number(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let inside = self.inside::<A::Error>()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let inside = self.inside::<A::Error>()?;
        let mut members = Vec::new();
        while let Some(name) = access.next_key()? {
            members.push((name, access.next_value_seed(inside)?));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}0{}", "[".repeat(depth), "]".repeat(depth));
        parse(nested(DEPTH).as_bytes()).unwrap();
        assert_eq!(error(&nested(DEPTH + 1)), "nests deeper than 32 levels");
        let objects = format!("{}0{}", r#"{"a":"#.repeat(DEPTH + 1), "}".repeat(DEPTH + 1));
        assert_eq!(error(&objects), "nests deeper than 32 levels");
        assert_eq!(error(&"[".repeat(1_000_000)), "nests deeper than 32 levels");
    }

    #[test]
    fn values_are_counted_and_reading_stops_with_the_first_too_many() {
        let list = |items: usize| format!("[{}0]", "0,".repeat(items - 1));
        parse(list(VALUES - 1).as_bytes()).unwrap();
        assert_eq!(error(&list(VALUES)), "holds more than 8192 values");
        let members = format!(r#"{{{}"a":0}}"#, r#""a":0,"#.repeat(VALUES));
        assert_eq!(error(&members), "holds more than 8192 values");
        // Nothing behind it is looked at: this would be a syntax error.
        assert_eq!(
            error(&format!("[{}!", "0,".repeat(VALUES))),
            "holds more than 8192 values"
        );
    }

    #[test]
    fn half_of_a_surrogate_pair_is_json() {
        let text = |text: &str| match parse(text.as_bytes()).unwrap() {
            Json::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(r#""\ud83d\ude00""#), "😀");
        assert_eq!(text(r#""a\ud83d""#), format!("a{HALF}"));
        assert_eq!(text(r#""\uDE00b""#), format!("{HALF}b"));
        assert_eq!(text(r#""\ud83d\ud83d\ude00""#), format!("{HALF}😀"));
        assert_eq!(text(r#""\ud83d\n""#), format!("{HALF}\n"));
        assert_eq!(text(r#""\\ud83d""#), r"\ud83d");
        assert_eq!(text(r#""\\\ud83d""#), format!("\\{HALF}"));
        for broken in [
            r#""\ud83"#,
            r#""\ud83""#,
            r#""\ud83g""#,
            r#"["\ud83d",]"#,
            r#"{"\ud83d"}"#,
            r#""\ud83d" 1"#,
        ] {
            assert!(
                matches!(parse(broken.as_bytes()), Err(JsonError::Syntax { .. })),
                "{broken}"
            );
        }
    }

    #[test]
    fn an_error_is_where_it_was_sent() {
        assert_eq!(error("[1,\n!]"), "is not valid JSON (line 2, column 1)");
        let half = r"\ud83d".repeat(10);
        assert_eq!(
            error(&format!("[\"{half}\",\n!]")),
            "is not valid JSON (line 2, column 1)"
        );
        let there = |text: &str| error(&format!("[\n\"{text}\", !]"));
        assert_eq!(there(&half), there(&"x".repeat(half.len())));
    }
}
