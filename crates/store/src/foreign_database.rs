//! Reading tables of another product's database, SQLite or PostgreSQL, for those who move in. Nothing is ever written
//! to it.
//!
//! Rows come out as JSON texts, whatever their columns are: bytes as `\x` and hex digits, the rest as the database
//! writes JSON.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{DefaultLoadingMode, SimpleConnection},
    sql_types::Text,
};
use passgate_postgres::{Address, Behaviour, InvalidAddress, PostgresConnection};

use crate::error::{Cause, StoreError};

/// How many rows may wait to be taken.
const WAITING: usize = 512;

/// The first bytes of every SQLite file.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// A database of another product.
#[derive(Clone, Debug)]
pub enum ForeignDatabase {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Box<Address>),
}

/// Why a text does not name a database.
#[derive(Debug, thiserror::Error)]
pub enum ForeignDatabaseError {
    /// It is an address of PostgreSQL, and cannot be read.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// It is a file that is not there, or may not be read.
    #[error("the file cannot be read")]
    File(#[source] io::Error),
}

impl ForeignDatabase {
    /// What a text names: a PostgreSQL server, a SQLite file, or none for any other file.
    ///
    /// # Errors
    ///
    /// [`ForeignDatabaseError`].
    pub fn named(text: &str) -> Result<Option<Self>, ForeignDatabaseError> {
        if Address::is_meant_by(text) {
            return Ok(Some(Self::Postgres(Box::new(Address::parse(text)?))));
        }
        let mut beginning = Vec::new();
        let file = fs::File::open(text).map_err(ForeignDatabaseError::File)?;
        let length = u64::try_from(SQLITE_MAGIC.len()).unwrap_or(u64::MAX);
        io::Read::read_to_end(&mut io::Read::take(file, length), &mut beginning)
            .map_err(ForeignDatabaseError::File)?;
        Ok((beginning == SQLITE_MAGIC).then(|| Self::Sqlite(PathBuf::from(text))))
    }

    /// The rows of a query, each as the text of a JSON object.
    ///
    /// A thread of its own reads them, only so far ahead as a few hundred rows, and ends when the rows are dropped.
    pub fn rows(&self, query: &str) -> ForeignRows {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let (database, query) = (self.clone(), query.to_owned());
        thread::spawn(move || {
            let read = match &database {
                Self::Sqlite(path) => read_sqlite(path, &query, &sender),
                Self::Postgres(address) => read_postgres(address, &query, &sender),
            };
            if let Err(error) = read {
                // Whoever stopped listening needs no error.
                drop(sender.send(Err(error)));
            }
        });
        ForeignRows(receiver)
    }
}

/// The rows of a query, see [`ForeignDatabase::rows`].
pub struct ForeignRows(Receiver<Result<String, StoreError>>);

impl fmt::Debug for ForeignRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeignRows")
    }
}

impl Iterator for ForeignRows {
    type Item = Result<String, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

fn failed(operation: &'static str) -> impl FnOnce(diesel::result::Error) -> StoreError {
    move |error| StoreError::from_diesel(operation, error)
}

/// Hands a row over. False once nobody listens any more.
fn send(sender: &SyncSender<Result<String, StoreError>>, row: Row) -> bool {
    sender.send(Ok(row.value)).is_ok()
}

fn read_sqlite(
    path: &Path,
    query: &str,
    sender: &SyncSender<Result<String, StoreError>>,
) -> Result<(), StoreError> {
    let unavailable = |cause| StoreError::Unavailable {
        operation: "open the database to import",
        cause,
    };
    let address = read_only_address(path).ok_or_else(|| unavailable(Cause::new(NotUnicode)))?;
    let mut database =
        SqliteConnection::establish(&address).map_err(|error| unavailable(Cause::new(error)))?;
    // A view of the query has the names of its columns; it is in memory, and gone with the connection.
    database
        .batch_execute(&format!(
            "PRAGMA temp_store = MEMORY; CREATE TEMP VIEW passgate_rows AS {query}; PRAGMA query_only = ON; BEGIN"
        ))
        .map_err(failed("read the tables to import"))?;
    let columns = diesel::sql_query("SELECT name AS value FROM pragma_table_info('passgate_rows')")
        .load::<Row>(&mut database)
        .map_err(failed("read the columns to import"))?;
    let members: Vec<_> = columns
        .iter()
        .map(|column| {
            let (text, name) = (
                column.value.replace('\'', "''"),
                column.value.replace('"', "\"\""),
            );
            format!("'{text}', CASE typeof(\"{name}\") WHEN 'blob' THEN '\\x' || hex(\"{name}\") ELSE \"{name}\" END")
        })
        .collect();
    let select = format!(
        "SELECT json_object({}) AS value FROM passgate_rows",
        members.join(", ")
    );
    let rows = diesel::sql_query(select)
        .load_iter::<Row, DefaultLoadingMode>(&mut database)
        .map_err(failed("read the rows to import"))?;
    for row in rows {
        if !send(sender, row.map_err(failed("read the rows to import"))?) {
            break;
        }
    }
    Ok(())
}

fn read_postgres(
    address: &Address,
    query: &str,
    sender: &SyncSender<Result<String, StoreError>>,
) -> Result<(), StoreError> {
    let mut database = PostgresConnection::open(address, &Behaviour::default()).map_err(|error| {
        StoreError::Unavailable {
            operation: "open the database to import",
            cause: Cause::new(error),
        }
    })?;
    database
        .batch_execute("BEGIN READ ONLY")
        .map_err(failed("read the tables to import"))?;
    // Rows come a few at a time: the client keeps every row of an answer.
    database
        .batch_execute(&format!(
            "DECLARE passgate_rows NO SCROLL CURSOR FOR SELECT row_to_json(r)::text AS value FROM ({query}) r"
        ))
        .map_err(failed("read the tables to import"))?;
    loop {
        let rows = diesel::sql_query(format!("FETCH {WAITING} FROM passgate_rows"))
            .load::<Row>(&mut database)
            .map_err(failed("read the rows to import"))?;
        if rows.is_empty() || !rows.into_iter().all(|row| send(sender, row)) {
            return Ok(());
        }
    }
}

/// The path of a file is not Unicode, and SQLite takes no other.
#[derive(Debug, thiserror::Error)]
#[error("the path of the file is not valid Unicode")]
struct NotUnicode;

/// The address under which SQLite opens a file for reading only; none if its path is not Unicode.
pub(crate) fn read_only_address(path: &Path) -> Option<String> {
    let mut address = String::from("file:");
    for character in path.to_str()?.chars() {
        match character {
            '%' => address.push_str("%25"),
            '?' => address.push_str("%3f"),
            '#' => address.push_str("%23"),
            other => address.push(other),
        }
    }
    address.push_str("?mode=ro");
    Some(address)
}
