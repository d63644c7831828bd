//! Mail over a real SMTP server, healthy and not: `tests/mail/smtp_server.py`.
//!
//! It needs Python with `aiosmtpd`, which `tests/clients/install` installs. Where that is missing a test says so and
//! passes; with `REQUIRE_CLIENTS=1`, as in CI, it fails.

mod smtp_server;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use passgate_api::{
    config::{MailConfig, ProviderConfig, SmtpConfig, SmtpTls},
    mail::{Channel, Deliver, DeliverError, Letter, Mailer},
};
use passgate_core::secret::Secret;
use passgate_testkit::TestDatabase;
use serde_json::json;

use crate::support::{TestServer, settings};
use smtp_server::SmtpServer;

fn letter() -> Letter {
    Letter {
        from_name: Some("Sign in to münchen.example".to_owned()),
        ..Letter::magic_link(
            "alice@example.com",
            "example.com",
            "https://example.com/?t=verify_x&a=1",
        )
    }
}

/// A provider on this machine, with a second of patience.
fn smtp(port: u16, tls: SmtpTls) -> SmtpConfig {
    let mut smtp = SmtpConfig::parse_url(&format!("smtp://127.0.0.1:{port}")).unwrap();
    smtp.tls = tls;
    smtp.timeout = Some(1);
    smtp
}

fn mailer(providers: impl IntoIterator<Item = SmtpConfig>) -> Mailer {
    let config = MailConfig {
        from: Some("login@example.org".to_owned()),
        from_name: Some("Example".to_owned()),
        magic_links_from: Some("links@example.org".to_owned()),
        smtp: None,
        providers: providers.into_iter().map(ProviderConfig::Smtp).collect(),
    };
    Mailer::new(&config, Path::new("/nonexistent")).unwrap()
}

/// A mailer that a test exchanges while the server runs.
struct Switch(Mutex<Mailer>);

impl Deliver for Switch {
    fn deliver(&self, letter: &Letter) -> Result<(), DeliverError> {
        self.0.lock().unwrap().deliver(letter)
    }

    fn check(&self) -> Option<Result<(), DeliverError>> {
        self.0.lock().unwrap().check()
    }

    fn is_configured(&self) -> bool {
        self.0.lock().unwrap().is_configured()
    }
}

fn deliver(smtp: SmtpConfig) -> Result<(), DeliverError> {
    mailer([smtp]).deliver(&letter())
}

/// A port that was free a moment ago, on which nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A self-signed certificate for this machine and its key, as files.
fn certificate(directory: &Path) -> [String; 2] {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let write = |name: &str, pem: String| {
        let path = directory.join(name);
        fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    [
        write("certificate.pem", made.cert.pem()),
        write("key.pem", made.signing_key.serialize_pem()),
    ]
}

#[test]
fn a_letter_arrives_as_it_was_written() {
    let Some(mut server) = SmtpServer::start(&[]) else {
        return;
    };
    deliver(smtp(server.port, SmtpTls::None)).unwrap();
    let message = server.message();
    assert_eq!(message["envelope_from"], "links@example.org");
    assert_eq!(message["envelope_to"], json!(["alice@example.com"]));
    assert_eq!(message["from_name"], "Sign in to münchen.example");
    assert_eq!(message["from"], "links@example.org");
    assert_eq!(message["subject"], "Sign in to example.com");
    assert_eq!(message["auto_submitted"], "auto-generated");
    assert!(message["message_id"].is_string() && message["date"].is_string());
    assert!(
        message["text"]
            .as_str()
            .unwrap()
            .contains("https://example.com/?t=verify_x&a=1")
    );
    assert!(
        message["html"]
            .as_str()
            .unwrap()
            .contains("href=\"https://example.com/?t=verify_x&amp;a=1\"")
    );
    assert_eq!((&message["tls"], &message["user"]), (&json!(false), &json!(null)));

    let test = Letter::test("alice@example.com");
    assert_eq!(test.channel, Channel::Default);
    mailer([smtp(server.port, SmtpTls::None)]).deliver(&test).unwrap();
    let message = server.message();
    assert_eq!(message["from_name"], "Example");
    assert_eq!(message["from"], "login@example.org");
}

#[test]
fn a_refused_recipient_is_refused_with_the_server_s_words() {
    let Some(server) = SmtpServer::start(&["--fault", "refuse"]) else {
        return;
    };
    let Err(DeliverError::Refused { reason }) = deliver(smtp(server.port, SmtpTls::None)) else {
        panic!("not refused")
    };
    assert!(reason.contains("no such mailbox here"), "{reason}");
}

#[test]
fn a_busy_server_is_not_a_refusal() {
    let Some(server) = SmtpServer::start(&["--fault", "busy"]) else {
        return;
    };
    let outcome = deliver(smtp(server.port, SmtpTls::None));
    assert!(
        matches!(&outcome, Err(DeliverError::Unreachable { reason }) if reason.contains("try again later")),
        "{outcome:?}"
    );
}

#[test]
fn a_slow_server_is_given_up() {
    let Some(server) = SmtpServer::start(&["--fault", "slow"]) else {
        return;
    };
    assert_eq!(
        deliver(smtp(server.port, SmtpTls::None)),
        Err(DeliverError::Timeout)
    );
}

#[test]
fn nobody_listens() {
    let outcome = deliver(smtp(closed_port(), SmtpTls::None));
    assert!(
        matches!(outcome, Err(DeliverError::Unreachable { .. })),
        "{outcome:?}"
    );
}

#[test]
fn tls_is_what_was_asked_for_with_a_certificate_that_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let [certificate, key] = certificate(directory.path());
    for (option, tls) in [("starttls", SmtpTls::Starttls), ("implicit", SmtpTls::Implicit)] {
        let arguments = ["--tls", option, "--certificate", &certificate, "--key", &key];
        let Some(mut server) = SmtpServer::start(&arguments) else {
            return;
        };
        // A certificate that nobody vouches for.
        let outcome = deliver(smtp(server.port, tls));
        assert!(
            matches!(outcome, Err(DeliverError::Tls { .. })),
            "{option}: {outcome:?}"
        );
        let mut trusting = smtp(server.port, tls);
        trusting.ca_file = Some(certificate.clone().into());
        deliver(trusting).unwrap();
        assert_eq!(server.message()["tls"], true, "{option}");
    }
}

#[test]
fn a_server_without_tls_is_not_spoken_to_in_clear() {
    let Some(mut server) = SmtpServer::start(&[]) else {
        return;
    };
    for tls in [SmtpTls::Starttls, SmtpTls::Implicit] {
        let outcome = deliver(smtp(server.port, tls));
        assert!(
            matches!(
                outcome,
                Err(DeliverError::Tls { .. } | DeliverError::Unreachable { .. })
            ),
            "{tls:?}: {outcome:?}"
        );
    }
    // Nothing of it arrived: the next message is the first.
    mailer([smtp(server.port, SmtpTls::None)])
        .deliver(&Letter::test("first@example.com"))
        .unwrap();
    assert_eq!(server.message()["to"], "first@example.com");
}

#[test]
fn a_password_is_used_and_checked() {
    let Some(mut server) = SmtpServer::start(&["--password", "s3cret"]) else {
        return;
    };
    let with = |password: &str| {
        let mut smtp = smtp(server.port, SmtpTls::None);
        smtp.username = Some("passgate".to_owned());
        smtp.password = Some(Secret::new(password.to_owned()));
        deliver(smtp)
    };
    let refused = with("guess");
    assert!(
        matches!(refused, Err(DeliverError::Refused { .. })),
        "{refused:?}"
    );
    with("s3cret").unwrap();
    assert_eq!(server.message()["user"], "passgate");

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    fs::write(&file, "s3cret\n").unwrap();
    let mut from_file = smtp(server.port, SmtpTls::None);
    from_file.username = Some("passgate".to_owned());
    from_file.password_file = Some(file);
    deliver(from_file).unwrap();
    assert_eq!(server.message()["user"], "passgate");
}

#[test]
fn the_next_provider_takes_what_one_did_not() {
    let Some(refusing) = SmtpServer::start(&["--fault", "refuse"]) else {
        return;
    };
    let Some(slow) = SmtpServer::start(&["--fault", "slow"]) else {
        return;
    };
    let Some(mut good) = SmtpServer::start(&[]) else {
        return;
    };
    let providers =
        [closed_port(), refusing.port, slow.port, good.port].map(|port| smtp(port, SmtpTls::None));
    let mut tried = Vec::new();
    mailer(providers)
        .deliver_telling(&letter(), |_, outcome| tried.push(outcome.clone()))
        .unwrap();
    assert!(
        matches!(
            tried.as_slice(),
            [
                Err(DeliverError::Unreachable { .. }),
                Err(DeliverError::Refused { .. }),
                Err(DeliverError::Timeout),
                Ok(())
            ]
        ),
        "{tried:?}"
    );
    assert_eq!(good.message()["to"], "alice@example.com");
}

#[test]
fn a_magic_link_goes_over_the_wire_or_is_not_recorded() {
    for database in TestDatabase::each() {
        let Some(refusing) = SmtpServer::start(&["--fault", "refuse"]) else {
            return;
        };
        let Some(mut good) = SmtpServer::start(&[]) else {
            return;
        };
        let request = json!({
            "userId": "alice", "emailAddress": "alice@example.com", "urlTemplate": "https://example.com/?t=$TOKEN",
        });
        // One mail on the first day.
        let features = json!({ "adminEmail": "alice@example.com", "magicLinkEmailMonthlyQuota": 5 });
        let mail = Arc::new(Switch(Mutex::new(mailer([smtp(refusing.port, SmtpTls::None)]))));
        let server = TestServer::with_mail(database, settings(), Some(mail.clone()));
        let app = server.app_with("demoapp", &features);
        server
            .backend(&app)
            .post("/magic-links/send", &request)
            .problem(500);
        *mail.0.lock().unwrap() = mailer([refusing.port, good.port].map(|port| smtp(port, SmtpTls::None)));
        server
            .backend(&app)
            .post("/magic-links/send", &request)
            .expect_empty(204);
        let text = good.message()["text"].as_str().unwrap().to_owned();
        let start = text.find("verify_").unwrap();
        let token = text[start..].split_whitespace().next().unwrap();
        let verified = server
            .backend(&app)
            .post("/signin/verify", &json!({ "token": token }))
            .expect(200);
        assert_eq!(verified["userId"], "alice");
        server
            .backend(&app)
            .post("/magic-links/send", &request)
            .problem(429);
    }
}

#[test]
fn a_slow_mail_server_holds_up_nobody_else() {
    let Some(slow) = SmtpServer::start(&["--fault", "slow"]) else {
        return;
    };
    let mailer = mailer([smtp(slow.port, SmtpTls::None)]);
    let server = TestServer::with_mail(TestDatabase::sqlite(), settings(), Some(Arc::new(mailer)));
    let app = server.app_with(
        "demoapp",
        &json!({ "adminEmail": "a@example.com", "magicLinkEmailMonthlyQuota": 100 }),
    );
    let request = json!({ "userId": "u", "emailAddress": "a@example.com", "urlTemplate": "https://example.com/?t=$TOKEN" });
    std::thread::scope(|scope| {
        // More than the server has threads for operations.
        let waiting: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| server.backend(&app).post("/magic-links/send", &request).status))
            .collect();
        for _ in 0..10 {
            server.backend(&app).get("/users/count").expect(200);
        }
        assert!(waiting.iter().any(|sending| !sending.is_finished()));
        for sending in waiting {
            assert_eq!(sending.join().unwrap(), 500);
        }
    });
}

#[test]
fn health_asks_the_mail_server() {
    let Some(good) = SmtpServer::start(&[]) else {
        return;
    };
    for (providers, status, healthy) in [
        (vec![closed_port(), good.port], 200, "Healthy"),
        (vec![closed_port()], 503, "Unhealthy"),
    ] {
        let mailer = mailer(providers.into_iter().map(|port| smtp(port, SmtpTls::None)));
        let server = TestServer::with_mail(TestDatabase::sqlite(), settings(), Some(Arc::new(mailer)));
        let report = server.anybody().get("/health/mail").expect(status);
        assert_eq!(
            (&report["status"], &report["results"]["smtp"]["status"]),
            (&json!(healthy), &json!(healthy))
        );
        // Asked again at once, the server is not.
        let before = std::time::Instant::now();
        server.anybody().get("/health/mail").expect(status);
        assert!(before.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn a_link_in_the_mail_file_can_be_copied() {
    let directory = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&MailConfig::default(), directory.path()).unwrap();
    // Too long for a line of mail, and with what quoted-printable escapes.
    let link = format!("https://shop.example/in?a=b&token=verify_{}", "k8s=".repeat(60));
    mailer
        .deliver(&Letter::magic_link("you@example.com", "shop.example", &link))
        .unwrap();
    let file = fs::read_to_string(directory.path().join("mail.txt")).unwrap();
    let copied: Vec<&str> = file
        .lines()
        .filter_map(|line| line.strip_prefix("Link to copy: "))
        .collect();
    assert_eq!(copied, [link.as_str()]);
    let (message, _) = file.split_once("Link to copy: ").unwrap();
    assert!(
        !message.contains(&link),
        "the message itself breaks it: {message}"
    );
}
