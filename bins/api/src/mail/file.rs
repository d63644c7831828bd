//! The file provider: appends each letter to one file, for development.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::PathBuf,
};

use lettre::Message;

use super::DeliverError;
use crate::config::FileConfig;

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

    /// Appends the message and a blank line in one write, so that two messages never mix.
    pub(super) fn append(&self, message: &Message) -> Result<(), DeliverError> {
        let mut bytes = message.formatted();
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
        options.open(&self.path)?.write_all(bytes)
    }
}
