//! Which events: the query parameters that `/events` and `/events/export` share.

use passgate_core::{
    event::{EventKind, Severity},
    time::Timestamp,
};
use passgate_store::events::EventFilter;

use crate::{input::Parts, json::parse_date, problem::Problem};

/// Reads the filter of a request. A parameter that is absent or empty lets everything pass.
///
/// `type` and `severity` may be given several times, or as a list with commas: an event passes that is one of them.
pub(super) fn read(parts: &Parts<'_>) -> Result<EventFilter, Problem> {
    let kind = |name: &str| {
        EventKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    };
    let severity = |name: &str| {
        Severity::ALL
            .into_iter()
            .find(|it| it.as_str().eq_ignore_ascii_case(name))
    };
    Ok(EventFilter {
        kinds: names(parts, "type", "EventType Type", kind)?,
        severities: names(parts, "severity", "Severity Severity", severity)?,
        subject: text(parts, "subject")?,
        performed_by: text(parts, "performedBy")?,
        from: time(parts, "from", "DateTime From")?,
        until: time(parts, "until", "DateTime Until")?,
    })
}

fn names<T>(
    parts: &Parts<'_>,
    name: &str,
    declaration: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let sent = parts.queries(name)?;
    let named = sent
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty());
    named
        .map(|name| find(name).ok_or_else(|| Problem::malformed_parameter(declaration, name)))
        .collect()
}

fn text(parts: &Parts<'_>, name: &str) -> Result<Option<String>, Problem> {
    Ok(parts.query(name)?.filter(|text| !text.is_empty()))
}

fn time(parts: &Parts<'_>, name: &str, declaration: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(sent) = text(parts, name)? else {
        return Ok(None);
    };
    // A plus sign that was not escaped arrives as a space.
    parse_date(&sent.replace(' ', "+"))
        .map(Some)
        .ok_or_else(|| Problem::malformed_parameter(declaration, &sent))
}
