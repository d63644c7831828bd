//! `GET /users/list`: users with their aliases and number of credentials; all at once, or page by page.

use passgate::Failure;
use passgate_core::user::UserId;
use passgate_store::users::UserSummary;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::Answer,
    auth::{Call, SecretKey},
    encoding,
    endpoint::{Doc, json},
    input::{Input, Parts, Unreadable},
    json::parse_integer,
    problem::Problem,
    shape::{Member, integer, text},
    timestamps,
    validation::{Validation, text_length},
    wire,
};

const DEFAULT_PAGE_SIZE: i64 = 100;
const LARGEST_PAGE_SIZE: i64 = 1000;
const LONGEST_SEARCH: usize = 250;

pub(in crate::routes) enum Request {
    /// No parameter was given: the list as it has always been.
    Whole,
    /// A page.
    Page {
        /// The last user of the page before.
        after: Option<UserId>,
        /// What the id or an alias must contain.
        search: Option<String>,
        /// Most users on it.
        limit: u32,
    },
}

impl Input for Request {
    const QUERY: &'static [Member] = &[
        integer("limit", 100)
            .at_least(1)
            .at_most(LARGEST_PAGE_SIZE.unsigned_abs())
            .about("The most users on a page; 100 if it is missing."),
        text::<wire::Cursor>("cursor"),
        text::<wire::Search>("search").at_most(LONGEST_SEARCH as u64),
    ];

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let given =
            |name| -> Result<_, Problem> { Ok(parts.query(name)?.filter(|text| !text.trim().is_empty())) };
        let (limit, cursor, search) = (given("limit")?, given("cursor")?, given("search")?);
        if limit.is_none() && cursor.is_none() && search.is_none() {
            return Ok(Self::Whole);
        }
        let limit = match limit {
            None => DEFAULT_PAGE_SIZE,
            Some(text) => {
                parse_integer(&text).ok_or_else(|| Problem::malformed_parameter("int Limit", &text))?
            }
        };
        let after = match cursor {
            None => None,
            Some(text) => {
                Some(read_cursor(&text).ok_or_else(|| Problem::malformed_parameter("string Cursor", &text))?)
            }
        };

        let mut check = Validation::default();
        check.member("Limit").between(Some(limit), 1, LARGEST_PAGE_SIZE);
        check
            .member("Search")
            .at_most(search.as_deref().map_or(0, text_length), LONGEST_SEARCH);
        check.finish()?;
        Ok(Self::Page {
            after,
            search,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
        })
    }
}

/// A cursor is the id of the last user seen, wrapped so that nobody takes it apart.
fn write_cursor(user_id: &UserId) -> String {
    encoding::base64url(user_id.as_str().as_bytes())
}

fn read_cursor(text: &str) -> Option<UserId> {
    let user_id = String::from_utf8(encoding::decode(text)?).ok()?;
    UserId::parse(&user_id).ok()
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Users")]
struct Listed {
    /// The users.
    values: Vec<ListedUser>,
    /// On pages only: where the next one begins, or `null` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<wire::Cursor>")]
    next_cursor: Option<Option<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "User")]
struct ListedUser {
    #[schemars(with = "wire::UserId")]
    user_id: String,
    /// How many aliases the user has.
    #[schemars(example = 1)]
    alias_count: u64,
    /// The aliases that are stored in clear; `null` for each of the others.
    #[schemars(with = "Vec<Option<wire::Alias>>")]
    aliases: Vec<Option<String>>,
    /// How many credentials the user owns.
    #[schemars(example = 2)]
    credentials_count: u64,
    /// When the user last signed in; `null` without credentials.
    #[schemars(with = "Option<wire::LocalTime>")]
    last_used_at: Option<String>,
}

impl From<UserSummary> for ListedUser {
    fn from(user: UserSummary) -> Self {
        Self {
            user_id: user.user_id.into(),
            alias_count: user.aliases.len() as u64,
            aliases: user.aliases,
            credentials_count: user.credentials,
            last_used_at: user.last_used_at.map(timestamps::zoneless),
        }
    }
}

pub(in crate::routes) const DOC: Doc = Doc::new("listUsers", "Users with aliases and number of credentials")
    .about("With a parameter it answers page by page; a page that others follow names their cursor.")
    .answers(&[json::<Listed>()]);

pub(in crate::routes) async fn handle(call: Call<SecretKey, Request>) -> Result<Answer, Problem> {
    let (users, next_cursor) = call
        .run(|passgate, caller, input, _| match input {
            Request::Whole => Ok::<_, Failure>((passgate.list_users(caller)?, None)),
            Request::Page { after, search, limit } => {
                let page = passgate.page_users(caller, after.as_ref(), search.as_deref(), limit)?;
                Ok((page.users, Some(page.next.as_ref().map(write_cursor))))
            }
        })
        .await?;
    Answer::json(&Listed {
        values: users.into_iter().map(ListedUser::from).collect(),
        next_cursor,
    })
}
