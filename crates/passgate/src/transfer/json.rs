//! Files of JSON: our own export, and other libraries' passkeys.

use std::io::{self, BufRead, Read, Write};

use passgate_core::{application::AppId, time::Timestamp};
use serde_json::Value;

use super::{
    Item, Unreadable,
    line::{EndLine, FORMAT, FORMAT_VERSION, HeaderLine, Line, Time},
    passkey::{PasskeyDefaults, PasskeyLine},
    report::{Flaw, Kind},
    shape::is_modest,
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
    /// It is something else.
    #[error("the file is neither an export of Passgate nor a list of passkeys in JSON")]
    Format,
}

/// Writes an export.
#[derive(Debug)]
pub struct JsonWriter<W> {
    to: W,
    records: u64,
}

impl<W: Write> JsonWriter<W> {
    /// Writes the first line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(to: W, app: &AppId, now: Timestamp) -> io::Result<Self> {
        let mut writer = Self { to, records: 0 };
        writer.line(&Line::Header(HeaderLine {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            application: app.clone(),
            exported_at: Time(now),
        }))?;
        Ok(writer)
    }

    /// Writes an item.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, item: &Item) -> io::Result<()> {
        self.records += 1;
        self.line(&Line::from(item))
    }

    /// Writes the last line, and returns how many items there are.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self) -> io::Result<u64> {
        let records = self.records;
        self.line(&Line::End(EndLine { records }))?;
        self.to.flush()?;
        Ok(records)
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, line)?;
        self.to.write_all(b"\n")
    }
}

/// Reads a file of JSON: an export, lines of passkeys, or one array of passkeys.
pub struct JsonSource {
    input: Box<dyn BufRead>,
    defaults: PasskeyDefaults,
    line: u64,
    /// The application of an export.
    application: Option<AppId>,
    /// Records since the header.
    records: u64,
    /// A line that was looked at to see what the file is.
    peeked: Option<String>,
    /// Whether it is an array; then `line` counts its entries.
    is_array: bool,
    /// Whether API keys and the key of the alias digests are left out.
    without_keys: bool,
    ended: bool,
}

impl std::fmt::Debug for JsonSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonSource")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

impl JsonSource {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// [`JsonSourceError`].
    pub fn open(input: Box<dyn BufRead>, defaults: PasskeyDefaults) -> Result<Self, JsonSourceError> {
        let mut source = Self {
            input,
            defaults,
            line: 0,
            application: None,
            records: 0,
            peeked: None,
            is_array: false,
            without_keys: false,
            ended: false,
        };
        if source.peek()? == Some(b'[') {
            source.input.consume(1);
            source.is_array = true;
            source.line = 0;
            return Ok(source);
        }
        let Some(first) = source.next_line()? else {
            return Ok(source);
        };
        if !is_modest(first.as_bytes()) {
            return Err(JsonSourceError::Format);
        }
        let value: Value = serde_json::from_str(&first).map_err(|_| JsonSourceError::Format)?;
        if value["record"] == "header" {
            if value["format"] != FORMAT {
                return Err(JsonSourceError::Format);
            }
            let found = value["version"]
                .as_u64()
                .and_then(|version| u32::try_from(version).ok());
            if found != Some(FORMAT_VERSION) {
                return Err(JsonSourceError::Version {
                    found: found.unwrap_or_default(),
                });
            }
            let header: HeaderLine = serde_json::from_value(value).map_err(|_| JsonSourceError::Format)?;
            source.application = Some(header.application);
        } else if value.is_object() {
            source.peeked = Some(first);
        } else {
            return Err(JsonSourceError::Format);
        }
        Ok(source)
    }

    /// Leaves out API keys and the key of the alias digests: whoever made the file would hold keys to the application.
    #[must_use]
    pub const fn without_keys(mut self) -> Self {
        self.without_keys = true;
        self
    }

    /// The application that an export holds; none if the file holds only passkeys.
    pub const fn application(&self) -> Option<&AppId> {
        self.application.as_ref()
    }

    /// The next byte that is no white space. It is still to be read.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf()?.first().copied() {
                Some(byte) if byte.is_ascii_whitespace() => {
                    self.input.consume(1);
                    self.line += u64::from(byte == b'\n');
                }
                other => return Ok(other),
            }
        }
    }

    /// The text of the array's next entry, which nobody has looked at yet; none after the array's end.
    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, JsonSourceError> {
        let (mut entry, mut depth) = (Vec::new(), 0_u64);
        let (mut in_string, mut is_escaped) = (false, false);
        loop {
            let Some(byte) = self.input.fill_buf()?.first().copied() else {
                return Err(JsonSourceError::CutOff);
            };
            self.input.consume(1);
            match byte {
                _ if in_string => {
                    in_string = is_escaped || byte != b'"';
                    is_escaped = !is_escaped && byte == b'\\';
                }
                b'"' => in_string = true,
                b'[' | b'{' => depth += 1,
                b',' if depth == 0 => return Ok(Some(entry)),
                b']' if depth == 0 => {
                    self.ended = true;
                    if self.peek()?.is_some() {
                        return Err(JsonSourceError::Format);
                    }
                    let is_empty = self.line == 0 && entry.trim_ascii().is_empty();
                    return Ok((!is_empty).then_some(entry));
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            entry.push(byte);
            if u64::try_from(entry.len()).unwrap_or(u64::MAX) > MAX_LINE {
                return Err(JsonSourceError::LongEntry { entry: self.line + 1 });
            }
        }
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<String>, JsonSourceError> {
        if let Some(line) = self.peeked.take() {
            return Ok(Some(line));
        }
        loop {
            let mut text = String::new();
            let read = (&mut self.input).take(MAX_LINE).read_line(&mut text)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if u64::try_from(read).unwrap_or(u64::MAX) >= MAX_LINE {
                return Err(JsonSourceError::LongLine { line: self.line });
            }
            if !text.trim().is_empty() {
                return Ok(Some(text));
            }
        }
    }

    fn read(&mut self) -> Option<Result<Item, Unreadable>> {
        if self.ended {
            return None;
        }
        if self.is_array {
            let entry = match self.next_entry() {
                Ok(entry) => entry?,
                Err(error) => return Some(self.fail(error)),
            };
            self.line += 1;
            if !is_modest(&entry) {
                return Some(Err(self.immodest()));
            }
            let value = serde_json::from_slice(&entry);
            drop(entry);
            return Some(value.map_or_else(|error| Err(self.malformed(&error)), |value| self.passkey(value)));
        }
        let text = match self.next_line() {
            Ok(Some(text)) => text,
            Ok(None) if self.application.is_some() => return Some(self.fail(JsonSourceError::CutOff)),
            Ok(None) => return None,
            Err(error) => return Some(self.fail(error)),
        };
        if !is_modest(text.as_bytes()) {
            self.records += 1;
            return Some(Err(self.immodest()));
        }
        if self.application.is_none() {
            let value = serde_json::from_str(&text);
            drop(text);
            return Some(match value {
                Ok(value) => self.passkey(value),
                Err(error) => Err(self.malformed(&error)),
            });
        }
        self.export_line(&text)
    }

    fn export_line(&mut self, text: &str) -> Option<Result<Item, Unreadable>> {
        let application = self.application.clone()?;
        match serde_json::from_str::<Line>(text) {
            Ok(Line::End(end)) => {
                if end.records != self.records {
                    let found = self.records;
                    return Some(self.fail(JsonSourceError::WrongCount {
                        found,
                        expected: end.records,
                    }));
                }
                self.ended = true;
                None
            }
            Ok(line) => {
                self.records += 1;
                let item = line
                    .into_item(&application)
                    .and_then(|item| item.ok_or_else(|| Flaw::Malformed("a second header".to_owned())));
                Some(match item {
                    Ok(item @ (Item::ApiKey(_) | Item::AliasKey(_))) if self.without_keys => {
                        Err(Unreadable::LeftOut(Box::new(item)))
                    }
                    item => item.map_err(|flaw| self.flawed(flaw)),
                })
            }
            Err(error) => {
                self.records += 1;
                Some(Err(self.malformed(&error)))
            }
        }
    }

    fn passkey(&self, value: Value) -> Result<Item, Unreadable> {
        let passkey: PasskeyLine = serde_json::from_value(value).map_err(|error| self.malformed(&error))?;
        let place = self.place();
        let name = match &passkey.id {
            Some(id) => format!("{id} ({} {})", place.as_str(), self.line),
            None => format!("({} {})", place.as_str(), self.line),
        };
        match passkey.into_credential(&self.defaults) {
            Ok(credential) => Ok(Item::Credential(Box::new(credential))),
            Err(flaw) => Err(Unreadable::record(Kind::Credential, name, flaw)),
        }
    }

    fn immodest(&self) -> Unreadable {
        self.flawed(Flaw::Malformed(
            "it has too many values for its length, or nests too deeply".to_owned(),
        ))
    }

    fn malformed(&self, error: &serde_json::Error) -> Unreadable {
        self.flawed(Flaw::Malformed(error.to_string()))
    }

    fn flawed(&self, flaw: Flaw) -> Unreadable {
        Unreadable::record(self.place(), self.line.to_string(), flaw)
    }

    /// What is counted: lines, or the entries of an array.
    fn place(&self) -> Kind {
        if self.is_array { Kind::Entry } else { Kind::Line }
    }

    fn fail(&mut self, error: JsonSourceError) -> Result<Item, Unreadable> {
        self.ended = true;
        Err(Unreadable::Source(Box::new(error)))
    }
}

impl Iterator for JsonSource {
    type Item = Result<Item, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read()
    }
}
