//! Where the database is.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use passgate_core::secret::Secret;

/// Where the database is: a SQLite file or a PostgreSQL server.
#[derive(Clone)]
pub struct DatabaseUrl(pub(crate) Location);

#[derive(Clone)]
pub(crate) enum Location {
    Sqlite(String),
    Postgres(Secret<String>),
}

/// A text is not the address of a database.
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
    /// An in-memory database, or a `file:` address: each connection would see a database of its own.
    #[error("SQLite needs the path of a file, not an in-memory database or a file: address")]
    NotAFile,
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://...`, `postgresql://...` or a bare path.
    ///
    /// # Errors
    ///
    /// [`InvalidDatabaseUrl`] if it is none of these.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Location::Postgres(Secret::new(text.to_owned()))));
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None => match text.split_once("://") {
                Some((scheme, _)) => {
                    return Err(InvalidDatabaseUrl::UnknownScheme {
                        scheme: scheme.to_owned(),
                    });
                }
                None => text,
            },
        };
        if path.is_empty() {
            return Err(InvalidDatabaseUrl::Empty);
        }
        if path.starts_with(":memory:") || path.starts_with("file:") || path.contains('\0') {
            return Err(InvalidDatabaseUrl::NotAFile);
        }
        Ok(Self(Location::Sqlite(path.to_owned())))
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
        Self::parse(&format!("sqlite:{path}"))
    }
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
            Location::Postgres(url) => {
                // A password may contain any of the characters below, so everything up to the last `@` goes.
                let after_scheme = url.expose().split_once("://").map_or("", |(_, rest)| rest);
                let host = after_scheme
                    .rsplit_once('@')
                    .map_or(after_scheme, |(_, host)| host);
                let host = host.split_once('?').map_or(host, |(host, _)| host);
                write!(f, "postgres://{host}")
            }
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
        assert_eq!(shown("postgresql://u:p@ss?w@ord@h/d"), "postgres://h/d");
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
