//! django-otp-webauthn. It keeps 64 random bytes for each user, as hex in a table of its own.

use serde_json::{Map, Value};

use super::{Product, Table};

pub(super) const PRODUCT: Product = Product {
    name: "django-otp-webauthn",
    about: "The tables of django-otp-webauthn, in SQLite or PostgreSQL, or what `manage.py dumpdata` writes of them",
    table: Some(Table {
        columns: "c.*, h.handle_hex",
        from: "FROM django_otp_webauthn_webauthncredential c \
               LEFT JOIN django_otp_webauthn_webauthnuserhandle h ON h.user_id = c.user_id",
        from_with_users: Some(
            "FROM django_otp_webauthn_webauthncredential c \
             LEFT JOIN django_otp_webauthn_webauthnuserhandle h ON h.user_id = c.user_id \
             LEFT JOIN auth_user u ON u.id = c.user_id",
        ),
    }),
    adapt,
    tells_handle: Some(tells_handle),
    ..Product::PLAIN
};

fn adapt(mut record: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let members = match record.get_mut("fields") {
        Some(Value::Object(fields)) => fields,
        _ => &mut record,
    };
    // It cannot sign in there, and is not to sign in here.
    if members
        .get("confirmed")
        .is_some_and(|confirmed| confirmed == false || confirmed == 0)
    {
        return Err("a passkey that was never confirmed".to_owned());
    }
    if let Some(Value::String(handle)) = members.remove("handle_hex") {
        members.insert("userHandle".to_owned(), format!("hex:{handle}").into());
    }
    Ok(record)
}

/// A row of the users' handles, as `dumpdata` writes it.
fn tells_handle(record: &Value) -> Option<(String, String)> {
    let handle = record.pointer("/fields/handle_hex")?.as_str()?;
    let user = record.get("pk")?;
    let user = user.as_str().map_or_else(|| user.to_string(), str::to_owned);
    Some((user, format!("hex:{handle}")))
}
