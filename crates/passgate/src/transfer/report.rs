//! What an import did, or would do.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use passgate_core::application::AppId;

/// Most problems that a report lists; all are counted.
const LISTED: usize = 100;

/// What was done, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// By kind of record.
    pub counts: BTreeMap<Kind, Count>,
    /// The first of the records that cannot be imported.
    pub problems: Vec<Problem>,
    /// What an administrator should know.
    pub notes: Vec<Note>,
}

impl ImportReport {
    /// How many records cannot be imported.
    pub fn refused(&self) -> u64 {
        self.counts.values().map(|count| count.refused).sum()
    }

    /// How many records are new.
    pub fn added(&self) -> u64 {
        self.counts.values().map(|count| count.added).sum()
    }

    pub(super) fn add(&mut self, kind: Kind) {
        self.counts.entry(kind).or_default().added += 1;
    }

    pub(super) fn keep(&mut self, kind: Kind) {
        self.counts.entry(kind).or_default().present += 1;
    }

    pub(super) fn leave_out(&mut self, kind: Kind) {
        self.counts.entry(kind).or_default().left_out += 1;
    }

    pub(super) fn refuse(&mut self, problem: Problem) {
        self.counts.entry(problem.kind).or_default().refused += 1;
        if self.problems.len() < LISTED {
            self.problems.push(problem);
        }
    }
}

/// The records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// New ones.
    pub added: u64,
    /// Ones that are there already, and stay as they are.
    pub present: u64,
    /// Ones that cannot be imported.
    pub refused: u64,
    /// Keys and secrets that nobody asked for.
    pub left_out: u64,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The application with its features.
    Application,
    /// The key of its alias digests.
    AliasKey,
    /// Public or secret.
    ApiKey,
    /// An authentication configuration.
    AuthenticationConfig,
    /// What it publishes under `/.well-known/`.
    WellKnown,
    /// An authenticator model on a list.
    Authenticator,
    /// A passkey of a user.
    Credential,
    /// A name that a user signs in with.
    Alias,
    /// An entry of the event log.
    Event,
    /// A daily report.
    Report,
    /// A magic-link mail.
    DispatchedEmail,
    /// A deletion that the application asked for.
    AccountDeletion,
    /// A line that could not be read so far as to know what it is.
    Line,
    /// A row of a database that could not be read so far as to know what it is.
    Row,
    /// An entry of an array that could not be read so far as to know what it is.
    Entry,
}

impl Kind {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::AliasKey => "alias key",
            Self::ApiKey => "API key",
            Self::AuthenticationConfig => "authentication configuration",
            Self::WellKnown => "well-known documents",
            Self::Authenticator => "authenticator model",
            Self::Credential => "credential",
            Self::Alias => "alias",
            Self::Event => "event",
            Self::Report => "daily report",
            Self::DispatchedEmail => "magic-link mail",
            Self::AccountDeletion => "deletion request",
            Self::Line => "line",
            Self::Row => "row",
            Self::Entry => "entry",
        }
    }
}

/// A record that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of record it was to be.
    pub kind: Kind,
    /// Its id, or its place in the source.
    pub name: String,
    /// Why not.
    pub flaw: Flaw,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{} {}: {}", self.kind.as_str(), self.name, self.flaw);
        Printable(&text).fmt(f)
    }
}

/// A text that may repeat what a file says, and a file may say what a terminal takes for commands.
struct Printable<'t>(&'t str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| {
            if character.is_control() {
                write!(f, "{}", character.escape_default())
            } else {
                f.write_char(character)
            }
        })
    }
}

/// Why a record cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is not what its format says.
    #[error("not readable: {0}")]
    Malformed(String),
    /// A value is missing.
    #[error("`{0}` is missing")]
    Missing(Cow<'static, str>),
    /// A value is wrong.
    #[error("`{field}` is not valid: {reason}")]
    Invalid {
        /// Which value, as its source calls it.
        field: Cow<'static, str>,
        /// What is wrong with it.
        reason: String,
    },
    /// Several things are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<Self>),
    /// It names another application than the one that is imported.
    #[error("belongs to another application")]
    OtherApplication,
    /// There is another key of this id.
    #[error("another key with this id exists")]
    KeyTaken,
    /// There is another credential of this id.
    #[error("another user's credential, or another public key, has this id")]
    CredentialTaken,
    /// The alias is another user's.
    #[error("belongs to another user already")]
    AliasTaken,
    /// The model is on the other list.
    #[error("is on the other list (allowed or blocked) already")]
    ModelListed,
    /// Its digest was made with a key that this application does not use, and its clear text is not known.
    #[error(
        "is known as a digest only, and was digested with another key than this application's: \
         delete the application here and import it whole, or let the backend set the alias again"
    )]
    ForeignDigest,
}

impl Flaw {
    pub(super) fn invalid(field: impl Into<Cow<'static, str>>, reason: impl fmt::Display) -> Self {
        Self::Invalid {
            field: field.into(),
            reason: reason.to_string(),
        }
    }
}

fn listed(counted: &[(String, u64)]) -> String {
    let names = counted.iter().map(|(name, count)| format!("{name} ({count})"));
    names.collect::<Vec<_>>().join(", ")
}

/// What an administrator should know about an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The application was here before.
    ApplicationExists(AppId),
    /// An API key becomes one of the application's: whoever knows it may do what its scopes say.
    TakesApiKey {
        /// Its id.
        id: String,
        /// `public` or `secret`.
        kind: &'static str,
        /// What it may do.
        scopes: Vec<String>,
    },
    /// Keys are left out, since nobody asked for them: this many API keys, and perhaps the key of the alias digests.
    KeysLeftOut {
        /// How many API keys.
        api_keys: u64,
        /// Whether the digests of the source were made with another key, which is not taken.
        alias_key: bool,
    },
    /// Users who had a passkey here before get another one from the source: whoever holds it signs in as them.
    KnownUsersGetPasskeys {
        /// How many users.
        users: u64,
        /// The first of them.
        first: Vec<String>,
    },
    /// Records without a user handle: whichever the first sign-in of each brings is kept.
    HandlesToLearn {
        /// How many credentials.
        credentials: u64,
    },
    /// What the application publishes under `/.well-known/` comes from the source.
    TakesWellKnown,
    /// Where the user handles of records came from: how many from each rule, or from the record itself.
    UserHandles(Vec<(String, u64)>),
    /// User handles of records that are base64 themselves, and so may have been encoded twice.
    EncodedHandles {
        /// How many records.
        records: u64,
    },
    /// Members that are not understood, and how many records have each.
    UnknownMembers(Vec<(String, u64)>),
    /// What the source holds beside passkeys, and how much of it.
    OtherRecords(Vec<(String, u64)>),
    /// Nicknames that were longer than they may be.
    NicknamesCut {
        /// How many records.
        records: u64,
    },
    /// These user ids differ in the case of their letters only.
    CollidingUserIds(Vec<String>),
    /// Something else, in words.
    Other(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApplicationExists(app) => write!(
                f,
                "application {app} exists already: its features and history stay as they are, and what is missing is added"
            ),
            Self::TakesApiKey { id, kind, scopes } => write!(
                f,
                "the {kind} API key {} of the source becomes a key of the application, with these scopes: {}",
                Printable(id),
                Printable(&scopes.join(", "))
            ),
            Self::KeysLeftOut { api_keys, alias_key } => {
                write!(f, "{api_keys} API keys are left out")?;
                if *alias_key {
                    f.write_str(", and so is the key of the alias digests: aliases that are known as digests only are refused without it")?;
                }
                f.write_str("; --with-keys takes them over, so be sure who made the source")
            }
            Self::KnownUsersGetPasskeys { users, first } => write!(
                f,
                "{users} users who have a passkey here already get another one, and whoever holds it signs in as them: {}{}",
                Printable(&first.join(", ")),
                if u64::try_from(first.len()).is_ok_and(|listed| listed < *users) { ", …" } else { "" }
            ),
            Self::HandlesToLearn { credentials } => write!(
                f,
                "{credentials} credentials come without a user handle: the first sign-in with each tells it, and from \
                 then on it has to be the same"
            ),
            Self::TakesWellKnown => f.write_str(
                "what the application publishes under /.well-known/ comes from the source: apps named there can use its passkeys",
            ),
            Self::UserHandles(rules) => write!(f, "user handles by rule: {}", Printable(&listed(rules))),
            Self::EncodedHandles { records } => write!(
                f,
                "the user handles of {records} records are base64 themselves; if they were encoded twice nobody can \
                 sign in with them: then import with --user-handle unknown"
            ),
            Self::UnknownMembers(members) => write!(
                f,
                "members that are not understood, with how many records have them: {}",
                Printable(&listed(members))
            ),
            Self::OtherRecords(kinds) => write!(f, "left out, since no passkeys: {}", Printable(&listed(kinds))),
            Self::NicknamesCut { records } => {
                write!(f, "{records} nicknames were longer than 64 characters, and were cut there")
            }
            Self::CollidingUserIds(ids) => write!(
                f,
                "these user ids differ only in the case of their letters; they are different users here, and may have \
                 been one user before: {}",
                Printable(&ids.join(", "))
            ),
            Self::Other(text) => f.write_str(text),
        }
    }
}
