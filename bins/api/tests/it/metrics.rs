//! What Prometheus is told.

use std::{net::TcpListener, process::Command, sync::Arc};

use passgate_api::{
    jobs::{Means, Post, Runner},
    mail::NoMail,
    metadata::Metadata,
    server::{self, Threads, Watched, metrics_door},
};
use passgate_testkit::{FixedClock, TestDatabase};

use crate::support::{Connection, Running, api, settings};

/// A server with a door of metrics: both addresses, and what keeps them running.
fn watched() -> (Connection, Connection, [Running; 2], TestDatabase) {
    let database = TestDatabase::sqlite();
    let api = api(&database, settings(), Arc::new(FixedClock::default()));
    let watched = Watched::of(&api);
    let [public, metrics] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let addresses = [&public, &metrics].map(|listener| listener.local_addr().unwrap());
    let threads = Threads {
        workers: 1,
        connections: 100,
        operations: 2,
        shutdown_seconds: 1,
    };
    let running = [
        Running::start(move || server::run(api, public, &threads).unwrap()),
        Running::start(move || metrics_door(watched, metrics).unwrap()),
    ];
    let [public, metrics] = addresses.map(Connection::to);
    (public, metrics, running, database)
}

/// What the door of metrics tells.
fn scrape(metrics: &mut Connection) -> String {
    let response = metrics.get("/metrics");
    assert_eq!(
        response.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    response.text().to_owned()
}

/// The value of a series, as it is written.
fn value<'t>(text: &'t str, series: &str) -> Option<&'t str> {
    text.lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
}

#[test]
fn requests_are_counted_by_route_status_and_code() {
    let (mut public, mut metrics, running, _database) = watched();
    public.get("/health/http").text();
    public.get("/API/Health/HTTP/").text();
    public.post_text("/signin/begin", "{}").problem(401);
    public.get("/health/throw/api").problem(400);
    let text = scrape(&mut metrics);
    for (series, expected) in [
        (
            r#"passgate_requests_total{method="GET",route="/health/http",status="200",code=""}"#,
            "2",
        ),
        (
            r#"passgate_requests_total{method="GET",route="/health/throw/api",status="400",code="test_error"}"#,
            "1",
        ),
        (
            r#"passgate_request_duration_seconds_count{route="/health/http"}"#,
            "2",
        ),
        (
            concat!("passgate_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"),
            "1",
        ),
        ("passgate_operations_waiting", "0"),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series}\n{text}");
    }
    let refused = text
        .lines()
        .find(|line| line.contains(r#"route="/signin/begin",status="401""#));
    assert!(refused.is_some(), "{text}");
    drop(running);
}

#[test]
fn runs_of_jobs_are_counted_by_outcome() {
    let database = TestDatabase::sqlite();
    let api = api(&database, settings(), Arc::new(FixedClock::default()));
    let means = Means {
        post: Post::new(Arc::new(NoMail), None),
        metadata: Metadata::off(),
    };
    let mut runner = Runner::new(api.operations().clone(), means).counting(api.metrics().clone());
    actix_web::rt::System::new().block_on(runner.run_due());
    let watched = Watched::of(&api);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let running = Running::start(move || metrics_door(watched, listener).unwrap());
    let text = scrape(&mut Connection::to(address));
    for (task, outcome) in [("write_reports", "done"), ("refresh_metadata", "off")] {
        let runs = format!(r#"passgate_job_runs_total{{task="{task}",outcome="{outcome}"}}"#);
        assert_eq!(value(&text, &runs), Some("1"), "{text}");
        let success = format!(r#"passgate_job_last_success_timestamp_seconds{{task="{task}"}}"#);
        let now = api.operations().clock().now().as_micros() / 1_000_000;
        assert_eq!(value(&text, &success), Some(now.to_string().as_str()), "{text}");
    }
    drop(running);
}

#[test]
fn a_stranger_cannot_make_series() {
    let (mut public, mut metrics, running, _database) = watched();
    public.send_slowly("PROPFIND", "/nothing", 0, b"");
    public.get("/magic-links/demoapp/secret/more");
    public.get("/nothing");
    let before = scrape(&mut metrics).lines().count();
    for number in 0..50 {
        public.get(&format!("/nothing-{number}"));
        public.get(&format!("/magic-links/app{number}/secret/more"));
    }
    let text = scrape(&mut metrics);
    assert_eq!(text.lines().count(), before, "{text}");
    assert!(!text.contains("secret") && !text.contains("nothing"), "{text}");
    drop(running);
}

#[test]
fn metrics_have_their_own_door_and_nothing_else_is_there() {
    let (mut public, mut metrics, running, _database) = watched();
    public.send_slowly("GET", "/metrics", 0, b"").expect_empty(404);
    for path in ["/", "/health/http", "/admin/apps/demoapp/available"] {
        assert_eq!(metrics.send_slowly("GET", path, 0, b"").status, 404, "{path}");
    }
    drop(running);
}

#[test]
fn every_metric_is_in_the_pages() {
    let (mut public, mut metrics, running, _database) = watched();
    public.get("/health/http").text();
    let text = scrape(&mut metrics);
    let page = include_str!("../../../../docs/observability.md");
    let alerts = include_str!("../../../../docs/observability/alerts.yml");
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    assert!(names.len() > 10, "{text}");
    for name in &names {
        // The family of storage metrics is abbreviated after its first.
        let short = name.replace("passgate_storage_", "…_");
        assert!(
            page.contains(&format!("`{name}`")) || page.contains(&format!("`{short}`")),
            "{name}"
        );
    }
    for alert in alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        assert!(page.contains(&format!("| `{alert}` |")), "{alert}");
    }
    drop(running);
}

#[test]
fn the_text_passes_the_checks_of_prometheus() {
    let Ok(version) = Command::new("promtool").arg("--version").output() else {
        assert!(
            std::env::var_os("REQUIRE_PROMTOOL").is_none(),
            "promtool is not installed"
        );
        println!("skipped: promtool is not installed");
        return;
    };
    assert!(version.status.success());
    let (mut public, mut metrics, running, _database) = watched();
    public.get("/health/http").text();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), scrape(&mut metrics)).unwrap();
    let said = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::fs::File::open(file.path()).unwrap())
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(
        said.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    drop(running);
}
