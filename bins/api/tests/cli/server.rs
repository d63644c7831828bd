//! The program as a running server.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::Duration,
};

use crate::Place;

/// A running server.
pub struct Server {
    child: Child,
    pub url: String,
    pub banner: String,
}

impl Server {
    pub fn start(place: &Place, settings: &[(&str, &str)]) -> Self {
        Self::start_with(place, &[], settings)
    }

    /// With arguments.
    pub fn start_with(place: &Place, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = place.command(arguments);
        command
            .env("PASSGATE_LISTEN", "127.0.0.1:0")
            .env("PASSGATE_LOG_FORMAT", "text")
            .envs(settings.iter().copied());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut banner = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            banner.push_str(&line);
            banner.push('\n');
            if line.contains("Stop with") {
                break;
            }
        }
        let url = banner
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("no address: {banner}"));
        Self {
            url: url.to_owned(),
            child,
            banner,
        }
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
        let request = headers.iter().fold(
            agent().get(format!("{}{path}", self.url)),
            |request, (name, value)| request.header(*name, *value),
        );
        let mut response = request.call().unwrap();
        let media_type = response
            .headers()
            .get("content-type")
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        (
            response.status().as_u16(),
            media_type,
            response.body_mut().read_to_string().unwrap(),
        )
    }

    /// Sends JSON with one header, and gives status and JSON.
    pub fn post(
        &self,
        path: &str,
        header: (&str, &str),
        body: &serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let request = agent()
            .post(format!("{}{path}", self.url))
            .header(header.0, header.1);
        let mut response = request.send_json(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&text).unwrap_or_default(),
        )
    }

    pub fn ask_for_application(&self, headers: &[(&str, &str)]) -> (u16, serde_json::Value) {
        let url = format!("{}/playground/application", self.url);
        let request = headers.iter().fold(agent().post(url), |request, (name, value)| {
            request.header(*name, *value)
        });
        let mut response = request.content_type("application/json").send("{}").unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&body).unwrap_or_default(),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}
