//! Applications: one customer's isolated space, its features and its state.

use std::collections::BTreeSet;

use passgate_webauthn::{Algorithm, Origin, RpId};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The id of an application: 3 to 62 lower-case letters and digits, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppId(String);

/// An application with everything the rules need to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: AppId,
    /// When it was created.
    pub created_at: Timestamp,
    /// The addresses that administrate it.
    pub admin_emails: Vec<String>,
    /// Whether it is live, frozen or on its way out.
    pub state: ApplicationState,
    /// What it may do.
    pub features: Features,
}

/// Where an application stands in its life cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    /// In use.
    Active,
    /// Frozen by an operator: all keys are locked until it is unfrozen.
    Frozen {
        /// Since when.
        at: Timestamp,
    },
    /// To be deleted.
    DeletionScheduled {
        /// When its data goes.
        delete_at: Timestamp,
        /// Who asked for it.
        requested_by: String,
    },
}

/// What an application may do, and how strict it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// Whether events are stored.
    pub event_logging: bool,
    /// Days that events are kept, 0 to 90 through the API.
    pub event_retention_days: u32,
    /// End of developer logging; carried for compatibility, nothing reads it.
    pub developer_logging_ends_at: Option<Timestamp>,
    /// Most users that may own credentials; none means unlimited.
    pub max_users: Option<u64>,
    /// Whether attestation may be asked for.
    pub allow_attestation: bool,
    /// Whether `/signin/generate-token` answers.
    pub generate_sign_in_token: bool,
    /// Whether `/magic-links/send` answers.
    pub magic_links: bool,
    /// Mails per 30 days.
    pub magic_link_monthly_quota: u32,
    /// Link targets allowed in magic links (`https://host[:port]` origins); empty means any.
    pub magic_link_origins: Vec<String>,
    /// Whether a magic link first shows a page with a button, so that mail scanners do not use it up.
    pub magic_link_landing_page: bool,
    /// Whether sign-in tokens verify once only.
    pub single_use_sign_in_tokens: bool,
    /// Whether magic-link tokens verify once only.
    pub single_use_magic_links: bool,
    /// Whether sign-in begin answers unknown users with decoy credential ids.
    pub decoy_credentials: bool,
    /// What a sign count that did not advance leads to.
    pub sign_count_regression: SignCountRegression,
    /// Origins that may be used; with [`Features::allowed_rp_ids`] empty: any origin that its RP ID covers.
    pub allowed_origins: Vec<Origin>,
    /// RP IDs that may be used.
    pub allowed_rp_ids: Vec<RpId>,
    /// Algorithms offered, in order of preference; none means the default offer.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Whether failed ceremonies are recorded with IP address and user agent.
    pub record_failed_ceremonies: bool,
}

/// What a sign count that did not advance leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignCountRegression {
    /// The sign-in is refused, and the refusal recorded.
    Refuse,
    /// The sign-in passes, and a warning is recorded.
    Warn,
}

/// A list of authenticator models: what an application's allow and block lists hold.
pub type AaguidSet = BTreeSet<passgate_webauthn::Aaguid>;
