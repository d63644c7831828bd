//! The built binary, started on a free port and ended by its process id.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const MANAGEMENT_KEY: &str = "management-key-of-the-process-tests";

/// base64 of 32 bytes; PostgreSQL servers do not generate one.
pub const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A running server. Dropping it kills it.
pub struct Server {
    process: Child,
    url: String,
    log: PathBuf,
}

impl Server {
    /// Starts the server with its data in `home` and waits until it answers.
    pub fn start(home: &Path, database_url: &str) -> Self {
        Self::start_with(home, database_url, &[])
    }

    /// The same, with more in its environment.
    pub fn start_with(home: &Path, database_url: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_as(home, database_url, environment, || {
            Command::new(env!("CARGO_BIN_EXE_passgate"))
        })
    }

    /// Where no file can grow beyond so many KiB, as if the disk were full.
    #[cfg(unix)]
    pub fn start_with_a_small_disk(home: &Path, database_url: &str, kib: u32) -> Self {
        Self::start_as(home, database_url, &[], || {
            // Ignored, the signal becomes an error of the write.
            let script = format!(
                "trap '' XFSZ; ulimit -f {kib}; exec {}",
                env!("CARGO_BIN_EXE_passgate")
            );
            let mut command = Command::new("bash");
            command.args(["-c", &script]);
            command
        })
    }

    fn start_as(
        home: &Path,
        database_url: &str,
        environment: &[(&str, &str)],
        command: impl Fn() -> Command,
    ) -> Self {
        // Another process may take the port between looking and listening: then the server ends, and another try is due.
        for _ in 0..3 {
            let mut command = command();
            command.env_clear().envs(environment.iter().copied());
            let server = Self::spawn(home, database_url, command);
            match server.wait_until_it_answers() {
                Ok(server) => return server,
                Err(log) => eprintln!("the server did not start:\n{log}"),
            }
        }
        panic!("the server does not start");
    }

    fn spawn(home: &Path, database_url: &str, mut command: Command) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = home.join("server.log");
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let process = command
            .env("PASSGATE_LISTEN", address.to_string())
            .env("PASSGATE_DATA_DIR", home.join("data"))
            .env("PASSGATE_DATABASE_URL", database_url)
            .env("PASSGATE_MASTER_KEY", MASTER_KEY)
            .env("PASSGATE_MANAGEMENT_KEY", MANAGEMENT_KEY)
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self {
            process,
            url: format!("http://{address}"),
            log,
        }
    }

    fn wait_until_it_answers(mut self) -> Result<Self, String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline && self.process.try_wait().unwrap().is_none() {
            if matches!(agent().get(format!("{}/health/storage", self.url)).call(), Ok(answer) if answer.status() == 200)
            {
                return Ok(self);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(fs::read_to_string(&self.log).unwrap())
    }

    /// A document that anybody may read.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let mut answer = agent().get(format!("{}{path}", self.url)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its process id.
    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// `kill -9`, and waits for the end.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM, and waits for an orderly end.
    pub fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", "TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let status = self.process.wait().unwrap();
        assert!(
            status.success(),
            "{status} after SIGTERM:\n{}",
            fs::read_to_string(&self.log).unwrap()
        );
    }

    /// Creates an application through the management API.
    pub fn create_app(&self, name: &str) -> App {
        let path = format!("/admin/apps/{name}/create");
        let (status, body) = send(&self.url, &path, ("ManagementKey", MANAGEMENT_KEY), &json!({})).unwrap();
        assert_eq!(status, 200, "{body}");
        let key = |member: &str| body[member].as_str().unwrap().to_owned();
        App {
            url: self.url.clone(),
            public_key: key("apiKey1"),
            secret_key: key("apiSecret1"),
        }
    }

    /// An application that came into the database some other way.
    pub fn app(&self, public_key: &str, secret_key: &str) -> App {
        App {
            url: self.url.clone(),
            public_key: public_key.to_owned(),
            secret_key: secret_key.to_owned(),
        }
    }

    /// What an operator is answered.
    pub fn operator(&self, path: &str) -> Value {
        let mut answer = agent()
            .get(format!("{}{path}", self.url))
            .header("ManagementKey", MANAGEMENT_KEY)
            .call()
            .unwrap();
        assert_eq!(answer.status(), 200);
        answer.body_mut().read_json().unwrap()
    }

    /// The same application on a server that was started anew, on another port.
    pub fn reopen(&self, app: &App) -> App {
        App {
            url: self.url.clone(),
            ..app.clone()
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An application's keys, and the server they open.
#[derive(Clone)]
pub struct App {
    url: String,
    public_key: String,
    secret_key: String,
}

/// No answer: the connection failed or broke off.
#[derive(Debug)]
pub struct NoAnswer;

impl App {
    /// Its secret key.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// A request as a page makes it.
    pub fn browser(&self, path: &str, body: &Value) -> Result<(u16, Value), NoAnswer> {
        send(&self.url, path, ("ApiKey", &self.public_key), body)
    }

    /// A request as the customer's backend makes it.
    pub fn backend(&self, path: &str, body: &Value) -> Result<(u16, Value), NoAnswer> {
        send(&self.url, path, ("ApiSecret", &self.secret_key), body)
    }

    /// A list the customer's backend reads: the `values` of the answer.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let mut answer = agent()
            .get(format!("{}{path}", self.url))
            .header("ApiSecret", &self.secret_key)
            .call()
            .unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.body_mut().read_json().unwrap();
        body["values"].as_array().unwrap().clone()
    }
}

fn send(url: &str, path: &str, key: (&str, &str), body: &Value) -> Result<(u16, Value), NoAnswer> {
    let answer = agent()
        .post(format!("{url}{path}"))
        .header(key.0, key.1)
        .send_json(body);
    let mut answer = answer.map_err(|_| NoAnswer)?;
    let text = answer.body_mut().read_to_string().map_err(|_| NoAnswer)?;
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).map_err(|_| NoAnswer)?
    };
    Ok((answer.status().as_u16(), body))
}

fn agent() -> ureq::Agent {
    thread_local! {
        static AGENT: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
    }
    AGENT.with(Clone::clone)
}
