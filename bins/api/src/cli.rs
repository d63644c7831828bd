//! The command line: what `passgate` can be told, and how it answers.
//!
//! Every command works out an [`Answer`] first and prints last, so that the same command serves people (text) and
//! programs (`--json`). [`CommandError`] decides the exit code.

mod aaguids;
mod answer;
mod application;
pub mod banner;
mod database;
mod doctor;
mod error;
mod export;
mod feature_setting;
mod from_passwordless;
mod health;
mod import;
mod job;
mod key;
mod mail;
mod master_key;
mod place;
mod progress;
mod setting;
mod webauthn;
mod well_known_setting;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use passgate_core::time::Clock;

use crate::{
    config::{self, Sources},
    env::SystemClock,
    logging,
    server::{self, Opened, assemble},
};

pub use self::{
    answer::Answer,
    banner::Banner,
    error::{CommandError, TransferError},
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something failed: the database, a file, the network
  2  the command line or the configuration is wrong
  3  what was named does not exist
  4  refused: it exists already, is in use, was not confirmed, or is not up to date

The first start needs no configuration: data and keys are made in ./passgate-data.
Settings come from PASSGATE_… variables or a file: see `passgate config check`.";

/// A self-hosted passkey server.
#[derive(Debug, Parser)]
#[command(name = "passgate", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Configuration file (TOML); the same as PASSGATE_CONFIG.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// For development only: serve application test with keys that everybody knows; the same as
    /// PASSGATE_DEVELOPMENT=true.
    #[arg(long, global = true)]
    pub development: bool,

    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do; without it, the server starts.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `passgate` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server (the default).
    Serve,
    /// Create, inspect, change and delete applications.
    #[command(subcommand)]
    App(application::AppCommand),
    /// Create, inspect, lock and delete API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Bring the database's schema up to date; a starting server does the same.
    Migrate {
        /// Change nothing, and say what would be done; the exit code is 4 if there is something.
        #[arg(long)]
        check: bool,
    },
    /// Copy the SQLite database into a new file, while the server runs.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Backup {
        /// The file to make; it must not exist.
        #[arg(required = true)]
        file: Option<PathBuf>,
        /// What else.
        #[command(subcommand)]
        command: Option<BackupCommand>,
    },
    /// Put a backup in the place of the SQLite database, while no server runs.
    Restore {
        /// A file made by `passgate backup`.
        file: PathBuf,
        /// Replace a database that exists; it is kept beside the new one.
        #[arg(long)]
        force: bool,
    },
    /// Write everything of an application to a file; keep it like a password.
    Export {
        /// Name of the application.
        app: String,
        /// The file to make; without it, standard output.
        file: Option<PathBuf>,
    },
    /// Move applications or passkeys in.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Say whether a browser would accept an origin with an RP ID, and why not.
    Doctor {
        /// What `window.location.origin` says, such as `https://login.example.com`.
        origin: String,
        /// The RP ID, such as example.com.
        rp_id: String,
        /// An origin that the RP ID's site lists at /.well-known/webauthn; may be repeated.
        #[arg(long, value_name = "ORIGIN")]
        related: Vec<String>,
    },
    /// Ask the server on this machine whether it is healthy, for images without another HTTP client.
    Health {
        /// Address of the server; without it, where this configuration makes it listen.
        #[arg(long)]
        url: Option<String>,
    },
    /// See whether mail arrives.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// List jobs, and run them by hand.
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Take newer names of authenticator models.
    #[command(subcommand)]
    Aaguids(aaguids::AaguidsCommand),
    /// Replace the master key.
    #[command(subcommand)]
    MasterKey(master_key::MasterKeyCommand),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at WebAuthn ceremonies without a server.
    #[command(subcommand)]
    Webauthn(webauthn::WebauthnCommand),
}

/// What can be done with backups, beside making them.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Look at a backup as a restore would, and change nothing.
    Verify {
        /// A file made by `passgate backup`.
        file: PathBuf,
    },
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration and print what is in force; secrets are not shown.
    Check,
    /// Make a configuration of that of a Passwordless.dev server.
    FromPasswordless(from_passwordless::FromPasswordless),
}

/// Reads the command line, does what it says, and returns the exit code.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let sources = Sources {
        development: cli.development,
        ..Sources::of_process(cli.config.clone())
    };
    let printed = match perform(cli.command.unwrap_or(Command::Serve), &sources) {
        Ok(Outcome::Ended(code)) => return code,
        Ok(Outcome::Answer(answer)) => {
            print(&mut io::stdout().lock(), &answer.render(cli.json)).map(|()| answer.exit_code())
        }
        Err(error) => print(&mut io::stderr().lock(), &error.render(cli.json)).map(|()| error.exit_code()),
    };
    // Whoever reads may stop early (`| head`); there is nobody left to tell about anything else.
    printed.unwrap_or(ExitCode::FAILURE)
}

fn print(to: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(to, "{text}")?;
    to.flush()
}

/// What is left to do for a command.
enum Outcome {
    /// Its answer is to be printed.
    Answer(Answer),
    /// Nothing: it has said what it had to say.
    Ended(ExitCode),
}

fn perform(command: Command, sources: &Sources) -> Result<Outcome, CommandError> {
    let answer = match command {
        Command::Serve => return serve(sources).map(|()| Outcome::Ended(ExitCode::SUCCESS)),
        Command::Webauthn(command) => return Ok(Outcome::Ended(command.run(SystemClock.now().to_utc()))),
        Command::App(command) => application::perform(command, sources),
        Command::Key(command) => key::perform(command, sources),
        Command::Migrate { check: true } => database::check_migrations(sources),
        Command::Migrate { check: false } => database::migrate(sources),
        Command::Backup {
            command: Some(BackupCommand::Verify { file }),
            ..
        } => database::verify(sources, &file),
        Command::Backup { file, .. } => database::backup(sources, &file.unwrap_or_default()),
        Command::Restore { file, force } => database::restore(sources, &file, force),
        Command::Export { app, file } => return export::perform(sources, &app, file.as_deref()),
        Command::Import(command) => import::perform(command, sources),
        Command::Doctor {
            origin,
            rp_id,
            related,
        } => doctor::perform(&origin, &rp_id, &related),
        Command::Health { url } => health::perform(url.as_deref(), sources),
        Command::Mail(command) => mail::perform(command, sources),
        Command::Job(command) => job::perform(command, sources),
        Command::Aaguids(command) => aaguids::perform(command, sources),
        Command::MasterKey(command) => master_key::perform(&command, sources),
        Command::Config(ConfigCommand::Check) => check_configuration(sources),
        Command::Config(ConfigCommand::FromPasswordless(command)) => {
            from_passwordless::perform(&command, sources)
        }
    };
    answer.map(Outcome::Answer)
}

fn serve(sources: &Sources) -> Result<(), CommandError> {
    let config = assemble::load(sources)?;
    logging::start(&config.log);
    for warning in assemble::warnings(&config) {
        tracing::warn!("{warning}");
    }
    let listening = |listen, opened: &Opened| {
        let banner = Banner {
            listen,
            path_prefix: &config.http.path_prefix,
            database: &opened.database,
            created: &opened.created,
            playground: config.playground_access().is_some(),
            development: config.development.on,
        };
        if logging::is_text(&config.log) {
            // A server that cannot say hello still serves.
            drop(print(&mut io::stdout().lock(), &banner.to_string()));
        } else {
            banner.log();
        }
    };
    actix_web::rt::System::new().block_on(server::serve(&config, listening))?;
    Ok(())
}

fn check_configuration(sources: &Sources) -> Result<Answer, CommandError> {
    let settings = assemble::effective(sources)?;
    config::check_master_key(&assemble::load(sources)?)?;
    let width = settings
        .iter()
        .map(|setting| setting.name.len())
        .max()
        .unwrap_or_default();
    let lines = settings.iter().map(|setting| {
        format!(
            "{:width$} = {}  # {}",
            setting.name, setting.value, setting.origin
        )
    });
    let json = settings
        .iter()
        .map(|setting| serde_json::json!({ "name": setting.name, "value": setting.value, "origin": setting.origin }))
        .collect::<Vec<_>>();
    let warnings = assemble::warnings(&assemble::load(sources)?);
    let lines = lines.chain(warnings.iter().map(|warning| format!("# warning: {warning}")));
    Ok(Answer::new(
        lines.collect::<Vec<_>>().join("\n"),
        serde_json::json!({ "settings": json, "warnings": warnings }),
    ))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_server_starts() {
        assert!(Cli::parse_from(["passgate"]).command.is_none());
        assert!(matches!(
            Cli::parse_from(["passgate", "serve"]).command,
            Some(Command::Serve)
        ));
    }

    #[test]
    fn global_options_stand_anywhere() {
        let cli = Cli::parse_from(["passgate", "app", "list", "--json", "--config", "p.toml"]);
        assert!(cli.json);
        assert_eq!(cli.config, Some(PathBuf::from("p.toml")));
    }
}
