//! The server: HTTP around the operations of the `passgate` crate.
//!
//! [`routes`] lists every endpoint. A request passes [`middleware`], then [`auth::Call`] checks its key and reads its
//! body, then [`operations`] runs one operation on the blocking pool, and [`answer`] or [`problem`] writes the outcome.
//! [`config`] says what can be chosen, [`server`] puts everything together and listens, [`cli`] is the command line.
//!
//! **Architecture invariant**: nothing below this crate knows HTTP, and nothing in it decides a rule.

pub mod answer;
pub mod api;
pub mod assets;
pub mod auth;
pub mod body;
pub mod cli;
pub mod client;
pub mod config;
pub mod database_lock;
pub mod device;
pub mod encoding;
pub mod endpoint;
pub mod env;
pub mod file_system;
pub mod host;
pub mod html;
pub mod input;
pub mod jobs;
pub mod json;
pub mod links;
pub mod logging;
pub mod mail;
pub mod mail_address;
pub mod marks;
pub mod metadata;
pub mod metrics;
pub mod middleware;
pub mod network;
pub mod openapi;
pub mod operations;
pub mod owner;
pub mod page;
pub mod paths;
pub mod playground;
pub mod problem;
pub mod rate_limit;
mod refusals;
pub mod routes;
pub mod server;
pub mod shape;
pub mod shares;
pub mod storage_probe;
pub mod timestamps;
pub mod trace;
pub mod validation;
pub mod wire;
