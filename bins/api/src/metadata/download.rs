//! Downloading the BLOB.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use url::Url;

use super::{RefreshError, host};

/// How long a download may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How often a download that goes on asks whether it should.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The text at an address, of at most `largest` bytes; none if it was given up.
///
/// It runs on a thread of its own, because nothing else can be done to end a read that hangs: given up, it is left to
/// its time limit, or to the end of the process.
pub(super) fn fetch(
    address: &Url,
    largest: u64,
    give_up: impl Fn() -> bool,
) -> Result<Option<String>, RefreshError> {
    let (tell, told) = channel();
    let target = address.clone();
    thread::Builder::new()
        .name("metadata".to_owned())
        // Nobody listens any more if it was given up.
        .spawn(move || drop(tell.send(get(&target, largest))))
        .map_err(RefreshError::BrokeDown)?;
    loop {
        match told.recv_timeout(ASK_EVERY) {
            Ok(got) => {
                return got.map(Some).map_err(|error| RefreshError::Download {
                    host: host(address),
                    source: Box::new(error),
                });
            }
            Err(RecvTimeoutError::Timeout) if !give_up() => {}
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(RefreshError::BrokeDown(io::Error::other("its thread ended")));
            }
        }
    }
}

fn get(address: &Url, largest: u64) -> Result<String, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .build()
        .into();
    let mut answer = agent.get(address.as_str()).call()?;
    answer.body_mut().with_config().limit(largest).read_to_string()
}
