//! `/reporting`.

use passgate_testkit::SoftAuthenticator;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn reports_are_bare_arrays_and_dates_are_dates() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        for report in ["credentials", "active-users"] {
            for query in ["", "?from=2024-01-12&to=2024-01-13", "?FROM=2024-01-12", "?to="] {
                let path = format!("/reporting/{report}/periodic{query}");
                assert_eq!(backend.get(&path).expect(200), json!([]), "{path}");
            }
            let problem = backend
                .get(&format!("/reporting/{report}/periodic?from=yesterday"))
                .problem(400);
            assert_eq!(
                problem["title"],
                "Failed to bind parameter \"DateOnly From\" from \"yesterday\"."
            );
        }
    });
}

#[test]
fn current_reports_count_now() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut backend = server.backend(&app);
        let mut both = || {
            let credentials = backend.get("/reporting/credentials/current").expect(200);
            (
                credentials,
                backend.get("/reporting/active-users/current").expect(200),
            )
        };
        assert_eq!(
            both(),
            (
                json!({ "createdAt": "2025-01-01", "users": 0, "credentials": 0 }),
                json!({ "createdAt": "2025-01-01", "dailyActiveUsers": 0, "weeklyActiveUsers": 0, "totalUsers": 0 }),
            )
        );
        for user in ["a", "a", "b"] {
            server.register(&app, &mut SoftAuthenticator::new(), user);
        }
        server.wait(2 * 24 * 3600);
        assert_eq!(
            both(),
            (
                json!({ "createdAt": "2025-01-03", "users": 2, "credentials": 3 }),
                json!({ "createdAt": "2025-01-03", "dailyActiveUsers": 0, "weeklyActiveUsers": 2, "totalUsers": 2 }),
            )
        );
    });
}
