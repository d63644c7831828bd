//! Downloading the BLOB, and keeping it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use url::Url;

use super::{RefreshError, Stamp};

/// How long a download may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The text at an address, of at most `largest` bytes.
pub(super) fn fetch(address: &Url, largest: u64) -> Result<String, RefreshError> {
    let failed = |error| RefreshError::Download {
        host: address.host_str().unwrap_or_default().to_owned(),
        source: Box::new(error),
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .build()
        .into();
    let mut answer = agent.get(address.as_str()).call().map_err(failed)?;
    answer
        .body_mut()
        .with_config()
        .limit(largest)
        .read_to_string()
        .map_err(failed)
}

/// Puts a new file in the place of the old one; nobody ever meets half of it.
pub(super) fn replace(path: &Path, blob: &str) -> Result<Stamp, RefreshError> {
    write(path, blob).map_err(|source| RefreshError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, blob: &str) -> io::Result<Stamp> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let mut file = File::create(&new)?;
    file.write_all(blob.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    Stamp::of(&file)
}
