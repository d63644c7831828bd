//! `/reporting`.

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
