//! Events: what stays on record, with the numbers and names of the API.

use crate::time::Timestamp;

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id: a version 7 UUID, so that ids sort by time.
    pub id: uuid::Uuid,
    /// When it happened.
    pub performed_at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// How much it matters.
    pub severity: Severity,
    /// The sentence shown to people.
    pub message: String,
    /// Who did it.
    pub performed_by: String,
    /// To whom or what.
    pub subject: String,
    /// The id (last four characters) of the key that was used; empty if none.
    pub api_key_id: String,
    /// The stable error code of a failed ceremony.
    pub reason: Option<String>,
    /// The caller's IP address, where the application allows it.
    pub ip: Option<String>,
    /// The caller's user agent, where the application allows it.
    pub user_agent: Option<String>,
}

/// How much an event matters. The numbers are those of the API's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Someone should look (1).
    Alert,
    /// Unusual (2).
    Warning,
    /// Everyday (3).
    Informational,
    /// Something failed (5).
    Error,
}

/// What happened. The numbers are those of the API's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// 1000
    ApiAuthUserRegistered,
}
