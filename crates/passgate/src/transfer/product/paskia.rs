//! Paskia. The handle is the 16 bytes of the UUID that the user id is.

use super::{HandleRule, Product};

pub(super) const PRODUCT: Product = Product {
    name: "paskia",
    about: "The state of Paskia, as its `kanta` command writes it in JSON, or its credentials as JSON lines",
    handles: Some(HandleRule::UuidBytes),
    list: Some("credentials"),
    ..Product::PLAIN
};
