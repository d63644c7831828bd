//! The clock and the random number generator of the machine, and what operations are given of them.
//!
//! Nobody else asks the machine for either, and nobody else puts an [`Env`] together.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use passgate::Env;
use passgate_core::time::{Clock, Entropy, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

/// A clock and a source of randomness, from which each operation gets a time and access to the randomness.
#[derive(Clone)]
pub struct Machine {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Machine {
    /// With a clock and a source of randomness of one's own.
    pub const fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The source of randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// The surroundings of one operation that begins now.
    pub fn env(&self) -> Env<'_> {
        self.env_at(self.clock.now())
    }

    /// The surroundings of one operation that began at `now`.
    pub fn env_at(&self, now: Timestamp) -> Env<'_> {
        Env {
            now,
            entropy: self.entropy.as_ref(),
        }
    }
}

/// The real clock and the operating system's random number generator.
impl Default for Machine {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy::default()))
    }
}

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// When this process first asked for the steady time.
static BEGAN: OnceLock<Instant> = OnceLock::new();

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the environment that everybody else takes `now` from"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from(chrono::Utc::now())
    }

    fn steady(&self) -> Option<Duration> {
        let began = *BEGAN.get_or_init(Instant::now);
        Some(Instant::now().saturating_duration_since(began))
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
