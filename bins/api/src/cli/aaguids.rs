//! `passgate aaguids …`: the names of authenticator models.

use std::{fs, path::Path};

use clap::Subcommand;
use passgate_core::provider::ProviderNames;
use serde_json::json;

use super::{Answer, CommandError, place::Place};
use crate::config::Sources;

/// What can be done with the names of authenticator models.
#[derive(Debug, Subcommand)]
pub enum AaguidsCommand {
    /// Take newer names from a file, in place of those taken before; servers use them from their next start on.
    Refresh {
        /// A JSON object of AAGUIDs and names, or the community's combined_aaguid.json.
        file: std::path::PathBuf,
    },
}

pub(super) fn perform(command: AaguidsCommand, sources: &Sources) -> Result<Answer, CommandError> {
    match command {
        AaguidsCommand::Refresh { file } => refresh(sources, &file),
    }
}

fn refresh(sources: &Sources, file: &Path) -> Result<Answer, CommandError> {
    let document = fs::read_to_string(file).map_err(|source| CommandError::Io {
        action: "read",
        path: file.to_owned(),
        source,
    })?;
    let newer = ProviderNames::parse(&document).map_err(|source| CommandError::NotProviderNames {
        path: file.to_owned(),
        source,
    })?;
    let count = newer.len();
    Place::open(sources)?.passgate().refresh_providers(newer)?;
    Ok(Answer::new(
        format!("took {count} names; restart servers to have them used"),
        json!({ "count": count }),
    ))
}
