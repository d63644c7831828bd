//! What is logged, and how.

use super::{
    readers::{needed, switch},
    section::section,
    settings::plain,
};

section! {
    /// What is logged, and how.
    LogConfig {
        "auto: text on a terminal, JSON elsewhere; text; json."
        format: LogFormat = plain("log_format", "auto"), needed(format);
        "What is logged: a level, or directives such as info,passgate=debug."
        level: String = plain("log_level", "info,actix_server=warn,actix_http::h1::dispatcher=off"), needed(level);
        "false: requests to /health/ that succeed leave no line."
        probes: bool = plain("log_probes", "true"), needed(switch);
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One readable line each.
    Text,
    /// One JSON object each.
    Json,
}

fn format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be auto, text or json".to_owned()),
    }
}

fn level(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| {
            format!("must be a level such as info, or directives such as info,passgate=debug ({error})")
        })
}
