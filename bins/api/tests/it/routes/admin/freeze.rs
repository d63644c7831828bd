//! `POST /admin/apps/{app}/freeze` and `/unfreeze`.

use crate::support::TestServer;

#[test]
fn a_frozen_application_has_no_valid_key() {
    TestServer::each(|server| {
        let app = server.app("demoapp");
        let mut operator = server.operator();
        let locked = &app.secret_key[app.secret_key.len() - 4..];
        operator
            .post_nothing("/admin/apps/demoapp/freeze")
            .expect_empty(204);
        server.backend(&app).get("/users/count").problem(401);
        operator
            .post_nothing("/admin/apps/demoapp/unfreeze")
            .expect_empty(204);
        server.backend(&app).get("/users/count").expect(200);
        // A key that was locked by itself stays locked.
        operator
            .post_nothing(&format!("/admin/apps/demoapp/api-keys/{locked}/lock"))
            .expect_empty(204);
        operator
            .post_nothing("/admin/apps/demoapp/freeze")
            .expect_empty(204);
        operator
            .post_nothing("/admin/apps/demoapp/unfreeze")
            .expect_empty(204);
        server.backend(&app).get("/users/count").problem(401);
        for unknown in ["nobody", "Nobody", "0"] {
            operator
                .post_nothing(&format!("/admin/apps/{unknown}/freeze"))
                .expect_empty(204);
            operator
                .post_nothing(&format!("/admin/apps/{unknown}/unfreeze"))
                .expect_empty(204);
        }
    });
}
