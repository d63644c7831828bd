//! The file provider: appends each letter to one file, for development.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::PathBuf,
};

use lettre::Message;

use super::DeliverError;
use crate::{config::FileConfig, owner};

pub(super) struct FileProvider {
    path: PathBuf,
    is_fallback: bool,
}

impl FileProvider {
    pub(super) fn new(config: &FileConfig) -> Self {
        Self {
            path: config.path.clone(),
            is_fallback: config.is_fallback,
        }
    }

    /// Appends the message, its links on lines of their own and a blank line in one write, so that two messages never mix.
    ///
    /// `text` is what the message says. In the message its links may be broken over lines, with `=3D` for `=`.
    pub(super) fn append(&self, message: &Message, text: &str) -> Result<(), DeliverError> {
        let mut bytes = message.formatted();
        for link in links(text) {
            bytes.extend_from_slice(b"\r\nLink to copy: ");
            bytes.extend_from_slice(link.as_bytes());
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        self.write(&bytes).map_err(|error| DeliverError::Unreachable {
            reason: error.to_string(),
        })?;
        if self.is_fallback {
            tracing::warn!(
                file = %self.path.display(),
                "no mail provider is configured: a mail was appended to this file and sent to nobody"
            );
        }
        Ok(())
    }

    /// For the owner only: the links in it sign people in.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(directory) = self.path.parent().filter(|_| self.is_fallback) {
            std::fs::create_dir_all(directory)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        owner::like_folder(&self.path)?;
        file.write_all(bytes)
    }
}

/// The lines of a text that are links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| line.starts_with("https://") || line.starts_with("http://"))
}
