//! Asks the other server, and asks again when it could not answer.

use std::{cell::Cell, io, time::Duration};

use chrono::{DateTime, Utc};
use passgate_core::{secret::Secret, time::Timestamp};
use passgate_webauthn::causes;
use serde_json::Value;
use ureq::Agent;
use url::Url;

use crate::cli::error::{ApiError, Seconds};

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Largest answer that is read.
const MAX_ANSWER: u64 = 256 * 1024 * 1024;

/// The wait before the first repetition; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait of our own choice.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait that the other server may ask for; if it asks for more, somebody has to come back later.
const LONGEST_ASKED_WAIT: Duration = Duration::from_secs(15 * 60);

/// The surroundings of the client: time, and somebody to tell about waiting.
pub(super) struct Surroundings<'s> {
    /// How often a question is repeated that was not answered.
    pub(super) retries: u32,
    /// The time.
    pub(super) now: &'s dyn Fn() -> Timestamp,
    /// Waits.
    pub(super) wait: &'s dyn Fn(Duration),
    /// Says something to whoever watches.
    pub(super) say: &'s dyn Fn(&str),
}

/// Asks the other server.
pub(super) struct Client<'s> {
    agent: Agent,
    base: Url,
    secret: &'s Secret<String>,
    surroundings: Surroundings<'s>,
    /// Whether it has answered anything yet: before, a wrong address is likelier than a server that is down.
    answered: Cell<bool>,
}

/// Why one try gave nothing.
enum Miss {
    /// Another try would end the same way.
    Final(ApiError),
    /// It may pass.
    Passing {
        error: ApiError,
        /// How long the other server wants us to wait.
        asked_wait: Option<Duration>,
    },
}

impl<'s> Client<'s> {
    pub(super) fn new(
        base_url: &str,
        secret: &'s Secret<String>,
        surroundings: Surroundings<'s>,
    ) -> Result<Self, ApiError> {
        let refused = || ApiError::BaseUrl {
            url: base_url.to_owned(),
        };
        let base = Url::parse(base_url).map_err(|_| refused())?;
        let here = match base.host() {
            Some(url::Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        // The secret key does not travel in the clear.
        if !(base.scheme() == "https" || (base.scheme() == "http" && here)) {
            return Err(refused());
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // It goes to this server and to no other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        Ok(Self {
            agent,
            base,
            secret,
            surroundings,
            answered: Cell::new(false),
        })
    }

    /// The `values` of a list.
    pub(super) fn values(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, ApiError> {
        self.get(path, query)
            .and_then(|answer| values(answer).ok_or_else(|| unexpected(path)))
    }

    /// An answer; asked for again while that makes sense.
    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, ApiError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (error, asked_wait) = match self.ask(path, query) {
                Ok(value) => return Ok(value),
                Err(Miss::Final(error)) => return Err(error),
                Err(Miss::Passing { error, asked_wait }) => (error, asked_wait),
            };
            let wait = asked_wait.unwrap_or_else(|| back_off(tries));
            if tries > self.surroundings.retries || wait > LONGEST_ASKED_WAIT {
                return Err(ApiError::GaveUp {
                    tries,
                    asked_wait: asked_wait.filter(|wait| *wait > LONGEST_ASKED_WAIT),
                    source: Box::new(error),
                });
            }
            (self.surroundings.say)(&format!("{}; trying again in {}", causes(&error), Seconds(wait)));
            (self.surroundings.wait)(wait);
        }
    }

    fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Miss> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut answer = self
            .agent
            .get(url.as_str())
            .header("ApiSecret", self.secret.expose())
            .call()
            .map_err(|source| self.unreachable(path, source))?;
        let status = answer.status().as_u16();
        let asked_wait = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .and_then(|text| retry_after(text, (self.surroundings.now)()));
        let body = answer
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(|source| self.unreachable(path, source))?;
        let body: Option<Value> = serde_json::from_slice(&body).ok();
        if status == 200 {
            self.answered.set(true);
            return body.ok_or_else(|| Miss::Final(unexpected(path)));
        }
        let title = body
            .as_ref()
            .and_then(|body| body["title"].as_str())
            .unwrap_or("no reason given");
        let error = ApiError::Refused {
            path: path.to_owned(),
            status,
            title: title.to_owned(),
        };
        Err(match status {
            408 | 425 | 429 | 500 | 502 | 503 | 504 => Miss::Passing { error, asked_wait },
            _ => Miss::Final(error),
        })
    }

    fn unreachable(&self, path: &str, source: ureq::Error) -> Miss {
        let answered = self.answered.get();
        let may_pass = match &source {
            ureq::Error::Io(error) => answered || error.kind() != io::ErrorKind::ConnectionRefused,
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => answered,
            ureq::Error::Timeout(_) | ureq::Error::Protocol(_) => true,
            _ => false,
        };
        let error = ApiError::Unreachable {
            path: path.to_owned(),
            source: Box::new(source),
        };
        if may_pass {
            Miss::Passing {
                error,
                asked_wait: None,
            }
        } else {
            Miss::Final(error)
        }
    }
}

/// The list in an answer.
pub(super) fn values(answer: Value) -> Option<Vec<Value>> {
    match answer {
        Value::Object(mut members) => match members.remove("values") {
            Some(Value::Array(values)) => Some(values),
            Some(_) | None => None,
        },
        // The documentation shows a bare list.
        Value::Array(values) => Some(values),
        _ => None,
    }
}

pub(super) fn unexpected(path: &str) -> ApiError {
    ApiError::Unexpected {
        path: path.to_owned(),
    }
}

fn back_off(tries: u32) -> Duration {
    let doubled = 2_u32.checked_pow(tries.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

/// Reads `Retry-After`: seconds, or a date.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
    // A date that has passed means now.
    Some((date - now.to_utc()).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let waits: Vec<_> = (1..=8).map(|tries| back_off(tries).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(back_off(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_seconds(1_735_689_600);
        for (text, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Wed, 01 Jan 2025 00:00:30 GMT", Some(30)),
            ("Tue, 31 Dec 2024 00:00:30 GMT", Some(0)),
            ("-7", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn waits_are_told_in_seconds() {
        assert_eq!(Seconds(Duration::from_millis(500)).to_string(), "0.5 s");
        assert_eq!(Seconds(Duration::from_secs(30)).to_string(), "30 s");
    }
}
