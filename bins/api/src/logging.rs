//! Log lines: text on a terminal, JSON elsewhere.

use std::io::IsTerminal as _;

use crate::config::{Config, LogFormat};

/// Whether log lines are for people.
pub fn is_text(config: &Config) -> bool {
    match config.log_format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stdout().is_terminal(),
    }
}

/// Starts logging to standard output, as configured. Call it once per process.
pub fn start(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log_level);
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal());
    if is_text(config) {
        logging.init();
    } else {
        logging.json().flatten_event(true).init();
    }
}
