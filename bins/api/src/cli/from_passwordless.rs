//! `passgate config from-passwordless`: the configuration of a Passwordless.dev server, as a configuration of this one.
//!
//! [`old`] reads what is there, [`carry`] says what it means here, and this writes it down: secrets into files that only
//! their owner can read, never onto a terminal, and what was not carried over as a list with reasons.

mod carry;
mod old;

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use passgate_core::secret::Secret;
use serde_json::json;

use self::{
    carry::{Carried, Remark, carry},
    old::OldSettings,
};
use super::{Answer, CommandError, error::TransferError};
use crate::{
    config::{Sources, make_directory},
    server::assemble,
};

/// The name of the configuration file that is written.
const FILE: &str = "passgate.toml";

/// Where the old configuration is, and where the new one goes.
#[derive(Debug, Args)]
pub struct FromPasswordless {
    /// Its configuration files, such as config.json; later ones win.
    #[arg(required_unless_present_any = ["env_file", "environment"])]
    files: Vec<PathBuf>,
    /// A file of its environment variables, NAME=VALUE on each line; they win over the files.
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Look at the variables of this very process, too.
    #[arg(long)]
    environment: bool,
    /// Write passgate.toml and a file for each secret into this directory; without it, the configuration is printed,
    /// and secrets are left out.
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

/// Does what it says.
pub(super) fn perform(command: &FromPasswordless, sources: &Sources) -> Result<Answer, CommandError> {
    let mut old = OldSettings::default();
    for path in &command.files {
        let text = read(path)?;
        old.read_json(&text)
            .map_err(|problem| TransferError::Usage(format!("{}: {problem}", path.display())))?;
    }
    for path in &command.env_file {
        let text = read(path)?;
        old.read_env_file(&text)
            .map_err(|problem| TransferError::Usage(format!("{}: {problem}", path.display())))?;
    }
    if command.environment {
        old.read_environment(&sources.environment);
    }
    let carried = carry(&mut old);
    match &command.out {
        Some(directory) => write(&carried, directory),
        None => {
            let text = document(&carried, &|_| None);
            let json = json!({
                "config": text, "secrets": carried.secrets().map(|(name, _)| name).collect::<Vec<_>>(),
                "notCarried": remarks_json(&carried.remarks), "next": carried.next,
            });
            Ok(Answer::new(text, json))
        }
    }
}

fn read(path: &Path) -> Result<String, TransferError> {
    fs::read_to_string(path).map_err(|source| failed("read", path, source))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> TransferError {
    TransferError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Writes the configuration and its secrets. Nothing that is there is replaced.
fn write(carried: &Carried, directory: &Path) -> Result<Answer, CommandError> {
    make_directory(directory)?;
    let directory = directory
        .canonicalize()
        .map_err(|source| failed("find", directory, source))?;
    let file = directory.join(FILE);
    let secrets: Vec<_> = carried
        .secrets()
        .map(|(name, secret)| (directory.join(name), secret))
        .collect();
    let there = secrets
        .iter()
        .map(|(path, _)| path)
        .chain([&file])
        .find(|path| path.exists());
    if let Some(path) = there {
        return Err(TransferError::FileExists { path: path.clone() }.into());
    }
    for (path, secret) in &secrets {
        create(path, secret.expose())?;
    }
    create(&file, &document(carried, &|name| Some(directory.join(name))))?;

    let check = assemble::load(&Sources {
        file: Some(file.clone()),
        ..Sources::default()
    });
    let problems = check.map_or_else(|error| error.problems, |_| Vec::new());
    let written: Vec<_> = [&file]
        .into_iter()
        .chain(secrets.iter().map(|(path, _)| path))
        .map(|path| path.display().to_string())
        .collect();
    let mut text = format!("Wrote {}.\n", written.join(", "));
    let list = |text: &mut String, title: &str, lines: &mut dyn Iterator<Item = String>| {
        let lines: Vec<_> = lines.collect();
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            lines
                .iter()
                .for_each(|line| text.push_str(&format!("  - {line}\n")));
        }
    };
    list(
        &mut text,
        "Not carried over:",
        &mut carried.remarks.iter().map(ToString::to_string),
    );
    list(
        &mut text,
        "Repair this before you start:",
        &mut problems.iter().cloned(),
    );
    let check = format!("passgate config check --config {}", file.display());
    list(
        &mut text,
        "Next:",
        &mut [check].into_iter().chain(carried.next.iter().cloned()),
    );
    let json = json!({
        "written": written, "notCarried": remarks_json(&carried.remarks), "problems": problems, "next": carried.next,
    });
    Ok(Answer::new(text, json))
}

/// Makes a file that only its owner can read.
fn create(path: &Path, content: &str) -> Result<(), TransferError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.map_err(|source| failed("write", path, source))
}

fn remarks_json(remarks: &[Remark]) -> serde_json::Value {
    let remarks = remarks
        .iter()
        .map(|remark| json!({ "name": remark.name, "reason": remark.reason }));
    remarks.collect()
}

/// The configuration file. `secret_file` says where a secret is kept; where it is not kept, a comment stands in.
fn document(carried: &Carried, secret_file: &dyn Fn(&str) -> Option<PathBuf>) -> String {
    let mut text = "# Made from the configuration of a Passwordless.dev server.\n\n".to_owned();
    let secret = |setting: &str, name: &str| match secret_file(name) {
        Some(path) => format!("{setting} = {}\n", quoted(&path.display().to_string())),
        None => format!("# {setting} = …  (a secret: --out DIRECTORY writes it to a file)\n"),
    };
    for (name, value) in &carried.settings {
        text.push_str(&format!("{name} = {}\n", quoted(value)));
    }
    if carried.management_key.is_some() {
        text.push_str(&secret("management_key_file", carry::MANAGEMENT_KEY_FILE));
    }
    for provider in &carried.providers {
        text.push_str("\n[[mail.providers]]\n");
        if let Some(remark) = &provider.remark {
            text.push_str(&format!("# {remark}\n"));
        }
        for (name, value) in &provider.members {
            text.push_str(&format!("{name} = {value}\n"));
        }
        if provider.password.is_some() {
            text.push_str(&secret("password_file", &provider.password_file));
        }
    }
    let mut comment = |title: &str, lines: &mut dyn Iterator<Item = String>| {
        let lines: Vec<_> = lines.collect();
        if !lines.is_empty() {
            text.push_str(&format!("\n# {title}\n"));
            // Names come from a file, and a comment ends with its line.
            lines
                .iter()
                .for_each(|line| text.push_str(&format!("#   - {}\n", line.replace(char::is_control, " "))));
        }
    };
    comment(
        "Not carried over:",
        &mut carried.remarks.iter().map(ToString::to_string),
    );
    comment("Next:", &mut carried.next.iter().cloned());
    text
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

impl Carried {
    /// Every secret with the name of its file.
    fn secrets(&self) -> impl Iterator<Item = (&str, &Secret<String>)> {
        let management = self
            .management_key
            .iter()
            .map(|key| (carry::MANAGEMENT_KEY_FILE, key));
        let passwords = self
            .providers
            .iter()
            .filter_map(|provider| Some((provider.password_file.as_str(), provider.password.as_ref()?)));
        management.chain(passwords)
    }
}
