//! The clock and the random number generator of the machine: the only places that ask for either.

use passgate_core::time::{Clock, Entropy, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the environment that everybody else takes `now` from"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from(chrono::Utc::now())
    }
}

/// The operating system's random number generator.
#[derive(Clone, Debug)]
pub struct SystemEntropy(SystemRandom);

impl Default for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the environment that everybody else takes entropy from"
    )]
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    #[expect(
        clippy::expect_used,
        reason = "an operating system without random numbers cannot run a server; guessing on would be worse"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("the operating system provides random bytes");
    }
}
