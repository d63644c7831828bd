//! better-auth with its passkey plugin. It makes 32 random characters for each passkey and keeps them nowhere.

use super::{Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "better-auth",
    about: "The table `passkey` of better-auth, in SQLite or PostgreSQL, or its rows as JSON",
    table: Some(Table {
        columns: "p.*",
        from: "FROM \"passkey\" p",
        from_with_users: Some("FROM \"passkey\" p LEFT JOIN \"user\" u ON u.\"id\" = p.\"userId\""),
    }),
    ..Product::PLAIN
};
