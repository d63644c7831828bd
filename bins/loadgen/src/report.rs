//! What a measurement says, and what speaks against believing it.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::{Ceremony, Measured};

/// More than this many cores busy with something else, and the numbers are not the server's.
const OTHERS_LIMIT: f64 = 0.2;
/// More than this many cores busy with the client, and the client is what was measured.
const CLIENT_LIMIT: f64 = 0.8;

/// A measurement with the machine's own baseline.
pub struct Report {
    measured: Measured,
    verification: Duration,
    signature: Duration,
    started_in: Option<Duration>,
}

impl Report {
    /// From what was measured, the cost of one bare verification and signature, and how long the server took to start.
    pub const fn new(
        measured: Measured,
        verification: Duration,
        signature: Duration,
        started_in: Option<Duration>,
    ) -> Self {
        Self {
            measured,
            verification,
            signature,
            started_in,
        }
    }

    /// Why not to believe the numbers; empty for a valid run.
    pub fn objections(&self) -> Vec<String> {
        let mut objections = Vec::new();
        if let Some(first) = self.measured.errors.first() {
            objections.push(format!(
                "{} errors, the first: {first}",
                self.measured.errors.len()
            ));
        }
        if self.measured.ceremonies.is_empty() {
            objections.push("nothing completed".to_owned());
        }
        if let Some(rate) = self.measured.rate.filter(|rate| self.per_second() < 0.98 * rate) {
            objections.push(format!(
                "{rate} per second were asked for, and {:.0} done",
                self.per_second()
            ));
        }
        if let Some(others) = self.others().filter(|cores| *cores > OTHERS_LIMIT) {
            objections.push(format!(
                "others kept {others:.2} cores busy (more than {OTHERS_LIMIT})"
            ));
        }
        if let Some(client) = self
            .cores(self.measured.client_time)
            .filter(|cores| *cores > CLIENT_LIMIT)
        {
            objections.push(format!(
                "the client itself kept {client:.2} cores busy (more than {CLIENT_LIMIT})"
            ));
        }
        objections
    }

    /// The same as one JSON object; times in microseconds.
    pub fn to_json(&self) -> Value {
        let endpoint = |(name, times): (&str, Vec<Duration>)| {
            let micros = |share| quantile(&times, share).map(|time| time.as_micros());
            (
                name.to_owned(),
                json!({ "p50": micros(0.5), "p99": micros(0.99), "max": micros(1.0) }),
            )
        };
        json!({
            "ceremonies": self.measured.ceremonies.len(),
            "perSecond": self.per_second(),
            "connections": self.measured.connections,
            "rate": self.measured.rate,
            "seconds": self.measured.elapsed.as_secs_f64(),
            "endpoints": self.endpoints().into_iter().map(endpoint).collect::<serde_json::Map<_, _>>(),
            "verification": self.verification.as_nanos() as f64 / 1000.0,
            "signature": self.signature.as_nanos() as f64 / 1000.0,
            "serverProcessorPerCeremony": self.per_ceremony(self.measured.server_time).map(|time| time.as_micros()),
            "serverInVerifications": self.in_verifications(self.measured.server_time),
            "clientProcessorPerCeremony": self.per_ceremony(self.measured.client_time).map(|time| time.as_micros()),
            "serverCores": self.cores(self.measured.server_time),
            "clientCores": self.cores(self.measured.client_time),
            "othersCores": self.others(),
            "startMillis": self.started_in.map(|time| time.as_millis()),
            "serverMemoryKiB": self.measured.server_memory,
            "objections": self.objections(),
        })
    }

    fn per_second(&self) -> f64 {
        self.measured.ceremonies.len() as f64 / self.measured.elapsed.as_secs_f64()
    }

    fn cores(&self, time: Option<Duration>) -> Option<f64> {
        Some(time?.as_secs_f64() / self.measured.elapsed.as_secs_f64())
    }

    fn others(&self) -> Option<f64> {
        let known = self.measured.server_time? + self.measured.client_time?;
        self.cores(Some(self.measured.machine_time?.saturating_sub(known)))
    }

    fn per_ceremony(&self, time: Option<Duration>) -> Option<Duration> {
        time?.checked_div(u32::try_from(self.measured.ceremonies.len()).ok()?)
    }

    fn in_verifications(&self, time: Option<Duration>) -> Option<f64> {
        Some(self.per_ceremony(time)?.as_secs_f64() / self.verification.as_secs_f64())
    }

    fn endpoints(&self) -> [(&'static str, Vec<Duration>); 4] {
        let sorted = |time: fn(&Ceremony) -> Duration| {
            let mut times: Vec<_> = self.measured.ceremonies.iter().map(time).collect();
            times.sort_unstable();
            times
        };
        [
            ("/signin/begin", sorted(|done| done.requests[0])),
            ("/signin/complete", sorted(|done| done.requests[1])),
            ("/signin/verify", sorted(|done| done.requests[2])),
            ("all three", sorted(|done| done.whole)),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured {
            ceremonies,
            connections,
            elapsed,
            errors,
            ..
        } = &self.measured;
        writeln!(
            f,
            "{:.0} sign-ins per second: {} ceremonies over {connections} connections in {:.0} s, {} errors",
            self.per_second(),
            ceremonies.len(),
            elapsed.as_secs_f64(),
            errors.len(),
        )?;
        if let Some(rate) = self.measured.rate {
            writeln!(f, "{rate} were due per second; latency counts from then")?;
        }
        writeln!(f, "{:<18}{:>10}{:>10}{:>10}", "", "p50", "p99", "max")?;
        for (name, times) in self.endpoints() {
            let cell = |share| quantile(&times, share).map_or_else(|| "-".to_owned(), millis);
            writeln!(
                f,
                "{name:<18}{:>10}{:>10}{:>10}",
                cell(0.5),
                cell(0.99),
                cell(1.0)
            )?;
        }
        writeln!(
            f,
            "one bare ES256 verification here: {:.1} µs",
            self.verification.as_secs_f64() * 1e6
        )?;
        if let (Some(time), Some(ratio), Some(cores)) = (
            self.per_ceremony(self.measured.server_time),
            self.in_verifications(self.measured.server_time),
            self.cores(self.measured.server_time),
        ) {
            write!(
                f,
                "server: {} of processor per ceremony = {ratio:.1} verifications, {cores:.2} cores",
                millis(time)
            )?;
            if let Some(memory) = self.measured.server_memory {
                write!(f, ", {:.1} MiB resident", memory as f64 / 1024.0)?;
            }
            writeln!(f)?;
        }
        if let (Some(time), Some(cores)) = (
            self.per_ceremony(self.measured.client_time),
            self.cores(self.measured.client_time),
        ) {
            writeln!(
                f,
                "client: {} of processor per ceremony ({} of it to sign), {cores:.2} cores",
                millis(time),
                millis(self.signature),
            )?;
        }
        if let Some(others) = self.others() {
            writeln!(f, "others: {others:.2} cores")?;
        }
        for objection in self.objections() {
            writeln!(f, "INVALID: {objection}")?;
        }
        Ok(())
    }
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// The value below which this share of the sorted times lies.
fn quantile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(count: u64) -> Measured {
        let ms = Duration::from_millis;
        Measured {
            ceremonies: (1..=count)
                .map(|number| Ceremony {
                    requests: [ms(number), ms(2 * number), ms(number)],
                    whole: ms(4 * number),
                })
                .collect(),
            errors: Vec::new(),
            elapsed: Duration::from_secs(10),
            connections: 8,
            rate: None,
            server_time: Some(Duration::from_secs(5)),
            client_time: Some(Duration::from_secs(4)),
            machine_time: Some(Duration::from_secs(10)),
            server_memory: Some(10 * 1024),
        }
    }

    fn report(measured: Measured) -> Report {
        Report::new(
            measured,
            Duration::from_micros(100),
            Duration::from_micros(50),
            None,
        )
    }

    #[test]
    fn numbers_are_per_second_and_per_ceremony() {
        let report = report(measured(100));
        let json = report.to_json();
        assert_eq!(json["perSecond"], 10.0);
        assert_eq!(json["endpoints"]["/signin/complete"]["p50"], 102_000);
        assert_eq!(json["endpoints"]["all three"]["p99"], 396_000);
        assert_eq!(json["serverProcessorPerCeremony"], 50_000);
        assert_eq!(json["serverInVerifications"], 500.0);
        assert_eq!(json["othersCores"], 0.1);
        assert_eq!(report.objections(), Vec::<String>::new());
        let text = report.to_string();
        assert!(
            text.starts_with("10 sign-ins per second: 100 ceremonies over 8 connections in 10 s, 0 errors\n"),
            "{text}"
        );
        assert!(text.contains("10.0 MiB resident"), "{text}");
    }

    #[test]
    fn doubtful_runs_are_objected_to() {
        assert_eq!(report(measured(0)).objections(), ["nothing completed"]);
        let mut broken = measured(1);
        broken.errors = vec!["refused".to_owned()];
        assert_eq!(report(broken).objections(), ["1 errors, the first: refused"]);
        let mut shared = measured(1);
        shared.machine_time = Some(Duration::from_secs(19));
        assert_eq!(
            report(shared).objections(),
            ["others kept 1.00 cores busy (more than 0.2)"]
        );
        let mut overrun = measured(1);
        overrun.rate = Some(5.0);
        assert_eq!(
            report(overrun).objections(),
            ["5 per second were asked for, and 0 done"]
        );
        let mut slow_client = measured(1);
        slow_client.client_time = Some(Duration::from_secs(9));
        assert_eq!(
            report(slow_client).objections(),
            ["the client itself kept 0.90 cores busy (more than 0.8)"]
        );
    }
}
