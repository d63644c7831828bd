//! Tests of the built binary as a process: killed in the middle of its work, moved into, used by the official clients.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure")]

mod clients;
mod durability;
mod effects;
#[cfg(unix)]
mod full_disk;
mod moving_in;
mod server;
#[cfg(unix)]
mod starting;
