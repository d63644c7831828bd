//! The device behind a `User-Agent`, in the words of the ua-parser project: `Chrome, Windows 10`.
//!
//! `rules` holds the project's rules and applies them, `recent` remembers what came of it. Nothing is read before
//! the first user agent is.

use std::sync::{LazyLock, Mutex, PoisonError};

use recent::Recent;
use rules::{Found, Rules};

mod recent;
mod rules;

/// How many letters of a user agent are read. Those of browsers are half as long.
const LONGEST_READ: usize = 512;

/// Most letters of a browser's or system's name that are kept: some rules take it from the user agent.
const LONGEST_NAME: usize = 64;

/// Most letters of a version that are kept.
const LONGEST_VERSION: usize = 16;

/// What is said of a browser or a system that no rule knows.
const OTHER: &str = "Other";

/// How many user agents are remembered, at most twice as many.
const REMEMBERED: usize = 256;

/// Shared by everybody, since nothing but the time it takes depends on what it remembers.
static DEVICES: LazyLock<Devices> = LazyLock::new(Devices::new);

/// `{browser family}, {system family} {system major version}`; what is unknown is `Other`, its version empty.
///
/// A user agent that was not met lately takes some time, so call it where blocking is allowed.
pub fn describe(user_agent: Option<&str>) -> String {
    DEVICES.describe(user_agent.unwrap_or_default())
}

struct Devices {
    recent: Mutex<Recent>,
    rules: Mutex<Rules>,
}

impl Devices {
    fn new() -> Self {
        Self {
            recent: Mutex::new(Recent::new(REMEMBERED)),
            rules: Mutex::new(Rules::bundled()),
        }
    }

    fn describe(&self, user_agent: &str) -> String {
        let user_agent = user_agent.trim();
        if user_agent.is_empty() {
            return words(None, None);
        }
        let user_agent = match user_agent.char_indices().nth(LONGEST_READ) {
            Some((end, _)) => user_agent.split_at(end).0,
            None => user_agent,
        };
        if let Some(device) = lock(&self.recent).find(user_agent) {
            return device;
        }
        let (browser, system) = lock(&self.rules).apply(user_agent);
        let device = words(browser, system);
        lock(&self.recent).remember(user_agent, &device);
        device
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

/// A panic elsewhere leaves nothing half done that matters here: at worst something is found out again.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
