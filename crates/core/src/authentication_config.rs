//! Purposes: how strong a sign-in must be, and how long its token lives.

use std::time::Duration;

use passgate_webauthn::{Hint, UserVerification};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The name of an authentication configuration: `sign-in`, `step-up`, or an application's own
/// (word characters and `-`, at most 255).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Purpose(String);

/// What a sign-in for one purpose demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationConfig {
    /// Its purpose.
    pub purpose: Purpose,
    /// Whether the user must be verified.
    pub user_verification: UserVerification,
    /// How long the sign-in token lives.
    pub time_to_live: Duration,
    /// Hints for the browser, most wanted first.
    pub hints: Vec<Hint>,
    /// Who made it; `System` for presets.
    pub created_by: String,
    /// When; none for presets that were never stored.
    pub created_at: Option<Timestamp>,
    /// Who last changed it.
    pub edited_by: Option<String>,
    /// When it was last changed.
    pub edited_at: Option<Timestamp>,
    /// When a sign-in last used it.
    pub last_used_at: Option<Timestamp>,
}
