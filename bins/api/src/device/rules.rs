//! The rules of the ua-parser project, each compiled when it is first asked, and kept.
//!
//! `rules.tsv` says of each rule which texts (needles) it cannot match without, and a rule is asked only if one of its
//! needles turns up. `refresh` makes that file from the project's latest release. A user agent that names more than any
//! browser does is not read to the end: at most [`MOST_ASKED`] rules are asked.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::expression::{Expression, Groups};

/// The file, as it was when this program was built.
const BUNDLED: &str = include_str!("rules.tsv");

/// How many expressions are asked about one user agent. Of the 30,717 in the project's own collections the hungriest needs 38.
pub(crate) const MOST_ASKED: usize = 64;

/// A browser or a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its name.
    pub family: String,
    /// Its major version; empty if unknown. Not looked for in browsers.
    pub major: String,
}

/// What was found, and what it took.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub browser: Option<Found>,
    pub system: Option<Found>,
    /// How many expressions were asked.
    pub asked: usize,
}

/// The rules, in the order in which they are asked: those for browsers, then those for systems.
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// Where the rules for systems begin.
    systems: usize,
    /// Finds needles; none if there are none to find.
    needles: Option<AhoCorasick>,
    /// The rule that each needle belongs to.
    owners: Vec<usize>,
    /// Rules without needles are always asked.
    always: Vec<usize>,
}

/// A rule, or one of the expressions of a rule: then the one that matches first in the text counts.
struct Rule {
    /// Equal for the expressions of one rule.
    number: usize,
    expression: &'static str,
    family: Option<&'static str>,
    major: Option<&'static str>,
    /// None inside if it does not compile. A test sees to it that there is no such rule.
    compiled: OnceLock<Option<Expression>>,
}

impl Rules {
    pub(super) fn bundled() -> Self {
        Self::parse(BUNDLED)
    }

    fn parse(table: &'static str) -> Self {
        let (mut browsers, mut systems, mut number) = (Vec::new(), Vec::new(), 0);
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut next = || columns.next().filter(|text| !text.is_empty());
            let list = match next() {
                Some("browser" | "browser+") => &mut browsers,
                Some("system" | "system+") => &mut systems,
                Some(_) | None => continue,
            };
            if !line.split('\t').next().is_some_and(|list| list.ends_with('+')) {
                number += 1;
            }
            let needles = next();
            let Some(expression) = next() else { continue };
            let rule = Rule {
                number,
                expression,
                family: next(),
                major: next(),
                compiled: OnceLock::new(),
            };
            list.push((needles, rule));
        }
        let start_of_systems = browsers.len();
        let (mut rules, mut texts, mut owners, mut always) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (place, (needles, rule)) in browsers.into_iter().chain(systems).enumerate() {
            match needles {
                Some(needles) => {
                    for needle in needles.split('|') {
                        texts.push(needle);
                        owners.push(place);
                    }
                }
                None => always.push(place),
            }
            rules.push(rule);
        }
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(texts);
        if needles.is_err() {
            // Too many needles for it: then every rule is asked.
            always = (0..rules.len()).collect();
        }
        Self {
            rules,
            systems: start_of_systems,
            needles: needles.ok(),
            owners,
            always,
        }
    }

    /// The browser and the system behind a user agent: what the first rule of either kind says that matches.
    pub(super) fn read(&self, user_agent: &str) -> Reading {
        let candidates = self.candidates(user_agent);
        let systems = candidates.partition_point(|place| *place < self.systems);
        let (browsers, systems) = candidates.split_at(systems);
        let mut reading = Reading::default();
        reading.browser = self.first_match(browsers, user_agent, &mut reading.asked, Rule::browser);
        reading.system = self.first_match(systems, user_agent, &mut reading.asked, Rule::system);
        reading
    }

    /// The rules that can match at all, in order.
    fn candidates(&self, user_agent: &str) -> Vec<usize> {
        let found = self
            .needles
            .iter()
            .flat_map(|needles| needles.find_overlapping_iter(user_agent))
            .filter_map(|found| self.owners.get(found.pattern().as_usize()));
        let mut candidates: Vec<usize> = self.always.iter().chain(found).copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    fn first_match(
        &self,
        candidates: &[usize],
        user_agent: &str,
        asked: &mut usize,
        say: impl Fn(&Rule, &Expression, &Groups<'_>) -> Found,
    ) -> Option<Found> {
        let rules: Vec<&Rule> = candidates
            .iter()
            .filter_map(|place| self.rules.get(*place))
            .collect();
        for expressions in rules.chunk_by(|one, other| one.number == other.number) {
            let left = MOST_ASKED.saturating_sub(*asked);
            let asking = expressions.iter().take(left);
            *asked += asking.len();
            let matches = asking.filter_map(|rule| {
                let expression = rule.expression()?;
                let groups = expression.search(user_agent)?;
                Some((groups.start(), say(rule, expression, &groups)))
            });
            if let Some((_, found)) = matches.min_by_key(|(start, _)| *start) {
                return Some(found);
            }
        }
        None
    }
}

impl Rule {
    fn expression(&self) -> Option<&Expression> {
        let compile = || match Expression::compile(self.expression) {
            Ok(expression) => Some(expression),
            Err(error) => {
                tracing::error!(expression = self.expression, %error, "a rule for user agents cannot be used");
                None
            }
        };
        self.compiled.get_or_init(compile).as_ref()
    }

    /// The family is the name that the rule gives, its `$1` filled, or else the first group.
    fn browser(&self, _: &Expression, groups: &Groups<'_>) -> Found {
        let family = match self.family {
            Some(name) => name.replace("$1", &groups.get(1)),
            None => groups.get(1),
        };
        Found {
            family,
            major: String::new(),
        }
    }

    /// Family and major version are what the rule gives, filled, or else the first and second group.
    fn system(&self, expression: &Expression, groups: &Groups<'_>) -> Found {
        let part = |given: Option<&str>, group: usize| match given {
            Some(template) => groups.fill(template),
            None if expression.groups() >= group => groups.get(group),
            None => String::new(),
        };
        Found {
            family: part(self.family, 1),
            major: part(self.major, 2),
        }
    }
}

#[cfg(test)]
mod tests;
