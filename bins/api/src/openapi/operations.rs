//! What each endpoint reads and answers, one entry per row of the route table.
//!
//! What follows from the row is not repeated here: 401 for a key, 403 for a scope, 400, 408, 413 and 415 for the body,
//! 500 and 503 for the server itself.

mod backends;
mod browsers;
mod everybody;
mod operators;
mod third_generation;

use actix_web::http::Method;

use super::notation::Members;

/// What an endpoint reads and answers.
#[derive(Debug)]
pub struct Operation {
    /// Method and path, as in the route table.
    pub endpoint: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else there is to know.
    pub about: &'static str,
    /// Its query parameters.
    pub query: Members,
    /// The members of its body; none if it reads no body.
    pub body: Members,
    /// The statuses that are no refusals, with what they carry.
    pub answers: &'static [(u16, Body)],
    /// Refusals of its own, beside those that follow from its row.
    pub refusals: &'static [(u16, &'static str)],
}

/// What an answer carries.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// JSON of a type in the short notation.
    Json(&'static str),
    /// A document of another media type.
    Other(&'static str),
}

/// Endpoints that are listed together.
#[derive(Debug)]
pub struct Group {
    /// The tag of its endpoints.
    pub name: &'static str,
    /// What they have in common.
    pub about: &'static str,
    /// Its entries.
    pub operations: &'static [Operation],
}

/// Every entry, by group.
pub const GROUPS: &[Group] = &[
    browsers::GROUP,
    backends::GROUP,
    third_generation::GROUP,
    operators::GROUP,
    everybody::GROUP,
];

/// The entry of an endpoint, and its group.
pub fn find(method: &Method, path: &str) -> Option<(&'static Group, &'static Operation)> {
    GROUPS
        .iter()
        .flat_map(|group| group.operations.iter().map(move |entry| (group, entry)))
        .find(|(_, entry)| entry.endpoint.split_once(' ') == Some((method.as_str(), path)))
}

/// What most entries leave out.
const PLAIN: Operation = Operation {
    endpoint: "",
    summary: "",
    about: "",
    query: &[],
    body: &[],
    answers: &[],
    refusals: &[],
};
