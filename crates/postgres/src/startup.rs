//! Becoming connected: one server after the other, with or without TLS, until one lets us in that will do.

use std::time::Instant;

use postgres_protocol::message::{backend::Message, frontend};

use crate::{
    address::{Address, Endpoint, Host, SslMode, Target},
    authentication,
    behaviour::Behaviour,
    error::{ConnectError, ServerError},
    opening::{Attempt, open_as},
    random::random_number,
    session::Session,
    wire::Wire,
};

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
