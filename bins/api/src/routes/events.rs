//! `/events`: what stays on record.

pub(super) mod export;
mod filter;
pub(super) mod list;

use passgate_core::event::Event;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{timestamps, wire};

/// An event as it is written.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Event")]
struct WrittenEvent<'t> {
    /// The event's id.
    #[schemars(with = "wire::Uuid")]
    id: String,
    /// When it happened.
    #[schemars(with = "wire::LocalTime")]
    performed_at: String,
    #[schemars(with = "wire::Sentence")]
    message: String,
    /// Who did it.
    #[schemars(with = "wire::PerformedBy")]
    performed_by: String,
    #[schemars(with = "wire::AppId")]
    tenant_id: &'t str,
    #[schemars(with = "wire::EventType")]
    event_type: &'static str,
    #[schemars(with = "wire::Severity")]
    severity: &'static str,
    /// What it was done to: mostly a user.
    #[schemars(with = "wire::UserId")]
    subject: String,
    /// The key that was shown; empty for none.
    #[schemars(with = "wire::ApiKeyId")]
    api_key_id: String,
    #[schemars(with = "Option<wire::Reason>")]
    reason: Option<String>,
    #[schemars(with = "Option<wire::Ip>")]
    ip: Option<String>,
    #[schemars(with = "Option<wire::UserAgent>")]
    user_agent: Option<String>,
}

impl<'t> WrittenEvent<'t> {
    fn new(event: Event, tenant_id: &'t str) -> Self {
        Self {
            id: event.id.to_string(),
            performed_at: timestamps::zoneless(event.performed_at),
            message: event.message,
            performed_by: event.performed_by,
            tenant_id,
            event_type: event.kind.as_str(),
            severity: event.severity.as_str(),
            subject: event.subject,
            api_key_id: event.api_key_id,
            reason: event.reason,
            ip: event.ip,
            user_agent: event.user_agent,
        }
    }
}
