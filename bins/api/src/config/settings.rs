//! The list of settings: what `docs/configuration.md` explains and `passgate config check` prints.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the configuration file.
    pub name: &'static str,
    /// What holds when nothing is said; empty if it has no default.
    pub default: &'static str,
    /// Whether it must not be printed. Secrets have a twin whose name ends in `_file` and names a file to read.
    pub secret: bool,
    /// What it means, in one sentence.
    pub about: &'static str,
}

impl Setting {
    /// The environment variable of this setting.
    pub fn variable(&self) -> String {
        format!("PASSGATE_{}", self.name.to_ascii_uppercase())
    }
}

/// Every setting, in the order they are printed.
pub const SETTINGS: &[Setting] = &[
    plain("listen", "127.0.0.1:5701", "Address and port to listen on."),
    plain(
        "management_listen",
        "",
        "Second address and port, such as 127.0.0.1:5702; with it, the management endpoints answer there only.",
    ),
    plain(
        "path_prefix",
        "",
        "Path under which the API is also served, such as /api; without it, the path of public_url.",
    ),
    plain(
        "workers",
        "auto",
        "Threads that serve connections; auto is one per processor.",
    ),
    plain(
        "operation_threads",
        "32",
        "Threads that run operations, for all workers together.",
    ),
    plain(
        "max_connections",
        "10000",
        "Most connections at once; further ones wait until one ends.",
    ),
    plain("body_limit", "1048576", "Largest request body, in bytes."),
    plain(
        "body_timeout",
        "10s",
        "How long a request body may take to arrive.",
    ),
    plain(
        "shutdown_timeout",
        "30s",
        "How long open requests may take to end when the server stops.",
    ),
    plain(
        "data_dir",
        "./passgate-data",
        "Directory of the SQLite database and of generated keys.",
    ),
    Setting {
        name: "database_url",
        default: "",
        secret: true,
        about: "sqlite:PATH or postgres://…; without it, passgate.db in the data directory.",
    },
    plain("database_pool_size", "8", "Most connections to the database."),
    plain(
        "database_durability",
        "full",
        "full: an acknowledged write survives a power cut; normal: the last moments may be lost (SQLite).",
    ),
    Setting {
        name: "master_key",
        default: "",
        secret: true,
        about: "Base64 of 32 random bytes; generated into the data directory with SQLite, required with PostgreSQL.",
    },
    Setting {
        name: "management_key",
        default: "",
        secret: true,
        about: "Key of the management endpoints, 16 characters or more; generated into the data directory when absent.",
    },
    plain(
        "trusted_proxies",
        "",
        "Addresses or networks of proxies whose forwarded headers are believed.",
    ),
    plain(
        "country_header",
        "",
        "Header in which a trusted proxy names the country, such as CF-IPCountry.",
    ),
    plain(
        "playground",
        "auto",
        "auto: on loopback without a proxy, to this machine only; true: to everybody; false.",
    ),
    plain(
        "jobs",
        "true",
        "Whether this node runs jobs: purges, reports, key rotation, due deletions, metadata.",
    ),
    plain(
        "public_url",
        "",
        "Address under which people reach this server, such as https://id.example.com; links in mails begin with it.",
    ),
    plain("mail_from", "", "Address that mail comes from."),
    plain("mail_from_name", "", "Name that mail comes from."),
    plain(
        "mail_magic_links_from",
        "",
        "Address that magic links come from, if it is another one.",
    ),
    Setting {
        name: "mail_smtp_url",
        default: "",
        secret: true,
        about: "Mail server: smtps://USER:PASSWORD@HOST:PORT, smtp+starttls://… or smtp://… (plain text).",
    },
    Setting {
        name: "mail_providers",
        default: "",
        secret: true,
        about: "Mail servers and files with all their options, tried in order: see mail.md.",
    },
    plain(
        "magic_link_new_application_age",
        "1d",
        "Age below which an application may mail magic links to its administrators only; 0 for none.",
    ),
    plain(
        "magic_link_rate",
        "10",
        "Magic links that an application may ask for per window, on each node; 0 for any number.",
    ),
    plain("magic_link_window", "5m", "The window of magic_link_rate."),
    plain(
        "magic_link_unlimited_apps",
        "",
        "Applications without rate, quota and new-application rule for magic links.",
    ),
    plain(
        "magic_link_rate_exempt_apps",
        "",
        "Applications without rate for magic links.",
    ),
    plain(
        "magic_link_quota_exempt_apps",
        "",
        "Applications without quota and new-application rule for magic links.",
    ),
    plain(
        "well_known_app",
        "",
        "Application whose documents are served at /.well-known/, besides /apps/NAME/.well-known/.",
    ),
    plain(
        "metadata_file",
        "",
        "File with the FIDO metadata BLOB; without it and metadata_url, no authenticator model is known.",
    ),
    plain(
        "metadata_url",
        "",
        "Address to download the FIDO metadata BLOB from when one is due, such as https://mds3.fidoalliance.org/; without it, nothing is called.",
    ),
    plain(
        "metadata_anchors",
        "",
        "Files with certificates (PEM or DER) that the metadata's signer may lead to; without any, those of the FIDO Alliance's service.",
    ),
    plain(
        "metadata_signer",
        "mds.fidoalliance.org",
        "Host name in the certificate that signs the metadata.",
    ),
    plain(
        "development",
        "false",
        "true: for development, with the application test, whose keys everybody knows, and the management key shared_dev_key.",
    ),
    plain(
        "development_exposed",
        "false",
        "true: development mode may listen where other machines reach it.",
    ),
    plain(
        "log_format",
        "auto",
        "auto: text on a terminal, JSON elsewhere; text; json.",
    ),
    plain(
        "log_level",
        "info,actix_server=warn,actix_http::h1::dispatcher=off",
        "What is logged: a level, or directives such as info,passgate=debug.",
    ),
];

const fn plain(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting {
        name,
        default,
        secret: false,
        about,
    }
}
