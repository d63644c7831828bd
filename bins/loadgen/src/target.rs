//! The server under load: one that runs already, or one started for the occasion.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{Connection, HttpError};

/// Why the server cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The URL is not `http://host:port`.
    #[error("{0} is not of the form http://host:port")]
    Url(String),
    /// The server could not be started.
    #[error("the server could not be started")]
    Start(#[from] io::Error),
    /// It was started and does not answer.
    #[error("the server does not answer; it printed:\n{0}")]
    Silent(String),
    /// The application could not be made.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer has no keys in it.
    #[error("the answer to the application's creation has no {0}")]
    NoKey(&'static str),
}

/// A server that answers.
pub struct Target {
    host: String,
    management_key: String,
    pid: Option<u32>,
    started: Option<Started>,
}

struct Started {
    process: Child,
    folder: PathBuf,
    within: Duration,
}

impl Drop for Started {
    fn drop(&mut self) {
        // Nothing is left to do about a failure here.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The application of this run.
pub struct App {
    /// `host:port`.
    pub host: String,
    /// For the browser's requests.
    pub public_key: String,
    /// For the backend's requests.
    pub secret_key: String,
}

impl Target {
    /// A server that runs already.
    pub fn running(url: &str, management_key: &str, pid: Option<u32>) -> Result<Self, TargetError> {
        let host = url
            .strip_prefix("http://")
            .map(|host| host.trim_end_matches('/'))
            .filter(|host| host.contains(':'));
        let host = host.ok_or_else(|| TargetError::Url(url.to_owned()))?;
        Ok(Self {
            host: host.to_owned(),
            management_key: management_key.to_owned(),
            pid,
            started: None,
        })
    }

    /// Starts `binary` with an empty data directory on a port that was free a moment ago, and on one core if that is asked
    /// for.
    pub fn start(binary: &Path, database_url: Option<&str>, pin: Option<usize>) -> Result<Self, TargetError> {
        let folder = std::env::temp_dir().join(format!("passgate-loadgen-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let management_key = "management-key-of-the-load-generator".to_owned();
        let log = folder.join("server.log");
        let output = fs::File::create(&log)?;
        let binary = fs::canonicalize(binary)?;
        let mut command = match pin {
            // It becomes the server: the process is the same.
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &core.to_string()]).arg(binary);
                command
            }
            None => Command::new(binary),
        };
        command
            .env("PASSGATE_LISTEN", &host)
            .env("PASSGATE_DATA_DIR", folder.join("data"))
            .env("PASSGATE_MANAGEMENT_KEY", &management_key)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        if let Some(url) = database_url {
            // base64 of 32 bytes: a server on PostgreSQL does not generate its own.
            command.env("PASSGATE_DATABASE_URL", url);
            command.env(
                "PASSGATE_MASTER_KEY",
                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            );
        }
        let begin = Instant::now();
        let process = command.spawn()?;
        let pid = process.id();
        let mut started = Started {
            process,
            folder,
            within: Duration::ZERO,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while Connection::open(&host).is_err() {
            if Instant::now() > deadline || started.process.try_wait()?.is_some() {
                return Err(TargetError::Silent(fs::read_to_string(&log)?));
            }
            thread::sleep(Duration::from_millis(1));
        }
        started.within = begin.elapsed();
        Ok(Self {
            host,
            management_key,
            pid: Some(pid),
            started: Some(started),
        })
    }

    /// The process to measure, if known.
    pub fn server_pid(&self) -> Option<u32> {
        self.started
            .as_ref()
            .map_or(self.pid, |started| Some(started.process.id()))
    }

    /// How long the server took until it accepted a connection, if it was started here.
    pub fn started_in(&self) -> Option<Duration> {
        self.started.as_ref().map(|started| started.within)
    }

    /// Creates an application of our own.
    pub fn create_app(&self) -> Result<App, TargetError> {
        self.create_app_called("load", "{}")
    }

    /// Creates an application of our own, with a name that begins so, and as the body of the request asks for.
    pub fn create_app_called(&self, name: &str, body: &str) -> Result<App, TargetError> {
        let name = format!("{name}{}", std::process::id());
        let path = format!("/admin/apps/{name}/create");
        let keys =
            Connection::open(&self.host)?.post(&path, ("ManagementKey", &self.management_key), body)?;
        let key = |member: &'static str| {
            keys[member]
                .as_str()
                .map(str::to_owned)
                .ok_or(TargetError::NoKey(member))
        };
        Ok(App {
            host: self.host.clone(),
            public_key: key("apiKey1")?,
            secret_key: key("apiSecret1")?,
        })
    }
}
