//! The database, and where everything else is kept.

use std::{path::PathBuf, time::Duration};

use passgate_store::{DatabaseUrl, Pooling};
use passgate_webauthn::causes;

use super::{
    readers::{duration_or_none, given, needed, number, path},
    section::section,
    settings::{plain, secret},
};

section! {
    /// The database, and where everything else is kept.
    DatabaseConfig {
        "Directory of the SQLite database and of generated keys."
        data_dir: PathBuf = plain("data_dir", "./passgate-data"), needed(path);
        "sqlite:PATH or postgres://…; without it, passgate.db in the data directory."
        url: Option<DatabaseUrl> = secret("database_url"), given(url);
        "Most connections to the database."
        pool_size: u32 = plain("database_pool_size", "8"), needed(|text| number(text, 1, 1024));
        "full: an acknowledged write survives a power cut; normal: the last moments may be lost (SQLite)."
        durability: Durability = plain("database_durability", "full"), needed(durability);
        "Who is between this server and PostgreSQL: auto (found out), session (nobody, or a pooler in session mode), transaction (a pooler such as PgBouncer in transaction mode)."
        pooling: Pooling = plain("database_pooling", "auto"), needed(pooling);
        "How long PostgreSQL may say nothing while it is waited for, before the connection is given up; 0 for ever."
        answer_timeout: Duration = plain("database_answer_timeout", "15s"), needed(duration_or_none);
        "How long a start waits for a database that is away; 0 not at all."
        start_timeout: Duration = plain("database_start_timeout", "1m"), needed(duration_or_none);
    }
}

/// How hard SQLite tries to keep what it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Synchronised before it is acknowledged.
    Full,
    /// A power cut may take the last moments; the database stays intact.
    Normal,
}

fn url(text: &str) -> Result<DatabaseUrl, String> {
    let url = DatabaseUrl::parse(text)
        .map_err(|error| format!("must be sqlite:PATH, a path, or postgres://…: {error}"))?;
    url.check_files()
        .map_err(|error| format!("names certificates that cannot be used: {}", causes(&error)))?;
    Ok(url)
}

fn pooling(text: &str) -> Result<Pooling, String> {
    match text {
        "auto" => Ok(Pooling::Auto),
        "session" => Ok(Pooling::Session),
        "transaction" => Ok(Pooling::Transaction),
        _ => Err("must be auto, session or transaction".to_owned()),
    }
}

fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "full" => Ok(Durability::Full),
        "normal" => Ok(Durability::Normal),
        _ => Err("must be full or normal".to_owned()),
    }
}
