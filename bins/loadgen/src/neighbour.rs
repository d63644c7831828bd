//! What an application that behaves badly costs the one beside it.
//!
//! The neighbour signs in at a steady rate, alone and then beside each misdeed in turn, on one server. Its slowest
//! sign-ins and the server's memory are compared with the quiet times of the same run.

mod misdeeds;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;

use self::misdeeds::{Greedy, MISDEEDS, Misdeed, Tally};
use crate::load::{self, Measured, Plan};
use crate::processor;
use crate::target::{App, Target};

/// How often the server's memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The arguments of `neighbour`.
#[derive(Args)]
pub struct Neighbour {
    /// The server binary; it is started with an empty database in a temporary folder.
    #[arg(long)]
    start: PathBuf,
    /// The database, if not SQLite: PostgreSQL only, and its tables stay behind.
    #[arg(long)]
    database_url: Option<String>,
    /// Sign-ins of the neighbour per second.
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// Seconds per phase.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Connections of the one who behaves badly.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Users of the one who behaves badly, each with an alias and some events.
    #[arg(long, default_value_t = 1000)]
    users: usize,
    /// Only misdeeds with this in their name.
    #[arg(long)]
    only: Option<String>,
}

/// One phase.
struct Phase {
    name: &'static str,
    p50: Duration,
    p99: Duration,
    errors: usize,
    /// Highest resident memory in KiB.
    memory: u64,
    tally: Option<(u64, u64)>,
}

impl Neighbour {
    /// Runs all phases and prints the table.
    pub fn run(&self) -> Result<(), Box<dyn std::error::Error>> {
        let target = Target::start(&self.start, self.database_url.as_deref(), None)?;
        let quiet_app = target.create_app_called("quiet", "{}")?;
        let greedy = Greedy::furnish(&target, self.users)?;
        let idle = target
            .server_pid()
            .and_then(processor::memory_of)
            .unwrap_or_default();
        let mut quiet = Vec::new();
        let mut phases = Vec::new();
        let chosen = MISDEEDS.iter().filter(|misdeed| {
            self.only
                .as_deref()
                .is_none_or(|only| misdeed.name.contains(only))
        });
        for misdeed in chosen {
            quiet.push(self.phase("quiet", &target, &quiet_app)?);
            eprintln!("{}", misdeed.name);
            phases.push(self.beside(misdeed, &target, &quiet_app, &greedy)?);
        }
        println!("{}", Table { idle, quiet, phases });
        Ok(())
    }

    /// The neighbour beside a misdeed.
    fn beside(
        &self,
        misdeed: &Misdeed,
        target: &Target,
        app: &App,
        greedy: &Greedy,
    ) -> Result<Phase, Box<dyn std::error::Error>> {
        let stop = AtomicBool::new(false);
        let tally = Tally::default();
        let mut phase = thread::scope(|scope| {
            for number in 0..self.connections {
                let (stop, tally) = (&stop, &tally);
                scope.spawn(move || misdeed.go_on(greedy, number, stop, tally));
            }
            let phase = self.phase(misdeed.name, target, app);
            stop.store(true, Ordering::Relaxed);
            phase
        })?;
        phase.tally = Some(tally.read());
        Ok(phase)
    }

    fn phase(
        &self,
        name: &'static str,
        target: &Target,
        app: &App,
    ) -> Result<Phase, Box<dyn std::error::Error>> {
        let passkeys = load::register(app, 16)?;
        let plan = Plan {
            connections: 8,
            warm_up: Duration::from_secs(1),
            counted: Duration::from_secs(self.seconds),
            rate: Some(self.rate),
        };
        let pid = target.server_pid();
        let (ended, highest) = (AtomicBool::new(false), AtomicU64::new(0));
        let measured = thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    highest.fetch_max(
                        pid.and_then(processor::memory_of).unwrap_or_default(),
                        Ordering::Relaxed,
                    );
                    thread::sleep(LOOK);
                }
            });
            let measured = load::sign_in(app, passkeys, &plan, pid);
            ended.store(true, Ordering::Relaxed);
            measured
        })?;
        Ok(Phase::new(name, &measured, highest.into_inner()))
    }
}

impl Phase {
    fn new(name: &'static str, measured: &Measured, memory: u64) -> Self {
        let mut times: Vec<_> = measured
            .ceremonies
            .iter()
            .map(|ceremony| ceremony.whole)
            .collect();
        times.sort_unstable();
        let at = |share: f64| {
            let place = (times.len() as f64 * share) as usize;
            times
                .get(place.min(times.len().saturating_sub(1)))
                .copied()
                .unwrap_or_default()
        };
        Self {
            name,
            p50: at(0.5),
            p99: at(0.99),
            errors: measured.errors.len(),
            memory,
            tally: None,
        }
    }
}

/// The table, in Markdown.
struct Table {
    idle: u64,
    quiet: Vec<Phase>,
    phases: Vec<Phase>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median = |of: fn(&Phase) -> Duration| {
            let mut all: Vec<_> = self.quiet.iter().map(of).collect();
            all.sort_unstable();
            all.get(all.len() / 2).copied().unwrap_or_default()
        };
        let (p50, p99) = (median(|phase| phase.p50), median(|phase| phase.p99));
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        writeln!(
            f,
            "| beside | p50 ms | p99 ms | p99, times quiet | failed | memory above idle, MiB | served | refused |"
        )?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
        writeln!(
            f,
            "| nothing (median of {}) | {:.1} | {:.1} | 1 | 0 | | | |",
            self.quiet.len(),
            milliseconds(p50),
            milliseconds(p99)
        )?;
        for phase in &self.phases {
            let (served, refused) = phase.tally.unwrap_or_default();
            writeln!(
                f,
                "| {} | {:.1} | {:.1} | {:.1} | {} | {:.0} | {served} | {refused} |",
                phase.name,
                milliseconds(phase.p50),
                milliseconds(phase.p99),
                phase.p99.as_secs_f64() / p99.as_secs_f64().max(1e-9),
                phase.errors,
                phase.memory.saturating_sub(self.idle) as f64 / 1024.0,
            )?;
        }
        Ok(())
    }
}
