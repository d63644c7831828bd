//! A blocking connection to PostgreSQL for diesel, spoken in the server's own protocol: no libpq, no async runtime.
//!
//! An [`Address`] says where the servers are and how to reach them, a [`Behaviour`] what else the connection is to
//! mind, and [`PostgresConnection::open`] connects. TLS is rustls with `ring`; a password log-in is bound to the channel
//! where the server can.
//!
//! # What it promises
//!
//! - Statements that are sent together succeed or fail together: what was sent behind a `BEGIN` that failed does not
//!   run.
//! - No statement but the meant one runs: prepared statements have names that no other connection uses, and none where
//!   a pooler gives each transaction another server.
//! - Waiting ends: to connect after `connect_timeout`, for an answer after [`Behaviour::answer_timeout`].
//! - Nothing secret, and no stored value, is in an error.

mod address;
mod authentication;
mod behaviour;
mod cancel;
mod connection;
mod error;
mod opening;
mod random;
mod row;
mod session;
mod socket;
mod startup;
mod tls;
mod wire;

pub use address::{Address, Endpoint, Host, InvalidAddress};
pub use behaviour::{Behaviour, Pooling};
pub use connection::{PostgresConnection, Rows};
pub use error::{ConnectError, ServerError, SqlState};
pub use row::{PostgresField, PostgresRow};
pub use tls::check_files;
