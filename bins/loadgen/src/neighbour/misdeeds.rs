//! Ways to behave badly.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::http::{Connection, HttpError};
use crate::target::{App, Target};

/// The one who behaves badly, with something to list, search and export.
pub struct Greedy {
    app: App,
    users: usize,
}

/// What became of the requests.
#[derive(Default)]
pub struct Tally {
    served: AtomicU64,
    refused: AtomicU64,
}

impl Tally {
    /// Served, and refused or broken off.
    pub fn read(&self) -> (u64, u64) {
        (
            self.served.load(Ordering::Relaxed),
            self.refused.load(Ordering::Relaxed),
        )
    }

    fn count(&self, answer: &Result<u16, HttpError>) {
        let counter = match answer {
            Ok(status) if *status < 400 => &self.served,
            Ok(_) | Err(_) => &self.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Greedy {
    /// Makes the application, its users' aliases and some events.
    pub fn furnish(target: &Target, users: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let app = target.create_app_called(
            "greedy",
            r#"{"eventLoggingIsEnabled":true,"eventLoggingRetentionPeriod":30}"#,
        )?;
        let mut connection = Connection::open(&app.host)?;
        for number in 0..users {
            let body = format!(
                r#"{{"userId":"user-{number}-{}","username":"u","aliases":["alias-{number}"]}}"#,
                "x".repeat(40)
            );
            connection.post("/register/token", ("ApiSecret", &app.secret_key), &body)?;
        }
        Ok(Self { app, users })
    }

    fn get(&self, path: &str) -> Vec<u8> {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nApiSecret: {}\r\n\r\n",
            self.app.host, self.app.secret_key
        )
        .into_bytes()
    }

    fn post_with(&self, path: &str, headers: &str, body: &str) -> Vec<u8> {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.app.host,
            body.len()
        )
        .into_bytes()
    }

    fn as_backend(&self, path: &str, body: &str) -> Vec<u8> {
        self.post_with(path, &format!("ApiSecret: {}\r\n", self.app.secret_key), body)
    }

    fn as_browser(&self, path: &str, body: &str) -> Vec<u8> {
        self.post_with(path, &format!("ApiKey: {}\r\n", self.app.public_key), body)
    }
}

/// One way.
pub struct Misdeed {
    /// What it is, as the table says it.
    pub name: &'static str,
    how: How,
}

type Make = fn(&Greedy, u64) -> Vec<u8>;

enum How {
    /// One request after another, as fast as they are answered.
    Requests(Make),
    /// So many connections for each of the usual ones: each sends requests and reads no answer.
    Unread(usize, Make),
    /// So many connections for each of the usual ones: each sends the beginning of a body and no more.
    Stalled(usize, Make),
}

use How::{Requests, Stalled, Unread};

const fn misdeed(name: &'static str, how: How) -> Misdeed {
    Misdeed { name, how }
}

const NEEDLES: &str = "chrome/ firefox/ opera/ msie version/ cfnetwork bot spider crawler mobile android iphone ipad \
                       windows nt mac os x linux ubuntu fedora debian playstation nintendo kindle silk/ ucbrowser/ \
                       yabrowser/ vivaldi/ edge/ samsungbrowser/ instagram fban/ snapchat pinterest whatsapp twitter \
                       blackberry symbian series60 webos tizen bada kaios sailfish roku appletv smart-tv hbbtv";

/// All of them.
pub const MISDEEDS: &[Misdeed] = &[
    misdeed(
        "sign-ins of made-up users",
        Requests(|greedy, number| {
            greedy.as_browser(
                "/signin/begin",
                &format!(
                    r#"{{"userId":"nobody-{number}","RPID":"example.com","Origin":"https://example.com"}}"#
                ),
            )
        }),
    ),
    misdeed(
        "user agents made of needles",
        Requests(|greedy, number| {
            let agent: String = NEEDLES
                .chars()
                .cycle()
                .skip(number as usize % NEEDLES.len())
                .take(512)
                .collect();
            greedy.post_with("/signin/complete", &format!("ApiKey: {}\r\nUser-Agent: {agent}\r\n", greedy.app.public_key),
            r#"{"session":"session_x","response":{"id":"AA","rawId":"AA","type":"public-key","response":{"authenticatorData":"AA","clientDataJSON":"AA","signature":"AA"}},"RPID":"example.com","Origin":"https://example.com"}"#)
        }),
    ),
    misdeed(
        "long texts in purposes",
        Requests(|greedy, number| {
            greedy.as_backend("/auth-configs/add", &format!(r#"{{"purpose":"p{number}","timeToLive":60,"userVerificationRequirement":"required","performedBy":"{}"}}"#, "x".repeat(900_000)))
        }),
    ),
    misdeed(
        "searches for long patterns",
        Requests(|greedy, _| greedy.get(&format!("/users/list?limit=100&search={}", "x%25_".repeat(50)))),
    ),
    misdeed("lists of users", Requests(|greedy, _| greedy.get("/users/list"))),
    misdeed(
        "lists of events by severity",
        Requests(|greedy, _| greedy.get("/events?pageNumber=1&numberOfResults=1000&severity=Warning")),
    ),
    misdeed(
        "exports of events",
        Requests(|greedy, _| greedy.get("/events/export?format=csv")),
    ),
    misdeed(
        "reports",
        Requests(|greedy, _| greedy.get("/reporting/active-users/current")),
    ),
    misdeed("counts", Requests(|greedy, _| greedy.get("/users/count"))),
    misdeed(
        "deep JSON",
        Requests(|greedy, _| {
            greedy.as_browser(
                "/signin/begin",
                &format!("{}{}", "[".repeat(400_000), "]".repeat(400_000)),
            )
        }),
    ),
    misdeed(
        "JSON of many values",
        Requests(|greedy, _| greedy.as_browser("/signin/begin", &format!("[{}0]", "0,".repeat(400_000)))),
    ),
    misdeed(
        "JSON of many members",
        Requests(|greedy, _| {
            greedy.as_browser(
                "/signin/begin",
                &format!("{{{}\"a\":0}}", "\"a\":0,".repeat(150_000)),
            )
        }),
    ),
    misdeed(
        "registration tokens",
        Requests(|greedy, number| {
            greedy.as_backend(
                "/register/token",
                &format!(r#"{{"userId":"more-{number}","username":"u"}}"#),
            )
        }),
    ),
    misdeed(
        "aliases set over and over",
        Requests(|greedy, number| {
            let user = number as usize % greedy.users.max(1);
            greedy.as_backend(
                "/alias",
                &format!(
                    r#"{{"userId":"user-{user}-{}","aliases":["again-{user}-{number}"]}}"#,
                    "x".repeat(40)
                ),
            )
        }),
    ),
    misdeed(
        "keys that are wrong",
        Requests(|greedy, number| {
            let name = greedy.app.secret_key.split(':').next().unwrap_or_default();
            greedy.post_with(
                "/signin/verify",
                &format!("ApiSecret: {name}:secret:{number:032x}\r\n"),
                "{}",
            )
        }),
    ),
    misdeed(
        "keys of applications that do not exist",
        Requests(|greedy, number| {
            greedy.post_with(
                "/signin/begin",
                &format!("ApiKey: nobody{number}:public:{number:032x}\r\n"),
                "{}",
            )
        }),
    ),
    misdeed(
        "health checks",
        Requests(|greedy, number| {
            greedy.get(if number.is_multiple_of(2) {
                "/health/mail"
            } else {
                "/health/storage"
            })
        }),
    ),
    misdeed(
        "the API's document, read",
        Requests(|greedy, _| greedy.get("/openapi.json")),
    ),
    misdeed(
        "the API's document, unread",
        Unread(16, |greedy, _| greedy.get("/openapi.json").repeat(16)),
    ),
    misdeed(
        "exports, unread",
        Unread(4, |greedy, _| greedy.get("/events/export")),
    ),
    misdeed(
        "bodies that stall",
        Stalled(25, |greedy, _| {
            let mut request = greedy.as_backend("/alias", &"x".repeat(1_000_000));
            request.truncate(900_000);
            request
        }),
    ),
    misdeed(
        "heads that stall",
        Stalled(25, |greedy, _| {
            let mut request = greedy.get("/users/count");
            request.truncate(20);
            request
        }),
    ),
    misdeed(
        "upgrades",
        Unread(4, |greedy, _| {
            format!("GET /users/count HTTP/1.1\r\nHost: {}\r\nApiSecret: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", greedy.app.host, greedy.app.secret_key).into_bytes()
        }),
    ),
    misdeed(
        "connections that come and go",
        Unread(1, |greedy, _| greedy.get("/health/http")),
    ),
];

impl Misdeed {
    /// Goes on until it is told to stop.
    pub fn go_on(&self, greedy: &Greedy, worker: usize, stop: &AtomicBool, tally: &Tally) {
        match self.how {
            Requests(make) => requests(greedy, make, worker as u64, stop, tally),
            Unread(connections, make) => unread(greedy, connections, make, stop, tally),
            Stalled(connections, make) => stalled(greedy, connections, make, stop, tally),
        }
    }
}

fn requests(greedy: &Greedy, make: Make, worker: u64, stop: &AtomicBool, tally: &Tally) {
    let mut connection = None;
    let mut number = worker << 32;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let open = match connection.take() {
            Some(open) => Ok(open),
            None => Connection::open(&greedy.app.host),
        };
        let answer = open.and_then(|mut open: Connection| {
            let (status, stays) = open.exchange(&make(greedy, number))?;
            if stays {
                connection = Some(open);
            }
            Ok(status)
        });
        tally.count(&answer);
    }
}

/// Sends and does not read. Every second it begins anew with other connections.
fn unread(greedy: &Greedy, connections: usize, make: Make, stop: &AtomicBool, tally: &Tally) {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut open = Vec::new();
        for _ in 0..connections {
            number += 1;
            let sent = TcpStream::connect(&greedy.app.host).and_then(|mut stream| {
                stream.set_write_timeout(Some(Duration::from_millis(100)))?;
                stream.write_all(&make(greedy, number))?;
                Ok(stream)
            });
            tally.count(&match &sent {
                Ok(_) => Ok(200),
                Err(_) => Err(HttpError::Malformed("not sent")),
            });
            open.extend(sent);
        }
        wait(stop);
    }
}

/// Sends a part and no more.
fn stalled(greedy: &Greedy, connections: usize, make: Make, stop: &AtomicBool, tally: &Tally) {
    let mut open = Vec::new();
    for number in 0..connections {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let sent = TcpStream::connect(&greedy.app.host).and_then(|mut stream| {
            stream.set_write_timeout(Some(Duration::from_millis(500)))?;
            stream.write_all(&make(greedy, number as u64))?;
            Ok(stream)
        });
        tally.count(&match &sent {
            Ok(_) => Ok(200),
            Err(_) => Err(HttpError::Malformed("not sent")),
        });
        open.extend(sent);
    }
    while !stop.load(Ordering::Relaxed) {
        wait(stop);
    }
}

fn wait(stop: &AtomicBool) {
    for _ in 0..20 {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
