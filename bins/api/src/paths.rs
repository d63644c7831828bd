//! The paths of the route table: how they are spelled, and what a log may say of them.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use crate::endpoint::Endpoint;

/// How the paths of the table are spelled.
#[derive(Debug)]
pub struct Paths {
    /// Paths without parameters. All of them are spelled in lower case.
    fixed: HashSet<&'static str>,
    /// The segments of paths with parameters.
    patterns: BTreeSet<Vec<&'static str>>,
}

impl Paths {
    /// The paths of these endpoints.
    pub fn of(table: &[Endpoint]) -> Self {
        let mut paths = Self {
            fixed: HashSet::new(),
            patterns: BTreeSet::new(),
        };
        for endpoint in table {
            if endpoint.path.contains('{') {
                paths.patterns.insert(endpoint.path.split('/').collect());
            } else {
                paths.fixed.insert(endpoint.path);
            }
        }
        paths
    }

    /// How the table spells a path, ignoring case and one trailing slash; none if the path is not in it.
    ///
    /// Parameters keep their spelling.
    pub fn spelling_of<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        let trimmed = path
            .strip_suffix('/')
            .filter(|rest| !rest.is_empty())
            .unwrap_or(path);
        if self.fixed.contains(trimmed) {
            return Some(Cow::Borrowed(trimmed));
        }
        let lower = trimmed.to_ascii_lowercase();
        if self.fixed.contains(lower.as_str()) {
            return Some(Cow::Owned(lower));
        }
        let segments: Vec<&str> = trimmed.split('/').collect();
        self.patterns
            .iter()
            .find_map(|pattern| spell(pattern, &segments))
            .map(Cow::Owned)
    }

    /// The path of the table that a path in its spelling belongs to, parameters in braces.
    ///
    /// Some parameters are secrets, so this is what a log may say.
    pub fn pattern_of(&self, path: &str) -> Option<String> {
        if self.fixed.contains(path) {
            return Some(path.to_owned());
        }
        let segments: Vec<&str> = path.split('/').collect();
        let pattern = self
            .patterns
            .iter()
            .find(|pattern| spell(pattern, &segments).is_some())?;
        Some(pattern.join("/"))
    }

    /// What a log may say of a path that may be nobody's: its pattern, or its beginning if that is one of ours. The rest
    /// may be the link of a mail, not quite copied.
    pub fn name_of(&self, path: &str) -> Cow<'static, str> {
        if let Some(pattern) = self.pattern_of(path) {
            return pattern.into();
        }
        let beginning = path.split('/').nth(1).unwrap_or_default();
        let paths = self.fixed.iter().map(|path| path.split('/').nth(1));
        let patterns = self.patterns.iter().map(|pattern| pattern.get(1).copied());
        paths
            .chain(patterns)
            .flatten()
            .find(|ours| !ours.is_empty() && ours.eq_ignore_ascii_case(beginning))
            .map_or("(no route)".into(), |ours| format!("/{ours}/…").into())
    }
}

/// The segments in the spelling of a pattern, if they match it.
fn spell(pattern: &[&str], segments: &[&str]) -> Option<String> {
    if pattern.len() != segments.len() {
        return None;
    }
    let spelled = pattern.iter().zip(segments).map(|(expected, segment)| {
        let parameter = expected.starts_with('{') && !segment.is_empty();
        if parameter {
            Some(*segment)
        } else {
            expected.eq_ignore_ascii_case(segment).then_some(*expected)
        }
    });
    spelled
        .collect::<Option<Vec<&str>>>()
        .map(|segments| segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::table;

    #[test]
    fn paths_are_spelled_like_the_table() {
        let paths = Paths::of(&table());
        for (sent, spelled) in [
            ("/register/token", Some("/register/token")),
            ("/Register/TOKEN/", Some("/register/token")),
            ("/register/token//", None),
            ("/auth-configs/", Some("/auth-configs")),
            ("/", Some("/")),
            (
                "/ADMIN/Apps/DemoApp/API-keys/AbCd/Lock",
                Some("/admin/apps/DemoApp/api-keys/AbCd/lock"),
            ),
            ("/admin/apps//freeze", None),
            ("/unknown", None),
        ] {
            assert_eq!(paths.spelling_of(sent).as_deref(), spelled, "{sent}");
        }
    }

    #[test]
    fn patterns_hide_parameters() {
        let paths = Paths::of(&table());
        for (path, pattern) in [
            (
                "/magic-links/demoapp/link_secret",
                Some("/magic-links/{app}/{link}"),
            ),
            (
                "/account/delete/abort/secret",
                Some("/account/delete/abort/{token}"),
            ),
            ("/register/token", Some("/register/token")),
            ("/unknown", None),
        ] {
            assert_eq!(paths.pattern_of(path).as_deref(), pattern, "{path}");
        }
    }

    #[test]
    fn what_is_no_route_stays_out_of_the_log() {
        let paths = Paths::of(&table());
        for (path, name) in [
            ("/magic-links/demoapp/link_secret", "/magic-links/{app}/{link}"),
            ("//magic-links/demoapp/link_secret", "(no route)"),
            ("/x/magic-links/demoapp/link_secret", "(no route)"),
            ("/magic-links/demoapp/link_secret/foo", "/magic-links/…"),
            ("/Magic-Links/demoapp/link_secret//", "/magic-links/…"),
            ("/account/delete/abort/secret/foo", "/account/…"),
            ("/link_secret", "(no route)"),
            ("/unknown", "(no route)"),
            ("/health/http", "/health/http"),
            ("/", "/"),
            ("", "(no route)"),
        ] {
            assert_eq!(paths.name_of(path), name, "{path}");
        }
    }
}
