//! The command line.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Config, Sources},
    logging,
    server::{self, OpenError},
};

/// A self-hosted passkey server.
#[derive(Debug, Parser)]
#[command(name = "passgate", version, about)]
struct Arguments {
    /// The configuration file (TOML); PASSGATE_CONFIG does the same.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default).
    Serve,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the effective configuration, or every problem with it.
    Check,
}

/// Runs the command line of the process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let sources = Sources::of_process(arguments.config);
    let outcome = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&sources),
        Command::Config(ConfigCommand::Check) => check(&sources),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("passgate: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn serve(sources: &Sources) -> Result<(), Box<dyn Error>> {
    let config = Config::load(sources)?;
    logging::start(&config);
    actix_web::rt::System::new().block_on(async {
        server::serve(&config, |address, opened| {
            for file in &opened.created {
                tracing::info!(file = %file.display(), "made at this first start; keep it safe");
            }
            tracing::info!("listening on http://{address}");
            if config.serves_playground() {
                tracing::info!("playground: http://{address}/playground");
            }
        })
        .await
    })
    .map_err(|error: OpenError| error.into())
}

fn check(sources: &Sources) -> Result<(), Box<dyn Error>> {
    print!("{}", config::report(sources)?);
    Ok(())
}

/// An error and why, in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
