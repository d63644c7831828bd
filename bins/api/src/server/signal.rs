//! Signals to stop, for the time before the server listens to them itself.

use std::io;

/// Returns once the process is told to stop.
#[cfg(unix)]
pub(super) async fn stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Returns once the process is told to stop.
#[cfg(not(unix))]
pub(super) async fn stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
