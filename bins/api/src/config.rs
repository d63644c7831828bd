//! The server's configuration: built-in defaults, one TOML file, `PASSGATE_…` variables, the later winning.
//!
//! Each child is a section: what can be chosen about one thing, each setting in one row with its meaning, default and
//! reader. From a setting's name follow its variable (`listen` → `PASSGATE_LISTEN`) and its place in the file
//! (`database_pool_size`, or `pool_size` in a table `[database]`). Unknown names are errors, and all problems are reported
//! at once.
//!
//! **Architecture invariant**: the configuration knows nothing of what it configures. What it becomes is said in
//! `server::assemble`.

mod database;
mod development;
mod first_start;
mod http;
mod jobs;
mod keys;
mod log;
mod magic_links;
mod mail;
mod metadata;
mod playground;
pub(crate) mod readers;
mod report;
mod section;
mod settings;
mod source;

pub use self::{
    database::{DatabaseConfig, Durability},
    development::DevelopmentConfig,
    first_start::{
        KeyFiles, PrepareError, Prepared, check_master_key, make_directory, master_key_in, prepare,
    },
    http::HttpConfig,
    jobs::JobConfig,
    keys::KeyConfig,
    log::{LogConfig, LogFormat},
    magic_links::MagicLinkConfig,
    mail::{FileConfig, MailConfig, ProviderConfig, SmtpConfig, SmtpTls},
    metadata::MetadataConfig,
    playground::{Access, Playground, PlaygroundConfig},
    report::{Effective, effective},
    settings::Setting,
    source::{ConfigError, Sources},
};

use std::path::Path;

use passgate_webauthn::causes;

use self::{
    readers::{needed, path},
    source::Values,
};

/// The variable that names the configuration file; `--config` does the same.
pub const CONFIG_FILE_VARIABLE: &str = "PASSGATE_CONFIG";

/// The variable that holds the new master key while it is replaced; with `_FILE` at its end, the file that does.
pub const NEW_MASTER_KEY_VARIABLE: &str = "PASSGATE_NEW_MASTER_KEY";

/// Everything that can be chosen from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server listens, how it is reached, and how much it takes.
    pub http: HttpConfig,
    /// The database, and where everything else is kept.
    pub database: DatabaseConfig,
    /// The keys that a server is given.
    pub keys: KeyConfig,
    /// Whether the playground is served.
    pub playground: PlaygroundConfig,
    /// Whether this node runs jobs.
    pub jobs: JobConfig,
    /// Who sends mail, and through what.
    pub mail: MailConfig,
    /// What applications may do with magic links.
    pub magic_links: MagicLinkConfig,
    /// Where FIDO metadata comes from, and who must have signed it.
    pub metadata: MetadataConfig,
    /// Whether the server is for development: with keys that everybody knows.
    pub development: DevelopmentConfig,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// Every setting, in the order they are printed.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    const SECTIONS: [&[Setting]; 10] = [
        HttpConfig::SETTINGS,
        DatabaseConfig::SETTINGS,
        KeyConfig::SETTINGS,
        PlaygroundConfig::SETTINGS,
        JobConfig::SETTINGS,
        MailConfig::SETTINGS,
        MagicLinkConfig::SETTINGS,
        MetadataConfig::SETTINGS,
        DevelopmentConfig::SETTINGS,
        LogConfig::SETTINGS,
    ];
    SECTIONS.into_iter().flatten()
}

/// What only those can say who know what is configured: whether mail can be sent this way. An error is noted with its
/// causes, beside all other problems.
pub type Check = fn(&MailConfig, &Path) -> Result<(), Box<dyn std::error::Error>>;

impl Config {
    /// Reads the configuration from its sources.
    ///
    /// # Errors
    /// Every problem at once: unknown names, values that do not parse, files that cannot be read.
    pub fn load(sources: &Sources, check: Check) -> Result<Self, ConfigError> {
        Self::from_values(&mut Values::collect(sources), check)
    }

    /// To whom the playground is served, given where the server listens and how it is reached.
    pub fn playground_access(&self) -> Option<Access> {
        self.playground.access(&self.http)
    }

    /// What is allowed and probably not meant, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        self.http.warnings()
    }

    fn from_values(values: &mut Values, check: Check) -> Result<Self, ConfigError> {
        let http = HttpConfig::read(values);
        let database = DatabaseConfig::read(values);
        let keys = KeyConfig::read(values);
        let playground = PlaygroundConfig::read(values);
        let jobs = JobConfig::read(values);
        let mail = MailConfig::read(values);
        let magic_links = MagicLinkConfig::read(values);
        let metadata = MetadataConfig::read(values);
        let development = DevelopmentConfig::read(values);
        let log = LogConfig::read(values);
        development::check(values);
        keys::check(values);
        let data_dir = values.peek("data_dir", needed(path));
        if let (Some(mail), Some(data_dir)) = (&mail, &data_dir)
            && let Err(error) = check(mail, data_dir)
        {
            values.note(
                "mail_providers",
                &format!("cannot be used: {}", causes(error.as_ref())),
            );
        }
        values.finish()?;
        // No problem was noted, so every section is there; the error of a missing one would be empty.
        let complete = || {
            Some(Self {
                http: http?.settled(),
                database: database?,
                keys: keys?,
                playground: playground?,
                jobs: jobs?,
                mail: mail?,
                magic_links: magic_links?,
                metadata: metadata?,
                development: development?,
                log: log?,
            })
        };
        complete().ok_or_else(ConfigError::default)
    }
}

#[cfg(test)]
mod tests;
