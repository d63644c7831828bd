//! A load generator for Passgate: complete sign-ins (begin, complete, verify) per second over N keep-alive connections.
//!
//! It starts the server itself (`--start target/release/passgate`) or measures a running one (`--url`, `--server-pid`).
//! The keys are made here and the signatures too, so the client's own share of the processor is printed next to the
//! server's, together with what one bare ES256 verification costs on this machine: ratios to that travel, times do not.

mod baseline;
mod compare;
mod http;
mod load;
mod neighbour;
mod passkey;
mod processor;
mod report;
mod target;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::target::Target;

/// Counts complete passkey sign-ins per second.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
    /// Start this server binary with an empty SQLite database in a temporary folder, and end it afterwards.
    #[arg(long, conflicts_with_all = ["url", "server_pid"], required_unless_present = "url")]
    start: Option<std::path::PathBuf>,
    /// The database of the started server, if not SQLite: PostgreSQL only, and its tables stay behind.
    #[arg(long, requires = "start")]
    database_url: Option<String>,
    /// Measure the server listening here, for example http://127.0.0.1:5701.
    #[arg(long, requires = "management_key")]
    url: Option<String>,
    /// The management key of that server: an application of our own is created with it.
    #[arg(long, env = "PASSGATE_MANAGEMENT_KEY", hide_env_values = true)]
    management_key: Option<String>,
    /// The process id of that server, for its processor time and memory.
    #[arg(long)]
    server_pid: Option<u32>,
    /// Connections, each doing one ceremony after another.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Users with one passkey each; connections take turns with them.
    #[arg(long, default_value_t = 256)]
    users: usize,
    /// Seconds that are run but not counted.
    #[arg(long, default_value_t = 2)]
    warm_up: u64,
    /// Seconds that are counted.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Ceremonies due per second, whether the server keeps up or not; latency then counts from when each was due.
    /// Without it, each connection does one after another, as fast as the server answers.
    #[arg(long, value_parser = positive)]
    rate: Option<f64>,
    /// Keep the started server on this core.
    #[arg(long, requires = "start")]
    pin: Option<usize>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// What else can be done.
#[derive(Subcommand)]
enum Task {
    /// Measures servers in turn, and prints what each costs beside the first.
    Compare(compare::Compare),
    /// Measures what an application that behaves badly costs the one beside it, and prints a table.
    Neighbour(neighbour::Neighbour),
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
        .ok_or_else(|| "a number above 0".to_owned())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints; whether the measurement is valid.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    match &arguments.command {
        Some(Task::Compare(compare)) => {
            compare.run()?;
            return Ok(true);
        }
        Some(Task::Neighbour(neighbour)) => {
            neighbour.run()?;
            return Ok(true);
        }
        None => {}
    }
    let target = match (&arguments.start, &arguments.url, &arguments.management_key) {
        (Some(binary), _, _) => Target::start(binary, arguments.database_url.as_deref(), arguments.pin)?,
        (None, Some(url), Some(management_key)) => {
            Target::running(url, management_key, arguments.server_pid)?
        }
        _ => return Err("either --start, or --url and --management-key".into()),
    };
    let app = target.create_app()?;
    eprintln!("registering {} passkeys", arguments.users);
    let passkeys = load::register(&app, arguments.users.max(arguments.connections))?;
    let baseline_before = baseline::verification()?;
    eprintln!(
        "warming up for {} s, then counting for {} s",
        arguments.warm_up, arguments.seconds
    );
    let plan = load::Plan {
        connections: arguments.connections,
        warm_up: Duration::from_secs(arguments.warm_up),
        counted: Duration::from_secs(arguments.seconds),
        rate: arguments.rate,
    };
    let measured = load::sign_in(&app, passkeys, &plan, target.server_pid())?;
    let baseline_after = baseline::verification()?;
    let report = report::Report::new(
        measured,
        baseline_before.min(baseline_after),
        baseline::signature()?,
        target.started_in(),
    );
    if arguments.json {
        println!("{}", report.to_json());
    } else {
        println!("{report}");
    }
    Ok(report.objections().is_empty())
}
