//! `GET /events/export`: all events that pass a filter, oldest first, written while they are read.

use std::time::Duration;

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use futures_util::{
    StreamExt as _,
    stream::{once, try_unfold},
};
use passgate::Caller;
use passgate_core::event::Event;
use passgate_store::events::EventFilter;
use uuid::Uuid;

use super::{WrittenEvent, filter};
use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    endpoint::{Doc, other},
    input::{Input, Parts, Unreadable},
    operations::Operations,
    problem::Problem,
    shape::{Member, text},
    shares::{Share, Work},
    wire,
};

/// Events per part: few enough that a part is small, many enough that an export is quick.
const PART: u32 = 250;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// One JSON object per line, with the members of `GET /events`.
    JsonLines,
    /// RFC 4180, for spreadsheets.
    Csv,
}

impl Format {
    const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// What stands before the first event.
    fn heading(self) -> Vec<u8> {
        match self {
            Self::JsonLines => Vec::new(),
            Self::Csv => {
                b"id,performedAt,eventType,severity,message,performedBy,subject,apiKeyId,reason,ip,userAgent\r\n".to_vec()
            }
        }
    }

    fn write(self, events: Vec<Event>, tenant_id: &str) -> Result<Vec<u8>, Problem> {
        let mut written = Vec::new();
        for event in events {
            let event = WrittenEvent::new(event, tenant_id);
            match self {
                Self::JsonLines => {
                    serde_json::to_writer(&mut written, &event)
                        .map_err(|error| Problem::unexpected(error.to_string()))?;
                    written.push(b'\n');
                }
                Self::Csv => written.extend_from_slice(row(&event).as_bytes()),
            }
        }
        Ok(written)
    }
}

/// A line of CSV.
fn row(event: &WrittenEvent<'_>) -> String {
    let cells = [
        event.id.as_str(),
        event.performed_at.as_str(),
        event.event_type,
        event.severity,
        event.message.as_str(),
        event.performed_by.as_str(),
        event.subject.as_str(),
        event.api_key_id.as_str(),
        event.reason.as_deref().unwrap_or_default(),
        event.ip.as_deref().unwrap_or_default(),
        event.user_agent.as_deref().unwrap_or_default(),
    ];
    let mut row = cells.map(cell).join(",");
    row.push_str("\r\n");
    row
}

/// A cell of CSV. Texts that a spreadsheet would run as a formula begin with an apostrophe: a user agent is written by
/// whoever wants to be recorded. Control characters that a terminal would obey are replaced, and a semicolon, which
/// some spreadsheets take for the end of a cell, is quoted.
fn cell(text: &str) -> String {
    let is_obeyed = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\r' | '\n');
    let text = text.replace(is_obeyed, "\u{fffd}");
    let first = text.chars().find(|letter| !is_unseen(*letter)).map(narrow);
    let begins_with_space = text.starts_with(['\t', '\r', '\n']);
    let guard = if begins_with_space || matches!(first, Some('=' | '+' | '-' | '@')) {
        "'"
    } else {
        ""
    };
    if text.contains(|letter| matches!(narrow(letter), '"' | ',' | ';' | '\t' | '\r' | '\n')) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// The ASCII sign that a spreadsheet may take a letter for: the full-width and small forms of East Asian text, and the
/// minus sign.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{fe66}' => '=',
        '\u{fe62}' | '\u{207a}' | '\u{208a}' => '+',
        '\u{fe63}' | '\u{2212}' | '\u{207b}' | '\u{208b}' => '-',
        '\u{fe6b}' => '@',
        other => other,
    }
}

/// Space, and what takes none at all.
fn is_unseen(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fffd}'
        )
}

pub(in crate::routes) struct Request {
    format: Format,
    filter: EventFilter,
}

impl Input for Request {
    const QUERY: &'static [Member] = &[
        text::<wire::ExportFormat>("format"),
        text::<wire::EventTypes>("type"),
        text::<wire::Severities>("severity"),
        text::<wire::UserId>("subject").about("What it was done to, exactly."),
        text::<wire::PerformedBy>("performedBy").about("Who did it, exactly."),
        text::<wire::SentTime>("from").about("The earliest that is let through."),
        text::<wire::SentTime>("until").about("The first that is not let through any more."),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let format = match parts.query("format")?.unwrap_or_default() {
            text if text.is_empty() || text.eq_ignore_ascii_case("jsonl") => Format::JsonLines,
            text if text.eq_ignore_ascii_case("csv") => Format::Csv,
            text => return Err(Problem::malformed_parameter("ExportFormat Format", &text).into()),
        };
        Ok(Self {
            format,
            filter: filter::read(parts)?,
        })
    }
}

/// The parts of an export that are still to be read.
struct Rest {
    operations: Operations,
    caller: Caller,
    filter: EventFilter,
    format: Format,
    after: Option<Uuid>,
}

impl Rest {
    /// The next part, and what comes after it; none at the end.
    async fn next(mut self) -> Result<Option<(Vec<u8>, Option<Self>)>, Problem> {
        let (caller, filter, after) = (self.caller.clone(), self.filter.clone(), self.after);
        let events = self
            .operations
            .run(
                Share::App(self.caller.app_id().clone()),
                Work::Heavy,
                move |passgate, _| passgate.export_events(&caller, &filter, after, PART),
            )
            .await?;
        let Some(last) = events.last().map(|event| event.id) else {
            return Ok(None);
        };
        let more = u32::try_from(events.len()).is_ok_and(|count| count == PART);
        let part = self.format.write(events, self.caller.app_id().as_str())?;
        self.after = Some(last);
        Ok(Some((part, more.then_some(self))))
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("exportEvents", "Everything on record, as JSON lines or CSV")
    .about("The filters are those of the list.")
    .answers(&[other(200, "application/x-ndjson"), other(200, "text/csv")])
    .refusals(&[(403, "event logging is off")]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let operations = call.api().operations().clone();
    let Call {
        caller,
        input: Request { format, mut filter },
        ..
    } = call;
    // The export of an application that is in use ends where it began.
    let end = operations.clock().now().plus(Duration::from_micros(1));
    filter.until = Some(filter.until.map_or(end, |until| until.min(end)));
    let name = format!(
        "attachment; filename=\"{}-events.{}\"",
        caller.app_id(),
        format.extension()
    );

    // The first part is read before the answer begins, so that a refusal is a refusal.
    let begun = Rest {
        operations,
        caller,
        filter,
        format,
        after: None,
    }
    .next()
    .await?;
    let (part, rest) = begun.unwrap_or_default();
    let mut first = format.heading();
    first.extend(part);
    let rest = try_unfold(rest, async |rest| match rest {
        Some(rest) => rest.next().await,
        None => Ok(None),
    });
    let answer = Answer::stream(format.media_type(), once(async { Ok(first) }).chain(rest));
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::unexpected(error.to_string()))?;
    Ok(answer.with_header(CONTENT_DISPOSITION, name))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_formulas() {
        for (text, written) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""),
            ("-", "'-"),
            ("+46", "'+46"),
            (" =1+1", "' =1+1"),
            ("\n=1+1", "\"'\n=1+1\""),
            ("\t=1+1", "\"'\t=1+1\""),
            ("x;=1+1", "\"x;=1+1\""),
            ("\u{1b}[31mred\u{7}", "\u{fffd}[31mred\u{fffd}"),
            ("＝1+1", "'＝1+1"),
            ("＠SUM(A1，A2)", "\"'＠SUM(A1，A2)\""),
            ("－1", "'－1"),
            ("＋46", "'＋46"),
            ("﹣1", "'﹣1"),
            ("−1", "'−1"),
            ("\u{3000}＝1", "'\u{3000}＝1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("\u{7}=1", "'\u{fffd}=1"),
            ("x；＝1", "\"x；＝1\""),
            ("＂", "\"＂\""),
            ("名前", "名前"),
        ] {
            assert_eq!(cell(text), written, "{text}");
        }
    }
}
