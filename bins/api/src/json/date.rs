//! ISO 8601 dates as requests carry them.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use passgate_core::time::Timestamp;

/// Reads `yyyy-MM-dd[Thh:mm[:ss[.fraction]][Z|±hh:mm]]`; without a zone designator the value is UTC.
///
/// Digits of the fraction beyond microseconds are cut off.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(digits(date.get(0..4)?)?).ok()?,
        dash(date, 4, 5)?,
        dash(date, 7, 8)?,
    )?;
    let Some(rest) = rest.strip_prefix(['T', 't']) else {
        return rest
            .is_empty()
            .then(|| Timestamp::from(date.and_time(NaiveTime::MIN)));
    };
    let (time, offset) = split_zone(rest)?;
    let local = date.and_time(parse_time(time)?);
    Some(Timestamp::from(local.checked_sub_signed(offset)?))
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) if whole.len() == 8 => (whole, fraction_micros(fraction)?),
        Some(_) => return None,
        None => (text, 0),
    };
    let mut parts = whole.split(':');
    let hour = two_digits(parts.next()?)?;
    let minute = two_digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), two_digits)?;
    if parts.next().is_some() {
        return None;
    }
    NaiveTime::from_hms_micro_opt(hour, minute, second, fraction)
}

/// Splits the zone designator off and gives the offset from UTC.
fn split_zone(text: &str) -> Option<(&str, TimeDelta)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, TimeDelta::zero()));
    }
    let Some(sign) = text.find(['+', '-']) else {
        return Some((text, TimeDelta::zero()));
    };
    let (time, zone) = text.split_at_checked(sign)?;
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let offset = TimeDelta::minutes(i64::from(hours * 60 + minutes));
    Some((time, if zone.starts_with('-') { -offset } else { offset }))
}

fn fraction_micros(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    digits(text)?;
    let six: String = text.chars().chain(std::iter::repeat('0')).take(6).collect();
    six.parse().ok()
}

fn dash(text: &str, at: usize, from: usize) -> Option<u32> {
    (text.as_bytes().get(at) == Some(&b'-'))
        .then(|| two_digits(text.get(from..from + 2)?))
        .flatten()
}

fn two_digits(text: &str) -> Option<u32> {
    if text.len() == 2 {
        u32::try_from(digits(text)?).ok()
    } else {
        None
    }
}

/// Digits only: `parse` alone would accept a sign.
fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}
