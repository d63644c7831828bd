//! The device behind a `User-Agent`, in the words of the ua-parser project: `Chrome, Windows 10`.
//!
//! `rules` holds the project's rules and applies them. Nothing is compiled before the first user agent that needs it,
//! nobody waits for anybody else, and no header costs more than another of its length.

use std::sync::LazyLock;

#[cfg(test)]
pub(crate) use rules::MOST_ASKED;
use rules::{Found, Rules};

mod expression;
mod rules;

/// How many bytes of a user agent are read. Those of browsers are half as long.
pub(crate) const LONGEST_READ: usize = 512;

/// Most letters of a browser's or system's name that are kept: some rules take it from the user agent.
const LONGEST_NAME: usize = 64;

/// Most letters of a version that are kept.
const LONGEST_VERSION: usize = 16;

/// What is said of a browser or a system that no rule knows.
const OTHER: &str = "Other";

/// Shared by everybody: it only grows until every rule is compiled, to about 1 MiB.
static RULES: LazyLock<Rules> = LazyLock::new(Rules::bundled);

/// `{browser family}, {system family} {system major version}`; what is unknown is `Other`, its version empty.
///
/// It takes some microseconds, of which a rule that is asked for the first time takes most.
pub fn describe(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default().trim();
    if user_agent.is_empty() {
        return words(None, None);
    }
    let reading = RULES.read(beginning(user_agent));
    words(reading.browser, reading.system)
}

/// The part that is read.
fn beginning(user_agent: &str) -> &str {
    let end = (0..=LONGEST_READ)
        .rev()
        .find(|end| user_agent.is_char_boundary(*end));
    match end {
        Some(end) if user_agent.len() > LONGEST_READ => user_agent.split_at(end).0,
        Some(_) | None => user_agent,
    }
}

fn words(browser: Option<Found>, system: Option<Found>) -> String {
    let browser = name(browser.as_ref());
    let version = system
        .as_ref()
        .map(|found| clean(&found.major, LONGEST_VERSION))
        .unwrap_or_default();
    format!("{browser}, {} {version}", name(system.as_ref()))
}

fn name(found: Option<&Found>) -> String {
    found
        .map(|found| clean(&found.family, LONGEST_NAME))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| OTHER.to_owned())
}

/// Without control characters, without space around it, and cut off.
fn clean(text: &str, longest: usize) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let kept: String = text.trim().chars().take(longest).collect();
    kept.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
