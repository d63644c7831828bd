//! The forms in which products write bytes, flags, counts, times and names.
//!
//! Each reader takes the member as the source has it, and what it cannot read it names with what was found and what
//! would be right.

use base64::{
    Engine as _,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig},
    },
};
use chrono::{DateTime, NaiveDate, NaiveTime};
use passgate_core::time::Timestamp;
use passgate_webauthn::{Aaguid, Transport};
use serde_json::Value;
use uuid::Uuid;

use super::{report::Flaw, text::parse_time};

/// Most characters of a value that a refusal repeats.
const SHOWN: usize = 40;

/// Shortest text that counts as base64 in base64: shorter ones are texts by chance.
const SHORTEST_TWICE: usize = 20;

/// A member of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// What the source calls it.
    pub(super) name: String,
    /// Its value.
    pub(super) value: Value,
}

impl Found {
    /// What is wrong with it, or what would be right, and the beginning of what was found.
    pub(super) fn flaw(&self, reason: impl std::fmt::Display) -> Flaw {
        let text = match &self.value {
            Value::String(text) => format!("\"{text}\""),
            other => other.to_string(),
        };
        let shown = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        Flaw::invalid(self.name.clone(), format!("{reason}; found {shown}"))
    }

    /// The same, without what was found.
    pub(super) fn silent_flaw(&self, reason: impl std::fmt::Display) -> Flaw {
        Flaw::invalid(self.name.clone(), reason)
    }

    /// A text, or a number as text.
    pub(super) fn text(&self) -> Result<String, Flaw> {
        match &self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(self.flaw("neither a text nor a number")),
        }
    }

    /// True and false, as databases and languages spell them.
    pub(super) fn flag(&self) -> Result<bool, Flaw> {
        let text = match &self.value {
            Value::Bool(flag) => return Ok(*flag),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        match text.as_str() {
            "1" | "true" | "t" | "yes" | "y" => Ok(true),
            "0" | "false" | "f" | "no" | "n" => Ok(false),
            _ => Err(self.flaw("neither true nor false, nor 1 nor 0")),
        }
    }

    /// A sign count: a number, or one in a text.
    pub(super) fn count(&self) -> Result<u32, Flaw> {
        let text = match &self.value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => String::new(),
        };
        // Some databases keep whole numbers as fractions.
        let whole = text
            .split_once('.')
            .filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'))
            .map_or(text.as_str(), |(whole, _)| whole);
        whole
            .parse()
            .map_err(|_| self.flaw(format!("not a whole number from 0 to {}", u32::MAX)))
    }

    /// A whole number.
    pub(super) fn integer(&self) -> Result<i64, Flaw> {
        self.text()?
            .trim()
            .parse()
            .map_err(|_| self.flaw("not a whole number"))
    }

    /// A point in time: RFC 3339, what databases write, a date, or seconds, milliseconds or microseconds since 1970.
    pub(super) fn time(&self) -> Result<Timestamp, Flaw> {
        let read = match &self.value {
            Value::Number(number) => number.as_f64().and_then(time_of_number),
            Value::String(text) => time_of_text(text.trim()),
            _ => None,
        };
        read.ok_or_else(|| self.flaw("not a date and time, nor seconds or milliseconds since 1970"))
    }

    /// An authenticator model: a UUID with hyphens or without, or its 16 bytes.
    pub(super) fn aaguid(&self) -> Result<Aaguid, Flaw> {
        if let Value::String(text) = &self.value
            && let Ok(uuid) = Uuid::try_parse(text.trim())
        {
            return Ok(Aaguid::new(uuid.into_bytes()));
        }
        let bytes = self.bytes(Hex::IsHex)?;
        let exact = <[u8; 16]>::try_from(bytes.as_slice());
        exact
            .map(Aaguid::new)
            .map_err(|_| self.flaw("neither a UUID nor 16 bytes"))
    }

    /// Names of transports: a list, a list in a text, or names between commas.
    pub(super) fn transports(&self) -> Result<Vec<Transport>, Flaw> {
        let not_a_list = || self.flaw("not a list of transports");
        let names = match &self.value {
            Value::Array(values) => values.clone(),
            Value::String(text) => match serde_json::from_str(text) {
                Ok(Value::Array(values)) => values,
                // PostgreSQL writes `{usb,nfc}`.
                _ => text
                    .trim_matches(['{', '}'])
                    .split([',', ' ', ';'])
                    .map(|name| name.trim_matches('"').into())
                    .collect(),
            },
            _ => return Err(not_a_list()),
        };
        let mut transports = Vec::new();
        for name in &names {
            let name = name.as_str().ok_or_else(not_a_list)?.trim().to_ascii_lowercase();
            if name.is_empty() {
                continue;
            }
            let transport = Transport::new(name).ok_or_else(not_a_list)?;
            if !transports.contains(&transport) {
                transports.push(transport);
            }
        }
        Ok(transports)
    }

    /// Bytes: base64 of either alphabet, an array of numbers, an object of them, or a text that says what it is.
    pub(super) fn bytes(&self, hex: Hex) -> Result<Vec<u8>, Flaw> {
        match &self.value {
            Value::String(text) => self.bytes_of_text(text, hex),
            Value::Array(numbers) => self.bytes_of_numbers(numbers.iter().map(Some)),
            Value::Object(members) => match (members.get("data"), members.len()) {
                // What `JSON.stringify` makes of a Node.js `Buffer`.
                (Some(Value::Array(numbers)), 1 | 2) => self.bytes_of_numbers(numbers.iter().map(Some)),
                // And of a `Uint8Array`.
                _ => self.bytes_of_numbers((0..members.len()).map(|index| members.get(&index.to_string()))),
            },
            _ => Err(self.flaw("not bytes: neither base64url, nor `hex:…`, nor a list of numbers")),
        }
    }

    fn bytes_of_numbers<'v>(
        &self,
        numbers: impl Iterator<Item = Option<&'v Value>>,
    ) -> Result<Vec<u8>, Flaw> {
        numbers
            .map(|number| {
                number
                    .and_then(Value::as_u64)
                    .and_then(|number| u8::try_from(number).ok())
            })
            .collect::<Option<_>>()
            .ok_or_else(|| self.flaw("not a list of numbers from 0 to 255"))
    }

    fn bytes_of_text(&self, text: &str, hex: Hex) -> Result<Vec<u8>, Flaw> {
        if let Some(characters) = text.strip_prefix("text:") {
            return Ok(characters.as_bytes().to_vec());
        }
        // Encoders break long lines.
        let text: String = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        let as_hex =
            |digits: &str| hex::decode(digits).map_err(|_| self.flaw("not hex digits, two for each byte"));
        let as_base64 = |text: &str| base64(text).ok_or_else(|| self.flaw("neither base64url nor base64"));
        if let Some(digits) = text.strip_prefix("\\x").or_else(|| text.strip_prefix("hex:")) {
            return as_hex(digits);
        }
        if let Some(text) = text
            .strip_prefix("base64url:")
            .or_else(|| text.strip_prefix("base64:"))
        {
            return as_base64(text);
        }
        if let Some(uuid) = text.strip_prefix("uuid:") {
            let uuid = Uuid::try_parse(uuid).map_err(|_| self.flaw("not a UUID"))?;
            return Ok(uuid.into_bytes().to_vec());
        }
        if is_uuid(&text) {
            return Err(self.flaw(
                "a UUID's text, which as base64url is other bytes: `uuid:…` stands for its 16 bytes, `text:…` for its \
                 characters",
            ));
        }
        if is_hex(&text) {
            return match hex {
                Hex::IsHex => as_hex(&text),
                Hex::IsRefused => Err(self.flaw(
                    "hex digits, which as base64url are other bytes: write `hex:…`, or `base64url:…` if they are not \
                     hex, or import with --hex",
                )),
            };
        }
        as_base64(&text)
    }
}

/// What a text of hex digits is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hex {
    /// Bytes: the product writes them so.
    IsHex,
    /// Nobody knows: it could be base64 by chance.
    IsRefused,
}

/// Base64 of either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    const INDIFFERENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&base64::alphabet::URL_SAFE, &base64::alphabet::STANDARD]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, INDIFFERENT).decode(text).ok())
}

/// What bytes decode to that are base64 themselves, so that they were probably encoded twice.
pub(super) fn decoded_again(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.len() >= SHORTEST_TWICE).then(|| base64(text)).flatten()
}

/// Whether a text is hex digits of one case, two for each byte.
fn is_hex(text: &str) -> bool {
    let all = |is_digit: fn(u8) -> bool| text.bytes().all(|byte| byte.is_ascii_digit() || is_digit(byte));
    !text.is_empty()
        && text.len().is_multiple_of(2)
        && (all(|byte| matches!(byte, b'a'..=b'f')) || all(|byte| matches!(byte, b'A'..=b'F')))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// Seconds, milliseconds or microseconds, told apart by their size: the borders are in the year 5138, and in 1973.
fn time_of_number(number: f64) -> Option<Timestamp> {
    const MILLISECONDS: f64 = 1e11;
    const MICROSECONDS: f64 = 1e14;
    const LAST: f64 = 1e17;
    let micros = match number {
        number if !(0.0..LAST).contains(&number) => return None,
        number if number >= MICROSECONDS => number,
        number if number >= MILLISECONDS => number * 1e3,
        number => number * 1e6,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below 2^57, and a fraction of a microsecond is nothing"
    )]
    let micros = micros.round() as i64;
    Some(Timestamp::from_micros(micros))
}

fn time_of_text(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse() {
        return time_of_number(number);
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_time(NaiveTime::MIN).into());
    }
    let text = text.trim_end_matches(" UTC").replacen(' ', "T", 1);
    if let Some(time) = parse_time(&text) {
        return Some(time);
    }
    // PostgreSQL shortens the offset to `+00`, and others leave out its colon.
    ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.fT%#z"]
        .iter()
        .find_map(|format| DateTime::parse_from_str(&text, format).ok())
        .map(|time| time.to_utc().into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(value: Value) -> Found {
        Found {
            name: "member".to_owned(),
            value,
        }
    }

    #[test]
    fn times_are_read_as_databases_and_languages_write_them() {
        let expected = Timestamp::from_micros(1_780_271_425_540_540);
        for value in [
            json!("2026-05-31T23:50:25.54054+00:00"),
            json!("2026-05-31T23:50:25.540540Z"),
            json!("2026-05-31 23:50:25.540540"),
            json!("2026-05-31 23:50:25.54054+00"),
            json!("2026-06-01 01:50:25.54054+0200"),
            json!("2026-05-31 23:50:25.54054 UTC"),
            json!(1_780_271_425_540_540_u64),
            json!("1780271425.54054"),
        ] {
            assert_eq!(found(value.clone()).time(), Ok(expected), "{value}");
        }
        let second = Ok(Timestamp::from_seconds(1_780_271_425));
        for value in [
            json!(1_780_271_425),
            json!(1_780_271_425_000_u64),
            json!("1780271425"),
        ] {
            assert_eq!(found(value.clone()).time(), second, "{value}");
        }
        let midnight = Ok(Timestamp::from_seconds(1_780_185_600));
        assert_eq!(found(json!("2026-05-31")).time(), midnight);
        for value in [
            json!("yesterday"),
            json!(-1),
            json!(1e18),
            json!([]),
            json!("2026-05-31 25:00:00"),
        ] {
            found(value).time().unwrap_err();
        }
    }

    #[test]
    fn counts_and_flags_are_read_and_others_are_named() {
        for value in [json!(7), json!(7.0), json!("7"), json!("7.0")] {
            assert_eq!(found(value.clone()).count(), Ok(7), "{value}");
        }
        for value in [
            json!(-1),
            json!(7.5),
            json!("seven"),
            json!(4_294_967_296_u64),
            json!(true),
        ] {
            let flaw = found(value.clone()).count().unwrap_err().to_string();
            assert!(
                flaw.contains("`member`") && flaw.contains(&value.to_string()),
                "{flaw}"
            );
        }
        for (value, expected) in [
            (json!(1), true),
            (json!("0"), false),
            (json!("True"), true),
            (json!(false), false),
        ] {
            assert_eq!(found(value).flag(), Ok(expected));
        }
        found(json!(2)).flag().unwrap_err();
    }

    #[test]
    fn transports_are_read_in_every_form() {
        let both = ["internal", "hybrid"].map(|name| Transport::new(name).unwrap());
        for value in [
            json!(["internal", "hybrid"]),
            json!("[\"internal\", \"hybrid\"]"),
            json!("internal,hybrid"),
            json!("INTERNAL, hybrid,"),
            json!("{internal,hybrid}"),
        ] {
            assert_eq!(found(value.clone()).transports().unwrap(), both, "{value}");
        }
        for value in [json!(""), json!([""]), json!([]), json!("[]"), json!("{}")] {
            assert_eq!(found(value.clone()).transports().unwrap(), [], "{value}");
        }
        found(json!([7])).transports().unwrap_err();
    }

    #[test]
    fn a_model_is_a_uuid_or_its_bytes() {
        let expected = Ok(Aaguid::parse("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4").unwrap());
        for value in [
            json!("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"),
            json!("EA9B8D664D011D213CE4B6B48CB575D4"),
            json!("6puNZk0BHSE85La0jLV11A"),
            json!("\\xea9b8d664d011d213ce4b6b48cb575d4"),
        ] {
            assert_eq!(found(value.clone()).aaguid(), expected, "{value}");
        }
        found(json!("AAAA")).aaguid().unwrap_err();
    }

    #[test]
    fn bytes_are_read_and_what_could_be_other_bytes_is_refused() {
        let expected = Ok(vec![0xde, 0xad, 0xbe, 0xef]);
        for value in [
            json!("3q2+7w=="),
            json!("3q2-7w"),
            json!("3q2\n-7w "),
            json!("hex:deadbeef"),
            json!("\\xDEADBEEF"),
            json!("base64url:3q2-7w"),
            json!([0xde, 0xad, 0xbe, 0xef]),
            json!({"type": "Buffer", "data": [0xde, 0xad, 0xbe, 0xef]}),
            json!({"0": 0xde, "1": 0xad, "2": 0xbe, "3": 0xef}),
        ] {
            assert_eq!(found(value.clone()).bytes(Hex::IsRefused), expected, "{value}");
        }
        assert_eq!(found(json!("deadbeef")).bytes(Hex::IsHex), expected);
        assert_eq!(
            found(json!("text:de ad")).bytes(Hex::IsRefused),
            Ok(b"de ad".to_vec())
        );
        let uuid = "01a22edf-62b9-785f-a2f2-3fbf3f28dade";
        assert_eq!(
            found(json!(format!("uuid:{uuid}")))
                .bytes(Hex::IsRefused)
                .unwrap()
                .len(),
            16
        );
        for (value, said) in [
            (json!("deadbeef"), "`hex:…`"),
            (json!(uuid), "`uuid:…`"),
            (json!("!"), "neither base64url"),
            (json!([256]), "0 to 255"),
            (json!({"1": 7}), "0 to 255"),
            (json!(true), "not bytes"),
        ] {
            let flaw = found(value).bytes(Hex::IsRefused).unwrap_err().to_string();
            assert!(flaw.contains(said), "{flaw}");
        }
    }
}
