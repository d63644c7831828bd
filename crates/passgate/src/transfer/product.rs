//! The products that people move in from: what each keeps, where, and how it makes user handles.
//!
//! A product is one file: its name, the query that reads its tables, and what its records need before they are read as
//! any other ([`PasskeyRow`](super::row::PasskeyRow)).

mod aspnet_identity;
mod auth0;
mod better_auth;
mod django_allauth;
mod django_otp_webauthn;
mod fastapi_passkeys;
mod hanko;
mod keycloak;
mod paskia;
mod py_webauthn;
mod simplewebauthn;
mod spring_security;

use serde_json::{Map, Value};

use super::handle::HandleRule;

/// Every product, in the order of the alphabet.
pub const PRODUCTS: [&Product; 12] = [
    &aspnet_identity::PRODUCT,
    &auth0::PRODUCT,
    &better_auth::PRODUCT,
    &django_allauth::PRODUCT,
    &django_otp_webauthn::PRODUCT,
    &fastapi_passkeys::PRODUCT,
    &hanko::PRODUCT,
    &keycloak::PRODUCT,
    &paskia::PRODUCT,
    &py_webauthn::PRODUCT,
    &simplewebauthn::PRODUCT,
    &spring_security::PRODUCT,
];

/// See [`Product::adapt`].
type Adapt = fn(Map<String, Value>) -> Result<Map<String, Value>, String>;

/// See [`Product::tells_handle`].
type TellsHandle = fn(&Value) -> Option<(String, String)>;

/// A product that keeps passkeys.
#[derive(Debug)]
pub struct Product {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is read, in a line.
    pub about: &'static str,
    /// How it makes user handles, if it makes all of them so.
    pub handles: Option<HandleRule>,
    /// Whether it writes bytes as hex digits.
    pub hex: bool,
    /// Where its passkeys are in a database; none if every application makes its own table.
    pub table: Option<Table>,
    /// The member of its export that lists the records, if the export is one large object.
    pub list: Option<&'static str>,
    /// Makes a record readable, or says what it is instead of a passkey.
    pub(super) adapt: Adapt,
    /// The user, and the user handle, that a record tells about other records.
    pub(super) tells_handle: Option<TellsHandle>,
}

impl Product {
    /// A product whose records are read as they are.
    const PLAIN: Self = Self {
        name: "",
        about: "",
        handles: None,
        hex: false,
        table: None,
        list: None,
        adapt: Ok,
        tells_handle: None,
    };

    /// Whether records tell the user handles of others, so that a file has to be read twice.
    pub const fn tells_handles(&self) -> bool {
        self.tells_handle.is_some()
    }
}

/// The tables of a product.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// `SELECT …` up to its `FROM`: the columns of the passkeys.
    columns: &'static str,
    /// `FROM …` and what follows.
    from: &'static str,
    /// Another such with the table of the users as `u`.
    from_with_users: Option<&'static str>,
}

impl Table {
    /// The query for every passkey, with columns of the users by which they are to be known.
    ///
    /// # Errors
    /// If there is no table of users that everybody has.
    pub fn query(&self, user_columns: &[String]) -> Result<String, NoUsers> {
        if user_columns.is_empty() {
            return Ok(format!("SELECT {} {}", self.columns, self.from));
        }
        let from = self.from_with_users.ok_or(NoUsers)?;
        let quoted = user_columns
            .iter()
            .map(|column| format!(", u.{}", quoted(column)))
            .collect::<String>();
        Ok(format!("SELECT {}{quoted} {from}", self.columns))
    }
}

/// The query for every row of a table that an application made for itself.
pub fn query_of(table: &str) -> String {
    let path: Vec<_> = table.split('.').map(quoted).collect();
    format!("SELECT * FROM {}", path.join("."))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A product keeps passkeys without users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the product has no table of users of its own: write the passkeys as JSON lines, with a member for each alias"
)]
pub struct NoUsers;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_in_order_and_named_as_commands_are() {
        let names = PRODUCTS.map(|product| product.name);
        assert!(names.is_sorted(), "{names:?}");
        for product in PRODUCTS {
            let is_letter =
                |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
            assert!(product.name.chars().all(is_letter) && !product.about.is_empty());
        }
    }

    #[test]
    fn names_of_columns_and_tables_are_quoted() {
        let table = better_auth::PRODUCT.table.unwrap();
        let query = table.query(&["e\"mail".to_owned()]).unwrap();
        assert!(query.contains("u.\"e\"\"mail\""), "{query}");
        assert_eq!(query_of("auth.pass keys"), "SELECT * FROM \"auth\".\"pass keys\"");
    }
}
