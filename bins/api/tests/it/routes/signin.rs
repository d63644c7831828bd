//! `/signin`.

mod begin;
mod complete;
mod generate_token;
mod verify;
