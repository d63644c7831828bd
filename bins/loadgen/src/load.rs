//! Registration of the users, and the closed loop of sign-ins that is measured.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
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

/// How long one ceremony took.
#[derive(Clone, Copy)]
pub struct Ceremony {
    /// Its requests: begin, complete, verify.
    pub requests: [Duration; 3],
    /// All of it, counted from the moment it was due.
    pub whole: Duration,
}

/// What is asked of the server.
pub struct Plan {
    /// Connections, each doing one ceremony after another.
    pub connections: usize,
    /// Not counted.
    pub warm_up: Duration,
    /// Time over which ceremonies count, behind the warm-up.
    pub counted: Duration,
    /// Ceremonies due per second, whether the server keeps up or not; `None` for as many as it can do.
    pub rate: Option<f64>,
}

/// What was measured.
pub struct Measured {
    /// All ceremonies that completed within the counted time.
    pub ceremonies: Vec<Ceremony>,
    /// What went wrong, in words.
    pub errors: Vec<String>,
    /// How long was counted.
    pub elapsed: Duration,
    /// Ceremonies under way at once, each on a connection of its own.
    pub connections: usize,
    /// Ceremonies that were due per second, if that was fixed.
    pub rate: Option<f64>,
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

/// Signs in over and over on every connection; the warm-up does not count.
pub fn sign_in(
    app: &App,
    passkeys: VecDeque<Passkey>,
    plan: &Plan,
    server: Option<u32>,
) -> Result<Measured, LoadError> {
    let connected = (0..plan.connections)
        .map(|_| Connection::open(&app.host))
        .collect::<Result<Vec<_>, _>>()?;
    let passkeys = Mutex::new(passkeys);
    let schedule = Schedule::new(plan);
    let (start, end) = (schedule.start, schedule.end);
    let (usage_before, usage_after, done) = thread::scope(|scope| {
        let workers: Vec<_> = connected
            .into_iter()
            .map(|connection| scope.spawn(|| worker(app, connection, &passkeys, &schedule)))
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
        elapsed: plan.counted,
        connections: plan.connections,
        rate: plan.rate,
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

/// When ceremonies are due: back to back, or at fixed moments that do not wait for the server.
struct Schedule {
    begin: Instant,
    start: Instant,
    end: Instant,
    interval: Option<Duration>,
    handed_out: AtomicU32,
}

impl Schedule {
    fn new(plan: &Plan) -> Self {
        let begin = Instant::now();
        let start = begin + plan.warm_up;
        Self {
            begin,
            start,
            end: start + plan.counted,
            interval: plan.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
            handed_out: AtomicU32::new(0),
        }
    }

    /// Waits for the next ceremony to be due and says when that was; `None` after the end.
    fn next(&self) -> Option<Instant> {
        let due = match self.interval {
            Some(interval) => self.begin + interval * self.handed_out.fetch_add(1, Ordering::Relaxed),
            None => Instant::now(),
        };
        if due >= self.end {
            return None;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        Some(due)
    }
}

fn worker(
    app: &App,
    mut connection: Connection,
    passkeys: &Mutex<VecDeque<Passkey>>,
    schedule: &Schedule,
) -> (Vec<Ceremony>, Vec<String>) {
    let mut ceremonies = Vec::new();
    let mut errors = Vec::new();
    let queue = || passkeys.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(due) = schedule.next() {
        // Taken out while in use: one passkey never signs in twice at the same time.
        let Some(passkey) = queue().pop_front() else { break };
        let outcome = ceremony(app, &mut connection, &passkey);
        queue().push_back(passkey);
        let now = Instant::now();
        match outcome {
            // Back to back, what ends within the counted time counts; on a schedule, what was due in it.
            Ok(requests) => {
                let counts = match schedule.interval {
                    Some(_) => due >= schedule.start,
                    None => now >= schedule.start && now <= schedule.end,
                };
                if counts {
                    ceremonies.push(Ceremony {
                        requests,
                        whole: now - due,
                    });
                }
            }
            Err(error) => {
                errors.push(error.to_string());
                // A connection that broke off is not coming back, and a refusal would only repeat itself.
                let broken = matches!(error, LoadError::Http(HttpError::Io(_) | HttpError::Malformed(_)));
                if errors.len() >= 10 || broken {
                    break;
                }
            }
        }
    }
    (ceremonies, errors)
}

fn ceremony(app: &App, connection: &mut Connection, passkey: &Passkey) -> Result<[Duration; 3], LoadError> {
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
