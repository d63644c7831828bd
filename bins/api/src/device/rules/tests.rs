use std::sync::LazyLock;

use proptest::prelude::*;
use ua_parser::{os, user_agent};

use super::*;
use crate::device::{LONGEST_READ, RULES, expression::AS_GOOD_AS_ANY};

/// Every rule compiled at once by the project's own crate, as it is meant to be used.
struct Everything {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

/// The expression of a rule, whole again, with large repetitions as large as that crate takes for endless.
fn whole(rule: &[&Rule]) -> String {
    let parts: Vec<&str> = rule.iter().map(|rule| rule.expression).collect();
    let whole = match parts.as_slice() {
        [one] => (*one).to_owned(),
        // `(alternative)rest`, and none of the alternatives has a group of its own.
        several => {
            let mut rest = "";
            let alternatives = several.iter().map(|part| {
                let depths = part
                    .char_indices()
                    .scan((0, false), |(depth, escaped), (at, letter)| {
                        match letter {
                            _ if *escaped => *escaped = false,
                            '\\' => *escaped = true,
                            '(' => *depth += 1,
                            ')' => *depth -= 1,
                            _ => {}
                        }
                        Some((at, *depth))
                    });
                let end = depths.skip(1).find(|(_, depth)| *depth == 0).unwrap().0;
                rest = &part[end + 1..];
                &part[1..end]
            });
            let alternatives: Vec<&str> = alternatives.collect();
            format!("({}){rest}", alternatives.join("|"))
        }
    };
    (AS_GOOD_AS_ANY..100).fold(whole, |text, most| text.replace(&format!(",{most}}}"), ",200}"))
}

static EVERYTHING: LazyLock<Everything> = LazyLock::new(|| {
    let (browsers, systems) = RULES.rules.split_at(RULES.systems);
    let browsers: Vec<&Rule> = browsers.iter().collect();
    let browsers = browsers.chunk_by(|one, other| one.number == other.number);
    let browsers = browsers
        .map(|rule| (whole(rule), rule[0]))
        .map(|(expression, rule)| user_agent::Parser {
            regex: expression.into(),
            family_replacement: rule.family.map(Into::into),
            ..user_agent::Parser::default()
        });
    let systems = systems.iter().map(|rule| os::Parser {
        regex: rule.expression.into(),
        os_replacement: rule.family.map(Into::into),
        os_v1_replacement: rule.major.map(Into::into),
        ..os::Parser::default()
    });
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

impl Everything {
    fn read(&self, user_agent: &str) -> (Option<Found>, Option<Found>) {
        let browser = self.browsers.extract(user_agent).map(|found| Found {
            family: found.family.into_owned(),
            major: String::new(),
        });
        let system = self.systems.extract(user_agent).map(|found| Found {
            family: found.os.into_owned(),
            major: found.major.unwrap_or_default().into_owned(),
        });
        (browser, system)
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    BUNDLED.lines().filter(|line| !line.starts_with('#'))
}

#[test]
fn every_line_is_an_expression_that_compiles_small() {
    let lines = lines().count();
    assert_eq!(RULES.rules.len(), lines);
    assert!(RULES.systems > 400 && lines - RULES.systems > 200);
    assert!(RULES.needles.is_some());
    assert!(RULES.always.len() < 10);
    let mut memory = 0;
    for rule in &RULES.rules {
        let expression = Expression::compile(rule.expression).unwrap();
        let (longest, size) = expression.bounds();
        assert!(longest >= LONGEST_READ, "{}", rule.expression);
        memory += size;
    }
    assert!(memory < 2 * 1024 * 1024, "{memory} bytes");
}

/// Headers made to cost: as many needles as there is room for, each once, of rules that then do not match.
fn hostile() -> Vec<String> {
    let needles: Vec<&str> = lines()
        .filter_map(|line| line.split('\t').nth(1))
        .flat_map(|needles| needles.split('|'))
        .filter(|needle| needle.len() > 1)
        .collect();
    let mut made: Vec<String> = Vec::new();
    for separator in ["", " ", "/", ";", ")", "x"] {
        let mut header = String::new();
        for needle in &needles {
            if header.len() + needle.len() + separator.len() > LONGEST_READ {
                made.push(std::mem::take(&mut header));
            }
            header.push_str(needle);
            header.push_str(separator);
        }
        made.push(header);
        for needle in &needles {
            let once = format!("{needle}{separator}");
            made.push(once.repeat(LONGEST_READ / once.len()));
        }
    }
    made
}

#[test]
fn whatever_is_sent_few_expressions_are_asked_and_each_is_compiled_once() {
    let rules = Rules::bundled();
    let mut most = 0;
    for header in hostile() {
        most = most.max(rules.read(&header).asked);
    }
    assert_eq!(most, MOST_ASKED, "the limit is reached, and kept");
    let compiled = |rules: &Rules| {
        let compiled = rules
            .rules
            .iter()
            .filter_map(|rule| rule.compiled.get()?.as_ref());
        compiled
            .map(|expression| std::ptr::from_ref(expression).addr())
            .collect::<Vec<_>>()
    };
    let before = compiled(&rules);
    for header in hostile() {
        rules.read(&header);
    }
    assert_eq!(
        compiled(&rules),
        before,
        "nothing is compiled again, and nothing is forgotten"
    );
}

/// Pieces of user agents: words of the rules, and what stands between them.
fn piece() -> impl Strategy<Value = String> {
    let words: Vec<String> = lines()
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

    /// Looking for needles first, and compiling small, changes nothing but the time and memory it takes.
    #[test]
    fn needles_hide_no_rule(pieces in proptest::collection::vec(piece(), 1..24)) {
        let user_agent = pieces.concat();
        let reading = RULES.read(&user_agent);
        if reading.asked < MOST_ASKED {
            prop_assert_eq!((reading.browser, reading.system), EVERYTHING.read(&user_agent));
        }
    }
}
