//! The behaviour of a connection, beyond what the address says.

use std::time::Duration;

/// Who is between us and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Pooling {
    /// Found out: a server knows the number of its process, and a pooler gives us another.
    #[default]
    Auto,
    /// Nobody, or a pooler that leaves one server connection to us for as long as we are connected.
    Session,
    /// A pooler that gives each transaction the server connection that is free: no prepared statements, no settings
    /// beyond the end of a transaction.
    Transaction,
}

/// How a connection is to behave, beyond what the address says.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Who is between us and the server.
    pub pooling: Pooling,
    /// How long the server may say nothing while we wait for it. None: for ever.
    pub answer_timeout: Option<Duration>,
    /// Whether the server's own limits for statements, transactions and idle sessions are lifted. They come before
    /// `settings`.
    pub lifts_time_limits: bool,
    /// Settings, for the session or, behind a pooler, for each transaction. Those of the address win.
    pub settings: Vec<(String, String)>,
}
