//! Keycloak. The handle is the text of the user's id.

use super::{HandleRule, Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "keycloak",
    about: "An export of a Keycloak realm with its users, users as JSON lines, or its tables in PostgreSQL",
    handles: Some(HandleRule::UserId),
    list: Some("users"),
    table: Some(Table {
        columns: "c.user_id, c.user_label, c.created_date, c.credential_data",
        from: "FROM credential c WHERE c.type IN ('webauthn', 'webauthn-passwordless')",
        from_with_users: Some(
            "FROM credential c JOIN user_entity u ON u.id = c.user_id \
             WHERE c.type IN ('webauthn', 'webauthn-passwordless')",
        ),
    }),
    ..Product::PLAIN
};
