//! Opening a socket to a server, and encrypting it.

use std::{
    io::{Read, Write},
    time::Instant,
};

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use crate::{
    address::{Address, Endpoint, Host, SslMode},
    error::ConnectError,
    socket::Socket,
    tls,
};

/// With or without TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    Plain,
    TlsIfOffered,
    Tls,
}

/// Opens a socket as the address says, to say something that is no log-in.
pub(crate) fn open(
    address: &Address,
    endpoint: &Endpoint,
    deadline: Instant,
) -> Result<Socket, ConnectError> {
    let attempt = match (&endpoint.host, address.encryption.mode) {
        (Host::Unix(_), _) | (_, SslMode::Disable | SslMode::Allow) => Attempt::Plain,
        (_, SslMode::Prefer) => Attempt::TlsIfOffered,
        (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => Attempt::Tls,
    };
    open_as(address, endpoint, deadline, attempt)
}

/// Opens a socket, with or without TLS.
pub(crate) fn open_as(
    address: &Address,
    endpoint: &Endpoint,
    deadline: Instant,
    attempt: Attempt,
) -> Result<Socket, ConnectError> {
    let unreachable = |source| ConnectError::Unreachable {
        endpoint: endpoint.clone(),
        source,
    };
    let left = || Some(deadline.saturating_duration_since(Instant::now()));
    let socket = Socket::connect(address, endpoint, deadline).map_err(unreachable)?;
    socket.set_time_limit(left()).map_err(unreachable)?;
    let socket = encrypt(socket, address, endpoint, attempt)?;
    socket.set_time_limit(left()).map_err(unreachable)?;
    Ok(socket)
}

fn encrypt(
    mut socket: Socket,
    address: &Address,
    endpoint: &Endpoint,
    attempt: Attempt,
) -> Result<Socket, ConnectError> {
    if attempt == Attempt::Plain {
        return Ok(socket);
    }
    if !address.encryption.is_direct && !is_tls_offered(&mut socket, endpoint)? {
        return match attempt {
            Attempt::Plain | Attempt::TlsIfOffered => Ok(socket),
            Attempt::Tls => Err(ConnectError::NoTls {
                endpoint: endpoint.clone(),
            }),
        };
    }
    match socket {
        Socket::Tcp(stream) => tls::wrap(stream, &address.encryption, endpoint).map(Socket::Tls),
        other => Ok(other),
    }
}

fn is_tls_offered(socket: &mut Socket, endpoint: &Endpoint) -> Result<bool, ConnectError> {
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    let mut answer = [0];
    // One byte and no more: what follows in clear must not be taken for something that came encrypted.
    socket
        .write_all(&request)
        .and_then(|()| socket.flush())
        .and_then(|()| socket.read_exact(&mut answer))
        .map_err(|source| ConnectError::Unreachable {
            endpoint: endpoint.clone(),
            source,
        })?;
    match answer {
        [b'S'] => Ok(true),
        [b'N'] => Ok(false),
        _ => Err(ConnectError::Authentication {
            endpoint: endpoint.clone(),
            explanation: "what answers there does not speak PostgreSQL's protocol".to_owned(),
        }),
    }
}
