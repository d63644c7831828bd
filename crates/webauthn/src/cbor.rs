//! The CTAP2 canonical CBOR subset, read strictly and without copying, and its encoder.
//!
//! General CBOR crates accept indefinite lengths, non-minimal integers, unsorted or duplicate keys.
//! Each of those has let two parsers disagree about one signed message, so this reader refuses them.

use crate::code::Code;

use std::cmp::Ordering;

/// Nesting allowed inside authenticator data (CTAP2: at most four levels).
pub const AUTHENTICATOR_DATA_DEPTH: usize = 4;
/// Nesting allowed inside attestation statements; compound ones hold whole statements.
pub const STATEMENT_DEPTH: usize = 8;
/// More entries than any structure of WebAuthn has; bounds the search for duplicate keys.
const MAX_MAP_ENTRIES: usize = 256;

/// Why bytes are not the CBOR expected here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborError {
    /// Truncated, reserved additional information, nested too deeply, or text that is not UTF-8.
    #[error("malformed CBOR")]
    Malformed,
    /// Bytes follow the item.
    #[error("bytes after the CBOR item")]
    TrailingBytes,
    /// The same map key twice, in whatever encodings.
    #[error("duplicate CBOR map key")]
    DuplicateKey,
    /// A tag, float, `undefined` or other type that has no place here.
    #[error("CBOR type not allowed here")]
    Type,
    /// An indefinite length.
    #[error("indefinite-length CBOR")]
    Indefinite,
    /// An integer or length not in its shortest form.
    #[error("CBOR integer or length not in its shortest form")]
    NonCanonical,
    /// Map keys not in CTAP2 canonical order.
    #[error("CBOR map keys out of order")]
    KeyOrder,
}

impl CborError {
    /// The reason in the register.
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed => Code::CborMalformed,
            Self::TrailingBytes => Code::CborTrailingBytes,
            Self::DuplicateKey => Code::CborDuplicateKey,
            Self::Type => Code::CborType,
            Self::Indefinite => Code::CborIndefiniteLength,
            Self::NonCanonical => Code::CborNonCanonical,
            Self::KeyOrder => Code::CborKeyOrder,
        }
    }
}

/// How strictly one structure is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Refuse integers and lengths that are not in their shortest form.
    pub minimal: bool,
    /// Refuse map keys that are not in CTAP2 canonical order.
    pub sorted: bool,
    /// Accept indefinite-length arrays and maps (never strings).
    pub indefinite: bool,
    /// How many arrays and maps may lie inside each other.
    pub depth: usize,
}

impl Rules {
    /// For authenticator data: fully canonical.
    pub const AUTHENTICATOR_DATA: Self = Self {
        minimal: true,
        sorted: true,
        indefinite: false,
        depth: AUTHENTICATOR_DATA_DEPTH,
    };
    /// For attestation statements: canonical apart from key order.
    pub const STATEMENT: Self = Self {
        minimal: true,
        sorted: false,
        indefinite: false,
        depth: STATEMENT_DEPTH,
    };
    /// For the outer attestation object, which browsers assemble.
    pub const ENVELOPE: Self = Self {
        minimal: false,
        sorted: false,
        indefinite: false,
        depth: STATEMENT_DEPTH,
    };

    /// The same rules, with indefinite-length arrays and maps accepted if asked for.
    #[must_use]
    pub const fn with_indefinite(mut self, accepted: bool) -> Self {
        self.indefinite = accepted;
        self
    }
}

/// A map key: WebAuthn structures use integers and text only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// A non-negative integer.
    Unsigned(u64),
    /// The negative integer −1 − n.
    Negative(u64),
    /// Major type 3: UTF-8, of definite length.
    Text(&'a str),
}

impl Key<'_> {
    /// The integer, where it fits.
    pub fn as_int(&self) -> Option<i64> {
        match *self {
            Self::Unsigned(n) => i64::try_from(n).ok(),
            Self::Negative(n) => i64::try_from(n).ok().map(|n| -1 - n),
            Self::Text(_) => None,
        }
    }

    /// CTAP2 order: major type, then length of the encoding, then the bytes.
    fn canonical_cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Unsigned(a), Self::Unsigned(b)) | (Self::Negative(a), Self::Negative(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => self.major().cmp(&other.major()),
        }
    }

    fn major(&self) -> u8 {
        match self {
            Self::Unsigned(_) => 0,
            Self::Negative(_) => 1,
            Self::Text(_) => 3,
        }
    }
}

/// A decoded item; strings borrow from the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A non-negative integer.
    Unsigned(u64),
    /// The negative integer −1 − n.
    Negative(u64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text string.
    Text(&'a str),
    /// Major type 4, of definite length.
    Array(Vec<Self>),
    /// A map, in the order of the input.
    Map(Vec<(Key<'a>, Self)>),
    /// A boolean.
    Bool(bool),
    /// Simple value 22.
    Null,
}

impl<'a> Value<'a> {
    /// The integer, where it fits.
    pub fn as_int(&self) -> Option<i64> {
        match *self {
            Self::Unsigned(n) => Key::Unsigned(n).as_int(),
            Self::Negative(n) => Key::Negative(n).as_int(),
            _ => None,
        }
    }

    /// The byte string.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What a text string says; none for every other type.
    pub fn as_text(&self) -> Option<&'a str> {
        match *self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map.
    pub fn as_map(&self) -> Option<&[(Key<'a>, Self)]> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The member with this text key, if this is a map that has it.
    pub fn member(&self, name: &str) -> Option<&Self> {
        self.as_map()?
            .iter()
            .find(|(key, _)| *key == Key::Text(name))
            .map(|(_, value)| value)
    }
}

/// Decodes exactly one item.
///
/// # Errors
/// [`CborError`], [`CborError::TrailingBytes`] when more than one item is there.
pub fn decode(input: &[u8], rules: Rules) -> Result<Value<'_>, CborError> {
    let mut reader = Reader::new(input, rules);
    let value = reader.value()?;
    reader.finish()?;
    Ok(value)
}

/// Decodes the first item and says how many bytes it took.
///
/// # Errors
/// [`CborError`].
pub fn decode_prefix(input: &[u8], rules: Rules) -> Result<(Value<'_>, usize), CborError> {
    let mut reader = Reader::new(input, rules);
    let value = reader.value()?;
    Ok((value, reader.position()))
}

/// A cursor over CBOR bytes.
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    position: usize,
    rules: Rules,
}

/// The first bytes of an item.
struct Head {
    major: u8,
    info: u8,
    argument: u64,
    minimal: bool,
}

/// How many items a container holds.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    Definite(u64),
    Indefinite,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a [u8], rules: Rules) -> Self {
        Self {
            input,
            position: 0,
            rules,
        }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// Nothing may follow.
    pub(crate) fn finish(&self) -> Result<(), CborError> {
        if self.position == self.input.len() {
            Ok(())
        } else {
            Err(CborError::TrailingBytes)
        }
    }

    /// Reads one item with everything in it.
    pub(crate) fn value(&mut self) -> Result<Value<'a>, CborError> {
        self.value_within(self.rules.depth)
    }

    /// Reads the head of a map.
    pub(crate) fn map(&mut self) -> Result<Length, CborError> {
        let head = self.head()?;
        if head.major != 5 {
            return Err(CborError::Type);
        }
        self.length(&head)
    }

    /// Whether another item of a container follows; consumes the break of an indefinite one.
    pub(crate) fn more(&mut self, length: Length, read: u64) -> Result<bool, CborError> {
        match length {
            Length::Definite(n) => Ok(read < n),
            Length::Indefinite => match self.input.get(self.position) {
                Some(0xff) => {
                    self.position += 1;
                    Ok(false)
                }
                Some(_) => Ok(true),
                None => Err(CborError::Malformed),
            },
        }
    }

    /// Reads a text string.
    pub(crate) fn text(&mut self) -> Result<&'a str, CborError> {
        match self.value_within(0)? {
            Value::Text(text) => Ok(text),
            _ => Err(CborError::Type),
        }
    }

    fn value_within(&mut self, depth: usize) -> Result<Value<'a>, CborError> {
        let head = self.head()?;
        if head.major != 7 && !head.minimal && self.rules.minimal {
            return Err(CborError::NonCanonical);
        }
        match head.major {
            0 | 1 if head.info == 31 => Err(CborError::Malformed),
            0 => Ok(Value::Unsigned(head.argument)),
            1 => Ok(Value::Negative(head.argument)),
            2 => self.bytes(&head).map(Value::Bytes),
            3 => self.text_of(&head).map(Value::Text),
            4 => {
                let depth = depth.checked_sub(1).ok_or(CborError::Malformed)?;
                let length = self.length(&head)?;
                let mut items = Vec::new();
                while self.more(length, items.len() as u64)? {
                    items.push(self.value_within(depth)?);
                }
                Ok(Value::Array(items))
            }
            5 => {
                let depth = depth.checked_sub(1).ok_or(CborError::Malformed)?;
                let length = self.length(&head)?;
                self.entries(length, depth).map(Value::Map)
            }
            7 => match head.info {
                20 => Ok(Value::Bool(false)),
                21 => Ok(Value::Bool(true)),
                22 => Ok(Value::Null),
                31 => Err(CborError::Malformed),
                _ => Err(CborError::Type),
            },
            _ => Err(CborError::Type),
        }
    }

    fn entries(&mut self, length: Length, depth: usize) -> Result<Vec<(Key<'a>, Value<'a>)>, CborError> {
        let mut entries: Vec<(Key<'a>, Value<'a>)> = match length {
            // Every entry takes two bytes at least, so a false length cannot reserve much.
            Length::Definite(n) if n as usize <= MAX_MAP_ENTRIES => {
                Vec::with_capacity((n as usize).min(self.input.len() - self.position))
            }
            Length::Definite(_) => return Err(CborError::Malformed),
            Length::Indefinite => Vec::new(),
        };
        while self.more(length, entries.len() as u64)? {
            if entries.len() == MAX_MAP_ENTRIES {
                return Err(CborError::Malformed);
            }
            let (key, minimal) = self.key()?;
            self.admit(&entries, key, minimal)?;
            let value = self.value_within(depth)?;
            entries.push((key, value));
        }
        Ok(entries)
    }

    /// A twin key is reported as such in whatever encoding it comes, before its form is judged.
    fn admit(&self, entries: &[(Key<'a>, Value<'a>)], key: Key<'a>, minimal: bool) -> Result<(), CborError> {
        let in_order = entries
            .last()
            .is_none_or(|(last, _)| last.canonical_cmp(&key) == Ordering::Less);
        let may_repeat = !in_order || !self.rules.sorted;
        if may_repeat && entries.iter().any(|(earlier, _)| *earlier == key) {
            return Err(CborError::DuplicateKey);
        }
        if self.rules.minimal && !minimal {
            return Err(CborError::NonCanonical);
        }
        if self.rules.sorted && !in_order {
            return Err(CborError::KeyOrder);
        }
        Ok(())
    }

    fn key(&mut self) -> Result<(Key<'a>, bool), CborError> {
        let head = self.head()?;
        let key = match head.major {
            0 | 1 if head.info == 31 => return Err(CborError::Malformed),
            0 => Key::Unsigned(head.argument),
            1 => Key::Negative(head.argument),
            3 => Key::Text(self.text_of(&head)?),
            _ => return Err(CborError::Type),
        };
        Ok((key, head.minimal))
    }

    fn length(&self, head: &Head) -> Result<Length, CborError> {
        if head.info != 31 {
            Ok(Length::Definite(head.argument))
        } else if self.rules.indefinite {
            Ok(Length::Indefinite)
        } else {
            Err(CborError::Indefinite)
        }
    }

    fn bytes(&mut self, head: &Head) -> Result<&'a [u8], CborError> {
        if head.info == 31 {
            return Err(CborError::Indefinite);
        }
        let length = usize::try_from(head.argument).map_err(|_| CborError::Malformed)?;
        self.take(length)
    }

    fn text_of(&mut self, head: &Head) -> Result<&'a str, CborError> {
        std::str::from_utf8(self.bytes(head)?).map_err(|_| CborError::Malformed)
    }

    fn head(&mut self) -> Result<Head, CborError> {
        let [initial] = self.array()?;
        let (major, info) = (initial >> 5, initial & 0x1f);
        let (argument, minimal) = match info {
            0..=23 => (u64::from(info), true),
            24 => {
                let n = u64::from(u8::from_be_bytes(self.array()?));
                (n, n > 23)
            }
            25 => {
                let n = u64::from(u16::from_be_bytes(self.array()?));
                (n, n > u64::from(u8::MAX))
            }
            26 => {
                let n = u64::from(u32::from_be_bytes(self.array()?));
                (n, n > u64::from(u16::MAX))
            }
            27 => {
                let n = u64::from_be_bytes(self.array()?);
                (n, n > u64::from(u32::MAX))
            }
            31 => (0, true),
            _ => return Err(CborError::Malformed),
        };
        Ok(Head {
            major,
            info,
            argument,
            minimal,
        })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let bytes = self.take(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| CborError::Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CborError> {
        let end = self.position.checked_add(length).ok_or(CborError::Malformed)?;
        let bytes = self.input.get(self.position..end).ok_or(CborError::Malformed)?;
        self.position = end;
        Ok(bytes)
    }
}

/// Encodes a value in its shortest form; maps are put into CTAP2 canonical order.
pub fn encode(value: &Value<'_>) -> Vec<u8> {
    let mut output = Vec::new();
    write_value(&mut output, value);
    output
}

fn write_value(output: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Unsigned(n) => write_head(output, 0, *n),
        Value::Negative(n) => write_head(output, 1, *n),
        Value::Bytes(bytes) => {
            write_head(output, 2, bytes.len() as u64);
            output.extend_from_slice(bytes);
        }
        Value::Text(text) => {
            write_head(output, 3, text.len() as u64);
            output.extend_from_slice(text.as_bytes());
        }
        Value::Array(items) => {
            write_head(output, 4, items.len() as u64);
            for item in items {
                write_value(output, item);
            }
        }
        Value::Map(entries) => {
            write_head(output, 5, entries.len() as u64);
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.canonical_cmp(b));
            for (key, value) in sorted {
                match key {
                    Key::Unsigned(n) => write_head(output, 0, *n),
                    Key::Negative(n) => write_head(output, 1, *n),
                    Key::Text(text) => write_value(output, &Value::Text(text)),
                }
                write_value(output, value);
            }
        }
        Value::Bool(false) => output.push(0xf4),
        Value::Bool(true) => output.push(0xf5),
        Value::Null => output.push(0xf6),
    }
}

fn write_head(output: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    let bytes = argument.to_be_bytes();
    match argument {
        0..=23 => output.push(major | bytes[7]),
        24..=0xff => output.extend_from_slice(&[major | 24, bytes[7]]),
        0x100..=0xffff => {
            output.push(major | 25);
            output.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            output.push(major | 26);
            output.extend_from_slice(&bytes[4..]);
        }
        _ => {
            output.push(major | 27);
            output.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests;
