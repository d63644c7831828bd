//! Checks of single members, with the texts the API's clients show to people.
//!
//! All failures of a request are reported together. A member that fails [`Member::required`] fails nothing else.

use std::borrow::Cow;

use passgate_core::text::TextLimit;

use crate::mail_address;

/// What failed: for each member, in the order they were checked, every text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures(Vec<(String, Vec<String>)>);

impl Failures {
    /// The members that failed, spelled as in the response, with their texts.
    pub fn members(&self) -> &[(String, Vec<String>)] {
        &self.0
    }
}

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub struct Validation {
    failures: Failures,
}

impl Validation {
    /// Checks the member that the texts call `name` (its first letter is lowered in the response).
    pub fn member(&mut self, name: impl Into<Cow<'static, str>>) -> Member<'_> {
        Member {
            failures: &mut self.failures,
            name: name.into(),
            settled: false,
        }
    }

    /// The outcome.
    pub fn finish(self) -> Result<(), Failures> {
        if self.failures.0.is_empty() {
            Ok(())
        } else {
            Err(self.failures)
        }
    }
}

/// One member under check.
#[derive(Debug)]
pub struct Member<'v> {
    failures: &'v mut Failures,
    name: Cow<'static, str>,
    /// Set once a required check failed: nothing more is said about this member.
    settled: bool,
}

impl Member<'_> {
    /// The text must be there, and not blank.
    pub fn required(mut self, text: Option<&str>) -> Self {
        if text.is_none_or(|text| text.trim().is_empty()) {
            self.fail_required();
        }
        self
    }

    /// Something must be there.
    pub fn present(mut self, present: bool) -> Self {
        if !present {
            self.fail_required();
        }
        self
    }

    /// At most `limit` characters (or items).
    pub fn at_most(mut self, length: usize, limit: usize) -> Self {
        if length > limit {
            self.fail(format!(
                "The field {} must be a string or array type with a maximum length of '{limit}'.",
                self.name
            ));
        }
        self
    }

    /// At most `limit` bytes of UTF-8. A text that has more characters than that is told so in the API's own words.
    pub fn at_most_bytes(mut self, text: &str, limit: usize) -> Self {
        if text_length(text) <= limit && text.len() > limit {
            self.fail(format!(
                "The field {} must have at most {limit} bytes of UTF-8, and has {}: letters beyond plain ASCII have \
                 several.",
                self.name,
                text.len()
            ));
            return self;
        }
        self.at_most(text.len(), limit)
    }

    /// A text within both of its limits.
    pub fn within(self, text: &str, limit: TextLimit) -> Self {
        if limit.fits(text) {
            return self;
        }
        if text_length(text) > limit.chars {
            self.at_most(text_length(text), limit.chars)
        } else {
            self.at_most_bytes(text, limit.bytes)
        }
    }

    /// At least `limit` characters (or items).
    pub fn at_least(mut self, length: usize, limit: usize) -> Self {
        if length < limit {
            self.fail(format!(
                "The field {} must be a string or array type with a minimum length of '{limit}'.",
                self.name
            ));
        }
        self
    }

    /// Between two bounds, both included; an absent value passes.
    pub fn between(mut self, value: Option<i64>, least: i64, most: i64) -> Self {
        if value.is_some_and(|value| value < least || value > most) {
            self.fail(format!(
                "The field {} must be between {least} and {most}.",
                self.name
            ));
        }
        self
    }

    /// Every item at most `limit` characters.
    pub fn items_at_most(mut self, all_fit: bool, limit: usize) -> Self {
        if !all_fit {
            self.fail(format!(
                "The field {} must be a collection that contains strings with a maximum length of '{limit}'.",
                self.name
            ));
        }
        self
    }

    /// Every item there, and not blank.
    pub fn items_required(mut self, all_there: bool) -> Self {
        if !all_there {
            self.fail(format!(
                "The field {} must be a collection where every item is required.",
                self.name
            ));
        }
        self
    }

    /// A rule with a text of its own.
    pub fn rule(mut self, holds: bool, otherwise: &str) -> Self {
        if !holds {
            self.fail(otherwise.to_owned());
        }
        self
    }

    /// A pattern without a text of its own.
    pub fn pattern(mut self, holds: bool, pattern: &str) -> Self {
        if !holds {
            self.fail(format!(
                "The field {} must match the regular expression '{pattern}'.",
                self.name
            ));
        }
        self
    }

    /// An e-mail address: exactly one `@` that is neither first nor last, and no line break.
    pub fn email(mut self, address: &str) -> Self {
        if !is_email(address) {
            self.fail(format!("The {} field is not a valid e-mail address.", self.name));
        }
        self
    }

    /// An e-mail address that a mail server can take.
    pub fn deliverable_email(self, address: &str) -> Self {
        self.email(if is_deliverable(address) { address } else { "" })
    }

    fn fail_required(&mut self) {
        self.fail(format!("The {} field is required.", self.name));
        self.settled = true;
    }

    fn fail(&mut self, text: String) {
        if self.settled {
            return;
        }
        let key = lower_first(&self.name);
        match self.failures.0.iter_mut().find(|(member, _)| *member == key) {
            Some((_, texts)) => texts.push(text),
            None => self.failures.0.push((key, vec![text])),
        }
    }
}

/// What is said of a nickname that is too long.
pub const NICKNAME_TOO_LONG: &str = "Nickname cannot be longer than 64 characters.";

/// Whether a credential may have this nickname: at most 64 characters.
pub fn fits_nickname(nickname: Option<&str>) -> bool {
    nickname.is_none_or(|nickname| text_length(nickname) <= passgate_core::credential::MAX_NICKNAME_CHARS)
}

/// The length of a text as the API counts it: UTF-16 code units.
pub fn text_length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether a mail server can take an address.
pub fn is_deliverable(address: &str) -> bool {
    is_email(address) && mail_address::is_deliverable(address)
}

fn is_email(address: &str) -> bool {
    let mut parts = address.split('@');
    let (local, domain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    !local.is_empty() && !domain.is_empty() && parts.next().is_none() && !address.contains(['\r', '\n'])
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(failures: &Result<(), Failures>) -> Vec<(&str, Vec<&str>)> {
        let Err(failures) = failures else {
            return Vec::new();
        };
        failures
            .members()
            .iter()
            .map(|(member, texts)| (member.as_str(), texts.iter().map(String::as_str).collect()))
            .collect()
    }

    #[test]
    fn required_suppresses_the_rest_of_its_member_only() {
        let mut check = Validation::default();
        check.member("UserId").required(Some(" ")).at_least(0, 3);
        check.member("Username").required(None).rule(false, "never seen");
        check.member("TimeToLiveSeconds").between(Some(0), 1, 604_800);
        assert_eq!(
            texts(&check.finish()),
            [
                ("userId", vec!["The UserId field is required."]),
                ("username", vec!["The Username field is required."]),
                (
                    "timeToLiveSeconds",
                    vec!["The field TimeToLiveSeconds must be between 1 and 604800."]
                ),
            ]
        );
    }

    #[test]
    fn all_other_failures_of_a_member_are_listed() {
        let mut check = Validation::default();
        check
            .member("Aliases")
            .at_most(11, 10)
            .items_at_most(false, 250)
            .items_required(false);
        assert_eq!(
            texts(&check.finish()),
            [(
                "aliases",
                vec![
                    "The field Aliases must be a string or array type with a maximum length of '10'.",
                    "The field Aliases must be a collection that contains strings with a maximum length of '250'.",
                    "The field Aliases must be a collection where every item is required.",
                ]
            )]
        );
    }

    #[test]
    fn nested_members_lower_the_very_first_letter() {
        let mut check = Validation::default();
        check.member("Response.Response").present(false);
        assert_eq!(
            texts(&check.finish()),
            [(
                "response.Response",
                vec!["The Response.Response field is required."]
            )]
        );
    }

    #[test]
    fn addresses_have_one_at_sign_inside() {
        for (address, valid) in [
            ("a@b", true),
            ("@b", false),
            ("a@", false),
            ("a@b@c", false),
            ("ab", false),
            ("a@b\n", false),
            ("", false),
        ] {
            assert_eq!(is_email(address), valid, "{address:?}");
        }
    }

    #[test]
    fn nothing_wrong_is_fine() {
        let mut check = Validation::default();
        check
            .member("UserId")
            .required(Some("u"))
            .at_most(1, 64)
            .at_least(1, 1)
            .pattern(true, "^u$")
            .email("a@b");
        assert_eq!(check.finish(), Ok(()));
    }
}
