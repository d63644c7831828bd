//! Opening the database, which may wait for others: said after a second, and ended by a signal.

use std::{io, pin::pin, thread, time::Duration};

use actix_web::rt::time::sleep;
use tokio::sync::oneshot;

use super::{
    assemble::{self, Opened},
    error::OpenError,
    signals::Signals,
};
use crate::config::Config;

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens the database; none if a signal came first. The thread that waits for it then ends with the process.
pub(super) async fn open(config: &Config, signals: &mut Signals) -> Result<Option<Opened>, OpenError> {
    let (tell, mut told) = oneshot::channel();
    let theirs = config.clone();
    thread::Builder::new()
        .name("open".to_owned())
        // Nobody listens any more if a signal came first.
        .spawn(move || drop(tell.send(assemble::open(&theirs))))
        .map_err(OpenError::Opening)?;
    let mut patience = pin!(sleep(PATIENCE));
    let mut waits = false;
    loop {
        tokio::select! {
            opened = &mut told => {
                let ended = |_| Err(OpenError::Opening(io::Error::other("its thread ended")));
                return opened.unwrap_or_else(ended).map(Some);
            }
            stop = signals.next() => {
                tracing::info!(?stop, "told to stop before the database was open");
                return Ok(None);
            }
            () = &mut patience, if !waits => {
                waits = true;
                tracing::warn!(
                    "still opening the database: it does not answer, or another server brings its schema up to date"
                );
            }
        }
    }
}
