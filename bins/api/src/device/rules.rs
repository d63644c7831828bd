//! The rules of the ua-parser project, applied by its own crate.
//!
//! All six hundred expressions compiled take more memory than the rest of the server, and few of them are ever needed.
//! So `rules.tsv` says of each rule which texts (needles) it cannot match without, and a rule is compiled when one of
//! its needles turns up. `refresh` makes that file from the project's latest release.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};
use ua_parser::{os, user_agent};

/// The file, as it was when this program was built.
const BUNDLED: &str = include_str!("rules.tsv");

/// How many rules are kept compiled. More are needed only by somebody who tries them all.
const MOST_COMPILED: usize = 128;

/// A browser or a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its name.
    pub family: String,
    /// Its major version; empty if unknown.
    pub major: String,
}

/// The rules, those met lately compiled.
pub(super) struct Rules {
    /// In the order in which they are tried: those for browsers, then those for systems.
    rules: Vec<Rule>,
    /// Where the rules for systems begin.
    systems: usize,
    /// Finds needles; none if there are none to find.
    needles: Option<AhoCorasick>,
    /// The rule that each needle belongs to.
    owners: Vec<usize>,
    /// Rules without needles are always tried.
    always: Vec<usize>,
    compiled: usize,
}

struct Rule {
    expression: &'static str,
    family: Option<&'static str>,
    major: Option<&'static str>,
    state: State,
}

enum State {
    Waiting,
    Browser(Box<user_agent::Extractor<'static>>),
    System(Box<os::Extractor<'static>>),
    /// It does not compile. A test sees to it that there is none.
    Unusable,
}

impl Rules {
    pub(super) fn bundled() -> Self {
        Self::parse(BUNDLED)
    }

    fn parse(table: &'static str) -> Self {
        let (mut browsers, mut systems) = (Vec::new(), Vec::new());
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut next = || columns.next().filter(|text| !text.is_empty());
            let list = match next() {
                Some("browser") => &mut browsers,
                Some("system") => &mut systems,
                Some(_) | None => continue,
            };
            let needles = next();
            let Some(expression) = next() else { continue };
            let rule = Rule {
                expression,
                family: next(),
                major: next(),
                state: State::Waiting,
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
            // Too many needles for it: then every rule is tried.
            always = (0..rules.len()).collect();
        }
        Self {
            rules,
            systems: start_of_systems,
            needles: needles.ok(),
            owners,
            always,
            compiled: 0,
        }
    }

    /// The browser and the system behind a user agent: what the first rule of either kind says that matches.
    pub(super) fn apply(&mut self, user_agent: &str) -> (Option<Found>, Option<Found>) {
        let candidates = self.candidates(user_agent);
        let browser = candidates
            .range(..self.systems)
            .find_map(|place| self.try_rule(*place, user_agent));
        let system = candidates
            .range(self.systems..)
            .find_map(|place| self.try_rule(*place, user_agent));
        (browser, system)
    }

    /// The rules that can match at all.
    fn candidates(&self, user_agent: &str) -> BTreeSet<usize> {
        let found = self
            .needles
            .iter()
            .flat_map(|needles| needles.find_overlapping_iter(user_agent))
            .filter_map(|found| self.owners.get(found.pattern().as_usize()));
        self.always.iter().chain(found).copied().collect()
    }

    fn try_rule(&mut self, place: usize, user_agent: &str) -> Option<Found> {
        let waits = matches!(self.rules.get(place)?.state, State::Waiting);
        if waits {
            if self.compiled >= MOST_COMPILED {
                self.forget();
            }
            self.compiled += 1;
        }
        let is_system = place >= self.systems;
        let rule = self.rules.get_mut(place)?;
        if waits {
            rule.compile(is_system);
        }
        rule.extract(user_agent)
    }

    fn forget(&mut self) {
        for rule in &mut self.rules {
            rule.state = State::Waiting;
        }
        self.compiled = 0;
    }
}

impl Rule {
    fn compile(&mut self, is_system: bool) {
        let state = if is_system { self.system() } else { self.browser() };
        self.state = state.unwrap_or_else(|error| {
            tracing::error!(expression = self.expression, %error, "a rule for user agents cannot be used");
            State::Unusable
        });
    }

    fn browser(&self) -> Result<State, ua_parser::Error> {
        let rule = user_agent::Builder::new().push(self.browser_parser())?.build()?;
        Ok(State::Browser(Box::new(rule)))
    }

    fn system(&self) -> Result<State, ua_parser::Error> {
        let rule = os::Builder::new().push(self.system_parser())?.build()?;
        Ok(State::System(Box::new(rule)))
    }

    fn browser_parser(&self) -> user_agent::Parser<'static> {
        user_agent::Parser {
            regex: self.expression.into(),
            family_replacement: self.family.map(Into::into),
            ..user_agent::Parser::default()
        }
    }

    fn system_parser(&self) -> os::Parser<'static> {
        os::Parser {
            regex: self.expression.into(),
            os_replacement: self.family.map(Into::into),
            os_v1_replacement: self.major.map(Into::into),
            ..os::Parser::default()
        }
    }

    fn extract(&self, user_agent: &str) -> Option<Found> {
        match &self.state {
            State::Browser(rule) => rule.extract(user_agent).map(|found| Found {
                family: found.family.into_owned(),
                major: found.major.unwrap_or_default().to_owned(),
            }),
            State::System(rule) => rule.extract(user_agent).map(|found| Found {
                family: found.os.into_owned(),
                major: found.major.unwrap_or_default().into_owned(),
            }),
            State::Waiting | State::Unusable => None,
        }
    }
}

#[cfg(test)]
mod tests;
