//! Becoming connected: one server after the other, with or without TLS, until one lets us in that will do.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{Read, Write},
    time::{Duration, Instant},
};

use bytes::BytesMut;
use postgres_protocol::message::{backend::Message, frontend};

use crate::{
    address::{Address, Endpoint, Host, SslMode, Target},
    authentication,
    error::{ConnectError, ServerError},
    session::Session,
    socket::Socket,
    tls,
    wire::Wire,
};

/// Who is between us and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Pooling {
    /// Found out: a server knows the number of its process, and a pooler gives us another.
    #[default]
    Auto,
    /// Nobody, or a pooler that leaves one server connection to us for as long as we are connected.
    Session,
    /// A pooler that gives each transaction the server connection that is free: no prepared statements, no settings
    /// beyond the end of a transaction.
    Transaction,
}

/// How a connection is to behave, beyond what the address says.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Who is between us and the server.
    pub pooling: Pooling,
    /// How long the server may say nothing while we wait for it. None: for ever.
    pub answer_timeout: Option<Duration>,
    /// Whether the server's own limits for statements, transactions and idle sessions are lifted. They come before
    /// `settings`.
    pub lifts_time_limits: bool,
    /// Settings, for the session or, behind a pooler, for each transaction. Those of the address win.
    pub settings: Vec<(String, String)>,
}

pub(crate) fn connect(address: &Address, behaviour: &Behaviour) -> Result<Session, ConnectError> {
    let mut endpoints: Vec<&Endpoint> = address.endpoints.iter().collect();
    if address.in_random_order {
        shuffle(&mut endpoints);
    }
    let mut refusal = None;
    for endpoint in endpoints {
        match connect_to(address, endpoint, behaviour) {
            Ok(session) => return Ok(session),
            // What somebody has to repair is worth more than a server that is down.
            Err(error) => {
                let replaces = refusal.as_ref().is_none_or(ConnectError::is_temporary);
                if replaces {
                    refusal = Some(error);
                }
            }
        }
    }
    Err(refusal.unwrap_or_else(|| ConnectError::Encoding {
        encoding: String::new(),
    }))
}

/// An order, not a secret.
fn shuffle(endpoints: &mut [&Endpoint]) {
    for place in (1..endpoints.len()).rev() {
        let random = random_number() % (place as u64 + 1);
        endpoints.swap(place, usize::try_from(random).unwrap_or(0));
    }
}

/// Differs from connection to connection, and from process to process. Nobody is kept from guessing it.
pub(crate) fn random_number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// With or without TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Plain,
    TlsIfOffered,
    Tls,
}

fn connect_to(
    address: &Address,
    endpoint: &Endpoint,
    behaviour: &Behaviour,
) -> Result<Session, ConnectError> {
    let attempts: &[Attempt] = match (&endpoint.host, address.encryption.mode) {
        // A Unix socket does not leave the machine.
        (Host::Unix(_), _) | (_, SslMode::Disable) => &[Attempt::Plain],
        (_, SslMode::Allow) => &[Attempt::Plain, Attempt::Tls],
        (_, SslMode::Prefer) => &[Attempt::TlsIfOffered, Attempt::Plain],
        (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[Attempt::Tls],
    };
    let mut attempts = attempts.iter().peekable();
    loop {
        let Some(attempt) = attempts.next() else {
            return Err(ConnectError::NoTls {
                endpoint: endpoint.clone(),
            });
        };
        match try_once(address, endpoint, behaviour, *attempt) {
            Err(error) if attempts.peek().is_some() && is_about_encryption(&error) => {}
            outcome => return outcome,
        }
    }
}

/// Whether the other way, with or without TLS, may do better.
fn is_about_encryption(error: &ConnectError) -> bool {
    match error {
        ConnectError::Tls { .. } | ConnectError::NoTls { .. } => true,
        // No line of the server's pg_hba.conf for this kind of connection.
        ConnectError::Refused { source, .. } => source.state.as_str() == "28000",
        ConnectError::Unreachable { .. }
        | ConnectError::Certificates { .. }
        | ConnectError::NoPassword { .. }
        | ConnectError::Authentication { .. }
        | ConnectError::ReadOnly { .. }
        | ConnectError::Encoding { .. } => false,
    }
}

fn try_once(
    address: &Address,
    endpoint: &Endpoint,
    behaviour: &Behaviour,
    attempt: Attempt,
) -> Result<Session, ConnectError> {
    let unreachable = |source| ConnectError::Unreachable {
        endpoint: endpoint.clone(),
        source,
    };
    let deadline = Instant::now() + address.connect_timeout;
    let socket = open_as(address, endpoint, deadline, attempt)?;
    let mut wire = Wire::new(socket);
    frontend::startup_message(startup_parameters(address), &mut wire.outgoing).map_err(unreachable)?;
    wire.send().map_err(unreachable)?;
    authentication::log_in(&mut wire, address, endpoint)?;
    let process = until_ready(&mut wire, endpoint)?;
    let mut session = Session::new(wire, address.clone(), endpoint.clone(), process);
    session.look_at_server(behaviour, address.target == Target::ReadWrite)?;
    session.set_answer_timeout(behaviour.answer_timeout);
    Ok(session)
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

fn open_as(
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

/// What every server and pooler takes at the start. Everything else is said later.
fn startup_parameters(address: &Address) -> impl Iterator<Item = (&str, &str)> {
    [
        ("user", address.user.as_str()),
        ("database", address.database.as_str()),
        ("client_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        (
            "application_name",
            address.application_name.as_deref().unwrap_or("passgate"),
        ),
    ]
    .into_iter()
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

/// Waits until the server takes statements. Returns the number and the key of its process, which end statements.
fn until_ready(wire: &mut Wire, endpoint: &Endpoint) -> Result<(i32, i32), ConnectError> {
    let mut process = (0, 0);
    loop {
        match wire.receive() {
            Ok(Message::BackendKeyData(body)) => process = (body.process_id(), body.secret_key()),
            Ok(Message::ReadyForQuery(_)) => return Ok(process),
            Ok(Message::ErrorResponse(body)) => {
                return Err(ConnectError::Refused {
                    endpoint: endpoint.clone(),
                    source: Box::new(ServerError::read(&body)),
                });
            }
            Ok(_) => {}
            Err(source) => {
                return Err(ConnectError::Unreachable {
                    endpoint: endpoint.clone(),
                    source,
                });
            }
        }
    }
}
