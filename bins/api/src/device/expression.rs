//! One expression of a rule: compiled small, matched in time that grows with the text alone.
//!
//! It is compiled to an NFA over bytes, about 1.7 KiB each and 1 MiB for all of them, and searched by backtracking that
//! visits each pair of state and place once. No automaton is made of it while a text is read, so a text that no browser
//! sends costs what any other of its length does.

use std::cell::RefCell;

use regex_automata::{
    MatchKind,
    nfa::thompson::{
        self,
        backtrack::{BoundedBacktracker, Cache, Config},
    },
    util::{captures::Captures, interpolate, prefilter::Prefilter, syntax},
};
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

/// `{0,200}`, `{1,50}` and the like stand for "as many as there are": the ua-parser project bounds them for engines that
/// need it. Written out, they would be most of an expression, and of the time it takes.
pub(super) const AS_GOOD_AS_ANY: u32 = 30;

thread_local! {
    /// What one search needs, whichever expression it is of.
    static SCRATCH: RefCell<Option<Cache>> = const { RefCell::new(None) };
}

/// A compiled expression.
pub(super) struct Expression {
    search: BoundedBacktracker,
}

/// Why an expression is not compiled.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error(transparent)]
    Syntax(#[from] Box<regex_syntax::Error>),
    #[error(transparent)]
    Build(#[from] Box<thompson::BuildError>),
}

impl Expression {
    pub(super) fn compile(text: &str) -> Result<Self, Unusable> {
        // Bytes, since what is looked for is ASCII; `\d` and `\w` then mean ASCII too, as the rules intend.
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let hir = syntax::parse_with(text, &syntax).map_err(Box::new)?;
        let hir = unbounded(&hir);
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().utf8(false))
            .build_from_hir(&hir)
            .map_err(Box::new)?;
        let search = BoundedBacktracker::builder()
            .configure(Config::new().prefilter(Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, &hir)))
            .build_from_nfa(nfa)
            .map_err(Box::new)?;
        Ok(Self { search })
    }

    /// The groups of the first match, if there is one.
    pub(super) fn search<'t>(&self, text: &'t str) -> Option<Groups<'t>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let cache = scratch.get_or_insert_with(|| self.search.create_cache());
            cache.reset(&self.search);
            // Most rules do not match: they are asked without groups first, which is cheaper.
            if !self.search.try_is_match(cache, text).unwrap_or(false) {
                return None;
            }
            let mut groups = self.search.create_captures();
            self.search.try_captures(cache, text, &mut groups).ok()?;
            groups.is_match().then_some(Groups { text, groups })
        })
    }

    /// How many groups it has, the whole match not counted.
    pub(super) fn groups(&self) -> usize {
        self.search
            .get_nfa()
            .group_info()
            .group_len(regex_automata::PatternID::ZERO)
            - 1
    }

    /// The longest text that it reads, in bytes, and the memory it takes.
    #[cfg(test)]
    pub(super) fn bounds(&self) -> (usize, usize) {
        let nfa = self.search.get_nfa().memory_usage();
        let prefilter = self
            .search
            .get_config()
            .get_prefilter()
            .map_or(0, Prefilter::memory_usage);
        (self.search.max_haystack_len(), nfa + prefilter)
    }
}

/// What the groups of an expression matched.
pub(super) struct Groups<'t> {
    text: &'t str,
    groups: Captures,
}

impl Groups<'_> {
    /// Where the match begins.
    pub(super) fn start(&self) -> usize {
        self.groups.get_match().map_or(usize::MAX, |found| found.start())
    }

    /// What a group matched; empty if it took no part.
    pub(super) fn get(&self, group: usize) -> String {
        let span = self.groups.get_group(group);
        let bytes = span.and_then(|span| self.text.as_bytes().get(span.range()));
        String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
    }

    /// A template with `$1` and so on in it, filled.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut filled = String::new();
        interpolate::string(
            template,
            |group, filled| filled.push_str(&self.get(group)),
            |_| None,
            &mut filled,
        );
        filled.trim().to_owned()
    }
}

/// The expression with every repetition up to some large number in place of one without end.
fn unbounded(hir: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(unbounded).collect();
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
        HirKind::Repetition(repetition) => {
            let is_large = repetition.min <= 1 && repetition.max.is_some_and(|max| max >= AS_GOOD_AS_ANY);
            Hir::repetition(Repetition {
                max: repetition.max.filter(|_| !is_large),
                sub: Box::new(unbounded(&repetition.sub)),
                ..repetition.clone()
            })
        }
        HirKind::Capture(capture) => Hir::capture(Capture {
            sub: Box::new(unbounded(&capture.sub)),
            ..capture.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
    }
}
