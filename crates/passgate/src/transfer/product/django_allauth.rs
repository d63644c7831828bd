//! django-allauth. The handle is the user's key as a text: in base 36, or the hex digits of a UUID.

use super::{HandleRule, Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "django-allauth",
    about: "The table `mfa_authenticator` of django-allauth, in SQLite or PostgreSQL, or what `manage.py dumpdata` writes of it",
    handles: Some(HandleRule::Base36),
    table: Some(Table {
        columns: "a.*",
        from: "FROM mfa_authenticator a WHERE a.type = 'webauthn'",
        from_with_users: Some(
            "FROM mfa_authenticator a LEFT JOIN auth_user u ON u.id = a.user_id WHERE a.type = 'webauthn'",
        ),
    }),
    ..Product::PLAIN
};
