//! `/events`: what stays on record.

pub(super) mod export;
mod filter;
pub(super) mod list;

use passgate_core::event::Event;
use schemars::JsonSchema;
use serde::Serialize;

use crate::timestamps;

/// An event as it is written.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Event")]
struct WrittenEvent<'t> {
    id: String,
    performed_at: String,
    message: String,
    performed_by: String,
    tenant_id: &'t str,
    event_type: &'static str,
    severity: &'static str,
    subject: String,
    api_key_id: String,
    reason: Option<String>,
    ip: Option<String>,
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
