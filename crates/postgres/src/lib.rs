//! A blocking connection to PostgreSQL for diesel, spoken in the server's own protocol: no libpq, no async runtime.
//!
//! An [`Address`] says where the servers are and how to reach them.

mod address;

pub use address::{Address, Endpoint, Host, InvalidAddress};
