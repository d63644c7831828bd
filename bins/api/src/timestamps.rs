//! Points in time as responses carry them: four families of formats, each read by some client.
//!
//! Fractions of a second have up to seven digits with trailing zeros cut off; ours have at most six.

use chrono::NaiveDate;
use passgate_core::time::Timestamp;

/// With `Z`: token times and deletion dates.
pub fn instant(at: Timestamp) -> String {
    format!("{}Z", zoneless(at))
}

/// Without zone designator, the value being UTC: times of stored things.
pub fn zoneless(at: Timestamp) -> String {
    let text = at.to_naive().format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
        None => text,
    }
}

/// With a numeric offset: times of authentication configurations.
pub fn with_offset(at: Timestamp) -> String {
    format!("{}+00:00", zoneless(at))
}

/// A calendar date: reports.
pub fn calendar_date(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_lose_trailing_zeros() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00"),
            (500_000, "1970-01-01T00:00:00.5"),
            (120_500_010, "1970-01-01T00:02:00.50001"),
            (1, "1970-01-01T00:00:00.000001"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00"),
        ] {
            let at = Timestamp::from_micros(micros);
            assert_eq!(zoneless(at), text);
            assert_eq!(instant(at), format!("{text}Z"));
            assert_eq!(with_offset(at), format!("{text}+00:00"));
        }
    }

    #[test]
    fn calendar_dates_have_two_digit_months() {
        assert_eq!(
            calendar_date(NaiveDate::from_ymd_opt(2024, 1, 2).unwrap()),
            "2024-01-02"
        );
    }
}
