//! Reading a backup of a SQLite database that somebody else may have made or changed.
//!
//! A file is never taken over as it is: a schema can hold triggers, views and expressions that run when somebody reads
//! or writes. What is taken over are the rows of the tables that our migrations make, into a database that our
//! migrations made. Everything is looked at in the file first (the schema as text, each table page by page), then
//! copied, then held against the new schema: kinds of values, uniqueness, foreign keys.

use std::{collections::BTreeMap, fs, path::Path, sync::mpsc, thread, time::Duration};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    sql_types::{BigInt, Text},
    sqlite::Sqlite,
};
use diesel_migrations::MigrationHarness as _;

use crate::{
    connection::create_private,
    error::{Cause, StoreError},
    migration::SQLITE,
};

/// Where diesel keeps which migrations ran.
const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// The longest time to look at a file of no size, and what each MiB adds.
const TIME: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(500));

/// What was found in a file, and taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupContents {
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Objects of the file that are not ours, and were left out: `trigger audit`.
    pub left_out: Vec<String>,
}

/// Why a file is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum BackupFileError {
    /// It is a directory, a pipe or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// SQLite takes Unicode paths only.
    #[error("its path is not valid Unicode")]
    Path,
    /// Its latest changes are in another file.
    #[error("it is a live database, or was one: its latest changes are in another file ({0})")]
    Live(&'static str),
    /// It cannot be read as a database.
    #[error("it is not a SQLite database, or a damaged one")]
    Unreadable(#[source] Cause),
    /// It is a database of something else.
    #[error("it is not a Passgate database")]
    NotOurs,
    /// A newer program has migrated it.
    #[error("it is newer than this program: it has the migration {0}, which this program does not know")]
    Newer(String),
    /// A table or index is not as our migrations make it.
    #[error("its {0} is not as Passgate makes it")]
    Altered(String),
    /// A page of a table is broken.
    #[error("its table {table} is damaged: {detail}")]
    Damaged {
        /// Its name in the file.
        table: String,
        /// What SQLite says.
        detail: String,
    },
    /// Rows hold values of another kind than their column.
    #[error("{rows} rows of its table {table} hold values that Passgate does not store there")]
    Foreign {
        /// Its name in the file.
        table: String,
        /// How many rows.
        rows: i64,
    },
    /// Rows belong to nothing.
    #[error("{rows} rows of its table {table} belong to something that is not there")]
    Dangling {
        /// Its name in the file.
        table: String,
        /// How many rows.
        rows: i64,
    },
    /// It took longer than a file of this size can take.
    #[error("looking at it took longer than {0:?}")]
    Slow(Duration),
    /// The copy could not be made.
    #[error("the copy cannot be made")]
    Copy(#[source] Cause),
}

/// Copies what is ours of a backup into a new database at `target`, whose schema is that of the backup's version:
/// migrations that came later are still to run.
///
/// The file is opened for reading only, and no file is made beside it.
///
/// # Errors
/// [`BackupFileError`]; then `target` is not to be used. If it is [`BackupFileError::Slow`], a thread still works on it.
pub fn copy_backup(file: &Path, target: &Path) -> Result<BackupContents, BackupFileError> {
    let metadata = fs::metadata(file).map_err(|error| BackupFileError::Unreadable(Cause::new(error)))?;
    if !metadata.is_file() {
        return Err(BackupFileError::NotAFile);
    }
    for suffix in ["-wal", "-journal"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(suffix);
        if fs::metadata(&beside).is_ok_and(|other| other.len() > 0) {
            return Err(BackupFileError::Live(suffix));
        }
    }
    let source = file.to_str().ok_or(BackupFileError::Path)?.to_owned();
    let target = target.to_str().ok_or(BackupFileError::Path)?.to_owned();
    let mib = u32::try_from(metadata.len() / (1024 * 1024)).unwrap_or(u32::MAX);
    let limit = TIME.0 + TIME.1.saturating_mul(mib);
    let (send, receive) = mpsc::channel();
    let work = move || {
        // Nobody waits any more if this is too slow.
        drop(send.send(copy(&source, &target)));
    };
    thread::Builder::new()
        .name("backup file".to_owned())
        .spawn(work)
        .map_err(|error| BackupFileError::Copy(Cause::new(error)))?;
    match receive.recv_timeout(limit) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(BackupFileError::Slow(limit)),
        Err(error @ mpsc::RecvTimeoutError::Disconnected) => Err(BackupFileError::Copy(Cause::new(error))),
    }
}

fn copy(source: &str, target: &str) -> Result<BackupContents, BackupFileError> {
    create_private(target).map_err(|error| BackupFileError::Copy(Cause::new(error)))?;
    let mut conn =
        SqliteConnection::establish(target).map_err(|error| BackupFileError::Copy(Cause::new(error)))?;
    // Nothing of a schema is trusted, and sizes of cells are checked. The copy is thrown away if anything fails, so it
    // needs no journal while it is made.
    conn.batch_execute(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF; \
         PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;",
    )
    .map_err(copying)?;
    conn.batch_execute(&format!("ATTACH {} AS backup", quoted(&uri(source))))
        .map_err(unreadable)?;
    let found = objects(&mut conn, "backup").map_err(unreadable)?;
    make_schema(&mut conn, &found)?;
    let ours = objects(&mut conn, "main").map_err(copying)?;
    let left_out = compare(&ours, &found)?;
    let mut contents = BackupContents {
        left_out,
        ..BackupContents::default()
    };
    let tables = ours.iter().filter(|object| object.is_data());
    for table in tables.clone() {
        look_at_pages(&mut conn, &table.name)?;
    }
    conn.batch_execute("BEGIN").map_err(copying)?;
    for table in tables {
        let rows = copy_table(&mut conn, &table.name)?;
        contents.rows.insert(table.name.clone(), rows);
    }
    conn.batch_execute("COMMIT").map_err(copying)?;
    conn.batch_execute("DETACH backup").map_err(copying)?;
    look_at_references(&mut conn)?;
    // On the disk before it is put anywhere.
    conn.batch_execute(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA user_version = 0; VACUUM",
    )
    .map_err(copying)?;
    Ok(contents)
}

/// A row of `sqlite_schema`.
#[derive(Clone, Debug, QueryableByName)]
struct Object {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    tbl_name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

impl Object {
    /// Whether it is a table of which rows are copied.
    fn is_data(&self) -> bool {
        self.kind == "table" && self.name != MIGRATIONS_TABLE && !self.name.starts_with("sqlite_")
    }

    /// What it says, whatever its comments and white space.
    fn meaning(&self) -> String {
        let code = self
            .sql
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default());
        let words: Vec<String> = code
            .flat_map(str::split_whitespace)
            .map(str::to_ascii_lowercase)
            .collect();
        words.join(" ")
    }
}

fn objects(conn: &mut SqliteConnection, database: &str) -> diesel::QueryResult<Vec<Object>> {
    diesel::sql_query(format!(
        "SELECT CAST(type AS TEXT) AS kind, CAST(name AS TEXT) AS name, CAST(tbl_name AS TEXT) AS tbl_name, \
         COALESCE(CAST(sql AS TEXT), '') AS sql FROM {database}.sqlite_schema LIMIT 10000"
    ))
    .load(conn)
}

/// Makes the schema as the backup's version has it.
fn make_schema(conn: &mut SqliteConnection, found: &[Object]) -> Result<(), BackupFileError> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let has_migrations = found
        .iter()
        .any(|object| object.kind == "table" && object.name == MIGRATIONS_TABLE);
    let is_plain = found
        .iter()
        .filter(|object| object.name == MIGRATIONS_TABLE)
        .all(|object| object.meaning().starts_with("create table") && !object.meaning().contains(" as "));
    if !has_migrations || !is_plain {
        return Err(BackupFileError::NotOurs);
    }
    look_at_pages(conn, MIGRATIONS_TABLE)?;
    let applied: Vec<Version> = diesel::sql_query(format!(
        "SELECT CAST(version AS TEXT) AS version FROM backup.{MIGRATIONS_TABLE} ORDER BY version LIMIT 10000"
    ))
    .load(conn)
    .map_err(unreadable)?;
    if applied.is_empty() {
        return Err(BackupFileError::NotOurs);
    }
    let mut known: Vec<Box<dyn Migration<Sqlite>>> = SQLITE
        .migrations()
        .map_err(|error| BackupFileError::Copy(Cause::new(error)))?;
    known.sort_by_key(|migration| migration.name().version().as_owned());
    let is_known = |version: &str| {
        known
            .iter()
            .any(|known| known.name().version().to_string() == version)
    };
    if let Some(Version { version }) = applied.iter().find(|applied| !is_known(&applied.version)) {
        return Err(BackupFileError::Newer(version.clone()));
    }
    conn.applied_migrations()
        .map_err(|error| BackupFileError::Copy(Cause::new(error)))?;
    for migration in &known {
        let version = migration.name().version().to_string();
        if applied.iter().any(|applied| applied.version == version) {
            conn.run_migration(migration)
                .map_err(|error| BackupFileError::Copy(Cause::new(error)))?;
        }
    }
    Ok(())
}

/// Demands that every table and index of ours is in the file as we make it; gives what else is in it.
fn compare(ours: &[Object], found: &[Object]) -> Result<Vec<String>, BackupFileError> {
    let mut left_out = Vec::new();
    for object in found {
        let own = ours
            .iter()
            .find(|own| own.name.eq_ignore_ascii_case(&object.name));
        match own {
            Some(own) if own.kind == object.kind && own.tbl_name == object.tbl_name => {
                // Statistics and the like are SQLite's own, and not copied; nor is what diesel keeps.
                let is_data = object.is_data() || object.kind == "index";
                if is_data && own.meaning() != object.meaning() {
                    return Err(BackupFileError::Altered(described(object)));
                }
            }
            Some(_) => return Err(BackupFileError::Altered(described(object))),
            None if object.name.starts_with("sqlite_") => {}
            None => left_out.push(described(object)),
        }
    }
    let missing = ours.iter().find(|own| {
        let is_there = found
            .iter()
            .any(|object| object.name == own.name && object.kind == own.kind);
        own.is_data() && !is_there
    });
    match missing {
        Some(own) => Err(BackupFileError::Altered(described(own))),
        None => Ok(left_out),
    }
}

fn described(object: &Object) -> String {
    let text = format!("{} {}", object.kind, object.name);
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(80)
        .collect()
}

/// Walks the pages of one table and of its indexes: a page that is zeroed, or met twice, is found here, before any row
/// is read.
fn look_at_pages(conn: &mut SqliteConnection, table: &str) -> Result<(), BackupFileError> {
    #[derive(QueryableByName)]
    struct Finding {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let findings: Vec<Finding> = diesel::sql_query(format!("PRAGMA backup.quick_check({})", quoted(table)))
        .load(conn)
        .map_err(unreadable)?;
    match findings.into_iter().find(|finding| finding.quick_check != "ok") {
        Some(Finding { quick_check }) => Err(BackupFileError::Damaged {
            table: table.to_owned(),
            detail: quick_check.lines().next_back().unwrap_or_default().to_owned(),
        }),
        None => Ok(()),
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    declared: String,
}

/// Copies the rows of a table whose schema is known to be ours, and whose values are of the kinds that we store.
fn copy_table(conn: &mut SqliteConnection, table: &str) -> Result<u64, BackupFileError> {
    let columns: Vec<Column> = diesel::sql_query(format!(
        "SELECT name, type AS declared FROM pragma_table_info({}, 'main')",
        quoted(table)
    ))
    .load(conn)
    .map_err(copying)?;
    let foreign: Vec<String> = columns
        .iter()
        .map(|column| {
            let kinds = kinds(&column.declared);
            format!("typeof(\"{}\") NOT IN ({kinds}, 'null')", column.name)
        })
        .collect();
    let Count { rows } = diesel::sql_query(format!(
        "SELECT COUNT(*) AS \"rows\" FROM backup.\"{table}\" WHERE {}",
        foreign.join(" OR ")
    ))
    .get_result(conn)
    .map_err(|error| damaged(table, &error))?;
    if rows > 0 {
        return Err(BackupFileError::Foreign {
            table: table.to_owned(),
            rows,
        });
    }
    let names: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let names = names.join(", ");
    // What a migration put there comes from the backup too.
    conn.batch_execute(&format!("DELETE FROM main.\"{table}\""))
        .map_err(copying)?;
    let copied = diesel::sql_query(format!(
        "INSERT INTO main.\"{table}\" ({names}) SELECT {names} FROM backup.\"{table}\""
    ))
    .execute(conn)
    .map_err(|error| damaged(table, &error))?;
    Ok(u64::try_from(copied).unwrap_or(u64::MAX))
}

/// The kinds of values that a column of a declared type holds.
fn kinds(declared: &str) -> &'static str {
    match declared {
        "TEXT" | "TIMESTAMP" | "DATE" => "'text'",
        "BLOB" => "'blob'",
        _ => "'integer'",
    }
}

/// Every row that names another must name one that is there.
fn look_at_references(conn: &mut SqliteConnection) -> Result<(), BackupFileError> {
    #[derive(QueryableByName)]
    struct Dangling {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let dangling: Option<Dangling> = diesel::sql_query(
        "SELECT \"table\" AS name, COUNT(*) AS \"rows\" FROM pragma_foreign_key_check GROUP BY 1 LIMIT 1",
    )
    .load(conn)
    .map_err(copying)?
    .pop();
    match dangling {
        Some(Dangling { name, rows }) => Err(BackupFileError::Dangling { table: name, rows }),
        None => Ok(()),
    }
}

/// The file as SQLite opens it for reading, without looking for a log and without making one.
fn uri(path: &str) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?mode=ro&immutable=1"
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn unreadable(error: diesel::result::Error) -> BackupFileError {
    BackupFileError::Unreadable(Cause::new(error))
}

fn copying(error: diesel::result::Error) -> BackupFileError {
    BackupFileError::Copy(Cause::new(StoreError::from_diesel("copy the backup", error)))
}

fn damaged(table: &str, error: &diesel::result::Error) -> BackupFileError {
    BackupFileError::Damaged {
        table: table.to_owned(),
        detail: error.to_string(),
    }
}
