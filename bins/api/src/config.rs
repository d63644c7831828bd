//! The server's configuration: built-in defaults, one TOML file, `PASSGATE_…` variables, the later winning.
//!
//! [`SETTINGS`] lists every setting with its default and meaning. From a setting's name follow its variable
//! (`listen` → `PASSGATE_LISTEN`) and its place in the file (`database_pool_size`, or `pool_size` in a table
//! `[database]`). Unknown names are errors, and all problems are reported at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use passgate_core::{application::AppId, secret::Secret};
use passgate_store::DatabaseUrl;
use url::Url;

use crate::{host::is_loopback_name, network::Network, playground::Access};

mod first_start;
mod report;
mod settings;
mod source;

pub use first_start::{
    KeyFiles, PrepareError, Prepared, check_master_key, make_directory, master_key_in, prepare,
};
pub use report::{Effective, effective};
pub use settings::{SETTINGS, Setting};
pub use source::{ConfigError, Sources};

use source::Values;

use crate::{
    api::MagicLinkSettings,
    mail::{MailConfig, Mailer, ProviderConfig, SmtpConfig},
    metadata::{MetadataConfig, parse_anchors},
};

/// The variable that names the configuration file; `--config` does the same.
pub const CONFIG_FILE_VARIABLE: &str = "PASSGATE_CONFIG";

/// The fewest bytes of a management key that somebody chose.
const SHORTEST_MANAGEMENT_KEY: usize = 16;

/// The variable that holds the new master key while it is replaced; with `_FILE` at its end, the file that does.
pub const NEW_MASTER_KEY_VARIABLE: &str = "PASSGATE_NEW_MASTER_KEY";

/// Everything that can be chosen from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where the management endpoints answer, if not where everything else does.
    pub management_listen: Option<SocketAddr>,
    /// A path under which the API is also served, such as `/api`; empty for none. The path of `public_url`, if nothing
    /// else is said.
    pub path_prefix: String,
    /// Threads that serve connections.
    pub workers: usize,
    /// Threads that run operations, for all workers together.
    pub operation_threads: usize,
    /// Most connections at once.
    pub max_connections: usize,
    /// Largest request body, in bytes.
    pub body_limit: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long open requests may take to end when the server stops.
    pub shutdown_timeout: Duration,
    /// Where the SQLite database and the generated keys are.
    pub data_dir: PathBuf,
    /// The database; none means the SQLite file in the data directory.
    pub database_url: Option<DatabaseUrl>,
    /// Most connections to the database.
    pub database_pool_size: u32,
    /// Whether an acknowledged write survives a power cut (SQLite).
    pub database_durability: Durability,
    /// The master key, base64 of 32 bytes; none means the file in the data directory.
    pub master_key: Option<Secret<String>>,
    /// The management key; none means the file in the data directory.
    pub management_key: Option<Secret<String>>,
    /// Proxies whose forwarded headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Header in which a trusted proxy names the client's country.
    pub country_header: Option<String>,
    /// Whether the playground is served.
    pub playground: Playground,
    /// Whether this node runs jobs.
    pub jobs: bool,
    /// The address under which people reach this server.
    pub public_url: Option<Url>,
    /// Who sends mail, and through what.
    pub mail: MailConfig,
    /// What applications may do with magic links.
    pub magic_links: MagicLinkSettings,
    /// Whose documents are served under `/.well-known/`.
    pub well_known_app: Option<AppId>,
    /// Where FIDO metadata comes from, and who must have signed it.
    pub metadata: MetadataConfig,
    /// Whether the server is for development: with keys that everybody knows.
    pub development: bool,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_level: String,
}

/// How hard SQLite tries to keep what it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Synchronised before it is acknowledged.
    Full,
    /// A power cut may take the last moments; the database stays intact.
    Normal,
}

/// When the playground is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playground {
    /// While the server listens on loopback, and nothing in the configuration speaks of a proxy.
    OnLoopback,
    /// Always.
    On,
    /// Never.
    Off,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One readable line each.
    Text,
    /// One JSON object each.
    Json,
}

impl Config {
    /// Reads the configuration from its sources.
    ///
    /// # Errors
    /// Every problem at once: unknown names, values that do not parse, files that cannot be read.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        Self::from_values(&mut Values::collect(sources))
    }

    /// To whom the playground is served, given where the server listens and how it is reached.
    pub fn playground_access(&self) -> Option<Access> {
        match self.playground {
            Playground::On => Some(Access::Everybody),
            Playground::OnLoopback if self.is_alone() => Some(Access::ThisMachine),
            Playground::OnLoopback | Playground::Off => None,
        }
    }

    /// Whether nothing in the configuration speaks of a proxy that brings requests of others to loopback.
    fn is_alone(&self) -> bool {
        let reached_from_elsewhere = self
            .public_url
            .as_ref()
            .and_then(Url::host_str)
            .is_some_and(|host| !is_loopback_name(host));
        self.listen.ip().is_loopback()
            && self.trusted_proxies.is_empty()
            && self.path_prefix.is_empty()
            && !reached_from_elsewhere
    }

    /// What is allowed and probably not meant, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let public_path = self.public_url.as_ref().map_or("", public_path);
        if !public_path.is_empty() && public_path != self.path_prefix {
            warnings.push(format!(
                "public_url has the path {public_path}, and path_prefix is {}: links in mails work only if a proxy turns \
                 the one into the other",
                self.path_prefix
            ));
        }
        warnings
    }

    fn from_values(values: &mut Values) -> Result<Self, ConfigError> {
        let listen = values.parse("listen", parse_listen);
        let management_listen = values.parse_optional("management_listen", parse_listen);
        let path_prefix = values.parse("path_prefix", parse_prefix);
        let workers = values.parse("workers", parse_workers);
        let operation_threads = values.parse("operation_threads", |text| parse_number(text, 1, 1024));
        let max_connections = values.parse("max_connections", |text| parse_number(text, 16, 1_000_000));
        let body_limit = values.parse("body_limit", |text| parse_number(text, 1024, 64 * 1024 * 1024));
        let body_timeout = values.parse("body_timeout", parse_duration);
        let shutdown_timeout = values.parse("shutdown_timeout", parse_duration);
        let data_dir = values.parse("data_dir", parse_path);
        // An empty one would start an empty SQLite database beside the one that was meant.
        let database_url = values
            .secret("database_url")
            .and_then(|url| values.parse_optional("database_url", |_| parse_database_url(url.expose())));
        let database_pool_size = values.parse("database_pool_size", |text| parse_number(text, 1, 1024));
        let database_durability = values.parse("database_durability", parse_durability);
        let master_key = values.secret("master_key");
        let management_key = values.secret("management_key");
        let trusted_proxies = values.parse("trusted_proxies", parse_networks);
        let country_header = values.parse_optional("country_header", parse_header_name);
        let playground = values.parse("playground", parse_playground);
        let jobs = values.parse("jobs", parse_switch);
        let public_url = values.parse_optional("public_url", parse_public_url);
        let mail = mail(values);
        let new_application_age = values.parse("magic_link_new_application_age", parse_duration_or_none);
        let rate = values.parse("magic_link_rate", |text| parse_number(text, 0, 1_000_000));
        let window = values.parse("magic_link_window", parse_duration);
        let unlimited_apps = values.parse("magic_link_unlimited_apps", parse_apps);
        let rate_exempt_apps = values.parse("magic_link_rate_exempt_apps", parse_apps);
        let quota_exempt_apps = values.parse("magic_link_quota_exempt_apps", parse_apps);
        let well_known_app = values.parse_optional("well_known_app", parse_app);
        let metadata_url = values.parse_optional("metadata_url", parse_download_address);
        let metadata_file = values.parse_optional("metadata_file", parse_path);
        let metadata_anchors = values.parse("metadata_anchors", parse_anchors);
        let metadata_signer = values.parse("metadata_signer", parse_host_name);
        let development = values.parse("development", parse_switch);
        let exposed = values.parse("development_exposed", parse_switch);
        let reachable = listen.is_some_and(|listen| !listen.ip().is_loopback());
        if development == Some(true) && exposed == Some(false) && reachable {
            values.note(
                "listen",
                "must be a loopback address such as 127.0.0.1:5701 in development mode: everybody knows its keys \
                 (development_exposed = true allows it all the same)",
            );
        }
        let too_short = |key: &Secret<String>| key.expose().trim().len() < SHORTEST_MANAGEMENT_KEY;
        if development != Some(true) && management_key.as_ref().is_some_and(too_short) {
            values.note(
                "management_key",
                "must have at least 16 characters: who guesses it has all applications (openssl rand -hex 16 makes one)",
            );
        }
        let log_format = values.parse("log_format", parse_log_format);
        let log_level = values.parse("log_level", parse_log_level);
        if let (Some(mail), Some(data_dir)) = (&mail, &data_dir) {
            values.check("mail_providers", Mailer::new(mail, data_dir));
        }
        values.finish()?;
        // Links in mails begin with this path, so it has to lead somewhere.
        let path_prefix = path_prefix.map(|prefix| match &public_url {
            Some(url) if prefix.is_empty() => public_path(url).to_owned(),
            Some(_) | None => prefix,
        });
        // No problem was noted, so every value is there; the error of a missing one would be empty.
        let complete = || {
            Some(Self {
                listen: listen?,
                management_listen,
                path_prefix: path_prefix?,
                workers: workers?,
                operation_threads: operation_threads?,
                max_connections: max_connections?,
                body_limit: body_limit?,
                body_timeout: body_timeout?,
                shutdown_timeout: shutdown_timeout?,
                data_dir: data_dir?,
                database_url,
                database_pool_size: database_pool_size?,
                database_durability: database_durability?,
                master_key,
                management_key,
                trusted_proxies: trusted_proxies?,
                country_header,
                playground: playground?,
                jobs: jobs?,
                public_url,
                mail: mail?,
                magic_links: MagicLinkSettings {
                    new_application_age: new_application_age?,
                    rate: rate?,
                    window: window?,
                    unlimited_apps: unlimited_apps?,
                    rate_exempt_apps: rate_exempt_apps?,
                    quota_exempt_apps: quota_exempt_apps?,
                },
                well_known_app,
                metadata: MetadataConfig {
                    address: metadata_url,
                    file: metadata_file,
                    anchors: metadata_anchors?,
                    signer: metadata_signer?,
                },
                development: development?,
                log_format: log_format?,
                log_level: log_level?,
            })
        };
        complete().ok_or_else(ConfigError::default)
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port, such as 127.0.0.1:5701 or [::]:5701".to_owned())
}

fn parse_prefix(text: &str) -> Result<String, String> {
    let prefix = text.trim_end_matches('/');
    if prefix.is_empty() || (prefix.starts_with('/') && !prefix.contains(['?', '#', ' '])) {
        return Ok(prefix.to_owned());
    }
    Err("must be empty or a path that begins with '/', such as /api".to_owned())
}

fn parse_workers(text: &str) -> Result<usize, String> {
    if text == "auto" {
        return Ok(std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
    }
    parse_number(text, 1, 1024)
}

fn parse_number<T: std::str::FromStr + PartialOrd + fmt::Display>(
    text: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    let expected = format!("must be a whole number from {least} to {most}");
    match text.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        Ok(_) | Err(_) => Err(expected),
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let (digits, unit) = text.split_at(
        text.find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let seconds = match unit.trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    match digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
    {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("must be a duration such as 30s, 5m, 2h or 1d".to_owned()),
    }
}

fn parse_duration_or_none(text: &str) -> Result<Duration, String> {
    if text == "0" {
        Ok(Duration::ZERO)
    } else {
        parse_duration(text)
    }
}

fn parse_public_url(text: &str) -> Result<Url, String> {
    let usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text)
        .ok()
        .filter(usable)
        .ok_or_else(|| "must be an address such as https://id.example.com, with a path if need be".to_owned())
}

/// The path of an address without the slash at its end; empty for none.
fn public_path(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

fn parse_apps(text: &str) -> Result<BTreeSet<AppId>, String> {
    let names = text.split([',', ' ']).filter(|part| !part.is_empty());
    names.map(parse_app).collect()
}

fn parse_app(name: &str) -> Result<AppId, String> {
    AppId::parse(name).map_err(|error| format!("'{name}' is no application's name: {error}"))
}

/// The one-line server, if there is one, comes before those of the list.
fn mail(values: &mut Values) -> Option<MailConfig> {
    let from = values.parse_optional("mail_from", parse_address);
    let from_name = values.parse_optional("mail_from_name", |text| Ok(text.to_owned()));
    let magic_links_from = values.parse_optional("mail_magic_links_from", parse_address);
    let first = values
        .parse_optional("mail_smtp_url", SmtpConfig::parse_url)
        .map(ProviderConfig::Smtp);
    let others = values.parse("mail_providers", parse_providers)?;
    Some(MailConfig {
        from,
        from_name,
        magic_links_from,
        providers: first.into_iter().chain(others).collect(),
    })
}

fn parse_address(text: &str) -> Result<String, String> {
    text.parse::<lettre::Address>()
        .map(|_| text.to_owned())
        .map_err(|_| format!("'{text}' is not a mail address"))
}

fn parse_providers(text: &str) -> Result<Vec<ProviderConfig>, String> {
    #[derive(serde::Deserialize)]
    struct List {
        providers: Vec<ProviderConfig>,
    }
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // The parser's whole report would repeat the line, and with it a password.
    let list: List = toml::from_str(&format!("providers = {text}")).map_err(|error| {
        format!(
            "must be a list of tables with kind = \"smtp\" or \"file\": {}",
            error.message()
        )
    })?;
    Ok(list.providers)
}

fn parse_download_address(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| "must be an address such as https://mds3.fidoalliance.org/".to_owned())
}

fn parse_host_name(text: &str) -> Result<String, String> {
    let usable = !text.is_empty() && !text.contains(['/', ':', '*', ' ', ',']);
    if usable {
        Ok(text.to_owned())
    } else {
        Err("must be a host name, such as mds.fidoalliance.org".to_owned())
    }
}

fn parse_path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

fn parse_database_url(text: &str) -> Result<DatabaseUrl, String> {
    DatabaseUrl::parse(text).map_err(|error| format!("must be sqlite:PATH, a path, or postgres://…: {error}"))
}

fn parse_durability(text: &str) -> Result<Durability, String> {
    match text {
        "full" => Ok(Durability::Full),
        "normal" => Ok(Durability::Normal),
        _ => Err("must be full or normal".to_owned()),
    }
}

fn parse_networks(text: &str) -> Result<Vec<Network>, String> {
    let networks = text.split([',', ' ']).filter(|part| !part.is_empty());
    networks
        .map(|part| {
            part.parse()
                .map_err(|_| format!("'{part}' is not an address or network, such as 10.0.0.0/8"))
        })
        .collect()
}

fn parse_header_name(text: &str) -> Result<String, String> {
    actix_web::http::header::HeaderName::from_bytes(text.as_bytes())
        .map(|name| name.as_str().to_owned())
        .map_err(|_| "must be the name of a header".to_owned())
}

fn parse_playground(text: &str) -> Result<Playground, String> {
    match text {
        "auto" => Ok(Playground::OnLoopback),
        "true" => Ok(Playground::On),
        "false" => Ok(Playground::Off),
        _ => Err("must be auto, true or false".to_owned()),
    }
}

fn parse_switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

fn parse_log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be auto, text or json".to_owned()),
    }
}

fn parse_log_level(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| {
            format!("must be a level such as info, or directives such as info,passgate=debug ({error})")
        })
}

/// The environment of the process, as configuration reads it. Variables that are no text cannot be ours.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests;
