//! Hanko. Versions differ in how they make handles, so each is learned.

use super::{HandleRule, Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "hanko",
    about: "The table `webauthn_credentials` of Hanko, in PostgreSQL, or its rows as JSON",
    handles: Some(HandleRule::Unknown),
    table: Some(Table {
        columns: "c.*",
        from: "FROM webauthn_credentials c",
        from_with_users: Some("FROM webauthn_credentials c LEFT JOIN emails u ON u.user_id = c.user_id"),
    }),
    ..Product::PLAIN
};
