//! `GET /admin/apps/{app}/available`.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn an_id_is_free_until_it_is_taken() {
    TestServer::each(|server| {
        let mut operator = server.operator();
        assert_eq!(
            operator.get("/admin/apps/demoapp/available").expect(200),
            json!({ "available": true })
        );
        server.app("demoapp");
        assert_eq!(
            operator.get("/admin/apps/demoapp/available").expect(200),
            json!({ "available": false })
        );
        let longest = format!("a{}", "0".repeat(61));
        operator
            .get(&format!("/admin/apps/{longest}/available"))
            .expect(200);
    });
}

#[test]
fn what_cannot_be_an_id_is_told() {
    let server = TestServer::start();
    let mut operator = server.operator();
    let pattern = "The field AppId must match the regular expression '^[a-z]{1}[a-z0-9]{2,61}$'.";
    for app in [
        "DemoApp",
        "demo-app",
        "0demo",
        &format!("a{}", "0".repeat(62)),
        "d%C3%A9mo",
    ] {
        let errors = operator.get(&format!("/admin/apps/{app}/available")).invalid();
        assert_eq!(errors, json!({ "appId": [pattern] }), "{app}");
    }
    let errors = operator.get("/admin/apps/a/available").invalid();
    let short = "The field AppId must be a string or array type with a minimum length of '3'.";
    assert_eq!(errors, json!({ "appId": [short, pattern] }));
}
