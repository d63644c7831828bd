//! Who sends mail, and through what.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use passgate_core::secret::Secret;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

use super::{
    readers::{address as mail_address, needed, optional, text},
    section::section,
    settings::{plain, secret},
};

/// Longest that one step of an exchange may take unless the configuration says otherwise.
const STEP: Duration = Duration::from_secs(10);

/// The name of the file that takes letters when no provider is configured.
const FALLBACK_FILE: &str = "mail.txt";

/// The sender of letters that only go to that file.
const FALLBACK_SENDER: &str = "passgate@localhost";

section! {
    /// Who sends mail, and through what.
    #[derive(Default)]
    MailConfig {
        "Address that mail comes from."
        from: Option<String> = plain("mail_from", ""), optional(mail_address);
        "Name that mail comes from."
        from_name: Option<String> = plain("mail_from_name", ""), optional(text);
        "Address that magic links come from, if it is another one."
        magic_links_from: Option<String> = plain("mail_magic_links_from", ""), optional(mail_address);
        "Mail server: smtps://USER:PASSWORD@HOST:PORT, smtp+starttls://… or smtp://… (plain text)."
        smtp: Option<SmtpConfig> = secret("mail_smtp_url"), optional(SmtpConfig::parse_url);
        "Mail servers and files with all their options, tried in order: see mail.md."
        providers: Vec<ProviderConfig> = secret("mail_providers"), needed(providers);
    }
}

impl MailConfig {
    /// What is tried until one accepts a letter: the one-line server, if there is one, comes before those of the list.
    pub fn in_order(&self) -> Vec<ProviderConfig> {
        let first = self.smtp.clone().map(ProviderConfig::Smtp);
        first.into_iter().chain(self.providers.iter().cloned()).collect()
    }
}

/// One way to send.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ProviderConfig {
    /// An SMTP server.
    Smtp(SmtpConfig),
    /// A file that letters are appended to: for development.
    File(FileConfig),
}

/// An SMTP server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Host name or address.
    pub host: String,
    /// Port; 465 for TLS, 587 for STARTTLS and 25 for plain text if absent.
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: SmtpTls,
    /// User name; the client authenticates only if both name and password are given.
    pub username: Option<String>,
    /// Password.
    #[serde(default, deserialize_with = "password")]
    pub password: Option<Secret<String>>,
    /// A file to read the password from.
    pub password_file: Option<PathBuf>,
    /// A file of further root certificates (PEM), for a server whose authority is not a public one.
    pub ca_file: Option<PathBuf>,
    /// Seconds that one step of the exchange may take, 1 to 120.
    pub timeout: Option<u64>,
    /// The sender's address with this provider.
    pub from: Option<String>,
    /// The sender's address of magic links with this provider.
    pub magic_links_from: Option<String>,
}

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// TLS from the first byte.
    #[default]
    Implicit,
    /// Plain text that must turn into TLS before anything else is said.
    Starttls,
    /// Plain text: for servers on the same machine.
    None,
}

/// A file that letters are appended to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// Path of the file, as it was given or configured.
    pub path: PathBuf,
    /// The sender's address with this provider.
    pub from: Option<String>,
    /// The sender's address of magic links with this provider.
    pub magic_links_from: Option<String>,
    /// Whether nobody chose this file.
    #[serde(skip)]
    pub is_fallback: bool,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port())
            .field("tls", &self.tls)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Without credentials.
impl fmt::Display for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(smtp) => write!(f, "smtp {}:{}", smtp.host, smtp.port()),
            Self::File(file) => write!(f, "file {}", file.path.display()),
        }
    }
}

impl SmtpConfig {
    /// The port in use.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::Implicit => 465,
            SmtpTls::Starttls => 587,
            SmtpTls::None => 25,
        })
    }

    /// How long one step of the exchange may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
            .map_or(STEP, |seconds| Duration::from_secs(seconds.clamp(1, 120)))
    }

    /// Reads `smtps://user:password@host:port`, `smtp+starttls://…` or `smtp://…` (plain text).
    ///
    /// # Errors
    /// If it is none; the text is not repeated, since it may hold a password.
    pub fn parse_url(text: &str) -> Result<Self, String> {
        let wrong = || {
            "must be smtps://USER:PASSWORD@HOST:PORT, smtp+starttls://… or smtp://… (plain text)".to_owned()
        };
        let url = Url::parse(text).map_err(|_| wrong())?;
        let tls = match url.scheme() {
            "smtps" => SmtpTls::Implicit,
            "smtp+starttls" => SmtpTls::Starttls,
            "smtp" => SmtpTls::None,
            _ => return Err(wrong()),
        };
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let host = url
            .host_str()
            .filter(|host| bare && !host.is_empty())
            .ok_or_else(wrong)?;
        let decoded = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(String::from)
                .map_err(|_| wrong())
        };
        let username = Some(url.username())
            .filter(|name| !name.is_empty())
            .map(decoded)
            .transpose()?;
        let password = url.password().map(decoded).transpose()?.map(Secret::new);
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port(),
            tls,
            username,
            password,
            password_file: None,
            ca_file: None,
            timeout: None,
            from: None,
            magic_links_from: None,
        })
    }
}

impl FileConfig {
    /// The file that takes letters when no provider is configured.
    pub fn fallback(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join(FALLBACK_FILE),
            from: Some(FALLBACK_SENDER.to_owned()),
            magic_links_from: None,
            is_fallback: true,
        }
    }
}

/// Reads a password without ever repeating it, not even one of the wrong type.
fn password<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<String>>, D::Error> {
    match toml::Value::deserialize(deserializer) {
        Ok(toml::Value::String(text)) => Ok(Some(Secret::new(text))),
        Ok(_) | Err(_) => Err(serde::de::Error::custom("password must be a text")),
    }
}

fn providers(text: &str) -> Result<Vec<ProviderConfig>, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_smtp_server_in_one_line() {
        let smtp = SmtpConfig::parse_url("smtps://me%40example.com:s%3Acret@mail.example.com:1465").unwrap();
        assert_eq!(
            (smtp.host.as_str(), smtp.port(), smtp.tls),
            ("mail.example.com", 1465, SmtpTls::Implicit)
        );
        assert_eq!(smtp.username.as_deref(), Some("me@example.com"));
        assert_eq!(smtp.password.as_ref().unwrap().expose(), "s:cret");
        assert!(!format!("{smtp:?}").contains("cret"), "{smtp:?}");
        for (url, tls, port) in [
            ("smtps://h", SmtpTls::Implicit, 465),
            ("smtp+starttls://h", SmtpTls::Starttls, 587),
            ("smtp://h", SmtpTls::None, 25),
            ("smtp://[::1]:2525/", SmtpTls::None, 2525),
        ] {
            let smtp = SmtpConfig::parse_url(url).unwrap();
            assert_eq!((smtp.tls, smtp.port()), (tls, port), "{url}");
        }
        assert_eq!(SmtpConfig::parse_url("smtp://[::1]:2525").unwrap().host, "::1");
        for wrong in [
            "mail.example.com",
            "http://h",
            "smtps://",
            "smtps://u:hunter2@h/path",
            "smtps://h?x=1",
        ] {
            let problem = SmtpConfig::parse_url(wrong).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
