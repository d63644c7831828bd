//! Random bytes that repeat from run to run, yet never within one.

use std::sync::atomic::{AtomicU64, Ordering};

use passgate_core::time::Entropy;
use ring::digest::{SHA256, digest};

/// Deterministic bytes: SHA-256 over the seed and a counter, so every draw differs from every other of the same seed.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// A source whose draws depend on `seed` and their order alone.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }
}

impl Default for SeededEntropy {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.drawn.fetch_add(1, Ordering::SeqCst);
            let mut input = [0; 16];
            input[..8].copy_from_slice(&self.seed.to_be_bytes());
            input[8..].copy_from_slice(&block.to_be_bytes());
            chunk.copy_from_slice(&digest(&SHA256, &input).as_ref()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use passgate_core::time::random_bytes;

    use super::*;

    #[test]
    fn repeats_from_run_to_run_but_never_within_one() {
        let draw = |seed| {
            let entropy = SeededEntropy::new(seed);
            (0..1000)
                .map(|_| random_bytes::<16>(&entropy))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1)[0], draw(2)[0]);
        assert_eq!(draw(1).into_iter().collect::<HashSet<_>>().len(), 1000);
    }

    #[test]
    fn fills_buffers_of_any_length() {
        let entropy = SeededEntropy::default();
        let mut bytes = [0; 100];
        entropy.fill(&mut bytes);
        assert!(bytes.chunks(10).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
    }
}
