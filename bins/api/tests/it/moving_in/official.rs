//! A server that answers like Passwordless.dev: lists without pages, null members, and whatever trouble a test wants.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// The secret key that opens it.
pub const SECRET: &str = "demoapp:secret:00112233445566778899aabbccddeeff";

/// A COSE key (ES256), as the list of credentials shows it.
const PUBLIC_KEY: &str = "pQECAyYgASFYIPi4M0A+ZFeyOHEC9iMe6dVhFnmOZdgac3MRmfqVpZ0AIlggWZ+l6+5rOGckXAsJ8i+mvPm4YuRQYDTHiJhIauagX4Q=";

/// Owners of credentials, and owners of aliases, that its list names.
const LISTED: usize = 1000;

/// What it does instead of answering.
pub enum Trouble {
    /// This status with these headers, and no JSON.
    Status(u16, &'static str),
    /// Ends the connection in the middle of the answer.
    BreakOff,
    /// Never answers.
    Hang,
}

type Script = dyn Fn(&str) -> Option<Trouble> + Send + Sync;

pub struct Official {
    pub address: SocketAddr,
    state: Arc<State>,
    /// One message for each question that is never answered.
    pub hanging: Receiver<()>,
}

struct State {
    /// Aliases by user; every user but those whose id begins with `alias` has one credential.
    users: BTreeMap<String, Vec<Alias>>,
    script: Box<Script>,
    asked: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

struct Asked {
    target: String,
    has_secret: bool,
}

/// What follows an answer.
enum Next {
    Request,
    End,
    Silence,
}

/// An alias and whether its clear text was kept.
pub type Alias = (&'static str, bool);

impl Official {
    /// With so many users, and some with aliases.
    pub fn with_users(count: usize) -> Self {
        Self::troubled(count, |_| None)
    }

    /// With trouble: the script is given each path and query.
    pub fn troubled(count: usize, script: impl Fn(&str) -> Option<Trouble> + Send + Sync + 'static) -> Self {
        let mut users: BTreeMap<_, _> = (0..count)
            .map(|number| (format!("user-{number:04}"), Vec::new()))
            .collect();
        users.insert(
            "user-0000".to_owned(),
            vec![("zero@example.com", true), ("zero", false)],
        );
        users.insert("alias only".to_owned(), vec![("nobody@example.com", false)]);
        Self::start(users, Box::new(script))
    }

    fn start(users: BTreeMap<String, Vec<Alias>>, script: Box<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            users,
            script,
            asked: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let (sender, hanging) = channel();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (state, sender) = (shared.clone(), sender.clone());
                // A client that was killed is no failure of this side.
                thread::spawn(move || {
                    let stream = stream?;
                    let mut lines = BufReader::new(&stream);
                    while let Some(target) = state.read(&mut lines)? {
                        match state.answer(&target, &stream)? {
                            Next::Request => {}
                            Next::End => break,
                            Next::Silence => {
                                sender.send(()).unwrap();
                                // Until the client is gone.
                                lines.fill_buf()?;
                                break;
                            }
                        }
                    }
                    Ok::<_, std::io::Error>(())
                });
            }
        });
        Self {
            address,
            state,
            hanging,
        }
    }

    /// Every path and query that was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }
}

impl Drop for Official {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener; whether it is still there does not matter.
        drop(TcpStream::connect(self.address));
    }
}

impl State {
    /// Reads one request; none if there is no more.
    fn read(&self, lines: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
        let mut next = || {
            let mut line = String::new();
            lines.read_line(&mut line)?;
            Ok::<_, std::io::Error>(line.trim_end().to_owned())
        };
        let request = next()?;
        let Some(target) = request.split(' ').nth(1).map(str::to_owned) else {
            return Ok(None);
        };
        let mut has_secret = false;
        loop {
            let line = next()?;
            if line.is_empty() {
                break;
            }
            has_secret |= line.eq_ignore_ascii_case(&format!("ApiSecret: {SECRET}"));
        }
        self.asked.lock().unwrap().push(target.clone());
        Ok(Some(Asked { target, has_secret }))
    }

    fn answer(&self, asked: &Asked, mut stream: &TcpStream) -> std::io::Result<Next> {
        match (self.script)(&asked.target) {
            Some(Trouble::Hang) => return Ok(Next::Silence),
            Some(Trouble::BreakOff) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"values\":")?;
                return Ok(Next::End);
            }
            Some(Trouble::Status(status, headers)) => {
                let head = format!("HTTP/1.1 {status} Trouble\r\n{headers}Content-Length: 0\r\n\r\n");
                stream.write_all(head.as_bytes())?;
                return Ok(Next::Request);
            }
            None => {}
        }
        let (status, body) = if asked.has_secret {
            (200, self.document(&asked.target))
        } else {
            (401, json!({ "title": "A valid 'ApiSecret' header is required." }))
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} Answer\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all([head, body].concat().as_bytes())?;
        Ok(Next::Request)
    }

    fn document(&self, target: &str) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let user = query
            .strip_prefix("userId=")
            .unwrap_or_default()
            .replace('+', " ");
        let owners = || self.users.keys().filter(|user| has_credential(user));
        match path {
            "/users/count" => json!({ "count": owners().count() }),
            "/users/list" => {
                let of_aliases = self.users.iter().filter(|(_, aliases)| !aliases.is_empty());
                let mut listed: Vec<_> = owners().take(LISTED).collect();
                listed.extend(of_aliases.map(|(user, _)| user).take(LISTED));
                listed.sort();
                listed.dedup();
                let values: Vec<_> = listed.into_iter().map(|user| self.summary(user)).collect();
                json!({ "values": values })
            }
            "/credentials/list" if self.users.contains_key(&user) && has_credential(&user) => {
                json!({ "values": [credential(&user)] })
            }
            "/alias/list" => {
                let aliases = self.users.get(&user).map_or(&[][..], Vec::as_slice);
                let values: Vec<_> = aliases.iter().map(|alias| stored_alias(&user, *alias)).collect();
                json!({ "values": values })
            }
            _ => json!({ "values": [] }),
        }
    }

    fn summary(&self, user: &str) -> Value {
        let aliases = &self.users[user];
        let texts: Vec<_> = aliases
            .iter()
            .map(|(text, clear)| clear.then_some(text))
            .collect();
        let used = has_credential(user).then_some("2024-09-09T20:09:59.6593325");
        json!({
            "userId": user, "aliasCount": aliases.len(), "aliases": texts,
            "credentialsCount": u8::from(has_credential(user)), "lastUsedAt": used,
        })
    }
}

fn has_credential(user: &str) -> bool {
    !user.starts_with("alias")
}

fn credential(user: &str) -> Value {
    let id = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest(&SHA256, user.as_bytes()));
    json!({
        "descriptor": { "type": "public-key", "id": id },
        "publicKey": PUBLIC_KEY, "userHandle": STANDARD.encode(user), "signatureCounter": 4, "attestationFmt": "none",
        "createdAt": "2023-04-21T13:33:50.0764103", "aaGuid": "adce0002-35bc-c60a-648b-0b25f1f05503",
        "lastUsedAt": "2024-09-09T20:09:59.6593325", "rpid": "example.com", "origin": "https://example.com",
        "country": "", "device": "", "nickname": null, "userId": user,
        "backupState": null, "isBackupEligible": null, "isDiscoverable": null,
    })
}

fn stored_alias(user: &str, (text, clear): Alias) -> Value {
    let stored = digest(&SHA256, format!("demoapp{text}").as_bytes());
    json!({
        "userId": user, "alias": STANDARD.encode(stored), "plaintext": clear.then_some(text), "tenant": "demoapp",
    })
}
