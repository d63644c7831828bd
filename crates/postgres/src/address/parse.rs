//! Taking a connection URI apart.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{
    Address, Endpoint, Host, InvalidAddress, Password,
    decode::{decode, port},
    parameters::Parameters,
};

pub(super) const DEFAULT_PORT: u16 = 5432;

/// Where packages put the socket: Debian's and most others, and PostgreSQL's own default.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

pub(super) fn without_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgres://")
        .or_else(|| text.strip_prefix("postgresql://"))
}

pub(super) fn parse(text: &str) -> Result<Address, InvalidAddress> {
    let rest = without_scheme(text).ok_or(InvalidAddress::Scheme)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (userinfo, hosts) = match authority.split_once('@') {
        Some((userinfo, hosts)) => (Some(userinfo), hosts),
        None => (None, authority),
    };
    // An `@` or `/` further on is the rest of a password that was cut in two.
    if hosts.contains('@') || path.contains(['@', '/']) {
        return Err(InvalidAddress::NotEncoded);
    }
    let mut parameters = Parameters::default();
    parameters.read(query)?;
    let (user, password) = match userinfo.map(|info| info.split_once(':').unwrap_or((info, ""))) {
        Some((user, password)) => (decode(user)?, Password(Zeroizing::new(decode(password)?))),
        None => (String::new(), Password(Zeroizing::new(String::new()))),
    };
    let user = parameters.user.take().unwrap_or(user);
    if user.is_empty() {
        return Err(InvalidAddress::NoUser);
    }
    let password = parameters.password.take().unwrap_or(password);
    let endpoints = endpoints(hosts, &parameters)?;
    let database = parameters.database.take().map_or_else(|| decode(path), Ok)?;
    let database = if database.is_empty() {
        user.clone()
    } else {
        database
    };
    Ok(Address {
        endpoints,
        user,
        password: Some(password).filter(|password| !password.0.is_empty()),
        database,
        encryption: parameters.encryption()?,
        keepalive: parameters.keepalive(),
        application_name: parameters.application_name,
        settings: parameters.settings,
        connect_timeout: parameters.connect_timeout,
        tcp_user_timeout: parameters.tcp_user_timeout,
        channel_binding: parameters.channel_binding,
        target: parameters.target,
        in_random_order: parameters.in_random_order,
    })
}

/// The servers, from the authority or from the parameters `host`, `hostaddr` and `port`, which win.
fn endpoints(authority: &str, parameters: &Parameters) -> Result<Vec<Endpoint>, InvalidAddress> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for part in authority.split(',') {
        let (name, port_text) = host_and_port(part)?;
        names.push(decode(name)?);
        ports.push(port_text.map(port).transpose()?);
    }
    if let Some(hosts) = &parameters.hosts {
        names.clone_from(hosts);
        if ports.iter().all(Option::is_none) {
            ports = vec![None];
        }
    }
    if let Some(given) = &parameters.ports {
        ports = given.iter().copied().map(Some).collect();
    }
    let addresses = match &parameters.addresses {
        Some(addresses) => addresses.iter().copied().map(Some).collect(),
        None => vec![None],
    };
    if names.iter().all(String::is_empty) && addresses.len() > 1 {
        names = vec![String::new(); addresses.len()];
    }
    (0..names.len())
        .map(|place| {
            Ok(Endpoint {
                host: host(&names[place], *for_host(&addresses, place, names.len())?),
                port: for_host(&ports, place, names.len())?.unwrap_or(DEFAULT_PORT),
            })
        })
        .collect()
}

/// One value for all, or one each.
fn for_host<T>(values: &[T], place: usize, hosts: usize) -> Result<&T, InvalidAddress> {
    match values {
        [value] => Ok(value),
        values if values.len() == hosts => Ok(&values[place]),
        _ => Err(InvalidAddress::HostList),
    }
}

fn host(name: &str, address: Option<std::net::IpAddr>) -> Host {
    match (name, address) {
        ("", None) => Host::Unix(default_socket_folder()),
        ("", Some(address)) => Host::Tcp {
            name: address.to_string(),
            address: Some(address),
        },
        (name, None) if name.starts_with('/') => Host::Unix(PathBuf::from(name)),
        (name, address) => Host::Tcp {
            name: name.to_owned(),
            address,
        },
    }
}

fn default_socket_folder() -> PathBuf {
    let [usual, other] = SOCKET_FOLDERS.map(PathBuf::from);
    if usual.is_dir() { usual } else { other }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn host_and_port(text: &str) -> Result<(&str, Option<&str>), InvalidAddress> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or(InvalidAddress::NotEncoded)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((address, some(port))),
            None if after.is_empty() => Ok((address, None)),
            None => Err(InvalidAddress::NotEncoded),
        };
    }
    match text.split_once(':') {
        Some((host, port)) => Ok((host, some(port))),
        None => Ok((text, None)),
    }
}

fn some(port: &str) -> Option<&str> {
    Some(port).filter(|port| !port.is_empty())
}
