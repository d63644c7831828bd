//! Official clients that cannot run here: their requests sent as they send them, the answers read as they read them.
//!
//! Each module holds the types its client reads into: a member that is renamed, missing, null or written in another
//! format does not fit any more, and the test that fails bears the name of the client that would.

use serde::de::DeserializeOwned;

use crate::support::{Connection, Response, TestApp, TestServer};

mod android;
mod dotnet;
mod ios;
mod java;
mod shapes;
mod spellings;

/// Reads an answer as the client does.
#[track_caller]
fn read<T: DeserializeOwned>(response: &Response) -> T {
    fitting(response.expect(200))
}

/// Reads a problem as the client does, which first looks whether its content type is that of problems.
#[track_caller]
fn read_problem<T: DeserializeOwned>(response: &Response, status: u16) -> T {
    fitting(response.problem(status))
}

#[track_caller]
fn fitting<T: DeserializeOwned>(body: serde_json::Value) -> T {
    let shown = body.to_string();
    serde_json::from_value(body)
        .unwrap_or_else(|error| panic!("no {}: {error}: {shown}", std::any::type_name::<T>()))
}

/// An application with an event log that may send mail to `admin@example.com`.
fn app(server: &TestServer) -> TestApp {
    // A time with a fraction, so that every one is written with one.
    server.clock.advance(std::time::Duration::from_micros(123_450));
    server.app_with(
        "demoapp",
        &serde_json::json!({
            "adminEmail": "admin@example.com", "eventLoggingIsEnabled": true, "eventLoggingRetentionPeriod": 365,
            "magicLinkEmailMonthlyQuota": 100,
        }),
    )
}

/// What a connection of this client sends with every request.
fn sending(server: &TestServer, headers: &[(&str, &str)]) -> Connection {
    headers
        .iter()
        .fold(server.anybody(), |connection, (name, value)| {
            connection.with_header(name, value)
        })
}
