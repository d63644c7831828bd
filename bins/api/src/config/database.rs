//! The database, and where everything else is kept.

use std::path::PathBuf;

use passgate_store::DatabaseUrl;

use super::{
    readers::{given, needed, number, path},
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
    DatabaseUrl::parse(text).map_err(|error| format!("must be sqlite:PATH, a path, or postgres://…: {error}"))
}

fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "full" => Ok(Durability::Full),
        "normal" => Ok(Durability::Normal),
        _ => Err("must be full or normal".to_owned()),
    }
}
