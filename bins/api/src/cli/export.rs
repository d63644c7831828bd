//! `passgate export`: everything of an application, in one file.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use passgate::{
    Stopped,
    transfer::{ExportError, JsonWriter},
};
use passgate_core::application::AppId;
use serde_json::json;

use super::{Answer, CommandError, Outcome, error::TransferError, place::Place, progress::Progress};
use crate::config::Sources;

/// Writes to the file, or to standard output without one.
pub(super) fn perform(sources: &Sources, app: &str, file: Option<&Path>) -> Result<Outcome, CommandError> {
    let app = AppId::parse(app).map_err(|source| CommandError::AppName {
        text: app.to_owned(),
        source,
    })?;
    let place = Place::open(sources)?;
    let Some(path) = file else {
        write(&place, &app, io::stdout().lock())?;
        return Ok(Outcome::Ended(ExitCode::SUCCESS));
    };
    let file = create(path)?;
    let written = write(&place, &app, &file).and_then(|records| {
        file.sync_all().map_err(|source| failed("write", path, source))?;
        Ok(records)
    });
    if written.is_err() {
        // The first error is the one to report.
        drop(std::fs::remove_file(path));
    }
    let records = written?;
    let text = format!(
        "{} holds application {app}: {records} records.\n\
         Keep it like a password: it holds the key of the alias digests, from which e-mail addresses can be guessed.",
        path.display()
    );
    let json = json!({ "file": path.display().to_string(), "application": app.as_str(), "records": records });
    Ok(Outcome::Answer(Answer::new(text, json)))
}

/// A new file that only its owner can read.
fn create(path: &Path) -> Result<File, TransferError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => TransferError::FileExists {
            path: path.to_owned(),
        },
        _ => failed("write", path, source),
    })
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> TransferError {
    TransferError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

fn write(place: &Place, app: &AppId, to: impl Write) -> Result<u64, TransferError> {
    let broken = |stopped: Stopped<ExportError<io::Error>>| TransferError::Export(Box::new(stopped));
    let unwritten = |error| broken(Stopped::Refused(ExportError::Sink(error)));
    // Before the first line is written: it may go to a pipe, which takes nothing back.
    let known = place.passgate().find_features(app);
    if known.map_err(|failure| broken(failure.into()))?.is_none() {
        return Err(TransferError::NoSuchApp { app: app.clone() });
    }
    let mut progress = Progress::of(format!("Exporting {app}"));
    let mut writer = JsonWriter::begin(BufWriter::new(to), app, place.env().now).map_err(unwritten)?;
    let mut records = 0;
    let exported = place.passgate().export(app, &mut |item| {
        records += 1;
        progress.at(records);
        writer.write(&item)
    });
    match exported {
        Ok(()) => writer.end().map_err(unwritten),
        Err(Stopped::Refused(ExportError::NoSuchApplication)) => {
            Err(TransferError::NoSuchApp { app: app.clone() })
        }
        Err(error) => Err(broken(error)),
    }
}
