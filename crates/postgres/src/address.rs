//! The address of a PostgreSQL database: a connection URI, read strictly, of which nothing secret is ever shown.
//!
//! The form is libpq's: `postgres://user:password@host:port,host:port/database?parameter=value&…`. What libpq would
//! take from elsewhere (the environment, `.pgpass`, service files, the name of the system's user) is not looked at.
//!
//! A password that is not percent-encoded moves the borders between the parts. So every part is checked for what such
//! a password leaves behind, and no error repeats anything of the text.

use std::{fmt, path::PathBuf, time::Duration};

use zeroize::Zeroizing;

mod decode;
mod error;
mod parameters;
mod parse;
#[cfg(test)]
mod tests;

pub use error::InvalidAddress;

/// Where the database is, who asks for it, and how the servers are reached.
#[derive(Clone)]
pub struct Address {
    /// The servers, in the order in which they are tried.
    pub endpoints: Vec<Endpoint>,
    /// The role.
    pub user: String,
    pub(crate) password: Option<Password>,
    /// Name of the database; the user's name unless the address has one.
    pub database: String,
    /// What `application_name` says, if anything.
    pub application_name: Option<String>,
    /// Settings for the session, from `options=-c name=value`.
    pub settings: Vec<(String, String)>,
    /// How long one server may take to let us in.
    pub connect_timeout: Duration,
    pub(crate) keepalive: Option<Keepalive>,
    /// How long sent data may stay unacknowledged. Zero: as long as the system likes.
    pub(crate) tcp_user_timeout: Duration,
    pub(crate) encryption: Encryption,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) target: Target,
    /// Whether the servers are tried in random order.
    pub(crate) in_random_order: bool,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it is.
    pub host: Host,
    /// Its port, which also names a Unix socket.
    pub port: u16,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name or an address, reached over TCP.
    Tcp {
        /// What its certificate has to say.
        name: String,
        /// The address to connect to, if it is not to be looked up (`hostaddr`).
        address: Option<std::net::IpAddr>,
    },
    /// The folder of a Unix socket.
    Unix(PathBuf),
}

/// A password: it is not printed, and wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) Zeroizing<String>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// When the system asks a silent peer whether it is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keepalive {
    pub(crate) idle: Duration,
    pub(crate) interval: Duration,
    pub(crate) count: u32,
}

/// `sslmode` and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) mode: SslMode,
    pub(crate) is_direct: bool,
    pub(crate) roots: Option<Roots>,
    pub(crate) client: Option<ClientCertificate>,
    pub(crate) sends_server_name: bool,
    pub(crate) only_tls13: bool,
}

/// How much encryption, and how much of the server's identity, is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those of the machine.
    System,
    /// Those in a PEM file.
    File(PathBuf),
}

/// The certificate we show, and its key: PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

/// Whether a password log-in is bound to the TLS channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChannelBinding {
    Disable,
    Prefer,
    Require,
}

/// Which servers will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Every one.
    Any,
    /// Those that take writes.
    ReadWrite,
}

impl Address {
    /// Reads a connection URI.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`], which repeats nothing of the text.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        parse::parse(text)
    }

    /// Whether a text is meant to be the address of a PostgreSQL database.
    pub fn is_meant_by(text: &str) -> bool {
        parse::without_scheme(text).is_some()
    }
}

/// Shows what [`Display`](fmt::Display) does.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Shows servers and database, without user, password and parameters.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (place, endpoint) in self.endpoints.iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            write!(f, "{separator}{endpoint}")?;
        }
        write!(f, "/{}", self.database)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp { name, .. } if name.contains(':') => write!(f, "[{name}]")?,
            Host::Tcp { name, .. } => f.write_str(name)?,
            Host::Unix(folder) => write!(f, "{}", folder.display())?,
        }
        write!(f, ":{}", self.port)
    }
}
