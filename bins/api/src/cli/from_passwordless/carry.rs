//! What each setting of that server means here, and why some mean nothing.

use std::{collections::BTreeSet, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use passgate_core::secret::Secret;
use ring::hmac;

use super::{old::OldSettings, quoted};

/// The file of the management key.
pub(super) const MANAGEMENT_KEY_FILE: &str = "management-key";

/// A configuration of this server.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// Settings with their values, all texts.
    pub(super) settings: Vec<(&'static str, String)>,
    pub(super) management_key: Option<Secret<String>>,
    pub(super) providers: Vec<Provider>,
    /// What was not carried over, or not as it was.
    pub(super) remarks: Vec<Remark>,
    /// What to do next.
    pub(super) next: Vec<String>,
}

/// A mail provider.
#[derive(Debug, Default)]
pub(super) struct Provider {
    /// Its members, as TOML writes them.
    pub(super) members: Vec<(&'static str, String)>,
    pub(super) password: Option<Secret<String>>,
    /// The name of the file that takes the password.
    pub(super) password_file: String,
    pub(super) remark: Option<String>,
}

/// A setting, or several, and what became of it.
#[derive(Debug)]
pub(super) struct Remark {
    pub(super) name: String,
    pub(super) reason: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

/// Says what the old settings mean here. What nobody knows is remarked on.
pub(super) fn carry(old: &mut OldSettings) -> Carried {
    let mut carried = Carried::default();
    let self_hosted = old.take_switch("SelfHosted") || old.has("BWP_");
    carried.listen(old, self_hosted);
    carried.address(old, self_hosted);
    if let Some(key) = old.take("PasswordlessManagement:ManagementKey") {
        carried.management_key = Some(Secret::new(key));
    }
    carried.mail(old);
    carried.magic_links(old);
    carried.metadata(old);
    carried.logging(old);
    carried.databases(old);
    carried.rest(old);
    carried
}

impl Carried {
    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.settings.push((name, value.into()));
    }

    fn has(&self, name: &str) -> bool {
        self.settings.iter().any(|(setting, _)| *setting == name)
    }

    fn remark(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.remarks.push(Remark {
            name: name.into(),
            reason: reason.into(),
        });
    }

    /// One remark for all names that begin so.
    fn remark_on_rest(&mut self, old: &mut OldSettings, prefix: &str, reason: &str) {
        let names = old.take_rest(prefix);
        if !names.is_empty() {
            self.remark(names.join(", "), reason);
        }
    }

    fn listen(&mut self, old: &mut OldSettings, self_hosted: bool) {
        let urls = ["ASPNETCORE_URLS", "DOTNET_URLS", "Urls"]
            .into_iter()
            .filter_map(|name| old.take(name))
            .next();
        let ports = ["ASPNETCORE_HTTP_PORTS", "DOTNET_HTTP_PORTS", "HTTP_PORTS"]
            .into_iter()
            .filter_map(|name| old.take(name))
            .next();
        let addresses: Vec<String> = match (&urls, &ports) {
            (Some(urls), _) => urls.split(';').map(|url| url.trim().to_owned()).collect(),
            (None, Some(ports)) => ports
                .split(';')
                .map(|port| format!("http://*:{}", port.trim()))
                .collect(),
            (None, None) => Vec::new(),
        };
        let mut listening = false;
        for address in addresses.into_iter().filter(|address| !address.is_empty()) {
            match listen_address(&address) {
                Some(listen) if !listening => {
                    self.set("listen", listen);
                    listening = true;
                }
                Some(_) => self.remark(
                    address,
                    "one address is listened on; a proxy can forward others to it",
                ),
                None if address.starts_with("https:") => {
                    self.remark(address, "TLS is left to a proxy in front of the server");
                }
                None => self.remark(address, "not an address to listen on"),
            }
        }
        if self_hosted && !listening {
            self.remark(
                "listen",
                "the address that the container's proxy forwarded to was inside the container; this server listens on \
                 127.0.0.1:5701 unless told otherwise",
            );
        }
        self.remark_on_rest(
            old,
            "Kestrel:",
            "how connections are served: see `passgate config check`",
        );
    }

    /// How people and proxies reach the server.
    fn address(&mut self, old: &mut OldSettings, self_hosted: bool) {
        let in_container = old.has("BWP_");
        if in_container {
            // The container's proxy puts the API there.
            self.set("path_prefix", "/api");
        }
        let (domain, port) = (old.take("BWP_DOMAIN"), old.take("BWP_PORT"));
        let tls = old.take_switch("BWP_ENABLE_SSL");
        if let Some(domain) = domain {
            if tls {
                let port = port.filter(|port| port != "443").map(|port| format!(":{port}"));
                self.set(
                    "public_url",
                    format!("https://{domain}{}/api", port.unwrap_or_default()),
                );
            } else {
                self.remark(
                    "BWP_DOMAIN",
                    format!("set public_url to the address under which people reach the server, such as https://{domain}/api"),
                );
            }
        }
        self.remark_on_rest(
            old,
            "BWP_SSL_",
            "TLS is left to a proxy in front of the server: give it these files",
        );
        self.remark_on_rest(
            old,
            "BWP_ENABLE_SSL",
            "TLS is left to a proxy in front of the server",
        );
        match old.take("BWP_REAL_IPS") {
            Some(proxies) => self.set("trusted_proxies", proxies),
            None if self_hosted => self.remark(
                "SelfHosted",
                "forwarded headers are believed from named proxies only: set trusted_proxies to the address of yours",
            ),
            None => {}
        }
        if let Some(hosts) = old.take("AllowedHosts").filter(|hosts| hosts != "*") {
            self.remark(
                "AllowedHosts",
                format!("let the proxy refuse other hosts than {hosts}"),
            );
        }
        let environments = ["ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"];
        for name in environments {
            if old
                .take(name)
                .is_some_and(|value| value.eq_ignore_ascii_case("development"))
            {
                self.remark(
                    name,
                    "development mode has to be asked for: `passgate --development` serves the application test with its \
                     well-known keys",
                );
            }
        }
    }

    fn mail(&mut self, old: &mut OldSettings) {
        let from_name = old.take("Mail:FromName");
        if let Some(from) = old.take("Mail:From") {
            self.set("mail_from", from);
        }
        let mut channel_names = BTreeSet::new();
        for number in old.below("Mail:Providers") {
            let at = format!("Mail:Providers:{number}");
            let get = |old: &mut OldSettings, name: &str| old.take(&format!("{at}:{name}"));
            let kind = get(old, "Name").unwrap_or_default().to_ascii_lowercase();
            let mut provider = match kind.as_str() {
                "smtp" => self.smtp(old, &format!("{at}:")),
                "aws" => self.ses(old, &at),
                "sendgrid" => sendgrid(old, &at),
                "file" => self.file(old, &at),
                _ => {
                    old.take_rest(&format!("{at}:"));
                    self.remark(at, "a mail provider of an unknown kind");
                    continue;
                }
            };
            for (channel, member) in [("Default", "from"), ("MagicLinks", "magic_links_from")] {
                if let Some(from) = get(old, &format!("Channels:{channel}:From")) {
                    provider.members.push((member, quoted(&from)));
                }
            }
            channel_names.extend(get(old, "Channels:Default:FromName"));
            if get(old, "Channels:MagicLinks:FromName").is_some() {
                self.remark(
                    format!("{at}:Channels:MagicLinks:FromName"),
                    "magic links come from \"Sign in to\" and the site's name",
                );
            }
            for channel in ["Default", "MagicLinks"] {
                if get(old, &format!("Channels:{channel}:ConfigurationSet")).is_some() {
                    self.remark(
                        format!("{at}:Channels:{channel}:ConfigurationSet"),
                        "make it the default configuration set of the sender's domain",
                    );
                }
            }
            provider.password_file = format!("mail-password-{}", self.providers.len() + 1);
            self.providers.push(provider);
        }
        // How containers were told before there were several providers.
        if old.has("BWP_SMTP_HOST") {
            if let Some(from) = old.take("BWP_SMTP_FROM").filter(|_| !self.has("mail_from")) {
                self.set("mail_from", from);
            }
            let mut provider = self.smtp(old, "BWP_SMTP_");
            provider.password_file = format!("mail-password-{}", self.providers.len() + 1);
            self.providers.push(provider);
        }
        let mut channel_names = channel_names.into_iter();
        match (from_name, channel_names.next(), channel_names.next()) {
            (None, Some(_), Some(_)) => self.remark(
                "Channels:Default:FromName",
                "the providers name different senders, and here all have the same: set mail_from_name",
            ),
            (Some(name), _, _) | (None, Some(name), None) => self.set("mail_from_name", name),
            (None, None, _) => {}
        }
    }

    /// An SMTP server whose settings have names that begin with `at`.
    fn smtp(&mut self, old: &mut OldSettings, at: &str) -> Provider {
        let get = |old: &mut OldSettings, name: &str| old.take(&format!("{at}{name}"));
        let (host, port) = (get(old, "Host"), get(old, "Port"));
        let (username, password) = (get(old, "Username"), get(old, "Password"));
        let mut switch = |name: &str| old.take_switch(&format!("{at}{name}"));
        let (ssl, start_tls) = (switch("Ssl"), switch("StartTls"));
        let (ssl_override, trust) = (switch("SslOverride"), switch("TrustServer"));
        let number = port.as_deref().unwrap_or("25");
        let tls = if number == "25" && !ssl && !start_tls {
            "none"
        } else if ssl && (number != "587" || ssl_override) {
            "implicit"
        } else {
            "starttls"
        };
        if trust {
            self.remark(
                format!("{at}TrustServer"),
                "certificates are always checked: name the server's own authority with ca_file",
            );
        }
        let mut provider = Provider {
            members: vec![
                ("kind", quoted("smtp")),
                ("host", quoted(&host.unwrap_or_default())),
                ("port", number.parse::<u16>().map_or_else(|_| quoted(number), |port| port.to_string())),
                ("tls", quoted(tls)),
            ],
            remark: (tls == "starttls").then(|| {
                "A server that does not offer STARTTLS is not used; it was used without encryption before.".to_owned()
            }),
            ..Provider::default()
        };
        match (username, password) {
            (Some(username), Some(password)) => {
                provider.members.push(("username", quoted(&username)));
                provider.password = Some(Secret::new(password));
            }
            (Some(_), None) | (None, Some(_)) => self.remark(
                format!("{at}Username"),
                "a user name without a password, or the reverse, was never used",
            ),
            (None, None) => {}
        }
        provider
    }

    /// Amazon SES over SMTP. Its password is made of the secret key, for one region.
    fn ses(&mut self, old: &mut OldSettings, at: &str) -> Provider {
        let get = |old: &mut OldSettings, name: &str| old.take(&format!("{at}:{name}"));
        let (access_key, secret_key) = (get(old, "AccessKey"), get(old, "SecretKey"));
        let region = get(old, "Region").map(|region| region.to_ascii_lowercase());
        let mut provider = Provider {
            remark: Some("Amazon SES, over SMTP: its user needs the permission ses:SendRawEmail.".to_owned()),
            members: vec![
                ("kind", quoted("smtp")),
                (
                    "host",
                    quoted(&format!(
                        "email-smtp.{}.amazonaws.com",
                        region.as_deref().unwrap_or("REGION")
                    )),
                ),
                ("port", "587".to_owned()),
                ("tls", quoted("starttls")),
            ],
            ..Provider::default()
        };
        if region.is_none() {
            self.remark(format!("{at}:Region"), "is missing: put it into the host name");
        }
        match (access_key, secret_key, region) {
            (Some(access_key), Some(secret_key), Some(region)) => {
                provider.members.push(("username", quoted(&access_key)));
                provider.password = Some(ses_password(&Secret::new(secret_key), &region));
            }
            _ => self.remark(
                format!("{at}:AccessKey"),
                "without access key, secret key and region there is no SMTP password: make SMTP credentials in the \
                 console of Amazon SES",
            ),
        }
        provider
    }

    fn file(&mut self, old: &mut OldSettings, at: &str) -> Provider {
        let path = old.take(&format!("{at}:Path"));
        let path = path.unwrap_or_else(|| "mail.md".to_owned());
        if !path.starts_with('/') {
            self.remark(
                format!("{at}:Path"),
                format!("{path} is looked for in the directory that this server is started in"),
            );
        }
        Provider {
            members: vec![("kind", quoted("file")), ("path", quoted(&path))],
            ..Provider::default()
        }
    }

    fn magic_links(&mut self, old: &mut OldSettings) {
        const TIMEOUT: &str = "MagicLinks:NewAccountTimeout";
        if let Some(text) = old.take(TIMEOUT) {
            match duration(&text) {
                Some(0) => self.set("magic_link_new_application_age", "0"),
                Some(seconds) => self.set("magic_link_new_application_age", format!("{seconds}s")),
                None => self.remark(TIMEOUT, "not a duration"),
            }
        }
        let mut apps = [Vec::new(), Vec::new(), Vec::new()];
        for app in old.below("ApplicationOverrides") {
            let mut on = |name: &str| old.take_switch(&format!("ApplicationOverrides:{app}:{name}"));
            let [unlimited, unrated, unquoted] = &mut apps;
            match (
                on("IsRateLimitBypassEnabled"),
                on("IsMagicLinkQuotaBypassEnabled"),
            ) {
                (true, true) => unlimited.push(app),
                (true, false) => unrated.push(app),
                (false, true) => unquoted.push(app),
                (false, false) => {}
            }
        }
        let names = [
            "magic_link_unlimited_apps",
            "magic_link_rate_exempt_apps",
            "magic_link_quota_exempt_apps",
        ];
        for (name, apps) in names.into_iter().zip(apps) {
            if !apps.is_empty() {
                self.set(name, apps.join(","));
            }
        }
    }

    fn metadata(&mut self, old: &mut OldSettings) {
        match old.take("fido2:mds:mode") {
            Some(mode) if mode.eq_ignore_ascii_case("online") => {
                self.set("metadata_url", "https://mds3.fidoalliance.org/");
            }
            Some(_) => self.remark(
                "fido2:mds:mode",
                "name the file of the FIDO Alliance's metadata with metadata_file",
            ),
            None => self.remark(
                "fido2:mds:mode",
                "nothing is downloaded unless asked for: metadata_url = \"https://mds3.fidoalliance.org/\" does what that \
                 server did by itself (needed for lists of authenticator models)",
            ),
        }
        self.remark_on_rest(old, "fido2:", "the relying party is named by each request");
    }

    fn logging(&mut self, old: &mut OldSettings) {
        let level = ["Serilog:MinimumLevel:Default", "Serilog:MinimumLevel"]
            .into_iter()
            .find_map(|name| old.take(name));
        let level = level.map(|level| match level.to_ascii_lowercase().as_str() {
            "verbose" => Some("trace"),
            "debug" => Some("debug"),
            "information" => Some("info,actix_server=warn"),
            "warning" => Some("warn"),
            "error" | "fatal" => Some("error"),
            _ => None,
        });
        match level {
            Some(Some(level)) => self.set("log_level", level),
            Some(None) => self.remark("Serilog:MinimumLevel", "not a level"),
            None => {}
        }
        self.remark_on_rest(
            old,
            "Serilog",
            "logs go to standard output, as JSON where that is no terminal: let the surroundings collect them",
        );
        self.remark_on_rest(old, "Logging", "see log_level");
        self.remark_on_rest(
            old,
            "DD_",
            "logs go to standard output: let Datadog's agent collect them from there",
        );
    }

    fn databases(&mut self, old: &mut OldSettings) {
        let provider = old.take("BWP_DB_PROVIDER");
        let sql_server = |provider: &String| {
            provider.eq_ignore_ascii_case("mssql") || provider.eq_ignore_ascii_case("sqlserver")
        };
        let sqlite = old
            .take("ConnectionStrings:sqlite:api")
            .and_then(|text| file_of(&text));
        let file = old.take("BWP_DB_FILE_API");
        let on_sql_server = provider.as_ref().is_some_and(sql_server)
            || (sqlite.is_none() && old.take("ConnectionStrings:mssql:api").is_some());
        if on_sql_server && sqlite.is_none() {
            self.remark_on_rest(old, "ConnectionStrings:mssql", SQL_SERVER);
            self.remark_on_rest(old, "BWP_DB_", SQL_SERVER);
            if !self.remarks.iter().any(|remark| remark.reason == SQL_SERVER) {
                self.remark("SQL Server", SQL_SERVER);
            }
            self.next
                .push("passgate import passwordless-api --public-key KEY --dry-run".to_owned());
        } else {
            let container = old
                .has("BWP_")
                .then(|| "/etc/bitwarden_passwordless/api.db".to_owned());
            if let Some(file) = sqlite.or(file).or(container) {
                self.next.push(format!(
                    "passgate import passwordless-sqlite '{}' --dry-run",
                    file.replace('\'', r"'\''")
                ));
            }
        }
        self.remark_on_rest(
            old,
            "ConnectionStrings:",
            "the databases of other parts of that server",
        );
        self.remark_on_rest(old, "BWP_DB_", "the database is this server's own");
    }

    /// Whatever nobody has looked at.
    fn rest(&mut self, old: &mut OldSettings) {
        self.remark_on_rest(old, "BWP_PORT", "the port of the container's proxy");
        self.remark_on_rest(
            old,
            "BWP_ENABLE_A",
            "this server is the API alone; the admin console of the other one can go on managing it",
        );
        self.remark_on_rest(old, "BWP_", "a matter of the other server's container");
        for name in ["PUID", "PGID"] {
            self.remark_on_rest(old, name, "start this server as the user it is to run as");
        }
        self.remark_on_rest(
            old,
            "Passwordless:",
            "the admin console's own application: it comes with the database",
        );
        self.remark_on_rest(old, "Mail:", "not a setting of mail here: see mail.md");
        let (salts, others): (Vec<_>, Vec<_>) = old
            .take_rest("")
            .into_iter()
            .partition(|name| name.to_ascii_lowercase().contains("salt"));
        if !salts.is_empty() {
            self.remark(
                salts.join(", "),
                "it sealed tokens of the other server, which live for minutes and are asked for again",
            );
        }
        if !others.is_empty() {
            self.remark(others.join(", "), "has no counterpart here");
        }
    }
}

const SQL_SERVER: &str = "databases of SQL Server are not read: import each application over the API";

/// SendGrid over SMTP: its user name is the same for everybody.
fn sendgrid(old: &mut OldSettings, at: &str) -> Provider {
    Provider {
        remark: Some("SendGrid, over SMTP.".to_owned()),
        members: vec![
            ("kind", quoted("smtp")),
            ("host", quoted("smtp.sendgrid.net")),
            ("port", "587".to_owned()),
            ("tls", quoted("starttls")),
            ("username", quoted("apikey")),
        ],
        password: old.take(&format!("{at}:ApiKey")).map(Secret::new),
        ..Provider::default()
    }
}

/// The SMTP password that belongs to a secret key of Amazon SES (version 4 of its scheme).
fn ses_password(secret_key: &Secret<String>, region: &str) -> Secret<String> {
    let mut signature = format!("AWS4{}", secret_key.expose()).into_bytes();
    for part in ["11111111", region, "ses", "aws4_request", "SendRawEmail"] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &signature);
        signature = hmac::sign(&key, part.as_bytes()).as_ref().to_vec();
    }
    signature.insert(0, 4);
    Secret::new(STANDARD.encode(signature))
}

/// `http://*:8080` and the like as an address and a port.
fn listen_address(url: &str) -> Option<String> {
    let rest = url.strip_prefix("http://")?.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse::<u16>().ok()?),
        _ => (rest, 80),
    };
    let host = match host {
        "*" | "+" => "0.0.0.0",
        "localhost" => "127.0.0.1",
        host => host,
    };
    let address = format!("{host}:{port}");
    address.parse::<std::net::SocketAddr>().ok().map(|_| address)
}

/// Seconds of `[d.]hh:mm:ss[.fffffff]`.
fn duration(text: &str) -> Option<u64> {
    let (days, time) = match text.split_once('.') {
        Some((days, time)) if time.contains(':') => (days.parse().ok()?, time),
        _ => (0, text),
    };
    let time = time.split('.').next()?;
    let parts: Vec<u64> = time
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let seconds = match parts[..] {
        [hours, minutes, seconds] if hours < 24 && minutes < 60 && seconds < 60 => {
            hours * 3600 + minutes * 60 + seconds
        }
        // A number alone is days.
        [days] if !text.contains('.') => return days.checked_mul(86_400),
        _ => return None,
    };
    86_400_u64.checked_mul(days)?.checked_add(seconds)
}

/// The file of a connection string such as `Data Source=/data/api.db;Cache=Shared`.
fn file_of(connection: &str) -> Option<String> {
    connection.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let name: String = name
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        ["datasource", "filename"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod tests;
