//! ASP.NET Core Identity. The handle is the text of the user id; what else is known stands in a JSON column.

use super::{HandleRule, Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "aspnet-identity",
    about: "The table `AspNetUserPasskeys` of ASP.NET Core Identity, in SQLite or PostgreSQL, or its rows as JSON",
    handles: Some(HandleRule::UserId),
    table: Some(Table {
        columns: "p.*",
        from: "FROM \"AspNetUserPasskeys\" p",
        from_with_users: Some(
            "FROM \"AspNetUserPasskeys\" p LEFT JOIN \"AspNetUsers\" u ON u.\"Id\" = p.\"UserId\"",
        ),
    }),
    ..Product::PLAIN
};
