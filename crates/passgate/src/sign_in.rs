//! Sign-in: *begin* and *complete* from the browser, *verify* from the backend, and tokens a backend makes itself.

mod begin;
mod complete;
mod generate;
mod purpose;
mod verify;

pub use begin::SignInBeginInput;
pub use complete::{SignInCompleteError, SignInCompleteInput, SignedIn};
pub use generate::{GenerateSignInTokenError, GenerateSignInTokenInput};
pub use verify::SignInTokenError;
