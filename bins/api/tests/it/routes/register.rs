//! `/register`.

mod begin;
mod complete;
mod token;
