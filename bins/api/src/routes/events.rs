//! `GET /events`: what stays on record, a page at a time.

use passgate::events::EventsQuery;
use passgate_core::event::Event;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    input::{Input, Parts, Unreadable},
    json::parse_integer,
    problem::Problem,
    timestamps,
    validation::Validation,
};

const DEFAULT_PAGE_SIZE: i64 = 100;
const LARGEST_PAGE_SIZE: i64 = 1000;

pub(super) struct Request {
    page: u32,
    page_size: u32,
}

impl Input for Request {
    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let page = number(parts, "pageNumber", "int PageNumber")?
            .ok_or_else(|| Problem::missing_query_parameter("int PageNumber"))?;
        let page_size = number(parts, "numberOfResults", "int NumberOfResults")?;

        let mut check = Validation::default();
        check
            .member("PageNumber")
            .between(Some(page), 1, i64::from(i32::MAX));
        check
            .member("NumberOfResults")
            .between(page_size, 1, LARGEST_PAGE_SIZE);
        check.finish()?;

        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self {
            page: small(page),
            page_size: small(page_size.unwrap_or(DEFAULT_PAGE_SIZE)),
        })
    }
}

/// An empty value counts as absent: the .NET SDK sends `numberOfResults=` for "not set".
fn number(parts: &Parts<'_>, name: &str, declaration: &str) -> Result<Option<i64>, Problem> {
    match parts.query(name)?.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => match parse_integer(&text) {
            Some(number) => Ok(Some(number)),
            None => Err(Problem::malformed_parameter(declaration, &text)),
        },
    }
}

pub(super) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let tenant_id = call.caller.app_id().to_string();
    let page = call
        .run(|passgate, caller, input, _| {
            let query = EventsQuery {
                page: input.page,
                page_size: input.page_size,
                ..EventsQuery::default()
            };
            passgate.list_events(caller, &query)
        })
        .await?;
    let events = page
        .events
        .into_iter()
        .map(|event| ListedEvent::new(event, &tenant_id))
        .collect();
    Answer::json(&Listed {
        tenant_id: &tenant_id,
        events,
        total_event_count: page.total,
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'t> {
    tenant_id: &'t str,
    events: Vec<ListedEvent<'t>>,
    total_event_count: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedEvent<'t> {
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

impl<'t> ListedEvent<'t> {
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
