//! Registration of the users, and the closed loop of sign-ins that is measured.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{Connection, HttpError};
use crate::passkey::{ORIGIN, Passkey, RP_ID, SignatureFailed};
use crate::processor;
use crate::target::App;

/// Why a ceremony did not complete.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The server refused or broke off.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer lacks a member.
    #[error("the answer has no {0}")]
    Missing(&'static str),
    /// The verified user is not the one that signed in.
    #[error("{expected} signed in, but {verified} was verified")]
    WrongUser {
        /// Who signed in.
        expected: String,
        /// Who the server says it was.
        verified: String,
    },
    /// A key could not be made or used.
    #[error(transparent)]
    Signature(#[from] SignatureFailed),
}

/// How long each request of one ceremony took: begin, complete, verify.
pub type Ceremony = [Duration; 3];

/// What was measured.
pub struct Measured {
    /// All ceremonies that completed within the counted time.
    pub ceremonies: Vec<Ceremony>,
    /// What went wrong, in words.
    pub errors: Vec<String>,
    /// How long was counted.
    pub elapsed: Duration,
    /// Connections.
    pub connections: usize,
    /// Processor time of the server.
    pub server_time: Option<Duration>,
    /// Processor time of this program.
    pub client_time: Option<Duration>,
    /// Processor time of the whole machine.
    pub machine_time: Option<Duration>,
    /// The server's resident memory in KiB at the end.
    pub server_memory: Option<u64>,
}

/// Registers `count` users with one passkey each, through the same API as any client.
pub fn register(app: &App, count: usize) -> Result<VecDeque<Passkey>, LoadError> {
    let mut connection = Connection::open(&app.host)?;
    (0..count)
        .map(|number| {
            let user = format!("user-{number}");
            let passkey = Passkey::generate(user.clone())?;
            let body = format!(r#"{{"userId":"{user}","username":"{user}"}}"#);
            let token = connection.post("/register/token", ("ApiSecret", &app.secret_key), &body)?;
            let body = format!(
                r#"{{"token":"{}","RPID":"{RP_ID}","Origin":"{ORIGIN}"}}"#,
                text(&token, "token")?
            );
            let begun = connection.post("/register/begin", ("ApiKey", &app.public_key), &body)?;
            let body = format!(
                r#"{{"session":"{}","response":{},"RPID":"{RP_ID}","Origin":"{ORIGIN}"}}"#,
                text(&begun, "session")?,
                passkey.attest(text(&begun["data"], "challenge")?),
            );
            connection.post("/register/complete", ("ApiKey", &app.public_key), &body)?;
            Ok(passkey)
        })
        .collect()
}

/// Signs in over and over on every connection; what completes after the warm-up and before the end counts.
pub fn sign_in(
    app: &App,
    passkeys: VecDeque<Passkey>,
    connections: usize,
    warm_up: Duration,
    counted: Duration,
    server: Option<u32>,
) -> Result<Measured, LoadError> {
    let connected = (0..connections)
        .map(|_| Connection::open(&app.host))
        .collect::<Result<Vec<_>, _>>()?;
    let passkeys = Mutex::new(passkeys);
    let start = Instant::now() + warm_up;
    let end = start + counted;
    let (usage_before, usage_after, done) = thread::scope(|scope| {
        let workers: Vec<_> = connected
            .into_iter()
            .map(|connection| scope.spawn(|| worker(app, connection, &passkeys, start, end)))
            .collect();
        thread::sleep(start.saturating_duration_since(Instant::now()));
        let before = Usage::now(server);
        thread::sleep(end.saturating_duration_since(Instant::now()));
        let after = Usage::now(server);
        let done: Vec<_> = workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| (Vec::new(), vec!["a connection's thread panicked".to_owned()]))
            })
            .collect();
        (before, after, done)
    });
    let (ceremonies, errors): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let spent =
        |time: fn(&Usage) -> Option<Duration>| Some(time(&usage_after)?.saturating_sub(time(&usage_before)?));
    Ok(Measured {
        ceremonies: ceremonies.concat(),
        errors: errors.concat(),
        elapsed: counted,
        connections,
        server_time: spent(|usage| usage.server),
        client_time: spent(|usage| usage.client),
        machine_time: spent(|usage| usage.machine),
        server_memory: server.and_then(processor::memory_of),
    })
}

struct Usage {
    server: Option<Duration>,
    client: Option<Duration>,
    machine: Option<Duration>,
}

impl Usage {
    fn now(server: Option<u32>) -> Self {
        Self {
            server: server.and_then(processor::time_of),
            client: processor::time_of(std::process::id()),
            machine: processor::machine(),
        }
    }
}

fn worker(
    app: &App,
    mut connection: Connection,
    passkeys: &Mutex<VecDeque<Passkey>>,
    start: Instant,
    end: Instant,
) -> (Vec<Ceremony>, Vec<String>) {
    let mut ceremonies = Vec::new();
    let mut errors = Vec::new();
    let queue = || passkeys.lock().unwrap_or_else(PoisonError::into_inner);
    while Instant::now() < end {
        // Taken out while in use: one passkey never signs in twice at the same time.
        let Some(passkey) = queue().pop_front() else { break };
        let outcome = ceremony(app, &mut connection, &passkey);
        queue().push_back(passkey);
        let now = Instant::now();
        match outcome {
            Ok(times) if now >= start && now <= end => ceremonies.push(times),
            Ok(_) => {}
            Err(error) => {
                errors.push(error.to_string());
                // A connection that broke off is not coming back, and a refusal would only repeat itself.
                if errors.len() >= 10
                    || matches!(error, LoadError::Http(HttpError::Io(_) | HttpError::Malformed(_)))
                {
                    break;
                }
            }
        }
    }
    (ceremonies, errors)
}

fn ceremony(app: &App, connection: &mut Connection, passkey: &Passkey) -> Result<Ceremony, LoadError> {
    let mut timed = |path: &str, key: (&str, &str), body: &str| -> Result<(Value, Duration), HttpError> {
        let start = Instant::now();
        let answer = connection.post(path, key, body)?;
        Ok((answer, start.elapsed()))
    };
    let body = format!(
        r#"{{"userId":"{}","RPID":"{RP_ID}","Origin":"{ORIGIN}"}}"#,
        passkey.user_id
    );
    let (begun, begin) = timed("/signin/begin", ("ApiKey", &app.public_key), &body)?;
    let response = passkey.sign(text(&begun["data"], "challenge")?)?;
    let session = text(&begun, "session")?;
    let body =
        format!(r#"{{"session":"{session}","response":{response},"RPID":"{RP_ID}","Origin":"{ORIGIN}"}}"#);
    let (completed, complete) = timed("/signin/complete", ("ApiKey", &app.public_key), &body)?;
    let body = format!(r#"{{"token":"{}"}}"#, text(&completed, "token")?);
    let (verified, verify) = timed("/signin/verify", ("ApiSecret", &app.secret_key), &body)?;
    let verified = text(&verified, "userId")?;
    if verified != passkey.user_id {
        return Err(LoadError::WrongUser {
            expected: passkey.user_id.clone(),
            verified: verified.to_owned(),
        });
    }
    Ok([begin, complete, verify])
}

fn text<'a>(value: &'a Value, member: &'static str) -> Result<&'a str, LoadError> {
    value[member].as_str().ok_or(LoadError::Missing(member))
}
