//! The records of a file, one by one and each of bounded length, however the file is laid out.

use std::io::{self, BufRead, Cursor, Read};

use serde_json::{Map, Value};

use super::{
    line::FORMAT_VERSION,
    report::Kind,
    row::{fold, is_credential_header},
};

/// Most bytes of one line, or of one entry of an array.
const MAX_LINE: u64 = 2 * 1024 * 1024;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JsonSourceError {
    /// It cannot be read at all.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// A line is longer than any that makes sense.
    #[error("line {line} is longer than {MAX_LINE} bytes")]
    LongLine {
        /// Counted from 1.
        line: u64,
    },
    /// An entry of an array is longer than any that makes sense.
    #[error("entry {entry} is longer than {MAX_LINE} bytes")]
    LongEntry {
        /// Counted from 1.
        entry: u64,
    },
    /// It ends before its last line, or within its array: a part is missing.
    #[error("the file ends early: its end is missing, so it was cut off")]
    CutOff,
    /// Lines are missing, or were added.
    #[error("the file has {found} records and should have {expected}: a part is missing, or was added")]
    WrongCount {
        /// How many there are.
        found: u64,
        /// How many there should be.
        expected: u64,
    },
    /// It was written by a newer version.
    #[error("the file has version {found} of the format, and this program reads version {FORMAT_VERSION}")]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// A line of a table cannot be taken apart.
    #[error("line {line} is no line of a table of comma-separated values")]
    Csv {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: csv::Error,
    },
    /// It is something else.
    #[error("the file is neither an export of Passgate nor a list of passkeys in JSON or CSV")]
    Format,
}

/// How the records of a file follow each other.
#[derive(Debug)]
enum Layout {
    /// One JSON object a line.
    Lines,
    /// One JSON array.
    Array,
    /// The members of one JSON object.
    Members,
    /// JSON objects one after the other, over any number of lines each.
    Objects,
    /// Comma-separated values, or ones between other characters, with these names.
    Table { names: Vec<String>, delimiter: u8 },
}

/// A record.
#[derive(Debug)]
pub(super) enum Record {
    /// The text of a JSON value.
    Text(Vec<u8>),
    /// The fields of a line of a table.
    Fields(Map<String, Value>),
}

/// Reads the records of a file.
pub(super) struct Records {
    input: Box<dyn BufRead>,
    layout: Layout,
    /// Lines that were read, or entries.
    number: u64,
    /// A line that was looked at to see what the file is.
    peeked: Option<Vec<u8>>,
    /// Whether anything may follow the list.
    is_within: bool,
    ended: bool,
}

impl Records {
    /// Looks at the beginning of a file. `list` is the member of a large object that lists its records.
    pub(super) fn open(input: Box<dyn BufRead>, list: Option<&'static str>) -> Result<Self, JsonSourceError> {
        let mut records = Self {
            input,
            layout: Layout::Lines,
            number: 0,
            peeked: None,
            is_within: false,
            ended: false,
        };
        // The byte order mark that some programs write before UTF-8.
        if records.input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            records.input.consume(3);
        }
        match records.peek()? {
            None => {}
            Some(b'[') => {
                records.input.consume(1);
                records.be(Layout::Array);
            }
            Some(b'{') => records.open_object(list)?,
            Some(_) => records.open_table()?,
        }
        Ok(records)
    }

    fn be(&mut self, layout: Layout) {
        self.layout = layout;
        self.number = 0;
    }

    /// What begins with an object: lines of them, larger ones, or one that lists the records.
    fn open_object(&mut self, list: Option<&'static str>) -> Result<(), JsonSourceError> {
        let mut first = Vec::new();
        let read = (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut first)?;
        let is_whole = u64::try_from(read).unwrap_or(u64::MAX) < MAX_LINE;
        let value = serde_json::from_slice::<serde::de::IgnoredAny>(&first);
        match (value, list) {
            (Ok(_), list) if is_whole => {
                let begins = list.is_some_and(|name| has_member(&first, name));
                if begins {
                    self.put_back(first);
                    return self.enter(list.unwrap_or_default());
                }
                self.number += 1;
                self.peeked = Some(first);
                Ok(())
            }
            (Err(error), None) if error.is_eof() && is_whole => {
                self.put_back(first);
                self.be(Layout::Objects);
                Ok(())
            }
            (Err(error), Some(name)) if error.is_eof() => {
                self.put_back(first);
                self.enter(name)
            }
            (Ok(_), _) => Err(JsonSourceError::LongLine { line: 1 }),
            (Err(_), _) => Err(JsonSourceError::Format),
        }
    }

    fn put_back(&mut self, read: Vec<u8>) {
        let rest = std::mem::replace(&mut self.input, Box::new(io::empty()));
        self.input = Box::new(Cursor::new(read).chain(rest));
    }

    /// Goes to the records in a large object: to its member of this name.
    fn enter(&mut self, list: &str) -> Result<(), JsonSourceError> {
        self.expect(b'{')?;
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            let layout = match self.peek()? {
                Some(b'[') => Layout::Array,
                Some(b'{') => Layout::Members,
                _ if name == list => return Err(JsonSourceError::Format),
                _ => Layout::Lines,
            };
            if name == list {
                self.input.consume(1);
                self.is_within = true;
                self.be(layout);
                return Ok(());
            }
            self.skip_value()?;
            match self.peek()? {
                Some(b',') => self.input.consume(1),
                // The object is whole, and lists nothing.
                _ => return Err(JsonSourceError::Format),
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonSourceError> {
        match self.peek()? {
            Some(found) if found == byte => {
                self.input.consume(1);
                Ok(())
            }
            Some(_) => Err(JsonSourceError::Format),
            None => Err(JsonSourceError::CutOff),
        }
    }

    fn string(&mut self) -> Result<String, JsonSourceError> {
        self.expect(b'"')?;
        let mut text = vec![b'"'];
        let mut is_escaped = false;
        loop {
            let byte = self.byte()?;
            text.push(byte);
            if byte == b'"' && !is_escaped {
                return serde_json::from_slice(&text).map_err(|_| JsonSourceError::Format);
            }
            is_escaped = !is_escaped && byte == b'\\';
            if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_LINE {
                return Err(JsonSourceError::Format);
            }
        }
    }

    fn byte(&mut self) -> Result<u8, JsonSourceError> {
        let Some(byte) = self.input.fill_buf()?.first().copied() else {
            return Err(JsonSourceError::CutOff);
        };
        self.input.consume(1);
        Ok(byte)
    }

    /// Passes over a value, of any length.
    fn skip_value(&mut self) -> Result<(), JsonSourceError> {
        let mut depth = 0_u64;
        let (mut in_string, mut is_escaped) = (false, false);
        loop {
            let Some(byte) = self.input.fill_buf()?.first().copied() else {
                return Err(JsonSourceError::CutOff);
            };
            match byte {
                _ if in_string => {
                    in_string = is_escaped || byte != b'"';
                    is_escaped = !is_escaped && byte == b'\\';
                }
                b'"' => in_string = true,
                b'[' | b'{' => depth += 1,
                b',' | b']' | b'}' if depth == 0 => return Ok(()),
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            self.input.consume(1);
        }
    }

    /// What begins with something else: a table with the names of its columns in the first line.
    fn open_table(&mut self) -> Result<(), JsonSourceError> {
        let Some(header) = self.next_line()? else {
            return Ok(());
        };
        let header = std::str::from_utf8(&header).map_err(|_| JsonSourceError::Format)?;
        for delimiter in *b",;\t" {
            let names = split(header.as_bytes(), delimiter).map_err(|_| JsonSourceError::Format)?;
            if is_credential_header(&names.iter().map(|name| fold(name)).collect::<Vec<_>>()) {
                self.layout = Layout::Table { names, delimiter };
                return Ok(());
            }
        }
        Err(JsonSourceError::Format)
    }

    /// The first line, if the file has lines.
    pub(super) fn first_line(&self) -> Option<&[u8]> {
        self.peeked.as_deref()
    }

    /// Passes over the first line.
    pub(super) fn skip_first_line(&mut self) {
        self.peeked = None;
    }

    /// The number of the record that was read last: its line, or its place in the list.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// What is counted.
    pub(super) const fn kind(&self) -> Kind {
        match self.layout {
            Layout::Lines | Layout::Table { .. } => Kind::Line,
            Layout::Array | Layout::Members | Layout::Objects => Kind::Entry,
        }
    }

    /// The next record; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, JsonSourceError> {
        if self.ended {
            return Ok(None);
        }
        let record = match &self.layout {
            Layout::Lines => self.next_line()?.map(Record::Text),
            Layout::Table { .. } => self.next_fields()?.map(Record::Fields),
            Layout::Objects => self.next_object()?.map(Record::Text),
            Layout::Array => self.next_entry(b']')?.map(Record::Text),
            Layout::Members => match self.next_entry(b'}')? {
                Some(member) => Some(Record::Text(value_of_member(&member)?)),
                None => None,
            },
        };
        if record.is_none() {
            self.ended = true;
        } else if self.kind() == Kind::Entry {
            self.number += 1;
        }
        Ok(record)
    }

    /// The next byte that is no white space. It is still to be read.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf()?.first().copied() {
                Some(byte) if byte.is_ascii_whitespace() => {
                    self.input.consume(1);
                    if self.kind() == Kind::Line {
                        self.number += u64::from(byte == b'\n');
                    }
                }
                other => return Ok(other),
            }
        }
    }

    /// The text of the list's next entry, which nobody has looked at yet; none after the list's end.
    fn next_entry(&mut self, end: u8) -> Result<Option<Vec<u8>>, JsonSourceError> {
        let (mut entry, mut depth) = (Vec::new(), 0_u64);
        let (mut in_string, mut is_escaped) = (false, false);
        loop {
            let byte = self.byte()?;
            match byte {
                _ if in_string => {
                    in_string = is_escaped || byte != b'"';
                    is_escaped = !is_escaped && byte == b'\\';
                }
                b'"' => in_string = true,
                b'[' | b'{' => depth += 1,
                b',' if depth == 0 => return Ok(Some(entry)),
                _ if byte == end && depth == 0 => {
                    self.ended = true;
                    if !self.is_within && self.peek()?.is_some() {
                        return Err(JsonSourceError::Format);
                    }
                    let is_empty = self.number == 0 && entry.trim_ascii().is_empty();
                    return Ok((!is_empty).then_some(entry));
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            entry.push(byte);
            if u64::try_from(entry.len()).unwrap_or(u64::MAX) > MAX_LINE {
                return Err(JsonSourceError::LongEntry {
                    entry: self.number + 1,
                });
            }
        }
    }

    /// The text of the next object; none at the end.
    fn next_object(&mut self) -> Result<Option<Vec<u8>>, JsonSourceError> {
        match self.peek()? {
            None => return Ok(None),
            Some(b'{') => self.input.consume(1),
            Some(_) => return Err(JsonSourceError::Format),
        }
        let (mut object, mut depth) = (vec![b'{'], 1_u64);
        let (mut in_string, mut is_escaped) = (false, false);
        while depth > 0 {
            let byte = self.byte()?;
            match byte {
                _ if in_string => {
                    in_string = is_escaped || byte != b'"';
                    is_escaped = !is_escaped && byte == b'\\';
                }
                b'"' => in_string = true,
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            object.push(byte);
            if u64::try_from(object.len()).unwrap_or(u64::MAX) > MAX_LINE {
                return Err(JsonSourceError::LongEntry {
                    entry: self.number + 1,
                });
            }
        }
        Ok(Some(object))
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, JsonSourceError> {
        if let Some(line) = self.peeked.take() {
            return Ok(Some(line));
        }
        loop {
            let mut text = Vec::new();
            if !self.more_of_line(&mut text)? {
                return Ok(None);
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some(text));
            }
        }
    }

    /// Adds the next line to a text. False at the end.
    fn more_of_line(&mut self, text: &mut Vec<u8>) -> Result<bool, JsonSourceError> {
        let room = MAX_LINE.saturating_sub(u64::try_from(text.len()).unwrap_or(u64::MAX));
        let read = (&mut self.input).take(room).read_until(b'\n', text)?;
        if read == 0 && room > 0 {
            return Ok(false);
        }
        self.number += 1;
        if u64::try_from(read).unwrap_or(u64::MAX) >= room {
            return Err(JsonSourceError::LongLine { line: self.number });
        }
        Ok(true)
    }

    /// The fields of the next line of a table. A line ends where its quotation marks are closed.
    fn next_fields(&mut self) -> Result<Option<Map<String, Value>>, JsonSourceError> {
        let Some(mut text) = self.next_line()? else {
            return Ok(None);
        };
        let line = self.number;
        while text.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
            if !self.more_of_line(&mut text)? {
                return Err(JsonSourceError::CutOff);
            }
        }
        let Layout::Table { names, delimiter } = &self.layout else {
            return Ok(None);
        };
        let fields = split(&text, *delimiter).map_err(|source| JsonSourceError::Csv { line, source })?;
        let named = names.iter().cloned().zip(fields.into_iter().map(Value::from));
        Ok(Some(named.collect()))
    }
}

/// The fields of one line of a table.
fn split(line: &[u8], delimiter: u8) -> Result<Vec<String>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(line);
    let mut fields = csv::StringRecord::new();
    reader.read_record(&mut fields)?;
    Ok(fields.iter().map(|field| field.trim().to_owned()).collect())
}

/// Whether an object has a member.
fn has_member(object: &[u8], name: &str) -> bool {
    serde_json::from_slice::<std::collections::BTreeMap<String, serde::de::IgnoredAny>>(object)
        .is_ok_and(|members| members.contains_key(name))
}

/// The value of a member, name and all.
fn value_of_member(member: &[u8]) -> Result<Vec<u8>, JsonSourceError> {
    let mut is_escaped = false;
    let mut quotes = 0;
    for (at, byte) in member.iter().enumerate() {
        match byte {
            b'"' if !is_escaped => quotes += 1,
            b':' if quotes == 2 => return Ok(member.get(at + 1..).unwrap_or_default().to_vec()),
            _ => {}
        }
        is_escaped = !is_escaped && *byte == b'\\';
    }
    Err(JsonSourceError::Format)
}
