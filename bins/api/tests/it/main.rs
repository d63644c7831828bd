//! The real server on a real socket, with a clock that tests move and a database of its own for every test.
//!
//! The modules below `routes` mirror the URLs.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure")]

mod authentication;
mod clients;
mod jobs;
mod limits;
mod mail;
mod metadata;
mod moving_in;
mod neighbours;
mod refusals;
mod route_table;
mod routes;
mod support;
mod surroundings;
mod upgrade;
