//! fastapi-passkeys with its SQLAlchemy store. The handle is the text of the user id.

use super::{HandleRule, Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "fastapi-passkeys",
    about: "The table `passkey_credentials` of fastapi-passkeys, in SQLite or PostgreSQL, or its rows as JSON",
    handles: Some(HandleRule::UserId),
    hex: true,
    table: Some(Table {
        columns: "p.*",
        from: "FROM passkey_credentials p",
        from_with_users: None,
    }),
    ..Product::PLAIN
};
