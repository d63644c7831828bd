//! py_webauthn, which leaves the store to the application: random handles, unless the application says otherwise.

use super::Product;

pub(super) const PRODUCT: Product = Product {
    name: "py-webauthn",
    about: "What an application with py_webauthn keeps: JSON, or a table of SQLite or PostgreSQL (--table)",
    ..Product::PLAIN
};
