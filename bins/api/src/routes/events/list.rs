//! `GET /events`: a page of events, newest first.

use passgate::events::EventsQuery;
use schemars::JsonSchema;
use serde::Serialize;

use super::{WrittenEvent, filter};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
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
            .about("The page, from 1.")
            .required(),
        integer("numberOfResults", 100)
            .at_least(1)
            .at_most(LARGEST_PAGE_SIZE.unsigned_abs())
            .about("The most events on a page; 100 if it is missing."),
        text::<wire::EventTypes>("type"),
        text::<wire::Severities>("severity"),
        text::<wire::UserId>("subject").about("What it was done to, exactly."),
        text::<wire::PerformedBy>("performedBy").about("Who did it, exactly."),
        text::<wire::SentTime>("from").about("The earliest that is let through."),
        text::<wire::SentTime>("until").about("The first that is not let through any more."),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let page = number(parts, "pageNumber", "int PageNumber")?
            .ok_or_else(|| Problem::missing_query_parameter("int PageNumber"))?;
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
            page_size: small(page_size.unwrap_or(DEFAULT_PAGE_SIZE)),
            filter,
        }))
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

pub(in crate::routes) const DOC: Doc = Doc::new("listEvents", "What is on record, newest first")
    .answers(&[json::<Listed<'static>>()])
    .refusals(&[(403, "event logging is off")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let tenant_id = call.caller.app_id().to_string();
    let page = call
        .heavy()
        .run(|passgate, caller, input, _| passgate.list_events(caller, &input.0))
        .await?;
    let events = page
        .events
        .into_iter()
        .map(|event| WrittenEvent::new(event, &tenant_id));
    Answer::json(&Listed {
        tenant_id: &tenant_id,
        events: events.collect(),
        total_event_count: page.total,
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
}
