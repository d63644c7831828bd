//! `/account/delete` and the link in its mail.

use std::sync::Arc;

use passgate::{Env, jobs::JobOutcome};
use passgate_api::{
    config::{FileConfig, MailConfig, ProviderConfig},
    jobs::{Job, Means, Post},
    mail::Mailer,
    metadata::Metadata,
};
use passgate_core::{application::AppId, time::Clock as _};
use passgate_testkit::{SeededEntropy, SoftAuthenticator, TestDatabase};
use serde_json::json;

use crate::support::{PUBLIC_URL, TestApp, TestServer, settings};

const DAY: u64 = 86_400;

fn app(server: &TestServer) -> TestApp {
    server.app_with(
        "demoapp",
        &json!({ "adminEmail": "admin@example.com", "eventLoggingIsEnabled": true }),
    )
}

/// Runs the job that every node runs every hour.
fn advance(server: &TestServer) -> JobOutcome {
    let env = Env {
        now: server.clock.now(),
        entropy: &SeededEntropy::new(99),
    };
    server.passgate.advance_account_deletions("node", env).unwrap()
}

/// The path of the link in the only letter.
fn abort_path(server: &TestServer) -> String {
    let letters = server.outbox.take();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, "admin@example.com");
    assert_eq!(
        letters[0].subject,
        "The application demoapp is going to be deleted"
    );
    let start = letters[0].text.find(PUBLIC_URL).unwrap();
    let link = letters[0].text[start..].split_whitespace().next().unwrap();
    assert!(letters[0].html.contains(&format!("href=\"{link}\"")));
    link.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

#[test]
fn keys_are_frozen_after_a_day_and_data_goes_after_two_weeks() {
    TestServer::each(|server| {
        for path in ["/account/delete", "/v3/account/delete"] {
            let app = app(server);
            server.register(&app, &mut SoftAuthenticator::new(), "alice");
            server.backend(&app).post_nothing(path).expect_empty(200);
            let letter = server.outbox.take().remove(0);
            let at = |seconds: u64| {
                let time = server
                    .clock
                    .now()
                    .plus(std::time::Duration::from_secs(seconds))
                    .to_utc();
                time.format("%Y-%m-%d at %H:%M UTC").to_string()
            };
            assert!(
                letter.text.contains(&at(DAY)) && letter.text.contains(&at(14 * DAY)),
                "{}",
                letter.text
            );

            server.wait(DAY - 1);
            assert_eq!(advance(server), JobOutcome::Done { count: 0 });
            server.backend(&app).get("/users/count").expect(200);
            server.wait(1);
            assert_eq!(advance(server), JobOutcome::Done { count: 1 });
            server.backend(&app).get("/users/count").problem(401);
            server.wait(13 * DAY - 1);
            assert_eq!(advance(server), JobOutcome::Done { count: 0 });
            assert!(
                !server
                    .passgate
                    .app_available(&AppId::parse("demoapp").unwrap())
                    .unwrap()
            );
            server.wait(1);
            assert_eq!(advance(server), JobOutcome::Done { count: 1 });
            assert!(
                server
                    .passgate
                    .app_available(&AppId::parse("demoapp").unwrap())
                    .unwrap()
            );
        }
    });
}

#[test]
fn the_link_shows_a_page_whose_button_aborts_once() {
    TestServer::each(|server| {
        let app = app(server);
        server
            .backend(&app)
            .post_nothing("/account/delete")
            .expect_empty(200);
        let path = abort_path(server);
        server.wait(DAY);
        advance(server);
        server.backend(&app).get("/users/count").problem(401);

        // Scanners look.
        for _ in 0..2 {
            let page = server.anybody().get(&path);
            assert_eq!(page.status, 200);
            assert!(
                page.text().contains("Keep the application demoapp?"),
                "{}",
                page.text()
            );
            assert!(
                page.text()
                    .contains("its API keys stop working on 2025-01-02 at 00:00 UTC, and everything in it is gone on 2025-01-15 at 00:00 UTC"),
                "{}",
                page.text()
            );
            assert!(
                page.text()
                    .contains("<form method=\"post\"><button>Keep the application</button></form>")
            );
            assert_eq!(page.header("cache-control"), Some("no-store"));
        }
        server.backend(&app).get("/users/count").problem(401);
        let done = server
            .anybody()
            .send("POST", &path, Some("application/x-www-form-urlencoded"), b"");
        assert_eq!(done.status, 200);
        assert!(done.text().contains("The application demoapp stays"));
        server.backend(&app).get("/users/count").expect(200);
        let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
        let kinds: Vec<&str> = events["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["eventType"].as_str().unwrap())
            .collect();
        for kind in [
            "ApiManagementAppMarkedForDeletion",
            "ApiManagementAppFrozen",
            "ApiManagementAppDeletionCancelled",
        ] {
            assert!(kinds.contains(&kind), "{kinds:?}");
        }

        for path in [
            path.as_str(),
            "/account/delete/abort/a%00b",
            "/account/delete/abort/%ff",
        ] {
            for method in ["GET", "POST"] {
                let page = server.anybody().send(method, path, None, b"");
                assert_eq!(page.status, 404, "{path}");
                assert!(page.text().contains("This link does not work"), "{path}");
            }
        }
        server.wait(20 * DAY);
        assert_eq!(advance(server), JobOutcome::Done { count: 0 });
        server.backend(&app).get("/users/count").expect(200);
    });
}

#[test]
fn a_second_request_mails_nobody_and_keeps_link_and_dates() {
    TestServer::each(|server| {
        let app = app(server);
        let mut backend = server.backend(&app);
        backend.post_nothing("/account/delete").expect_empty(200);
        let link = abort_path(server);
        server.wait(3600);
        for _ in 0..25 {
            // With a body that nobody reads, as some clients send one.
            backend.post("/account/delete", &json!({})).expect_empty(200);
        }
        assert!(server.outbox.take().is_empty());
        assert_eq!(server.anybody().get(&link).status, 200);
        server.wait(DAY - 3600);
        assert_eq!(advance(server), JobOutcome::Done { count: 1 });
    });
}

#[test]
fn asking_and_aborting_in_turns_ends_in_a_pause() {
    TestServer::each(|server| {
        let app = app(server);
        let mut backend = server.backend(&app);
        for _ in 0..3 {
            backend.post_nothing("/account/delete").expect_empty(200);
            let link = abort_path(server);
            assert_eq!(server.anybody().post_nothing(&link).status, 200);
        }
        let refused = backend.post_nothing("/account/delete");
        refused.refusal(
            429,
            Some("rate_limit_exceeded"),
            "The deletion was requested too often. Please try again later.",
        );
        assert_eq!(refused.header("retry-after"), Some("3600"));
        assert!(server.outbox.take().is_empty());
        server.wait(3600);
        backend.post_nothing("/account/delete").expect_empty(200);
    });
}

#[test]
fn without_a_warning_nothing_is_deleted() {
    TestServer::each(|server| {
        let app = app(server);
        server.outbox.fail_for("");
        let problem = server.backend(&app).post_nothing("/account/delete").problem(500);
        assert_eq!(
            problem["title"],
            "An error occurred while processing your request."
        );
        server.wait(20 * DAY);
        assert_eq!(advance(server), JobOutcome::Done { count: 0 });
        server.backend(&app).get("/users/count").expect(200);
        let events = server.backend(&app).get("/events?pageNumber=1").expect(200);
        assert!(!events.to_string().contains("ApiManagementAppMarkedForDeletion"));
    });
}

#[test]
fn nobody_to_warn_and_no_address_to_link_to() {
    let server = TestServer::start();
    let orphan = server.app("orphan");
    server.backend(&orphan).post_nothing("/account/delete").refusal(
        400,
        Some("admin_address_missing"),
        "The application has no administrator's address, so nobody can be warned of its deletion.",
    );
    let mut settings = settings();
    settings.public_url = None;
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let app = app(&server);
    server.backend(&app).post_nothing("/account/delete").refusal(
        503,
        Some("public_url_missing"),
        "This server cannot mail links to itself: its operator has not set 'public_url'.",
    );
    assert!(server.outbox.take().is_empty());
}

#[test]
fn nobody_is_warned_by_a_file_that_nobody_chose() {
    for database in TestDatabase::each() {
        let directory = tempfile::tempdir().unwrap();
        let mailer = Mailer::new(&MailConfig::default(), directory.path()).unwrap();
        let server = TestServer::with_mail(database, settings(), Some(Arc::new(mailer)));
        let app = app(&server);
        server.backend(&app).post_nothing("/account/delete").refusal(
            400,
            Some("mail_not_configured"),
            "This server has no mail provider, so nobody can be warned of the deletion. \
             Its operator chooses one with 'mail_smtp_url' or 'mail.providers'.",
        );
        assert!(!directory.path().join("mail.txt").exists());
        server.wait(20 * DAY);
        assert_eq!(advance(&server), JobOutcome::Done { count: 0 });
        server.backend(&app).get("/users/count").expect(200);
    }

    // One that somebody chose is as good as any other provider.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.txt");
    let chosen = MailConfig {
        from: Some("passgate@example.com".to_owned()),
        providers: vec![ProviderConfig::File(FileConfig {
            path: path.clone(),
            from: None,
            magic_links_from: None,
            is_fallback: false,
        })],
        ..MailConfig::default()
    };
    let mailer = Mailer::new(&chosen, directory.path()).unwrap();
    let server = TestServer::with_mail(TestDatabase::sqlite(), settings(), Some(Arc::new(mailer)));
    server
        .backend(&app(&server))
        .post_nothing("/account/delete")
        .expect_empty(200);
    assert!(path.exists());
}

#[test]
fn an_administrator_who_was_not_reached_is_warned_by_the_job() {
    TestServer::each(|server| {
        let app = app(server);
        let entropy = SeededEntropy::new(7);
        let env = Env {
            now: server.clock.now(),
            entropy: &entropy,
        };
        let id = AppId::parse("demoapp").unwrap();
        let admins = ["admin@example.com", "leela@example.com"].map(str::to_owned);
        server
            .passgate
            .set_admin_emails(&id, &admins, "operator", env)
            .unwrap();
        server.outbox.fail_for("leela");
        server
            .backend(&app)
            .post_nothing("/account/delete")
            .expect_empty(200);
        let first = abort_path(server);
        let page = passgate_api::links::abort_page(&PUBLIC_URL.parse().unwrap());
        let means = Means {
            post: Post::new(server.outbox.clone(), Some(page)),
            metadata: Metadata::off(),
        };
        let run = || {
            Job::find("warn-missed-administrators")
                .unwrap()
                .run_by_hand(&server.passgate, &means, server.clock.as_ref(), env)
                .unwrap()
        };
        assert_eq!(run(), JobOutcome::Done { count: 0 });
        server.outbox.work_again();
        assert_eq!(run(), JobOutcome::Done { count: 1 });
        assert_eq!(run(), JobOutcome::Done { count: 0 });
        let letter = server.outbox.take().remove(0);
        assert_eq!(letter.to, "leela@example.com");
        let start = letter.text.find(PUBLIC_URL).unwrap() + PUBLIC_URL.len();
        let second = letter.text[start..].split_whitespace().next().unwrap();
        assert_ne!(second, first);
        for path in [first.as_str(), second] {
            assert_eq!(server.anybody().get(path).status, 200);
        }
        let events = server
            .backend(&app)
            .get("/events?pageNumber=1")
            .expect(200)
            .to_string();
        for kind in ["DeletionWarningDelayed", "DeletionWarningDelivered"] {
            assert!(events.contains(kind), "{events}");
        }
        assert_eq!(server.anybody().post_nothing(second).status, 200);
        assert_eq!(server.anybody().get(&first).status, 404);
    });
}
