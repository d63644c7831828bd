//! What the server says when it is up: where it listens, where its data is, and what to do next.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use passgate::development;

/// What the banner tells.
#[derive(Clone, Copy, Debug)]
pub struct Banner<'a> {
    /// Where the server listens; with port 0 asked for, the port that it got.
    pub listen: SocketAddr,
    /// Path under which the API is also served; empty for none.
    pub path_prefix: &'a str,
    /// The database, without secrets.
    pub database: &'a str,
    /// Files that were made just now.
    pub created: &'a [PathBuf],
    /// Whether the playground is served.
    pub playground: bool,
    /// Whether everybody knows its keys.
    pub development: bool,
}

/// Several lines for people.
impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = url(self.listen);
        writeln!(f, "\n  Passgate {}\n", env!("CARGO_PKG_VERSION"))?;
        let mut row = |name: &str, value: &str| writeln!(f, "  {name:<12}{value}");
        row("Listening", &format!("{url}{}", self.path_prefix))?;
        if self.playground {
            row(
                "Playground",
                &format!("{url}/  (register a passkey and sign in with it)"),
            )?;
        }
        row("Database", self.database)?;
        for file in self.created {
            row("New key", &created(file))?;
        }
        if self.development {
            row("Public key", development::PUBLIC_KEY)?;
            row("Secret key", development::SECRET_KEY)?;
            row("Management", development::MANAGEMENT_KEY)?;
            writeln!(
                f,
                "\n  DEVELOPMENT MODE: everybody knows these keys. Whoever reaches this server, and every\n  \
                 page that is open in a browser on this machine, can use and manage it."
            )?;
        }
        writeln!(
            f,
            "\n  Stop with Ctrl+C. Next: passgate app create NAME, or passgate --help."
        )
    }
}

impl Banner<'_> {
    /// The same for programs.
    pub fn log(&self) {
        for file in self.created {
            tracing::info!(file = %file.display(), "made at this first start; keep it safe");
        }
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            address = %self.listen,
            database = self.database,
            playground = self.playground,
            development = self.development,
            "listening"
        );
    }
}

/// Loopback has a name that browsers accept for passkeys; its addresses are none.
fn url(listen: SocketAddr) -> String {
    if listen.ip().is_loopback() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

fn created(file: &Path) -> String {
    let remark = match file.file_name().and_then(|name| name.to_str()) {
        Some("master.key") => "  (keep a copy somewhere safe: without it the database is lost)",
        Some("management.key") => "  (for the management API)",
        Some(_) | None => "",
    };
    format!("{}{remark}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_start_says_what_it_made() {
        let created = [
            PathBuf::from("./passgate-data/master.key"),
            PathBuf::from("./passgate-data/management.key"),
        ];
        let about = Banner {
            listen: "127.0.0.1:5701".parse().unwrap(),
            path_prefix: "",
            database: "sqlite:./passgate-data/passgate.db",
            created: &created,
            playground: true,
            development: false,
        };
        let expected = format!(
            "
  Passgate {}

  Listening   http://localhost:5701
  Playground  http://localhost:5701/  (register a passkey and sign in with it)
  Database    sqlite:./passgate-data/passgate.db
  New key     ./passgate-data/master.key  (keep a copy somewhere safe: without it the database is lost)
  New key     ./passgate-data/management.key  (for the management API)

  Stop with Ctrl+C. Next: passgate app create NAME, or passgate --help.
",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(about.to_string(), expected);
    }

    #[test]
    fn a_production_start_has_no_playground_and_a_true_address() {
        let about = Banner {
            listen: "0.0.0.0:8080".parse().unwrap(),
            path_prefix: "/api",
            database: "postgres://db.example/passgate",
            created: &[],
            playground: false,
            development: false,
        };
        let text = about.to_string();
        assert!(text.contains("http://0.0.0.0:8080/api"));
        assert!(!text.contains("Playground"));
        assert!(!text.contains("New key"));
    }
}
