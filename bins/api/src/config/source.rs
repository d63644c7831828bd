//! Where values come from: the defaults, the file, the environment.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use super::{CONFIG_FILE_VARIABLE, NEW_MASTER_KEY_VARIABLE, Setting, settings};

/// What a configuration is read from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named on the command line, which wins over the one named by [`CONFIG_FILE_VARIABLE`].
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Whether the command line says `--development`.
    pub development: bool,
}

impl Sources {
    /// The environment of the process, and the file named on the command line.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        Self {
            file,
            environment: environment(),
            development: false,
        }
    }
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ConfigError {
    /// One sentence each.
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.problems.len())?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for ConfigError {}

/// A value as it was found, and where.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) text: String,
    /// How problems call it: the variable, or the name in the file.
    pub(super) origin: String,
}

/// The value of every setting that has one, and the problems met so far.
pub(super) struct Values {
    found: BTreeMap<&'static str, Found>,
    problems: Vec<String>,
}

impl Values {
    pub(super) fn collect(sources: &Sources) -> Self {
        let mut values = Self {
            found: BTreeMap::new(),
            problems: Vec::new(),
        };
        for setting in settings().filter(|setting| !setting.default.is_empty()) {
            values.set(setting, setting.default.to_owned(), "the default".to_owned());
        }
        let named = sources
            .environment
            .get(CONFIG_FILE_VARIABLE)
            .filter(|path| !path.is_empty());
        if let Some(path) = sources.file.clone().or_else(|| named.map(PathBuf::from)) {
            values.read_file(&path);
        }
        values.read_environment(&sources.environment);
        if sources.development {
            values.take("development", "true".to_owned(), "--development".to_owned());
        }
        values
    }

    /// What was found for a setting.
    pub(super) fn get(&self, name: &str) -> Option<&Found> {
        self.found.get(name)
    }

    /// What a setting means, for checks that look at several; none if something is wrong with it, which is noted by whoever
    /// reads it.
    pub(super) fn peek<T>(
        &self,
        name: &str,
        reader: impl FnOnce(Option<&str>) -> Result<T, String>,
    ) -> Option<T> {
        reader(self.found.get(name).map(|found| found.text.trim())).ok()
    }

    /// Reads a setting from what was found for it, and notes what is wrong.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        reader: impl FnOnce(Option<&str>) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.found.get(name).map(|found| found.text.trim());
        match reader(found) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.note(name, &problem);
                None
            }
        }
    }

    /// Every problem, or nothing.
    pub(super) fn finish(&mut self) -> Result<(), ConfigError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(ConfigError {
            problems: std::mem::take(&mut self.problems),
        })
    }

    pub(super) fn note(&mut self, name: &str, problem: &str) {
        let origin = self.found.get(name).map_or(name, |found| found.origin.as_str());
        self.problems.push(format!("{origin} {problem}"));
    }

    fn set(&mut self, setting: &Setting, text: String, origin: String) {
        self.found.insert(setting.name, Found { text, origin });
    }

    fn read_file(&mut self, path: &Path) {
        let document = match std::fs::read_to_string(path) {
            Ok(document) => document,
            Err(error) => return self.problems.push(format!("{}: {error}", path.display())),
        };
        match document.parse::<toml::Table>() {
            Ok(table) => self.read_table("", table, path),
            Err(error) => self
                .problems
                .push(format!("{}: {}", path.display(), error.message())),
        }
    }

    /// Members of a table `[database]` are settings whose names begin with `database_`.
    fn read_table(&mut self, prefix: &str, table: toml::Table, path: &Path) {
        for (name, value) in table {
            let name = format!("{prefix}{name}");
            let origin = format!("{name} (in {})", path.display());
            let text = match value {
                toml::Value::Table(table) => {
                    self.read_table(&format!("{name}_"), table, path);
                    continue;
                }
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(value) => value.to_string(),
                // Written out again, and parsed with everything else.
                toml::Value::Array(items) if !items.is_empty() && items.iter().all(toml::Value::is_table) => {
                    toml::Value::Array(items).to_string()
                }
                toml::Value::Array(items) if items.iter().all(toml::Value::is_str) => items
                    .iter()
                    .filter_map(toml::Value::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
                toml::Value::Array(_) | toml::Value::Float(_) | toml::Value::Datetime(_) => {
                    self.problems.push(format!(
                        "{origin} must be a text, a whole number, a boolean or a list of texts"
                    ));
                    continue;
                }
            };
            self.take(&name, text, origin);
        }
    }

    fn read_environment(&mut self, environment: &BTreeMap<String, String>) {
        for (variable, value) in environment {
            let Some(name) = variable.strip_prefix("PASSGATE_") else {
                continue;
            };
            // The new master key is for the command that replaces the old one.
            let is_of_a_command = variable == NEW_MASTER_KEY_VARIABLE
                || variable.strip_suffix("_FILE") == Some(NEW_MASTER_KEY_VARIABLE);
            if variable != CONFIG_FILE_VARIABLE && !is_of_a_command && !is_service_link(name, value) {
                self.take(&name.to_ascii_lowercase(), value.clone(), variable.clone());
            }
        }
    }

    fn take(&mut self, name: &str, text: String, origin: String) {
        if let Some(setting) = settings().find(|setting| setting.name == name) {
            return self.set(setting, text, origin);
        }
        let twin = name.strip_suffix("_file");
        match settings().find(|setting| setting.secret && Some(setting.name) == twin) {
            Some(setting) => match std::fs::read_to_string(&text) {
                Ok(secret) => self.set(setting, secret.trim().to_owned(), origin),
                Err(error) => {
                    let named = named_file(&text);
                    self.problems
                        .push(format!("{origin}: cannot read {named}: {error}"));
                }
            },
            None => self
                .problems
                .push(format!("{origin} is not a setting of Passgate")),
        }
    }
}

/// The path of a secret's file, unless it may be the secret itself, put where the path of its file belongs.
fn named_file(text: &str) -> &str {
    let is_path = text.starts_with(['/', '.'])
        && !text.contains(['=', '@', ':', '?'])
        && text.split('/').all(|part| part.len() < 32);
    if is_path { text } else { "the file that it names" }
}

/// Whether the variable, without its prefix, is one of those that Kubernetes gives every container for each service
/// beside it: a service named `passgate` yields `PASSGATE_PORT=tcp://10.0.0.1:5701` and the like.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if name == "PORT" {
        return value.contains("://");
    }
    if let Some(rest) = name.strip_prefix("PORT_") {
        return rest.split('_').next().is_some_and(is_number);
    }
    name == "SERVICE_HOST" || name == "SERVICE_PORT" || name.starts_with("SERVICE_PORT_")
}
