//! The parameters behind the `?` of a connection URI.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use zeroize::Zeroizing;

use super::{
    ChannelBinding, ClientCertificate, Encryption, InvalidAddress, Keepalive, Password, Roots, SslMode,
    Target,
    decode::{decode, port},
};

/// What the parameters say, and the defaults of what they do not.
pub(super) struct Parameters {
    pub(super) hosts: Option<Vec<String>>,
    pub(super) addresses: Option<Vec<IpAddr>>,
    pub(super) ports: Option<Vec<u16>>,
    pub(super) database: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Password>,
    pub(super) application_name: Option<String>,
    pub(super) settings: Vec<(String, String)>,
    pub(super) connect_timeout: Duration,
    pub(super) tcp_user_timeout: Duration,
    pub(super) channel_binding: ChannelBinding,
    pub(super) target: Target,
    pub(super) in_random_order: bool,
    keepalives: bool,
    keepalive: Keepalive,
    mode: Option<SslMode>,
    is_direct: bool,
    roots: Option<Roots>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    sends_server_name: bool,
    only_tls13: bool,
}

/// Five seconds to connect, and about fifteen until data that nobody acknowledges, or an idle connection that nobody
/// answers on, is given up: a connection must not wait for ever when the other side falls silent.
impl Default for Parameters {
    fn default() -> Self {
        Self {
            hosts: None,
            addresses: None,
            ports: None,
            database: None,
            user: None,
            password: None,
            application_name: None,
            settings: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            tcp_user_timeout: Duration::from_secs(15),
            channel_binding: ChannelBinding::Prefer,
            target: Target::ReadWrite,
            in_random_order: false,
            keepalives: true,
            keepalive: Keepalive {
                idle: Duration::from_secs(10),
                interval: Duration::from_secs(2),
                count: 3,
            },
            mode: None,
            is_direct: false,
            roots: None,
            certificate: None,
            key: None,
            sends_server_name: true,
            only_tls13: false,
        }
    }
}

/// Parameters of other clients that would change what the address means.
const UNSUPPORTED: [(&str, &str); 14] = [
    ("passfile", "write the password into the address"),
    ("service", "write everything into the address"),
    ("servicefile", "write everything into the address"),
    (
        "sslpassword",
        "keep the key of the client's certificate unencrypted, readable by the service only",
    ),
    ("sslcrl", "revocation lists are not read"),
    ("sslcrldir", "revocation lists are not read"),
    (
        "sslcertmode",
        "a certificate is shown when the server asks for one",
    ),
    ("requirepeer", "the owner of a Unix socket is not checked"),
    (
        "require_auth",
        "use channel_binding=require to insist on a password log-in",
    ),
    ("requiressl", "write sslmode=require"),
    ("replication", "it is for replication"),
    ("krbsrvname", "Kerberos is not supported"),
    ("gsslib", "Kerberos is not supported"),
    ("scram_client_key", "write the password"),
];

impl Parameters {
    pub(super) fn read(&mut self, query: &str) -> Result<(), InvalidAddress> {
        let pairs = query.split('&').enumerate();
        for (place, pair) in pairs.filter(|(_, pair)| !pair.is_empty()) {
            let unknown = InvalidAddress::UnknownParameter { place: place + 1 };
            let (name, value) = pair.split_once('=').ok_or(unknown)?;
            self.set(name, &decode(value)?, unknown)?;
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str, unknown: InvalidAddress) -> Result<(), InvalidAddress> {
        match name {
            "host" => self.hosts = Some(value.split(',').map(str::to_owned).collect()),
            "hostaddr" => self.addresses = Some(addresses(value)?),
            "port" => self.ports = Some(value.split(',').map(port).collect::<Result<_, _>>()?),
            "dbname" => self.database = Some(value.to_owned()),
            "user" => self.user = Some(value.to_owned()),
            "password" => self.password = Some(Password(Zeroizing::new(value.to_owned()))),
            "application_name" => self.application_name = Some(value.to_owned()),
            "fallback_application_name" => {
                self.application_name.get_or_insert_with(|| value.to_owned());
            }
            "options" => self.settings = settings(value)?,
            "connect_timeout" => {
                // Zero is libpq's "for ever", which is nobody's wish here.
                let seconds = number("connect_timeout", value)?;
                self.connect_timeout = Duration::from_secs(seconds.clamp(1, 3600));
            }
            "tcp_user_timeout" => {
                self.tcp_user_timeout = Duration::from_millis(number("tcp_user_timeout", value)?);
            }
            "keepalives" => self.keepalives = flag("keepalives", value)?,
            "keepalives_idle" => self.keepalive.idle = seconds("keepalives_idle", value)?,
            "keepalives_interval" => self.keepalive.interval = seconds("keepalives_interval", value)?,
            "keepalives_count" => {
                let count = number("keepalives_count", value)?;
                self.keepalive.count = u32::try_from(count.clamp(1, 1000)).unwrap_or(1000);
            }
            "target_session_attrs" => self.target = target(value)?,
            "load_balance_hosts" => {
                self.in_random_order = one_of(
                    "load_balance_hosts",
                    value,
                    "disable or random",
                    &[("disable", false), ("random", true)],
                )?;
            }
            "client_encoding" => {
                let is_utf8 = ["utf8", "utf-8", "auto"].contains(&value.to_ascii_lowercase().as_str());
                expect("client_encoding", is_utf8, "UTF8")?;
            }
            "gssencmode" => expect(
                "gssencmode",
                ["disable", "prefer"].contains(&value),
                "disable (Kerberos is not supported)",
            )?,
            _ => return self.set_encryption(name, value, unknown),
        }
        Ok(())
    }

    fn set_encryption(
        &mut self,
        name: &str,
        value: &str,
        unknown: InvalidAddress,
    ) -> Result<(), InvalidAddress> {
        match name {
            "sslmode" => self.mode = Some(ssl_mode(value)?),
            // What Java's driver writes.
            "ssl" => self.mode = one_of("ssl", value, "true", &[("true", Some(SslMode::Require))])?,
            "sslnegotiation" => {
                self.is_direct = one_of(
                    "sslnegotiation",
                    value,
                    "postgres or direct",
                    &[("postgres", false), ("direct", true)],
                )?;
            }
            "sslrootcert" => {
                self.roots = Some(match value {
                    "system" => Roots::System,
                    path => Roots::File(PathBuf::from(path)),
                });
            }
            "sslcert" => self.certificate = Some(PathBuf::from(value)),
            "sslkey" => self.key = Some(PathBuf::from(value)),
            "sslsni" => self.sends_server_name = flag("sslsni", value)?,
            "sslcompression" => expect("sslcompression", value == "0", "0")?,
            "ssl_min_protocol_version" => {
                self.only_tls13 = one_of(
                    "ssl_min_protocol_version",
                    value,
                    "TLSv1.2 or TLSv1.3",
                    &[
                        ("", false),
                        ("TLSv1", false),
                        ("TLSv1.1", false),
                        ("TLSv1.2", false),
                        ("TLSv1.3", true),
                    ],
                )?;
            }
            "ssl_max_protocol_version" => {
                expect(
                    "ssl_max_protocol_version",
                    ["", "TLSv1.3"].contains(&value),
                    "TLSv1.3",
                )?;
            }
            "channel_binding" => {
                self.channel_binding = one_of(
                    "channel_binding",
                    value,
                    "disable, prefer or require",
                    &[
                        ("disable", ChannelBinding::Disable),
                        ("prefer", ChannelBinding::Prefer),
                        ("require", ChannelBinding::Require),
                    ],
                )?;
            }
            name => {
                let unsupported = UNSUPPORTED.iter().find(|(known, _)| *known == name);
                return Err(unsupported.map_or(unknown, |&(name, instead)| {
                    InvalidAddress::UnsupportedParameter { name, instead }
                }));
            }
        }
        Ok(())
    }

    pub(super) fn encryption(&mut self) -> Result<Encryption, InvalidAddress> {
        // As in libpq: the public authorities vouch for names only, so nothing less than the name will do.
        let default = match self.roots {
            Some(Roots::System) => SslMode::VerifyFull,
            Some(Roots::File(_)) | None => SslMode::Prefer,
        };
        let mode = self.mode.unwrap_or(default);
        if self.roots == Some(Roots::System) && mode != SslMode::VerifyFull {
            return Err(InvalidAddress::WeakSystemRoots);
        }
        if self.is_direct && mode < SslMode::Require {
            return Err(InvalidAddress::WeakDirect);
        }
        let client = match (self.certificate.take(), self.key.take()) {
            (None, None) => None,
            (Some(chain), Some(key)) => Some(ClientCertificate { chain, key }),
            (Some(_), None) | (None, Some(_)) => return Err(InvalidAddress::HalfClientCertificate),
        };
        Ok(Encryption {
            mode,
            is_direct: self.is_direct,
            roots: self.roots.take(),
            client,
            sends_server_name: self.sends_server_name,
            only_tls13: self.only_tls13,
        })
    }

    pub(super) fn keepalive(&self) -> Option<Keepalive> {
        self.keepalives.then_some(self.keepalive)
    }
}

fn expect(name: &'static str, is_so: bool, expected: &'static str) -> Result<(), InvalidAddress> {
    if is_so {
        Ok(())
    } else {
        Err(InvalidAddress::Value { name, expected })
    }
}

fn one_of<T: Clone>(
    name: &'static str,
    value: &str,
    expected: &'static str,
    choices: &[(&str, T)],
) -> Result<T, InvalidAddress> {
    choices
        .iter()
        .find(|(text, _)| *text == value)
        .map(|(_, choice)| choice.clone())
        .ok_or(InvalidAddress::Value { name, expected })
}

fn number(name: &'static str, value: &str) -> Result<u64, InvalidAddress> {
    let expected = "a whole number";
    value
        .parse()
        .map_err(|_| InvalidAddress::Value { name, expected })
}

fn seconds(name: &'static str, value: &str) -> Result<Duration, InvalidAddress> {
    // The system takes no more than 32767.
    Ok(Duration::from_secs(number(name, value)?.clamp(1, 32_767)))
}

fn flag(name: &'static str, value: &str) -> Result<bool, InvalidAddress> {
    one_of(name, value, "0 or 1", &[("0", false), ("1", true)])
}

fn addresses(value: &str) -> Result<Vec<IpAddr>, InvalidAddress> {
    let (name, expected) = ("hostaddr", "an IP address, or several with commas between them");
    value
        .split(',')
        .map(|text| text.parse().map_err(|_| InvalidAddress::Value { name, expected }))
        .collect()
}

fn target(value: &str) -> Result<Target, InvalidAddress> {
    one_of(
        "target_session_attrs",
        value,
        "read-write, primary or any: every server writes",
        &[
            ("any", Target::Any),
            ("read-write", Target::ReadWrite),
            ("primary", Target::ReadWrite),
        ],
    )
}

fn ssl_mode(value: &str) -> Result<SslMode, InvalidAddress> {
    one_of(
        "sslmode",
        value,
        "disable, allow, prefer, require, verify-ca or verify-full",
        &[
            ("disable", SslMode::Disable),
            ("allow", SslMode::Allow),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::VerifyCa),
            ("verify-full", SslMode::VerifyFull),
            // The spelling of other drivers.
            ("verify_ca", SslMode::VerifyCa),
            ("verify_full", SslMode::VerifyFull),
        ],
    )
}

/// Reads `-c name=value`, `-cname=value` and `--name=value`, as often as they come. A backslash takes the next
/// character as it is.
fn settings(text: &str) -> Result<Vec<(String, String)>, InvalidAddress> {
    let invalid = InvalidAddress::Value {
        name: "options",
        expected: "of the form -c name=value, as often as needed",
    };
    let mut words = words(text).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let pair = match word.strip_prefix("-c") {
            Some("") => words.next().ok_or(invalid)?,
            Some(pair) => pair.to_owned(),
            None => word.strip_prefix("--").ok_or(invalid)?.to_owned(),
        };
        let (name, value) = pair.split_once('=').ok_or(invalid)?;
        let name = name.replace('-', "_");
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(invalid);
        }
        settings.push((name, value.to_owned()));
    }
    Ok(settings)
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(characters.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}
