//! The ids under which log and problem bodies speak of a request, in the form of the W3C trace context.

use std::sync::Arc;

use passgate_core::time::{Entropy, random_bytes};

/// Makes trace ids: random, so that they are unique and tell nothing, not even how many requests there were.
pub struct TraceIds(Arc<dyn Entropy>);

impl TraceIds {
    /// Ids from this source.
    pub const fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self(entropy)
    }

    /// The id of a request; one that already has a trace (its `traceparent` header) stays in it.
    pub fn of_request(&self, traceparent: Option<&str>) -> String {
        let random: [u8; 24] = random_bytes(self.0.as_ref());
        let (trace, span) = random.split_at(16);
        let span = hex::encode(span);
        match traceparent.and_then(trace_of) {
            Some(trace) => format!("00-{trace}-{span}-01"),
            None => format!("00-{}-{span}-01", hex::encode(trace)),
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
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Counts up, so that no two draws are alike.
    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn ids() -> TraceIds {
        TraceIds::new(Arc::new(Counting::default()))
    }

    #[test]
    fn ids_are_random_and_well_formed() {
        let ids = ids();
        let first = ids.of_request(None);
        assert_eq!(first, "00-000102030405060708090a0b0c0d0e0f-1011121314151617-01");
        assert_eq!(
            ids.of_request(None),
            "00-18191a1b1c1d1e1f2021222324252627-28292a2b2c2d2e2f-01"
        );
    }

    #[test]
    fn a_given_trace_is_kept_if_it_is_one() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(
            ids().of_request(Some(&format!("00-{trace}-00f067aa0ba902b7-01"))),
            format!("00-{trace}-1011121314151617-01")
        );
        for header in [
            "",
            "00",
            "00-xyz-1-01",
            "00-00000000000000000000000000000000-1-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-1-01",
        ] {
            assert!(
                ids().of_request(Some(header)).starts_with("00-000102030405"),
                "{header}"
            );
        }
    }
}
