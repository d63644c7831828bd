//! Just enough HTTP/1.1: POST with JSON over one keep-alive connection.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The connection failed or broke off.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The answer is not what this small client reads.
    #[error("the answer cannot be read: {0}")]
    Malformed(&'static str),
    /// The server refused.
    #[error("{path} answered {status}: {body}")]
    Status {
        /// What was asked.
        path: String,
        /// The status code.
        status: u16,
        /// The body, a problem object.
        body: String,
    },
}

/// One keep-alive connection.
pub struct Connection {
    host: String,
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub fn open(host: &str) -> Result<Self, HttpError> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            host: host.to_owned(),
            stream,
            read: Vec::with_capacity(4096),
        })
    }

    /// Sends a body and returns the body of the answer; any status but 200 is an error.
    pub fn post(&mut self, path: &str, key: (&str, &str), body: &str) -> Result<Value, HttpError> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{}: {}\r\nContent-Type: application/json\r\nUser-Agent: passgate-loadgen\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            key.0,
            key.1,
            body.len(),
        );
        self.stream.write_all(request.as_bytes())?;
        let (status, body) = self.answer()?;
        if status != 200 {
            return Err(HttpError::Status {
                path: path.to_owned(),
                status,
                body: String::from_utf8_lossy(&body).into_owned(),
            });
        }
        serde_json::from_slice(&body).map_err(|_| HttpError::Malformed("the body is not JSON"))
    }

    /// Sends a whole request as it is, and reads and forgets the answer: its status, and whether the connection stays.
    pub fn exchange(&mut self, request: &[u8]) -> Result<(u16, bool), HttpError> {
        self.stream.write_all(request)?;
        let (status, lines, head) = self.head()?;
        let lines = lines.to_ascii_lowercase();
        let value = |name: &str| {
            let found = lines
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.map(|value| value.trim().to_owned())
        };
        let stays = value("connection").is_none_or(|connection| connection != "close");
        if value("transfer-encoding").is_some() {
            // Enough of a reader for whoever only wants the end.
            while !self.read.ends_with(b"0\r\n\r\n") {
                self.receive()?;
                let keep = self.read.len().saturating_sub(16);
                self.read.drain(..keep);
            }
            return Ok((status, stays));
        }
        let mut left = value("content-length")
            .and_then(|length| length.parse::<usize>().ok())
            .unwrap_or_default()
            .saturating_sub(self.read.len() - head);
        while left > 0 {
            self.read.clear();
            self.receive()?;
            left = left.saturating_sub(self.read.len());
        }
        Ok((status, stays))
    }

    /// The status, the lines of the head, and where the body begins in what was read.
    fn head(&mut self) -> Result<(u16, String, usize), HttpError> {
        self.read.clear();
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.receive()?;
        };
        let text =
            str::from_utf8(&self.read[..head]).map_err(|_| HttpError::Malformed("the head is not text"))?;
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or(HttpError::Malformed("no status"))?;
        Ok((status, text.to_owned(), head))
    }

    fn answer(&mut self) -> Result<(u16, Vec<u8>), HttpError> {
        let (status, lines, head) = self.head()?;
        let length: usize = lines
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .ok_or(HttpError::Malformed("no Content-Length"))?;
        while self.read.len() < head + length {
            self.receive()?;
        }
        Ok((status, self.read[head..head + length].to_vec()))
    }

    fn receive(&mut self) -> Result<(), HttpError> {
        let mut chunk = [0; 4096];
        let received = self.stream.read(&mut chunk)?;
        if received == 0 {
            return Err(HttpError::Malformed("the server closed the connection"));
        }
        self.read.extend_from_slice(&chunk[..received]);
        Ok(())
    }
}
