//! Events: what stays on record, with the numbers and names of the API.
//!
//! A decision says what happened as an [`Occurrence`]; [`Event::record`] turns it into the stored sentence. Numbers,
//! names, severities and sentences are a public contract: an event is a row of [`EventKind`] and one arm of
//! [`Occurrence`]'s only `match`.

mod kind;
mod occurrence;

pub use kind::{EventKind, Severity};
pub use occurrence::Occurrence;

use uuid::Uuid;

use crate::{api_key::ApiKeyId, application::AppId, time::Timestamp};

/// Who is named when the one who acted is not known.
pub const UNKNOWN_USER: &str = "Unknown User";

/// Who is named when Passgate acted for the application.
pub const SYSTEM: &str = "System";

/// How many bytes of a user agent are kept. Those of browsers are a third as long.
pub const LONGEST_USER_AGENT: usize = 512;

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id: a version 7 UUID, so that ids sort by time.
    pub id: Uuid,
    /// When it happened.
    pub performed_at: Timestamp,
    /// The kind: a number and a name of the API.
    pub kind: EventKind,
    /// The severity, which follows from the kind; of an imported event as imported.
    pub severity: Severity,
    /// The sentence shown to people.
    pub message: String,
    /// A user id, a person's name, [`UNKNOWN_USER`] or [`SYSTEM`].
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

impl Event {
    /// The record of something that happened in an application. `id` comes from [`id_at`]; `key` is the key that was
    /// used, which some kinds leave out on purpose.
    pub fn record(
        now: Timestamp,
        id: Uuid,
        app: &AppId,
        key: Option<&ApiKeyId>,
        what: &Occurrence<'_>,
    ) -> Self {
        let entry = what.entry(app.as_str());
        Self {
            id,
            performed_at: now,
            kind: entry.kind,
            severity: entry.kind.severity(),
            message: entry.message.into_owned(),
            performed_by: entry.performed_by.to_owned(),
            subject: entry.user.unwrap_or(app.as_str()).to_owned(),
            api_key_id: key
                .filter(|_| entry.names_its_key)
                .map(ToString::to_string)
                .unwrap_or_default(),
            reason: entry.reason.map(ToOwned::to_owned),
            ip: None,
            user_agent: None,
        }
    }

    /// The same record with where the request came from. Of the user agent, which anybody may fill with anything, the
    /// beginning is kept, without control characters.
    #[must_use]
    pub fn from_client(self, ip: Option<String>, user_agent: Option<&str>) -> Self {
        Self {
            ip,
            user_agent: user_agent.map(tidy),
            ..self
        }
    }

    /// The same record, saying that so many like it were left out.
    #[must_use]
    pub fn standing_for(mut self, left_out: u64) -> Self {
        if left_out > 0 {
            self.message = format!(
                "{} (and {left_out} more like this since the last record)",
                self.message
            );
        }
        self
    }
}

/// At most [`LONGEST_USER_AGENT`] bytes, with a replacement character for every control character.
fn tidy(user_agent: &str) -> String {
    let mut kept = String::new();
    for letter in user_agent.chars() {
        let letter = if letter.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            letter
        };
        if kept.len() + letter.len_utf8() > LONGEST_USER_AGENT {
            break;
        }
        kept.push(letter);
    }
    kept
}

/// An event's id: a version 7 UUID (RFC 9562) made of the time and fresh random bytes. The twelve bits after the
/// milliseconds hold the fraction of the millisecond (section 6.2, method 3), so that ids sort as finely as
/// timestamps compare. A time before 1970 counts as 1970.
pub fn id_at(now: Timestamp, random: [u8; 8]) -> Uuid {
    let micros = now.as_micros().max(0).unsigned_abs();
    let (millis, fraction) = (micros / 1000, micros % 1000);
    // 0..=999 thousandths of a millisecond, spread over twelve bits.
    let sub_millis = u16::try_from(fraction * 4096 / 1000).unwrap_or(0xfff);
    let mut counter_and_random = [0; 10];
    counter_and_random[..2].copy_from_slice(&sub_millis.to_be_bytes());
    counter_and_random[2..].copy_from_slice(&random);
    uuid::Builder::from_unix_timestamp_millis(millis, &counter_and_random).into_uuid()
}

#[cfg(test)]
mod tests;
