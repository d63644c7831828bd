//! What servers refuse, and why a connection was not made. No error holds a stored value or a secret.

use std::{fmt, io};

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorResponseBody;

use crate::address::Endpoint;

/// The five characters by which PostgreSQL names a condition, whatever the language of its messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// The connection broke.
    pub const CONNECTION_FAILURE: Self = Self(*b"08006");
    /// The server, or who speaks for it, does not follow the protocol.
    pub const PROTOCOL_VIOLATION: Self = Self(*b"08P01");
    /// The transaction, or the server, is read-only.
    pub const READ_ONLY_TRANSACTION: Self = Self(*b"25006");
    /// A prepared statement is not there, or not what it was.
    pub const INVALID_STATEMENT_NAME: Self = Self(*b"26000");
    /// A table does not exist.
    pub const UNDEFINED_TABLE: Self = Self(*b"42P01");
    /// The role may not do that.
    pub const INSUFFICIENT_PRIVILEGE: Self = Self(*b"42501");
    /// No schema of the search path exists.
    pub const INVALID_SCHEMA_NAME: Self = Self(*b"3F000");

    /// Reads five characters.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 5] = text.as_bytes().try_into().ok()?;
        let is_code = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        bytes.iter().all(is_code).then_some(Self(bytes))
    }

    /// The condition that an error of this crate's connections reports; none for other errors.
    pub fn of(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<Self> {
        let (code, _) = information.message().split_once(SEPARATOR)?;
        Self::parse(code)
    }

    /// The five characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether the condition belongs to a class, the first two characters.
    pub fn is_of_class(self, class: &str) -> bool {
        self.as_str().starts_with(class)
    }

    fn kind(self) -> DatabaseErrorKind {
        match self.as_str() {
            "23505" => DatabaseErrorKind::UniqueViolation,
            "23503" => DatabaseErrorKind::ForeignKeyViolation,
            "23502" => DatabaseErrorKind::NotNullViolation,
            "23514" => DatabaseErrorKind::CheckViolation,
            "40001" => DatabaseErrorKind::SerializationFailure,
            "25006" => DatabaseErrorKind::ReadOnlyTransaction,
            code if code.starts_with("08") || code.starts_with("57P0") => DatabaseErrorKind::ClosedConnection,
            _ => DatabaseErrorKind::Unknown,
        }
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Between the condition and the server's words: diesel's errors carry no field for it.
const SEPARATOR: &str = ": ";

/// An error that a server reported, or the breaking of a connection.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct ServerError {
    /// The condition.
    pub state: SqlState,
    /// The condition and the server's words. The server's details are left out: they quote rows.
    text: String,
    constraint: Option<String>,
    table: Option<String>,
    /// Whether the server ends the connection with this.
    pub(crate) is_fatal: bool,
}

impl ServerError {
    pub(crate) fn new(state: SqlState, message: &str) -> Self {
        Self {
            state,
            text: format!("{state}{SEPARATOR}{message}"),
            constraint: None,
            table: None,
            is_fatal: false,
        }
    }

    pub(crate) fn broken(error: &io::Error) -> Self {
        Self {
            is_fatal: true,
            ..Self::new(SqlState::CONNECTION_FAILURE, &error.to_string())
        }
    }

    pub(crate) fn protocol(message: &str) -> Self {
        Self {
            is_fatal: true,
            ..Self::new(SqlState::PROTOCOL_VIOLATION, message)
        }
    }

    pub(crate) fn read(body: &ErrorResponseBody) -> Self {
        let mut error = Self::new(SqlState::PROTOCOL_VIOLATION, "an error without a code");
        let (mut code, mut message, mut routine) = (None, String::new(), String::new());
        let mut fields = body.fields();
        while let Ok(Some(field)) = fields.next() {
            let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
            match field.type_() {
                b'C' => code = SqlState::parse(&value),
                b'M' => message = value,
                b'V' => error.is_fatal = matches!(value.as_str(), "FATAL" | "PANIC"),
                b'R' => routine = value,
                b'n' => error.constraint = Some(value),
                b't' => error.table = Some(value),
                _ => {}
            }
        }
        let Some(mut code) = code else { return error };
        // "cached plan must not change result type" shares its code with everything that is not supported.
        if code.as_str() == "0A000" && routine == "RevalidateCachedQuery" {
            code = SqlState::INVALID_STATEMENT_NAME;
        }
        error.state = code;
        error.text = format!("{code}{SEPARATOR}{message}");
        error
    }

    /// Whether the connection should not be used again: it ended, the server does not take writes any more, or its
    /// prepared statements are not what they were.
    pub(crate) fn ends_the_connection(&self) -> bool {
        self.is_fatal
            || self.state.is_of_class("08")
            || matches!(
                self.state,
                SqlState::READ_ONLY_TRANSACTION | SqlState::INVALID_STATEMENT_NAME
            )
    }
}

impl DatabaseErrorInformation for ServerError {
    fn message(&self) -> &str {
        &self.text
    }

    fn details(&self) -> Option<&str> {
        None
    }

    fn hint(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        self.table.as_deref()
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

impl From<ServerError> for DieselError {
    fn from(error: ServerError) -> Self {
        Self::DatabaseError(error.state.kind(), Box::new(error))
    }
}

/// No connection was made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server cannot be reached, or fell silent.
    #[error("{endpoint} cannot be reached")]
    Unreachable {
        /// Which server.
        endpoint: Endpoint,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The server does not speak TLS.
    #[error("{endpoint} does not offer TLS, and sslmode asks for it")]
    NoTls {
        /// Which server.
        endpoint: Endpoint,
    },
    /// TLS failed.
    #[error("no TLS with {endpoint}: {explanation}")]
    Tls {
        /// Which server.
        endpoint: Endpoint,
        /// What is wrong.
        explanation: String,
    },
    /// A file with certificates or a key cannot be used.
    #[error("the file {path} cannot be used: {explanation}")]
    Certificates {
        /// Which file.
        path: String,
        /// Why not.
        explanation: String,
    },
    /// The server asks for a password, and the address has none.
    #[error("{endpoint} asks for a password, and the address has none")]
    NoPassword {
        /// Which server.
        endpoint: Endpoint,
    },
    /// The server asks for a proof of identity that we cannot give, or not as safely as asked for.
    #[error("{endpoint}: {explanation}")]
    Authentication {
        /// Which server.
        endpoint: Endpoint,
        /// In the server's words.
        explanation: String,
    },
    /// The server refused.
    #[error("{endpoint} refuses the connection")]
    Refused {
        /// Which server.
        endpoint: Endpoint,
        /// In its words.
        #[source]
        source: Box<ServerError>,
    },
    /// The server takes no writes: a standby, or one whose default is read-only.
    #[error(
        "{endpoint} takes no writes: it is a standby, or default_transaction_read_only is on; name the primary, or all \
         servers with commas between them"
    )]
    ReadOnly {
        /// Which server.
        endpoint: Endpoint,
    },
    /// The database has another encoding than UTF-8.
    #[error(
        "the database has the encoding {encoding}: Passgate needs UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
    )]
    Encoding {
        /// In the server's words.
        encoding: String,
    },
}

impl ConnectError {
    /// Whether the same server may let us in later, with nobody changing the configuration.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::ReadOnly { .. } => true,
            // Too many connections, starting up, shutting down; a pooler that cannot reach its server says 08.
            Self::Refused { source, .. } => ["53", "57", "08"]
                .iter()
                .any(|class| source.state.is_of_class(class)),
            Self::NoTls { .. }
            | Self::Tls { .. }
            | Self::Certificates { .. }
            | Self::NoPassword { .. }
            | Self::Authentication { .. }
            | Self::Encoding { .. } => false,
        }
    }
}
