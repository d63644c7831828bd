//! Users, as far as Passgate knows them: an id that the application chose.

use passgate_webauthn::UserHandle;
use serde::{Deserialize, Serialize};

/// An application's id for one of its users: non-blank text, kept exactly as given.
///
/// Ids accepted at registration have at most 64 UTF-8 bytes, because the same bytes are the WebAuthn user handle
/// (Level 3, section 4, *user handle*). Ids that are only looked up may be longer; they simply own nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(String);
