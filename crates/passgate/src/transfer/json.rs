//! Files of JSON: our own export, and other libraries' passkeys.

use std::io::{self, BufRead, Write};

use passgate_core::{application::AppId, time::Timestamp};
use serde_json::Value;

use super::{
    Item, Source, Unreadable,
    line::{EndLine, FORMAT, FORMAT_VERSION, HeaderLine, Line, Time},
    passkey::PasskeyDefaults,
    product::Product,
    reader::{PasskeyReader, Place},
    records::{JsonSourceError, Record, Records},
    report::{Flaw, Note},
    shape::is_modest,
};

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

/// Reads a file: an export, or passkeys as JSON lines, JSON objects, one array, or a table (CSV).
pub struct JsonSource {
    records: Records,
    reader: PasskeyReader,
    /// The application of an export.
    application: Option<AppId>,
    /// Records since the header.
    count: u64,
    /// Whether API keys and the key of the alias digests are left out.
    without_keys: bool,
    ended: bool,
}

impl std::fmt::Debug for JsonSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonSource")
            .field("number", &self.records.number())
            .finish_non_exhaustive()
    }
}

impl JsonSource {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// [`JsonSourceError`].
    pub fn open(input: Box<dyn BufRead>, defaults: PasskeyDefaults) -> Result<Self, JsonSourceError> {
        let mut source = Self::of(Records::open(input, None)?, PasskeyReader::new(defaults));
        let Some(first) = source.records.first_line() else {
            return Ok(source);
        };
        if !is_modest(first) {
            return Err(JsonSourceError::Format);
        }
        let value: Value = serde_json::from_slice(first).map_err(|_| JsonSourceError::Format)?;
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
            source.records.skip_first_line();
        }
        Ok(source)
    }

    /// Looks at the beginning of a file of this product.
    ///
    /// # Errors
    /// [`JsonSourceError`].
    pub fn of_product(
        input: Box<dyn BufRead>,
        product: &'static Product,
        defaults: PasskeyDefaults,
    ) -> Result<Self, JsonSourceError> {
        let mut reader = PasskeyReader::new(defaults);
        reader.of_product(product);
        Ok(Self::of(Records::open(input, product.list)?, reader))
    }

    const fn of(records: Records, reader: PasskeyReader) -> Self {
        Self {
            records,
            reader,
            application: None,
            count: 0,
            without_keys: false,
            ended: false,
        }
    }

    /// Leaves out API keys and the key of the alias digests: whoever made the file would hold keys to the application.
    #[must_use]
    pub const fn without_keys(mut self) -> Self {
        self.without_keys = true;
        self
    }

    /// Takes the values of these members as aliases of the record's user.
    #[must_use]
    pub fn with_aliases(mut self, members: Vec<String>) -> Self {
        self.reader.set_aliases(members);
        self
    }

    /// Reads the whole of the same file before, for what records tell about others: some products keep user handles
    /// behind the passkeys.
    ///
    /// # Errors
    /// [`JsonSourceError`].
    pub fn hearing(mut self, input: Box<dyn BufRead>) -> Result<Self, JsonSourceError> {
        let mut records = Records::open(input, None)?;
        while let Some(record) = records.next()? {
            if let Record::Text(text) = record
                && is_modest(&text)
                && let Ok(value) = serde_json::from_slice(&text)
            {
                self.reader.hear(&value);
            }
        }
        Ok(self)
    }

    /// The application that an export holds; none if the file holds only passkeys.
    pub const fn application(&self) -> Option<&AppId> {
        self.application.as_ref()
    }

    fn place(&self) -> Place {
        Place {
            kind: self.records.kind(),
            number: self.records.number(),
        }
    }

    fn read(&mut self) -> Option<Result<Item, Unreadable>> {
        loop {
            if let Some(read) = self.reader.take() {
                return Some(read);
            }
            if self.ended {
                return None;
            }
            let text = match self.records.next() {
                Ok(Some(Record::Text(text))) => text,
                Ok(Some(Record::Fields(fields))) => {
                    self.reader.read(Value::Object(fields), self.place());
                    continue;
                }
                Ok(None) if self.application.is_some() => return Some(self.fail(JsonSourceError::CutOff)),
                Ok(None) => return None,
                Err(error) => return Some(self.fail(error)),
            };
            if !is_modest(&text) {
                self.count += 1;
                return Some(Err(self.place().flawed(Flaw::Malformed(
                    "it has too many values for its length, or nests too deeply".to_owned(),
                ))));
            }
            if self.application.is_some() {
                return self.export_line(&text);
            }
            let value = serde_json::from_slice(&text);
            drop(text);
            match value {
                Ok(value) => self.reader.read(value, self.place()),
                Err(error) => return Some(Err(self.malformed(&error))),
            }
        }
    }

    fn export_line(&mut self, text: &[u8]) -> Option<Result<Item, Unreadable>> {
        let application = self.application.clone()?;
        match serde_json::from_slice::<Line>(text) {
            Ok(Line::End(end)) => {
                if end.records != self.count {
                    let found = self.count;
                    return Some(self.fail(JsonSourceError::WrongCount {
                        found,
                        expected: end.records,
                    }));
                }
                self.ended = true;
                None
            }
            Ok(line) => {
                self.count += 1;
                let item = line
                    .into_item(&application)
                    .and_then(|item| item.ok_or_else(|| Flaw::Malformed("a second header".to_owned())));
                Some(match item {
                    Ok(item @ (Item::ApiKey(_) | Item::AliasKey(_))) if self.without_keys => {
                        Err(Unreadable::LeftOut(Box::new(item)))
                    }
                    item => item.map_err(|flaw| self.place().flawed(flaw)),
                })
            }
            Err(error) => {
                self.count += 1;
                Some(Err(self.malformed(&error)))
            }
        }
    }

    fn malformed(&self, error: &serde_json::Error) -> Unreadable {
        self.place().flawed(Flaw::Malformed(error.to_string()))
    }

    fn fail(&mut self, error: JsonSourceError) -> Result<Item, Unreadable> {
        self.ended = true;
        Err(Unreadable::Source(Box::new(error)))
    }
}

impl Source for JsonSource {
    fn notes(&self) -> Vec<Note> {
        self.reader.notes()
    }
}

impl Iterator for JsonSource {
    type Item = Result<Item, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read()
    }
}
