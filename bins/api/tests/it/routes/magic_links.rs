//! `/magic-links`.

use passgate::features::{ApplicationSettings, Author};
use passgate_api::config::MagicLinkConfig;
use passgate_core::{
    application::{AppId, Features},
    time::Clock as _,
};
use passgate_testkit::{SeededEntropy, TestDatabase};
use serde_json::{Value, json};

use crate::support::{Connection, PUBLIC_URL, Response, TestApp, TestServer, settings};

const LINK: &str = "https://example.com/in?token=$TOKEN";
const UNEXPECTED: &str = "An error occurred while processing your request.";

/// An application with a quota of 100 mails that may write to anybody.
fn grown_app(server: &TestServer) -> TestApp {
    let features = json!({ "adminEmail": "admin@example.com", "magicLinkEmailMonthlyQuota": 100, "eventLoggingIsEnabled": true });
    let app = server.app_with("demoapp", &features);
    server.wait(40 * 86_400);
    app
}

fn request() -> Value {
    json!({ "userId": "alice", "emailAddress": "alice@example.com", "urlTemplate": LINK })
}

fn send(backend: &mut Connection, request: &Value) -> Response {
    backend.post("/magic-links/send", request)
}

fn set_policy(server: &TestServer, policy: impl Fn(&mut Features)) {
    let change = |settings: &mut ApplicationSettings| {
        settings.features = Features {
            event_logging: true,
            event_retention_days: 30,
            magic_link_monthly_quota: 100,
            max_users: None,
            allow_attestation: false,
            ..settings.features.clone()
        };
        policy(&mut settings.features);
        Ok::<_, &str>(())
    };
    let env = passgate::Env {
        now: server.clock.now(),
        entropy: &SeededEntropy::new(99),
    };
    server
        .passgate
        .change_settings(&AppId::parse("demoapp").unwrap(), Author::Management, change, env)
        .unwrap();
}

/// What follows `from` in a text, up to white space.
fn link_in(text: &str, from: &str) -> String {
    let start = text
        .find(from)
        .unwrap_or_else(|| panic!("{from} is not in {text}"));
    text[start..].split_whitespace().next().unwrap().to_owned()
}

fn events(backend: &mut Connection) -> Vec<String> {
    let events = backend.get("/events?pageNumber=1").expect(200);
    let kinds = events["events"].as_array().unwrap().iter();
    kinds
        .map(|event| event["eventType"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_mailed_link_signs_in() {
    TestServer::each(|server| {
        let app = grown_app(server);
        let mut backend = server.backend(&app);
        send(&mut backend, &request()).expect_empty(204);
        let letters = server.outbox.take();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "alice@example.com");
        assert_eq!(letters[0].subject, "Sign in to example.com");
        let link = link_in(&letters[0].text, "https://example.com/in?token=");
        assert!(letters[0].html.contains(&link));
        let token = link.strip_prefix("https://example.com/in?token=").unwrap();
        for _ in 0..2 {
            let verified = backend
                .post("/signin/verify", &json!({ "token": token }))
                .expect(200);
            assert_eq!(
                (&verified["userId"], &verified["type"]),
                (&json!("alice"), &json!("magic_link"))
            );
            assert_eq!(verified["expiresAt"], "2025-02-10T01:00:00Z");
        }
        assert!(events(&mut backend).contains(&"ApiUserMagicLinkCreated".to_owned()));
    });
}

#[test]
fn what_is_wrong_is_told_in_one_answer() {
    let server = TestServer::start();
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    let required = |name: &str| vec![format!("The {name} field is required.")];
    assert_eq!(
        send(&mut backend, &json!({ "timeToLive": 0 })).invalid(),
        json!({
            "emailAddress": required("EmailAddress"), "urlTemplate": required("UrlTemplate"), "userId": required("UserId"),
            "timeToLive": ["The field TimeToLive must be between 1 and 604800."],
        })
    );
    let no_token = "You have provided a UrlTemplate without a $TOKEN template. Please include it like so: \
                    https://www.example.com?token=$TOKEN";
    let no_url = "You have provided a UrlTemplate that cannot be converted to a URL.";
    let too_long = "You have provided a UrlTemplate with more than 2000 bytes or 4 $TOKEN templates.";
    let long = format!("https://example.com/$TOKEN?{}", "x".repeat(2000));
    for (template, text) in [
        ("https://example.com", no_token),
        ("nothing", no_token),
        ("$TOKEN", no_url),
        ("/in?token=$TOKEN", no_url),
        ("javascript:alert('$TOKEN')", no_url),
        ("https://$TOKEN.example.com/", no_url),
        ("https://*/$TOKEN", no_url),
        ("https://a;sandbox/$TOKEN", no_url),
        ("https://a,b.example.com/$TOKEN", no_url),
        ("https://example.com/$TOKEN$TOKEN$TOKEN$TOKEN$TOKEN", too_long),
        (long.as_str(), too_long),
    ] {
        let mut body = request();
        body["urlTemplate"] = template.into();
        assert_eq!(
            send(&mut backend, &body).invalid(),
            json!({ "urlTemplate": [text] }),
            "{template}"
        );
    }
    for address in [
        "alice",
        "@example.com",
        "alice@",
        "a@b@c",
        "alice@example.com\r\nBcc: eve@evil.example",
        "a lice@example.com",
        "\"x y\"@b.c",
        "a@[127.0.0.1]",
    ] {
        let mut body = request();
        body["emailAddress"] = address.into();
        let expected = json!({ "emailAddress": ["The EmailAddress field is not a valid e-mail address."] });
        assert_eq!(send(&mut backend, &body).invalid(), expected, "{address}");
    }
    for seconds in [0, -5, 604_801] {
        let mut body = request();
        body["timeToLive"] = seconds.into();
        let expected = json!({ "timeToLive": ["The field TimeToLive must be between 1 and 604800."] });
        assert_eq!(send(&mut backend, &body).invalid(), expected);
    }
    assert!(server.outbox.take().is_empty());
}

#[test]
fn a_switched_off_application_sends_nothing() {
    let server = TestServer::start();
    let app = grown_app(&server);
    let mut backend = server.backend(&app);
    backend
        .post("/apps/features", &json!({ "enableMagicLinks": false }))
        .expect_empty(204);
    for _ in 0..12 {
        send(&mut backend, &request()).refusal(
            403,
            None,
            "You must enable Magic Links in settings in order to use this feature.",
        );
    }
    // What is wrong with the body comes first, and switched-off requests did not count.
    send(&mut backend, &json!({})).invalid();
    backend
        .post("/apps/features", &json!({ "enableMagicLinks": true }))
        .expect_empty(204);
    send(&mut backend, &request()).expect_empty(204);
}

#[test]
fn a_new_application_writes_to_its_administrators_only() {
    TestServer::each(|server| {
        let app = server.app_with(
            "demoapp",
            &json!({ "adminEmail": "Admin@example.com", "magicLinkEmailMonthlyQuota": 100 }),
        );
        let mut backend = server.backend(&app);
        send(&mut backend, &request()).refusal(
            403,
            Some("magic_link_email_admin_address_only"),
            "Because your application has been created less than 24 hours ago, you can only request magic links to the \
             admin email address.",
        );
        let mut to_admin = request();
        to_admin["emailAddress"] = "admin@example.com".into();
        send(&mut backend, &to_admin).expect_empty(204);
        server.wait(86_400);
        send(&mut backend, &request()).expect_empty(204);
    });
}

#[test]
fn the_age_of_new_applications_is_the_operator_s_choice() {
    let mut settings = settings();
    settings.magic_links.new_application_age = std::time::Duration::from_secs(2 * 3600);
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let app = server.app_with("demoapp", &json!({ "magicLinkEmailMonthlyQuota": 100 }));
    let problem = send(&mut server.backend(&app), &request()).problem(403);
    assert!(
        problem["title"]
            .as_str()
            .unwrap()
            .contains("less than 2 hours ago")
    );
    server.wait(7200);
    send(&mut server.backend(&app), &request()).expect_empty(204);
}

#[test]
fn a_new_application_mails_anybody_by_default_however_often() {
    let mut settings = settings();
    settings.magic_links = MagicLinkConfig {
        rate: 0,
        ..MagicLinkConfig::default()
    };
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for _ in 0..50 {
        send(&mut backend, &request()).expect_empty(204);
    }
}

#[test]
fn what_is_refused_for_the_operator_s_sake_names_the_command() {
    let server = TestServer::start();
    let app = server.app_with("demoapp", &json!({ "magicLinkEmailMonthlyQuota": 0 }));
    let detail = |response: Response, status| response.problem(status)["detail"].as_str().unwrap().to_owned();
    let mut backend = server.backend(&app);
    assert!(detail(send(&mut backend, &request()), 403).contains("magic_link_new_application_age = 0"));
    server.wait(86_400);
    let exceeded = detail(send(&mut backend, &request()), 429);
    assert!(
        exceeded.contains("passgate app set NAME magic-link-monthly-quota=none"),
        "{exceeded}"
    );
    backend
        .post("/apps/features", &json!({ "enableMagicLinks": false }))
        .expect_empty(204);
    let disabled = detail(send(&mut backend, &request()), 403);
    assert!(
        disabled.contains("passgate app set NAME magic-links=true"),
        "{disabled}"
    );
}

#[test]
fn the_quota_counts_what_was_sent_in_thirty_days() {
    TestServer::each(|server| {
        let app = server.app_with(
            "demoapp",
            &json!({ "adminEmail": "alice@example.com", "magicLinkEmailMonthlyQuota": 10 }),
        );
        let mut backend = server.backend(&app);
        let exceeded = |response: &Response| {
            response.refusal(
                429,
                Some("magic_link_email_quota_exceeded"),
                "You have reached your monthly quota for magic link emails. Please try again later.",
            );
        };
        // A fifth on the first day, three quarters in the first month.
        for _ in 0..2 {
            send(&mut backend, &request()).expect_empty(204);
        }
        exceeded(&send(&mut backend, &request()));
        server.wait(4 * 86_400);
        for _ in 0..5 {
            send(&mut backend, &request()).expect_empty(204);
        }
        exceeded(&send(&mut backend, &request()));
        server.wait(31 * 86_400);
        send(&mut backend, &request()).expect_empty(204);
    });
}

#[test]
fn ten_in_five_minutes_and_then_a_pause() {
    let server = TestServer::start();
    let app = grown_app(&server);
    let mut backend = server.backend(&app);
    for _ in 0..10 {
        send(&mut backend, &request()).expect_empty(204);
    }
    server.wait(100);
    let refused = send(&mut backend, &request());
    let title = "Too many magic links were requested. Please try again later.";
    refused.refusal(429, Some("rate_limit_exceeded"), title);
    assert_eq!(refused.header("retry-after"), Some("200"));
    assert_eq!(server.outbox.take().len(), 10);
    // Another application has its own window, and so has the next one of this.
    let other = server.app_with(
        "another",
        &json!({ "adminEmail": "alice@example.com", "magicLinkEmailMonthlyQuota": 100 }),
    );
    send(&mut server.backend(&other), &request()).expect_empty(204);
    server.wait(200);
    send(&mut backend, &request()).expect_empty(204);
}

#[test]
fn an_unlimited_application_has_no_limits() {
    let mut settings = settings();
    settings
        .magic_links
        .unlimited_apps
        .insert(AppId::parse("demoapp").unwrap());
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let app = server.app("demoapp");
    let mut backend = server.backend(&app);
    for _ in 0..25 {
        send(&mut backend, &request()).expect_empty(204);
    }
    let other = server.app("another");
    send(&mut server.backend(&other), &request()).problem(403);
}

#[test]
fn an_application_is_exempt_from_the_rate_or_from_the_quota() {
    let mut settings = settings();
    let set = |name| [AppId::parse(name).unwrap()].into();
    settings.magic_links.rate_exempt_apps = set("unrated");
    settings.magic_links.quota_exempt_apps = set("unquoted");
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let features = json!({ "adminEmail": "alice@example.com", "magicLinkEmailMonthlyQuota": 60 });
    let unrated = server.app_with("unrated", &features);
    let mut backend = server.backend(&unrated);
    // A fifth of its quota on the first day, and no rate.
    for _ in 0..12 {
        send(&mut backend, &request()).expect_empty(204);
    }
    let problem = send(&mut backend, &request()).problem(429);
    assert_ne!(problem["errorCode"], "rate_limit_exceeded");

    let unquoted = server.app("unquoted");
    let mut backend = server.backend(&unquoted);
    for _ in 0..10 {
        send(&mut backend, &request()).expect_empty(204);
    }
    let problem = send(&mut backend, &request()).problem(429);
    assert_eq!(problem["errorCode"], "rate_limit_exceeded");
}

#[test]
fn what_was_not_sent_is_not_recorded() {
    TestServer::each(|server| {
        let app = server.app_with("demoapp", &json!({
            "adminEmail": "alice@example.com", "magicLinkEmailMonthlyQuota": 5, "eventLoggingIsEnabled": true,
        }));
        let mut backend = server.backend(&app);
        server.outbox.fail_for("");
        for _ in 0..3 {
            let problem = send(&mut backend, &request()).problem(500);
            assert_eq!(
                (&problem["title"], &problem["detail"]),
                (&json!(UNEXPECTED), &json!("The api has encountered an error"))
            );
        }
        assert!(!events(&mut backend).contains(&"ApiUserMagicLinkCreated".to_owned()));
        // One mail on the first day: the failed ones did not count.
        server.outbox.work_again();
        send(&mut backend, &request()).expect_empty(204);
        send(&mut backend, &request()).problem(429);
    });
}

#[test]
fn links_lead_where_the_application_says() {
    let server = TestServer::start();
    let app = grown_app(&server);
    set_policy(&server, |features| {
        features.magic_link_origins = vec![
            "https://login.example.com".to_owned(),
            "https://example.com:8443".to_owned(),
        ];
    });
    let mut backend = server.backend(&app);
    for (template, sent) in [
        ("https://example.com/?t=$TOKEN", "https://example.com"),
        (
            "https://login.example.com@evil.example/?t=$TOKEN",
            "https://evil.example",
        ),
        ("http://login.example.com/?t=$TOKEN", "http://login.example.com"),
    ] {
        let mut body = request();
        body["urlTemplate"] = template.into();
        let title = format!(
            "Magic links to '{sent}' are not allowed. Allowed targets: https://login.example.com, https://example.com:8443."
        );
        send(&mut backend, &body).refusal(400, Some("magic_link_target_not_allowed"), &title);
    }
    let mut body = request();
    body["urlTemplate"] = "https://example.com:8443/?t=$TOKEN".into();
    send(&mut backend, &body).expect_empty(204);
}

#[test]
fn a_page_of_ours_stands_before_the_target_and_uses_nothing_up() {
    TestServer::each(|server| {
        let app = grown_app(server);
        set_policy(server, |features| {
            features.magic_link_landing_page = true;
            features.single_use_magic_links = true;
        });
        let mut backend = server.backend(&app);
        send(&mut backend, &request()).expect_empty(204);
        let letter = server.outbox.take().remove(0);
        let base = format!("{PUBLIC_URL}/magic-links/demoapp/");
        let link = link_in(&letter.text, &base);
        assert!(!letter.text.contains("verify_") && !letter.html.contains("verify_"));
        assert_eq!(letter.subject, "Sign in to example.com");
        let path = link.strip_prefix(PUBLIC_URL).unwrap();

        // A scanner opens it, more than once.
        for _ in 0..2 {
            let page = server.anybody().get(path);
            assert_eq!(page.status, 200);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(page.header("cache-control"), Some("no-store"));
            let policy = page.header("content-security-policy").unwrap();
            assert!(
                policy.starts_with("default-src 'none'; style-src 'sha256-"),
                "{policy}"
            );
            assert!(policy.contains("form-action 'self' http: https:;"), "{policy}");
            assert!(
                page.text()
                    .contains("<form method=\"post\"><button>Sign in</button></form>")
            );
            assert!(!page.text().contains("verify_"));
        }
        let forwarded = server
            .anybody()
            .send("POST", path, Some("application/x-www-form-urlencoded"), b"");
        assert_eq!((forwarded.status, forwarded.text()), (303, ""));
        let target = forwarded.header("location").unwrap();
        let token = target.strip_prefix("https://example.com/in?token=").unwrap();
        backend
            .post("/signin/verify", &json!({ "token": token }))
            .expect(200);
        backend
            .post("/signin/verify", &json!({ "token": token }))
            .refusal(400, Some("token_already_used"), "The token was already used.");

        // Nothing else opens: another application, another token, a changed link, an old one.
        server.app("another");
        let foreign = path.replace("demoapp", "another");
        let changed = format!("{}A", &path[..path.len() - 1]);
        let token_as_link = format!("/magic-links/demoapp/{token}");
        let unknown = path.replace("demoapp", "nobody");
        for path in [
            foreign.as_str(),
            &changed,
            &token_as_link,
            &unknown,
            "/magic-links/Not-An-App/link_x",
        ] {
            for method in ["GET", "POST"] {
                let page = server.anybody().send(method, path, None, b"");
                assert_eq!(page.status, 404, "{method} {path}");
                assert!(page.text().contains("This link no longer works"));
                assert_eq!(page.header("location"), None);
            }
        }
        server.wait(3601);
        assert_eq!(server.anybody().get(path).status, 404);
    });
}

#[test]
fn a_page_needs_the_server_s_address() {
    let mut settings = settings();
    settings.public_url = None;
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let app = grown_app(&server);
    let mut backend = server.backend(&app);
    send(&mut backend, &request()).expect_empty(204);
    set_policy(&server, |features| {
        features.magic_link_landing_page = true;
    });
    send(&mut backend, &request()).refusal(
        503,
        Some("public_url_missing"),
        "This server cannot mail links to itself: its operator has not set 'public_url'.",
    );
    assert_eq!(server.outbox.take().len(), 1);
}
