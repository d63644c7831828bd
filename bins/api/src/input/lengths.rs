//! How long the texts and lists of a request are.

use std::borrow::Cow;

use super::Parts;
use crate::{
    json::{Json, Members},
    problem::Problem,
    shape::{Kind, Member},
    validation::Validation,
};

/// Checks what was sent for the members that an endpoint names.
///
/// # Errors
/// The validation problem that names each member that is too long.
pub(super) fn check(
    parts: &Parts<'_>,
    body: &'static [Member],
    query: &'static [Member],
) -> Result<(), Problem> {
    let mut check = Validation::default();
    of_object(&mut check, "", parts.body(), body);
    for member in query {
        for text in parts.queries(member.name)? {
            check
                .member(member_name("", member.name))
                .within(&text, member.text_limit());
        }
    }
    check.finish().map_err(Problem::validation)
}

fn of_object(check: &mut Validation, path: &str, object: &Members<'_>, members: &'static [Member]) {
    for member in members {
        let Some(sent) = object.find(member.name) else {
            continue;
        };
        let name = member_name(path, member.name);
        match (member.kind, sent) {
            (Kind::Object(shape), sent @ Json::Object(_)) => nested(check, &name, sent, shape.members),
            (Kind::Objects(shape), Json::List(items)) => {
                at_most(check, &name, items.len(), member);
                for item in items {
                    nested(check, &name, item, shape.members);
                }
            }
            (Kind::Texts | Kind::TextsOrIntegers | Kind::Integers, Json::List(items)) => {
                at_most(check, &name, items.len(), member);
                // One is enough to know.
                let long = items
                    .iter()
                    .map(text)
                    .find(|text| !member.text_limit().fits(text));
                if let Some(long) = long {
                    check.member(name).within(&long, member.text_limit());
                }
            }
            (Kind::Text | Kind::OneOf(_) | Kind::IntegerOrText, sent) => {
                check.member(name).within(&text(sent), member.text_limit());
            }
            _ => {}
        }
    }
}

fn nested(check: &mut Validation, path: &str, sent: &Json, members: &'static [Member]) {
    if let Ok(object) = Members::of(sent) {
        of_object(check, path, &object, members);
    }
}

fn at_most(check: &mut Validation, name: &str, items: usize, member: &Member) {
    if let Some(most) = member.most.and_then(|most| usize::try_from(most).ok()) {
        check.member(name.to_owned()).at_most(items, most);
    }
}

/// What stands for a text: of what is none, what would be read for it.
fn text(sent: &Json) -> Cow<'_, str> {
    match sent {
        Json::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_text().unwrap_or_default()),
    }
}

/// A member as the API's validation calls it, behind the one that holds it.
fn member_name(path: &str, name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let name = first.into_iter().chain(letters);
    if path.is_empty() {
        name.collect()
    } else {
        path.chars().chain(['.']).chain(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use passgate_core::{
        text::{self, TextLimit},
        user::MAX_REGISTERED_BYTES,
    };

    use super::*;
    use crate::{shape::SHORT, wire};

    #[test]
    fn members_are_called_as_validation_calls_them() {
        assert_eq!(member_name("", "userId"), "UserId");
        assert_eq!(member_name("Policy", "allowedOrigins"), "Policy.AllowedOrigins");
    }

    /// `docs/limits.md` says what the program does.
    #[test]
    fn the_table_of_texts_is_true() {
        let page = include_str!("../../../../docs/limits.md");
        let table = page
            .split("## Texts")
            .nth(1)
            .unwrap()
            .split("## ")
            .next()
            .unwrap();
        let expected = [
            ("A user's id", text::USER_ID),
            (
                "The id of a user who registers",
                TextLimit::bytes(MAX_REGISTERED_BYTES),
            ),
            ("A user's name, and the name that is shown", text::USER_NAME),
            ("An alias, or a text that is searched for", text::ALIAS),
            ("The nickname of a passkey", text::NICKNAME),
            (
                "Who did something (`performedBy`, `deletedBy`)",
                text::PERFORMED_BY,
            ),
            ("A purpose", text::PURPOSE),
            ("A mail address", text::EMAIL),
            ("An origin or an RP ID", text::ORIGIN),
            ("The address of a page", text::ADDRESS),
            ("The address of a magic link", TextLimit::chars(2000)),
            (
                "The id of a credential in base64, or a user handle",
                text::CREDENTIAL_ID,
            ),
            ("A transport", text::TRANSPORT),
            (
                "Client data, attestation object, authenticator data or signature in base64",
                wire::RESPONSE,
            ),
            ("A token or a session", wire::TOKEN),
            ("A cursor, or words with commas between them", wire::LIST),
            ("Any other text", SHORT),
        ];
        for (what, limit) in expected {
            let row = format!("| {what} | {} | {} |", limit.chars, limit.bytes);
            assert!(table.contains(&row), "{row}");
        }
        assert_eq!(
            table.matches("\n| ").count(),
            expected.len() + 2,
            "a row that nobody checks"
        );
    }
}
