//! A small HTTP client that keeps its connection, and fails when the server does not.
//!
//! It sends what it is told to, well-formed or not, and shows every byte of the answer.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use super::contract;

/// One kept connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    headers: Vec<(String, String)>,
}

impl Connection {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
            headers: Vec::new(),
        }
    }

    /// Sends this header with every request from now on; an empty value removes it.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, None, b"")
    }

    /// The answer to a HEAD, which has no body whatever its headers say.
    pub fn head(&mut self, path: &str) -> Response {
        self.send("HEAD", path, None, b"")
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Response {
        self.post_text(path, &body.to_string())
    }

    pub fn post_text(&mut self, path: &str, body: &str) -> Response {
        self.send("POST", path, Some("application/json"), body.as_bytes())
    }

    /// A POST without body and content type.
    pub fn post_nothing(&mut self, path: &str) -> Response {
        self.send("POST", path, None, b"")
    }

    pub fn delete(&mut self, path: &str) -> Response {
        self.send("DELETE", path, None, b"")
    }

    pub fn send(&mut self, method: &str, path: &str, content_type: Option<&str>, body: &[u8]) -> Response {
        let response = self.send_once(method, path, content_type, body);
        let connection = response
            .header("connection")
            .unwrap_or_default()
            .to_ascii_lowercase();
        assert_ne!(
            connection, "close",
            "{method} {path} costs its connection: {response:?}"
        );
        response
    }

    /// Like [`Self::send`], for requests after which the connection may close.
    pub fn send_once(
        &mut self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Response {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: passgate.test\r\n");
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        if let Some(content_type) = content_type {
            write!(head, "Content-Type: {content_type}\r\n").unwrap();
        }
        if !body.is_empty() || method == "POST" {
            write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        head.push_str("\r\n");
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let response = self.read(method == "HEAD");
        contract::check(method, path, &response);
        response
    }

    /// Announces a body of so many bytes, sends the first of them, and reads the answer.
    pub fn send_slowly(&mut self, method: &str, path: &str, length: usize, first: &[u8]) -> Response {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: passgate.test\r\nContent-Length: {length}\r\n");
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(first).unwrap();
        self.read(false)
    }

    fn read(&mut self, without_body: bool) -> Response {
        let status_line = self.line();
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        if without_body {
            return response;
        }
        if response.header("transfer-encoding") == Some("chunked") {
            response.body = self.chunks();
            return response;
        }
        let length = response
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        response.body = vec![0; length];
        self.stream.read_exact(&mut response.body).unwrap();
        response
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line(), 16).unwrap();
            let mut chunk = vec![0; length];
            self.stream.read_exact(&mut chunk).unwrap();
            assert_eq!(self.line(), "");
            if length == 0 {
                return body;
            }
            body.extend(chunk);
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The document of a successful answer of this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(
            self.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// An answer of this status without body, and so without a type of it.
    #[track_caller]
    pub fn expect_empty(&self, status: u16) {
        assert_eq!((self.status, self.text()), (status, ""));
        assert_eq!(self.header("content-type"), None);
    }

    /// A problem of this status; its trace id is checked and taken out.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let mut problem: Value = serde_json::from_slice(&self.body).unwrap();
        let trace = problem.as_object_mut().unwrap().shift_remove("traceId").unwrap();
        assert_eq!(trace.as_str().unwrap().len(), 55, "{trace}");
        assert_eq!(problem["status"], status);
        problem
    }

    /// A problem that is a rule with this code (or none) and title.
    #[track_caller]
    pub fn refusal(&self, status: u16, code: Option<&str>, title: &str) {
        let (title, detail) = match title.split_once('\n') {
            Some((title, detail)) => (title, Some(detail)),
            None => (title, None),
        };
        let mut problem = self.problem(status);
        if detail.is_none() {
            // A sentence for people beside the title is no part of the contract.
            problem.as_object_mut().unwrap().shift_remove("detail");
        }
        let mut expected = serde_json::json!({
            "type": type_of(code),
            "title": title,
            "status": status,
            "errorCode": code,
        });
        if let Some(detail) = detail {
            expected["detail"] = detail.into();
        }
        assert_eq!(problem, expected);
    }

    /// The `errors` of a validation problem.
    #[track_caller]
    pub fn invalid(&self) -> Value {
        let problem = self.problem(400);
        assert_eq!(
            problem["type"],
            "https://tools.ietf.org/html/rfc9110#section-15.5.1"
        );
        assert_eq!(problem["title"], "One or more validation errors occurred.");
        assert!(problem.get("errorCode").is_none());
        problem["errors"].clone()
    }

    /// A problem about a body that does not bind; returns its detail.
    #[track_caller]
    pub fn unbindable(&self, parameter: &str) -> String {
        let problem = self.problem(400);
        assert_eq!(
            problem["type"],
            "https://tools.ietf.org/html/rfc9110#section-15.5.1"
        );
        assert_eq!(
            problem["title"],
            format!("Failed to read parameter \"{parameter} request\" from the request body as JSON.")
        );
        assert!(problem.get("errorCode").is_none());
        problem["detail"].as_str().unwrap().to_owned()
    }
}

/// The type of a rule's problem: the API's own codes are described by its errors guide, ours by our own page.
pub fn type_of(code: Option<&str>) -> String {
    // Fixed by the API that this one answers: a code of ours is not among them, whichever it is.
    const OF_THE_API: [&str; 24] = [
        "",
        "missing_token",
        "invalid_token",
        "invalid_token_format",
        "expired_token",
        "missing_userid",
        "invalid_argument",
        "invalid_attestation",
        "attestation_not_supported_on_plan",
        "max_users_reached",
        "alias_conflict",
        "fido2_invalid_registration",
        "authenticator_not_allowed",
        "attestation_required",
        "unknown_credential",
        "signin_complete_error",
        "app_not_found",
        "app_pending_deletion",
        "app_not_pending_deletion",
        "create_api_key_scopes_required",
        "api_key_not_found",
        "magic_link_email_admin_address_only",
        "magic_link_email_quota_exceeded",
        "test_error",
    ];
    let code = code.unwrap_or_default();
    if OF_THE_API.contains(&code) {
        format!("https://docs.passwordless.dev/guide/errors.html#{code}")
    } else {
        format!("https://github.com/passgate/passgate/blob/main/docs/api.md#{code}")
    }
}
