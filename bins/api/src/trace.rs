//! The ids under which log and problem bodies speak of a request, in the form of the W3C trace context.

use std::sync::atomic::{AtomicU64, Ordering};

/// Makes trace ids: unique, and telling nothing.
#[derive(Debug)]
pub struct TraceIds {
    /// Drawn at start, so that two servers do not meet.
    server: u64,
    next: AtomicU64,
}

impl TraceIds {
    /// A source whose ids begin with these random bytes.
    pub const fn new(random: [u8; 8]) -> Self {
        Self {
            server: u64::from_be_bytes(random),
            next: AtomicU64::new(1),
        }
    }

    /// The id of a request; one that already has a trace (its `traceparent` header) stays in it.
    pub fn of_request(&self, traceparent: Option<&str>) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let span = self.server.rotate_left(32) ^ number;
        match traceparent.and_then(trace_of) {
            Some(trace) => format!("00-{trace}-{span:016x}-01"),
            None => format!("00-{:016x}{number:016x}-{span:016x}-01", self.server),
        }
    }
}

/// The 32 hexadecimal digits of the trace in a `traceparent` header.
fn trace_of(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let hexadecimal = trace.len() == 32
        && trace
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (version.len() == 2 && hexadecimal && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::TraceIds;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let ids = TraceIds::new(7_u64.to_be_bytes());
        let (first, second) = (ids.of_request(None), ids.of_request(None));
        assert_eq!(first, "00-00000000000000070000000000000001-0000000700000001-01");
        assert_ne!(first, second);
        assert_eq!(second.len(), first.len());
    }

    #[test]
    fn a_given_trace_is_kept_if_it_is_one() {
        let ids = TraceIds::new([0; 8]);
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert!(
            ids.of_request(Some(&format!("00-{trace}-00f067aa0ba902b7-01")))
                .starts_with(&format!("00-{trace}-"))
        );
        for header in [
            "",
            "00",
            "00-xyz-1-01",
            "00-00000000000000000000000000000000-1-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-1-01",
        ] {
            assert!(
                ids.of_request(Some(header)).starts_with("00-0000000000000000"),
                "{header}"
            );
        }
    }
}
