//! Columns: how values become columns and columns become values again.

use std::borrow::Cow;

use passgate_core::{application::AppId, time::Timestamp, user::UserId};

use crate::error::StoreError;

/// Names a column, for errors about what it holds.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) table: &'static str,
    pub(crate) name: &'static str,
}

/// Names a column: `column!(credentials.sign_count)`, checked against the schema.
macro_rules! column {
    ($table:ident . $name:ident) => {{
        // Names that are not in the schema do not compile.
        let _ = $crate::schema::$table::$name;
        $crate::column::Column {
            table: stringify!($table),
            name: stringify!($name),
        }
    }};
}
pub(crate) use column;

/// Most bytes of a text that is part of a key: PostgreSQL's indexes take no row of more than about 2700.
const KEY_TEXT_LIMIT: usize = 1024;

impl Column {
    /// The column holds what this program cannot have written.
    pub(crate) const fn corrupt(self) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column: self.name,
        }
    }

    /// The value cannot be kept in the column.
    pub(crate) const fn unstorable(self) -> StoreError {
        StoreError::Unstorable {
            table: self.table,
            column: self.name,
        }
    }

    /// Reads a value, or reports the column.
    pub(crate) fn read<T>(self, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt())
    }

    /// Reads an unsigned number, which the databases do not have.
    pub(crate) fn unsigned<T: TryFrom<i64>>(self, value: i64) -> Result<T, StoreError> {
        self.read(T::try_from(value).ok())
    }

    /// Stores an unsigned number.
    pub(crate) fn signed(self, value: u64) -> Result<i64, StoreError> {
        i64::try_from(value).map_err(|_| self.unstorable())
    }

    /// Stores a text that things are found by: exactly, or not at all.
    pub(crate) fn key(self, text: &str) -> Result<&str, StoreError> {
        if cannot_be_stored(text) || text.len() > KEY_TEXT_LIMIT {
            Err(self.unstorable())
        } else {
            Ok(text)
        }
    }

    /// Reads a JSON array of texts.
    pub(crate) fn list<T>(self, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, StoreError> {
        let items: Vec<String> = self.read(serde_json::from_str(text).ok())?;
        items.iter().map(|item| self.read(parse(item))).collect()
    }

    /// Reads an application's id.
    pub(crate) fn app_id(self, text: &str) -> Result<AppId, StoreError> {
        self.read(AppId::parse(text).ok())
    }

    /// Reads a user's id.
    pub(crate) fn user_id(self, text: &str) -> Result<UserId, StoreError> {
        self.read(UserId::parse(text).ok())
    }
}

/// Whether no row can be found by this text: PostgreSQL's text does not hold NUL, so ids with it are never stored, and
/// to ask for them would be an error there.
pub(crate) fn cannot_be_stored(text: &str) -> bool {
    text.contains('\0')
}

/// A text that is only shown: NUL is replaced.
pub(crate) fn free_text(text: &str) -> Cow<'_, str> {
    if cannot_be_stored(text) {
        Cow::Owned(text.replace('\0', "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// [`free_text`] for what may be absent.
pub(crate) fn optional_free_text(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(free_text)
}

/// Writes a JSON array of texts.
pub(crate) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(items.into_iter().map(|item| free_text(item).into_owned())).to_string()
}

/// A time that may be absent.
pub(crate) fn optional_time(time: Option<Timestamp>) -> Option<chrono::NaiveDateTime> {
    time.map(Timestamp::to_naive)
}
