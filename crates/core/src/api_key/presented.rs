//! API keys as requests present them, and what to say when it is refused.

use super::{ApiKeyId, ApiKeyKind};
use crate::{application::AppId, secret::Secret};

/// The value of an `ApiKey` or `ApiSecret` header: enough of it is understood to know whose key it claims to be.
///
/// It need not be well-formed beyond that: an imported key is whatever its digest says it is.
#[derive(Clone, Debug)]
pub struct PresentedKey {
    kind: ApiKeyKind,
    app: AppId,
    id: Option<ApiKeyId>,
    text: Secret<String>,
}

impl PresentedKey {
    /// Reads a header value: the application is what stands before the first colon, the key id is the last four
    /// characters. `kind` is the kind that the header is for.
    ///
    /// # Errors
    /// [`KeyRefusal::Invalid`] if it can be no application's.
    pub fn parse(kind: ApiKeyKind, text: &str) -> Result<Self, KeyRefusal> {
        let (app, _) = text.split_once(':').ok_or(KeyRefusal::Invalid)?;
        Ok(Self {
            kind,
            app: AppId::parse(app).map_err(|_| KeyRefusal::Invalid)?,
            id: ApiKeyId::of_key(text),
            text: Secret::new(text.to_owned()),
        })
    }

    /// The kind of key that the header is for.
    pub const fn kind(&self) -> ApiKeyKind {
        self.kind
    }

    /// Whose key it claims to be.
    pub const fn app(&self) -> &AppId {
        &self.app
    }

    /// Which key it claims to be; none if no key ends like that.
    pub const fn id(&self) -> Option<&ApiKeyId> {
        self.id.as_ref()
    }

    /// The bytes to compare.
    pub(super) fn bytes(&self) -> &[u8] {
        self.text.expose().as_bytes()
    }

    /// Whether the text looks like a key of its kind. The refusal of one that does not is not worth a record.
    pub fn looks_like_a_key(&self) -> bool {
        self.text.expose().contains(marker(self.kind))
    }
}

/// What every key of a kind contains.
const fn marker(kind: ApiKeyKind) -> &'static str {
    match kind {
        ApiKeyKind::Public => ":public:",
        ApiKeyKind::Secret => ":secret:",
    }
}

/// Why a presented key is refused. The caller is told neither: both answers are the same 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// There is no such key.
    #[error("the key is not valid")]
    Invalid,
    /// The key exists and is locked.
    #[error("the key is locked")]
    Locked,
}

/// What a 401 answer can say about the headers of a request, without telling whether any key exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderProblem {
    /// A sign-in token was sent instead of a key.
    SignInToken,
    /// A registration token was sent instead of a key.
    RegisterToken,
    /// A key of the other kind was sent in this header.
    OtherKind,
    /// The value does not look like a key.
    Unrecognised {
        /// Its first ten characters.
        started_with: String,
    },
    /// The value looks like a key, and is not valid.
    Invalid,
    /// The header is missing, and the header of the other kind was sent.
    OtherHeader,
    /// The header is missing.
    Missing,
}

/// Says what was wrong with the header that should carry a key of `kind`. An empty value counts as missing.
pub fn describe_refusal(kind: ApiKeyKind, presented: Option<&str>, other: Option<&str>) -> HeaderProblem {
    let sent = |value: Option<&str>| value.is_some_and(|text| !text.is_empty());
    let Some(text) = presented.filter(|text| !text.is_empty()) else {
        return if sent(other) {
            HeaderProblem::OtherHeader
        } else {
            HeaderProblem::Missing
        };
    };
    if text.starts_with("verify_") {
        HeaderProblem::SignInToken
    } else if text.starts_with("register_") {
        HeaderProblem::RegisterToken
    } else if text.contains(marker(kind.other())) {
        HeaderProblem::OtherKind
    } else if !text.contains(kind.as_str()) {
        HeaderProblem::Unrecognised {
            started_with: text.chars().take(STARTED_WITH_CHARS).collect(),
        }
    } else {
        HeaderProblem::Invalid
    }
}

/// Characters of a wrong value that may be shown back.
const STARTED_WITH_CHARS: usize = 10;
