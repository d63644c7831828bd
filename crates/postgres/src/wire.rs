//! Messages on a socket: what is to be sent collects in a buffer, what arrives is taken apart.

use std::io::{self, Read, Write};

use bytes::BytesMut;
use postgres_protocol::message::backend::Message;

use crate::socket::Socket;

/// One read takes at most this much.
const CHUNK: usize = 16 * 1024;

pub(crate) struct Wire {
    socket: Socket,
    received: BytesMut,
    chunk: Box<[u8]>,
    /// Messages that have not been sent.
    pub(crate) outgoing: BytesMut,
    /// How often we sent something and then waited.
    pub(crate) round_trips: u64,
    is_waiting_due: bool,
}

impl Wire {
    pub(crate) fn new(socket: Socket) -> Self {
        Self {
            socket,
            received: BytesMut::new(),
            chunk: vec![0; CHUNK].into_boxed_slice(),
            outgoing: BytesMut::new(),
            round_trips: 0,
            is_waiting_due: false,
        }
    }

    pub(crate) const fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Sends what has collected.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        self.socket.write_all(&self.outgoing)?;
        self.socket.flush()?;
        self.outgoing.clear();
        self.is_waiting_due = true;
        Ok(())
    }

    /// Takes what has arrived, without waiting. An error if the connection ended.
    pub(crate) fn read_what_is_there(&mut self) -> io::Result<()> {
        self.socket.set_nonblocking(true)?;
        let outcome = loop {
            match self.socket.read(&mut self.chunk) {
                Ok(0) => break Err(closed()),
                Ok(length) => self.received.extend_from_slice(&self.chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.socket.set_nonblocking(false)?;
        outcome
    }

    /// The next message that has arrived in full, if there is one.
    pub(crate) fn next_received(&mut self) -> io::Result<Option<Message>> {
        Message::parse(&mut self.received)
    }

    /// The next message. What only informs is passed over.
    pub(crate) fn receive(&mut self) -> io::Result<Message> {
        loop {
            match Message::parse(&mut self.received)? {
                Some(Message::NoticeResponse(_) | Message::NotificationResponse(_)) => {}
                Some(message) => return Ok(message),
                None => self.read_more()?,
            }
        }
    }

    fn read_more(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_waiting_due) {
            self.round_trips += 1;
        }
        loop {
            match self.socket.read(&mut self.chunk) {
                Ok(0) => return Err(closed()),
                Ok(length) => {
                    self.received.extend_from_slice(&self.chunk[..length]);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "the server did not answer in time",
                    ));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")
}
