//! How long a token lives, as configurations write it.

use std::time::Duration;

/// A positive span of time: `[d.]hh:mm:ss[.fffffff]`, or a plain number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeToLive(Duration);

impl TimeToLive {
    /// Reads `[d.]hh:mm:ss[.fffffff]` (hours below 24, minutes and seconds below 60, up to seven fractional digits) or
    /// a number of seconds with an optional fraction, such as `180` or `0.5`. Tenths of microseconds are dropped.
    ///
    /// # Errors
    /// [`InvalidTimeToLive`].
    pub fn parse(text: &str) -> Result<Self, InvalidTimeToLive> {
        let (negative, text) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let duration = parse_span(text).ok_or(InvalidTimeToLive::Format)?;
        if negative || duration.is_zero() {
            Err(InvalidTimeToLive::NotPositive)
        } else {
            Ok(Self(duration))
        }
    }

    /// From a duration.
    ///
    /// # Errors
    /// [`InvalidTimeToLive::NotPositive`] for zero.
    pub const fn from_duration(duration: Duration) -> Result<Self, InvalidTimeToLive> {
        if duration.is_zero() {
            Err(InvalidTimeToLive::NotPositive)
        } else {
            Ok(Self(duration))
        }
    }

    /// The span.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

/// Why a text is no time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTimeToLive {
    /// Neither `[d.]hh:mm:ss[.fffffff]` nor a number of seconds.
    #[error("not a duration such as `00:03:00` or a number of seconds")]
    Format,
    /// The time to live is zero or negative.
    #[error("a time to live must be positive")]
    NotPositive,
}

fn parse_span(text: &str) -> Option<Duration> {
    let Some((before, rest)) = text.split_once(':') else {
        return seconds(text, u64::MAX);
    };
    let (minutes, seconds_text) = rest.split_once(':')?;
    let (days, hours) = match before.split_once('.') {
        Some((days, hours)) => (number(days, 8)?, hours),
        None => (0, before),
    };
    let whole = days
        .checked_mul(24)?
        .checked_add(two_digits(hours, 23)?)?
        .checked_mul(60)?
        .checked_add(two_digits(minutes, 59)?)?
        .checked_mul(60)?;
    let whole_digits = seconds_text.split('.').next().unwrap_or_default().len();
    if whole_digits != 2 {
        return None;
    }
    Duration::from_secs(whole).checked_add(seconds(seconds_text, 59)?)
}

/// `ss` or `ss.fffffff`, at most `max` whole seconds.
fn seconds(text: &str, max: u64) -> Option<Duration> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction_micros(fraction)?),
        None => (text, 0),
    };
    let whole = number(whole, 12).filter(|whole| *whole <= max)?;
    Duration::from_secs(whole).checked_add(Duration::from_micros(fraction))
}

/// Up to seven digits after the point, as whole microseconds.
fn fraction_micros(digits: &str) -> Option<u64> {
    Some(number(&format!("{:0<7}", digits), 7).filter(|_| !digits.is_empty())? / 10)
}

fn two_digits(text: &str, max: u64) -> Option<u64> {
    number(text, 2).filter(|value| text.len() == 2 && *value <= max)
}

/// ASCII digits only, between one and `max_digits` of them: no sign, no white space.
fn number(text: &str, max_digits: usize) -> Option<u64> {
    let digits = (1..=max_digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_both_spellings() {
        let cases = [
            ("00:03:00", 180_000_000),
            ("01:02:03", 3_723_000_000),
            ("23:59:59.9999999", 86_399_999_999),
            ("1.00:00:00", 86_400_000_000),
            ("10.00:00:01.5", 864_001_500_000),
            ("00:00:00.000001", 1),
            ("180", 180_000_000),
            (" 0.25 ", 250_000),
        ];
        for (text, micros) in cases {
            assert_eq!(
                TimeToLive::parse(text).map(TimeToLive::duration),
                Ok(Duration::from_micros(micros)),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_positive() {
        for text in ["0", "00:00:00", "-1", "-00:03:00", "0.0000001"] {
            assert_eq!(
                TimeToLive::parse(text),
                Err(InvalidTimeToLive::NotPositive),
                "{text}"
            );
        }
        assert_eq!(
            TimeToLive::from_duration(Duration::ZERO),
            Err(InvalidTimeToLive::NotPositive)
        );
    }

    #[test]
    fn refuses_other_spellings() {
        let cases = [
            "",
            " ",
            "abc",
            "1:2:3",
            "00:03",
            "24:00:00",
            "00:60:00",
            "00:00:60",
            "00:00:1",
            "1e3",
            "+5",
            "--5",
            ".5",
            "5.",
            "1.2.03:04:05",
            "00:00:00.12345678",
            "00: 3:00",
            "999999999.00:00:00",
            "9999999999999",
        ];
        for text in cases {
            assert_eq!(TimeToLive::parse(text), Err(InvalidTimeToLive::Format), "{text}");
        }
    }

    proptest! {
        #[test]
        fn clock_and_seconds_agree(seconds in 1..200_000_000_u64) {
            let (days, rest) = (seconds / 86_400, seconds % 86_400);
            let clock = format!("{days}.{:02}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60);
            prop_assert_eq!(TimeToLive::parse(&clock), TimeToLive::parse(&seconds.to_string()));
        }

        #[test]
        fn reading_is_total(text in "[0-9:. -]{0,24}") {
            if let Ok(value) = TimeToLive::parse(&text) {
                prop_assert!(!value.duration().is_zero());
            }
        }
    }
}
