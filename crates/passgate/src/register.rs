//! Registration: a token from the backend, then *begin* and *complete* from the browser.

mod begin;
mod complete;
mod token;
mod user_limit;

pub use begin::{RegisterBeginError, RegisterBeginInput};
pub use complete::{RegisterCompleteError, RegisterCompleteInput, Registered};
pub use token::{RegisterTokenError, RegisterTokenInput};
