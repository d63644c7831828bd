use std::sync::{LazyLock, Mutex};

use proptest::prelude::*;

use super::*;
use crate::device::lock;

/// Every rule compiled at once, as the project's crate is meant to be used.
struct Everything {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

static EVERYTHING: LazyLock<Everything> = LazyLock::new(|| {
    let rules = Rules::bundled();
    let (browsers, systems) = rules.rules.split_at(rules.systems);
    let browsers = browsers.iter().map(Rule::browser_parser);
    let systems = systems.iter().map(Rule::system_parser);
    Everything {
        browsers: browsers
            .fold(user_agent::Builder::new(), |all, rule| all.push(rule).unwrap())
            .build()
            .unwrap(),
        systems: systems
            .fold(os::Builder::new(), |all, rule| all.push(rule).unwrap())
            .build()
            .unwrap(),
    }
});

/// The rules as the server uses them.
static ON_DEMAND: LazyLock<Mutex<Rules>> = LazyLock::new(|| Mutex::new(Rules::bundled()));

impl Everything {
    fn apply(&self, user_agent: &str) -> (Option<Found>, Option<Found>) {
        let browser = self.browsers.extract(user_agent).map(|found| Found {
            family: found.family.into_owned(),
            major: found.major.unwrap_or_default().to_owned(),
        });
        let system = self.systems.extract(user_agent).map(|found| Found {
            family: found.os.into_owned(),
            major: found.major.unwrap_or_default().into_owned(),
        });
        (browser, system)
    }
}

#[test]
fn every_line_is_a_rule_and_every_rule_compiles() {
    let lines = BUNDLED.lines().filter(|line| !line.starts_with('#')).count();
    let mut rules = Rules::bundled();
    assert_eq!(rules.rules.len(), lines);
    assert!(rules.systems > 400 && lines - rules.systems > 200);
    assert!(rules.needles.is_some());
    assert!(rules.always.len() < 10);
    for (place, rule) in rules.rules.iter_mut().enumerate() {
        rule.compile(place >= rules.systems);
        assert!(!matches!(rule.state, State::Unusable), "{}", rule.expression);
    }
}

#[test]
fn few_rules_are_kept_compiled() {
    let needles: Vec<_> = BUNDLED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    let mut rules = Rules::bundled();
    for needle in needles {
        rules.apply(needle.split('|').next().unwrap());
        let compiled = rules
            .rules
            .iter()
            .filter(|rule| !matches!(rule.state, State::Waiting))
            .count();
        assert_eq!(compiled, rules.compiled);
        assert!(compiled <= MOST_COMPILED);
    }
}

/// Pieces of user agents: words of the rules, and what stands between them.
fn piece() -> impl Strategy<Value = String> {
    let words: Vec<String> = BUNDLED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').nth(2))
        .flat_map(|expression| {
            expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != ' ')
        })
        .filter(|word| word.len() > 1)
        .map(str::to_owned)
        .collect();
    prop_oneof![
        6 => proptest::sample::select(words),
        3 => "[0-9]{1,3}([._][0-9]{1,3}){0,3}",
        3 => "[/ ;()_.-]",
        2 => proptest::sample::select(vec!["Mozilla/5.0 (", "; ", ") AppleWebKit/537.36 ", " CFNetwork/1", " Mobile ", "Android "])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Looking for needles first changes nothing but the time and memory it takes.
    #[test]
    fn needles_hide_no_rule(pieces in proptest::collection::vec(piece(), 1..24)) {
        let user_agent = pieces.concat();
        let found = lock(&ON_DEMAND).apply(&user_agent);
        prop_assert_eq!(found, EVERYTHING.apply(&user_agent));
    }
}
