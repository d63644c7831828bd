//! The socket under a connection: TCP, TCP with TLS, or a Unix socket.

#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

use rustls::{ClientConnection, StreamOwned};

use crate::address::{Address, Endpoint, Host};

pub(crate) enum Socket {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Connects, without TLS yet. Every address that the name has is tried until the time is up.
    pub(crate) fn connect(address: &Address, endpoint: &Endpoint, deadline: Instant) -> io::Result<Self> {
        match &endpoint.host {
            Host::Tcp { name, address: known } => {
                let candidates: Vec<SocketAddr> = match known {
                    Some(ip) => vec![SocketAddr::new(*ip, endpoint.port)],
                    None => (name.as_str(), endpoint.port).to_socket_addrs()?.collect(),
                };
                let stream = first_that_answers(&candidates, deadline)?;
                configure(&stream, address)?;
                Ok(Self::Tcp(stream))
            }
            #[cfg(unix)]
            Host::Unix(folder) => {
                let path = folder.join(format!(".s.PGSQL.{}", endpoint.port));
                UnixStream::connect(path).map(Self::Unix)
            }
            #[cfg(not(unix))]
            Host::Unix(_) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this system has no Unix sockets",
            )),
        }
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nonblocking(nonblocking),
            Self::Tls(stream) => stream.sock.set_nonblocking(nonblocking),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_nonblocking(nonblocking),
        }
    }

    /// How long one read, and one write, may take.
    pub(crate) fn set_time_limit(&self, limit: Option<Duration>) -> io::Result<()> {
        // Zero would mean for ever.
        let limit = limit.map(|limit| limit.max(Duration::from_millis(1)));
        match self {
            Self::Tcp(stream) => limit_tcp(stream, limit),
            Self::Tls(stream) => limit_tcp(&stream.sock, limit),
            #[cfg(unix)]
            Self::Unix(stream) => {
                stream.set_read_timeout(limit)?;
                stream.set_write_timeout(limit)
            }
        }
    }
}

fn limit_tcp(stream: &TcpStream, limit: Option<Duration>) -> io::Result<()> {
    stream.set_read_timeout(limit)?;
    stream.set_write_timeout(limit)
}

fn first_that_answers(candidates: &[SocketAddr], deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (place, candidate) in candidates.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody answered in time"));
        }
        // One that swallows everything must not use up the time of the others.
        let others = u32::try_from(candidates.len() - place).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(candidate, (left / others).max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn configure(stream: &TcpStream, address: &Address) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    if let Some(keepalive) = address.keepalive {
        let parameters = socket2::TcpKeepalive::new().with_time(keepalive.idle);
        #[cfg(not(target_os = "openbsd"))]
        let parameters = parameters
            .with_interval(keepalive.interval)
            .with_retries(keepalive.count);
        socket.set_tcp_keepalive(&parameters)?;
    }
    #[cfg(target_os = "linux")]
    if !address.tcp_user_timeout.is_zero() {
        socket.set_tcp_user_timeout(Some(address.tcp_user_timeout))?;
    }
    Ok(())
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(buffer),
            Self::Tls(stream) => stream.write(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
        }
    }
}
