//! `GET /events`: a page of events, newest first.

use passgate::events::EventsQuery;
use passgate_core::time::Timestamp;
use passgate_store::events::Position;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{WrittenEvent, filter};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    encoding,
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    json::parse_integer,
    problem::Problem,
    shape::{Member, integer, text},
    validation::Validation,
    wire,
};

const DEFAULT_PAGE_SIZE: i64 = 100;
const LARGEST_PAGE_SIZE: i64 = 1000;

pub(in crate::routes) struct Request(EventsQuery);

impl Input for Request {
    const QUERY: &'static [Member] = &[
        integer("pageNumber", 1)
            .at_least(1)
            .at_most(i32::MAX.unsigned_abs() as u64)
            .about("The page, from 1; required without a cursor."),
        integer("numberOfResults", 100)
            .at_least(1)
            .at_most(LARGEST_PAGE_SIZE.unsigned_abs())
            .about("The most events on a page; 100 if it is missing."),
        text::<wire::Cursor>("cursor"),
        text::<wire::EventTypes>("type"),
        text::<wire::Severities>("severity"),
        text::<wire::UserId>("subject").about("What it was done to, exactly."),
        text::<wire::PerformedBy>("performedBy").about("Who did it, exactly."),
        text::<wire::SentTime>("from").about("The earliest that is let through."),
        text::<wire::SentTime>("until").about("The first that is not let through any more."),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let before = match parts.query("cursor")?.filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                Some(read_cursor(&text).ok_or_else(|| Problem::malformed_parameter("string Cursor", &text))?)
            }
        };
        let page = match number(parts, "pageNumber", "int PageNumber")? {
            Some(page) => page,
            None if before.is_some() => 1,
            None => return Err(Problem::missing_query_parameter("int PageNumber").into()),
        };
        let page_size = number(parts, "numberOfResults", "int NumberOfResults")?;
        let filter = filter::read(parts)?;

        let mut check = Validation::default();
        check
            .member("PageNumber")
            .between(Some(page), 1, i64::from(i32::MAX));
        check
            .member("NumberOfResults")
            .between(page_size, 1, LARGEST_PAGE_SIZE);
        check.finish()?;

        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self(EventsQuery {
            page: small(page),
            before,
            page_size: small(page_size.unwrap_or(DEFAULT_PAGE_SIZE)),
            filter,
        }))
    }
}

/// A cursor is where the last event of a page stands: its time in microseconds, and its id.
fn write_cursor(position: Position) -> String {
    let mut bytes = position.performed_at.as_micros().to_be_bytes().to_vec();
    bytes.extend_from_slice(position.id.as_bytes());
    encoding::base64url(&bytes)
}

fn read_cursor(text: &str) -> Option<Position> {
    let bytes = encoding::decode(text)?;
    let (at, id) = bytes.split_first_chunk()?;
    Some(Position {
        performed_at: Timestamp::from_micros(i64::from_be_bytes(*at)),
        id: Uuid::from_slice(id).ok()?,
    })
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

pub(in crate::routes) const DOC: Doc = Doc::new("listEvents", "What is on record, newest first")
    .about(
        "Numbered pages shift while events arrive; pages that begin at the cursor of the page before do not.",
    )
    .answers(&[json::<Listed<'static>>()])
    .refusals(&[(403, "event logging is off")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let tenant_id = call.caller.app_id().to_string();
    let page_size = call.input.0.page_size;
    let page = call
        .heavy()
        .run(|passgate, caller, input, _| passgate.list_events(caller, &input.0))
        .await?;
    let is_full = u32::try_from(page.events.len()).is_ok_and(|count| count == page_size);
    let next_cursor = page
        .events
        .last()
        .filter(|_| is_full)
        .map(|event| write_cursor(Position::of(event)));
    let events = page
        .events
        .into_iter()
        .map(|event| WrittenEvent::new(event, &tenant_id));
    Answer::json(&Listed {
        tenant_id: &tenant_id,
        events: events.collect(),
        total_event_count: page.total,
        next_cursor,
    })
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Events")]
struct Listed<'t> {
    #[schemars(with = "wire::AppId")]
    tenant_id: &'t str,
    /// The events of the page, newest first.
    events: Vec<WrittenEvent<'t>>,
    /// How many events pass the filter, on all pages.
    #[schemars(example = 1234)]
    total_event_count: u64,
    /// What `cursor` takes for the events after these, however many arrive meanwhile; `null` if these are the last.
    #[schemars(with = "Option<wire::Cursor>")]
    next_cursor: Option<String>,
}
