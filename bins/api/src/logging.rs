//! Log lines: text on a terminal, JSON elsewhere.

use std::io::IsTerminal as _;

use crate::config::{LogConfig, LogFormat};

/// Whether log lines are for people.
pub fn is_text(config: &LogConfig) -> bool {
    match config.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stdout().is_terminal(),
    }
}

/// Starts logging to standard output, as configured. Call it once per process.
pub fn start(config: &LogConfig) {
    let filter = tracing_subscriber::EnvFilter::new(&config.level);
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal());
    if is_text(config) {
        logging.init();
    } else {
        logging.json().flatten_event(true).init();
    }
}
