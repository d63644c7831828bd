//! Database URLs: where the database is.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use passgate_postgres::{Address, InvalidAddress};

use crate::error::{Cause, StoreError};

/// Where the database is: a SQLite file or a PostgreSQL server.
#[derive(Clone)]
pub struct DatabaseUrl(pub(crate) Location);

#[derive(Clone)]
pub(crate) enum Location {
    Sqlite(String),
    Postgres(Box<Address>),
}

/// A text is not the address of a database. Nothing of the text is in here but the name of a well-known scheme: any
/// part of it may be a part of a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// The text is empty, or names no file.
    #[error("the database address is empty")]
    Empty,
    /// Neither `sqlite:` nor `postgres:`.
    #[error("`{scheme}` databases are not supported: use sqlite:PATH or postgres://...")]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// Something else than an address or a path.
    #[error(
        "the database address is neither postgres://USER:PASSWORD@HOST/DATABASE nor sqlite:PATH nor a plain path; \
         forms such as `host=... password=...` and `Host=...;Password=...` are not read"
    )]
    Unreadable,
    /// The address of a PostgreSQL database with something wrong in it.
    #[error(transparent)]
    Postgres(#[from] InvalidAddress),
    /// An in-memory database, or a `file:` address: each connection would see a database of its own.
    #[error("SQLite needs the path of a file, not an in-memory database or a file: address")]
    NotAFile,
    /// Parameters, or a password, in the address of a SQLite file.
    #[error("sqlite: takes a path and nothing else: no parameters, no password")]
    SqliteParameters,
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://...`, `postgresql://...` or a plain path.
    ///
    /// A plain path is only what cannot be meant otherwise: with a `=`, a `;` or a scheme in it, it may be the address
    /// of a server in another notation, and its password must not become the name of a file. Such files are reached
    /// with `sqlite:` before the path.
    ///
    /// # Errors
    ///
    /// [`InvalidDatabaseUrl`] if it is none of these.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let text = text.trim();
        if Address::is_meant_by(text) {
            return Ok(Self(Location::Postgres(Box::new(Address::parse(text)?))));
        }
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.contains('?') || names_a_password(path) {
                return Err(InvalidDatabaseUrl::SqliteParameters);
            }
            return Self::of_path(path);
        }
        if text.starts_with("file:") || text.starts_with(":memory:") {
            return Err(InvalidDatabaseUrl::NotAFile);
        }
        if let Some(scheme) = scheme(text) {
            return Err(
                match FOREIGN.iter().find(|name| scheme.eq_ignore_ascii_case(name)) {
                    Some(name) => InvalidDatabaseUrl::UnknownScheme {
                        scheme: (*name).to_owned(),
                    },
                    None => InvalidDatabaseUrl::Unreadable,
                },
            );
        }
        let is_of_a_server = text.contains(['=', ';', '?']) || (text.contains(':') && text.contains('@'));
        if is_of_a_server || names_a_password(text) {
            return Err(InvalidDatabaseUrl::Unreadable);
        }
        Self::of_path(text)
    }

    fn of_path(path: &str) -> Result<Self, InvalidDatabaseUrl> {
        if path.is_empty() {
            return Err(InvalidDatabaseUrl::Empty);
        }
        if path.starts_with(":memory:") || path.starts_with("file:") || path.contains('\0') {
            return Err(InvalidDatabaseUrl::NotAFile);
        }
        Ok(Self(Location::Sqlite(path.to_owned())))
    }

    /// Looks at the files of certificates and keys that the address names.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with the file and what is wrong with it.
    pub fn check_files(&self) -> Result<(), StoreError> {
        match &self.0 {
            Location::Sqlite(_) => Ok(()),
            Location::Postgres(address) => {
                passgate_postgres::check_files(address).map_err(|error| StoreError::Unavailable {
                    operation: "read certificates",
                    cause: Cause::new(error),
                })
            }
        }
    }

    /// The path of a SQLite file; none for PostgreSQL.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Location::Sqlite(path) => Some(Path::new(path)),
            Location::Postgres(_) => None,
        }
    }

    /// The SQLite file at `path`. A path that is not Unicode cannot be passed to SQLite and is refused.
    ///
    /// # Errors
    ///
    /// [`InvalidDatabaseUrl`] if the path is empty or not Unicode.
    pub fn sqlite(path: impl Into<PathBuf>) -> Result<Self, InvalidDatabaseUrl> {
        let path = path
            .into()
            .into_os_string()
            .into_string()
            .map_err(|_| InvalidDatabaseUrl::NotAFile)?;
        Self::of_path(&path)
    }
}

/// Databases that an address may be meant for.
const FOREIGN: [&str; 14] = [
    "mysql",
    "mariadb",
    "mssql",
    "sqlserver",
    "oracle",
    "mongodb",
    "mongodb+srv",
    "redis",
    "jdbc",
    "cockroachdb",
    "sqlite3",
    "libsql",
    "http",
    "https",
];

/// What stands before the first colon, if it can only be a scheme: a single letter is a drive.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
    let is_scheme = scheme.len() > 1 && scheme.bytes().all(is_of_scheme);
    (is_scheme || rest.starts_with("//")).then_some(scheme)
}

fn names_a_password(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["password", "pwd"].iter().any(|word| {
        path.match_indices(word)
            .any(|(place, _)| path[place + word.len()..].trim_start().starts_with('='))
    })
}

/// Shows the kind and, for SQLite, the path. What a PostgreSQL address contains may include a password.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Shows the kind and where it is, without user name, password and parameters.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Location::Sqlite(path) => write!(f, "sqlite:{path}"),
            Location::Postgres(address) => fmt::Display::fmt(address, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        DatabaseUrl::parse(text).unwrap().to_string()
    }

    #[test]
    fn paths_with_and_without_a_scheme_are_sqlite() {
        assert_eq!(shown("sqlite:data/passgate.db"), "sqlite:data/passgate.db");
        assert_eq!(
            shown("sqlite:///var/lib/passgate.db"),
            "sqlite:/var/lib/passgate.db"
        );
        assert_eq!(shown("  ./passgate.db "), "sqlite:./passgate.db");
        assert_eq!(
            DatabaseUrl::parse("a.db").unwrap().sqlite_path(),
            Some(Path::new("a.db"))
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = "postgres://passgate:s3cr3t@db.example:5432/passgate?password=other";
        assert_eq!(shown(url), "postgres://db.example:5432/passgate");
        assert_eq!(
            format!("{:?}", DatabaseUrl::parse(url).unwrap()),
            "postgres://db.example:5432/passgate"
        );
        let refused = DatabaseUrl::parse("postgresql://u:p@ss?w@ord@h/d").unwrap_err();
        assert_eq!(
            refused,
            InvalidDatabaseUrl::Postgres(InvalidAddress::UnknownParameter { place: 1 })
        );
    }

    #[test]
    fn no_notation_of_a_server_becomes_a_file_named_after_its_password() {
        for text in [
            "host=db.example user=passgate password=hunter2",
            "Host=db.example;Username=passgate;Password=hunter2",
            "Server=db.example;Uid=passgate;Pwd=hunter2;",
            "password = hunter2",
            "Data Source=passgate.db;Password=hunter2",
            "sqlite:passgate.db?key=hunter2",
            "sqlite:Data Source=passgate.db;Password = hunter2",
            "passgate:hunter2@db.example/passgate",
            "p:hunter2@db.example:5432/passgate",
            "//passgate:hunter2@db.example/passgate",
            "postgres:/passgate:hunter2@db.example/passgate",
            "postgres:passgate:hunter2@db.example/passgate",
            "POSTGRES://passgate:hunter2@db.example/passgate",
            "postgresql+asyncpg://passgate:hunter2@db.example/passgate",
            "jdbc:postgresql://db.example/passgate?password=hunter2",
            "mysql://passgate:hunter2@db.example/passgate",
            "hunter2://passgate@db.example",
            "hunter2:5432/passgate",
            "postgres://passgate:hunter2@@db.example/passgate",
            "passgate.db?hunter2",
        ] {
            let error = DatabaseUrl::parse(text)
                .map(|url| url.to_string())
                .expect_err(text);
            assert!(
                !format!("{error} {error:?}").contains("hunter2"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_path_may_have_any_character_once_it_says_that_it_is_one() {
        assert_eq!(shown("sqlite:a=b;c.db"), "sqlite:a=b;c.db");
        assert_eq!(
            shown("/srv/me@work/passgate.db"),
            "sqlite:/srv/me@work/passgate.db"
        );
        assert_eq!(
            shown(r"C:\passgate\passgate.db"),
            r"sqlite:C:\passgate\passgate.db"
        );
        let odd = DatabaseUrl::sqlite("/srv/what?=;/passgate.db").unwrap();
        assert_eq!(odd.sqlite_path(), Some(Path::new("/srv/what?=;/passgate.db")));
    }

    #[test]
    fn what_is_no_database_is_refused() {
        assert_eq!(DatabaseUrl::parse(" ").unwrap_err(), InvalidDatabaseUrl::Empty);
        assert_eq!(
            DatabaseUrl::parse("sqlite:").unwrap_err(),
            InvalidDatabaseUrl::Empty
        );
        assert_eq!(
            DatabaseUrl::parse("sqlite::memory:").unwrap_err(),
            InvalidDatabaseUrl::NotAFile
        );
        assert_eq!(
            DatabaseUrl::parse("mysql://localhost/x").unwrap_err(),
            InvalidDatabaseUrl::UnknownScheme {
                scheme: "mysql".to_owned()
            }
        );
    }
}
