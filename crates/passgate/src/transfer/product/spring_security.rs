//! Spring Security with its JDBC repositories. The id of the user entity is the handle, and its name is the user.

use super::{Product, Table};

const FROM: &str = "FROM user_credentials c LEFT JOIN user_entities u ON u.id = c.user_entity_user_id";

pub(super) const PRODUCT: Product = Product {
    name: "spring-security",
    about: "The tables `user_credentials` and `user_entities` of Spring Security, in PostgreSQL, or their rows as JSON",
    table: Some(Table {
        columns: "c.*, u.name AS \"userId\"",
        from: FROM,
        from_with_users: Some(FROM),
    }),
    ..Product::PLAIN
};
