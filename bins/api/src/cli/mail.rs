//! `passgate mail`: whether mail arrives.

use clap::Subcommand;
use serde_json::json;

use super::{Answer, CommandError};
use crate::{
    config::Sources,
    mail::Letter,
    server::{OpenError, assemble},
};

/// What can be done about mail.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a test mail, through the same providers as the server.
    Test {
        /// Where it goes.
        address: String,
    },
}

pub(super) fn perform(command: MailCommand, sources: &Sources) -> Result<Answer, CommandError> {
    match command {
        MailCommand::Test { address } => test(&address, sources),
    }
}

fn test(address: &str, sources: &Sources) -> Result<Answer, CommandError> {
    let config = assemble::load(sources)?;
    let mailer = assemble::mailer(&config).map_err(OpenError::from)?;
    let mut lines = Vec::new();
    let mut tried = Vec::new();
    let outcome = mailer.deliver_telling(&Letter::test(address), |provider, outcome| match outcome {
        Ok(()) => {
            lines.push(format!("handed to {provider}"));
            tried.push(json!({ "provider": provider, "error": null }));
        }
        Err(error) => {
            lines.push(format!("{provider}: {error}"));
            tried.push(json!({ "provider": provider, "error": error.to_string() }));
        }
    });
    match outcome {
        Ok(()) => Ok(Answer::new(lines.join("\n"), json!({ "tried": tried }))),
        Err(source) => Err(CommandError::Mail { tried: lines, source }),
    }
}
