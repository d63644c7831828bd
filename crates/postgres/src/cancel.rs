//! Asking a server to end what it is doing for a connection that we gave up.

use std::{io::Write, thread, time::Instant};

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use crate::{
    address::{Address, Endpoint},
    opening,
};

/// Asks on a thread of its own: the server that did not answer there may not answer here. It answers nothing in any
/// case, and if it cannot be asked, its own time-outs have to do.
pub(crate) fn request_in_background(address: &Address, endpoint: &Endpoint, process: (i32, i32)) {
    let (address, endpoint) = (address.clone(), endpoint.clone());
    let asking = thread::Builder::new()
        .name("postgres-cancel".to_owned())
        .spawn(move || {
            let deadline = Instant::now() + address.connect_timeout;
            if let Ok(mut socket) = opening::open(&address, &endpoint, deadline) {
                let mut request = BytesMut::new();
                frontend::cancel_request(process.0, process.1, &mut request);
                // See above.
                drop(socket.write_all(&request).and_then(|()| socket.flush()));
            }
        });
    drop(asking);
}
