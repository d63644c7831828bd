//! What a full disk looks like from outside, and that what it took before is there afterwards.

use passgate_testkit::TestDatabase;
use serde_json::json;

use crate::server::Server;

/// The database is well below this when it is new, and the limit holds for each of its files.
const KIB: u32 = 1500;

#[test]
fn a_full_disk_refuses_writes_with_a_code_and_reads_go_on() {
    let home = tempfile::tempdir().unwrap();
    let database = TestDatabase::sqlite();
    let server = Server::start_with_a_small_disk(home.path(), database.url(), KIB);
    let app = server.create_app("shop");
    let aliases = |user: &str| {
        let aliases: Vec<String> = (0..10).map(|number| format!("{user}-{number}")).collect();
        json!({ "userId": user, "aliases": aliases })
    };
    let mut kept = Vec::new();
    let refused = (0..5000).find_map(|number| {
        let user = format!("u{number}");
        let (status, body) = app.backend("/alias", &aliases(&user)).unwrap();
        if status == 204 {
            kept.push(user);
            return None;
        }
        Some((status, body))
    });
    let (status, problem) = refused.expect("the disk is never full");
    assert_eq!(
        (status, problem["errorCode"].as_str()),
        (503, Some("storage_not_writable"))
    );
    assert_eq!(
        problem["title"],
        "The storage cannot be written to at the moment."
    );
    assert!(!kept.is_empty());
    let last = kept.last().unwrap();
    assert_eq!(app.list(&format!("/alias/list?userId={last}")).len(), 10);
    let (status, report) = server.get("/health/storage");
    assert_eq!(
        (status, report["results"]["db"]["status"].as_str()),
        (503, Some("Unhealthy"))
    );
    server.stop();

    let server = Server::start(home.path(), database.url());
    let app = server.reopen(&app);
    for user in &kept {
        assert_eq!(
            app.list(&format!("/alias/list?userId={user}")).len(),
            10,
            "{user}"
        );
    }
    assert_eq!(app.backend("/alias", &aliases("later")).unwrap().0, 204);
    assert_eq!(server.get("/health/storage").0, 200);
}
