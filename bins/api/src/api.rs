//! What all endpoints share.

use std::{sync::Arc, time::Duration};

use passgate::{Passgate, TooOften};
use passgate_core::{
    application::AppId,
    secret::Secret,
    time::{Clock, Entropy},
};
use url::Url;

use crate::{
    body::BodyLimits,
    client::ProxyTrust,
    config::{Access, MagicLinkConfig},
    links,
    mail::MailRoom,
    metadata::Metadata,
    metrics::Metrics,
    operations::Operations,
    rate_limit::{Guesses, RateLimit},
    shares::ShareLimits,
    storage_probe::StorageProbe,
    trace::TraceIds,
};

/// How often an hour an application may have its administrators warned of its deletion, on this node.
const DELETIONS_PER_HOUR: u32 = 3;

/// How many demo applications the playground makes in an hour, on this node.
pub(crate) const DEMOS_PER_HOUR: u32 = 20;

/// What endpoints know about the server.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// A path under which the API is also served; empty for none.
    pub path_prefix: String,
    /// How large a body may be, and how long it may take.
    pub body_limits: BodyLimits,
    /// Whose forwarded headers are believed.
    pub trust: ProxyTrust,
    /// To whom the playground is served.
    pub playground: Option<Access>,
    /// Under which address people reach the server; links in messages begin with it.
    pub public_url: Option<Url>,
    /// What applications may do with magic links.
    pub magic_links: MagicLinkConfig,
    /// Whose documents are served under `/.well-known/`.
    pub well_known_app: Option<AppId>,
    /// Whether health checks that succeed are logged.
    pub log_probes: bool,
    /// How much of the server there is to share.
    pub shares: ShareLimits,
}

/// The state of a server: the operations, the management key, the settings.
pub struct Api {
    operations: Operations,
    management_key: Secret<String>,
    settings: ApiSettings,
    trace_ids: TraceIds,
    magic_link_rate: RateLimit,
    deletion_rate: Arc<RateLimit>,
    demo_rate: RateLimit,
    mail: MailRoom,
    metadata: Metadata,
    metrics: Metrics,
    storage_probe: StorageProbe,
    guesses: Guesses,
}

impl Api {
    /// Puts a server's state together.
    pub fn new(
        passgate: Passgate,
        management_key: Secret<String>,
        settings: ApiSettings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        mail: MailRoom,
    ) -> Self {
        let trace_ids = TraceIds::new(Arc::clone(&entropy));
        Self {
            operations: Operations::new(passgate, clock, entropy).sharing(settings.shares.clone()),
            management_key,
            magic_link_rate: RateLimit::new(settings.magic_links.rate, settings.magic_links.window),
            deletion_rate: Arc::new(RateLimit::new(DELETIONS_PER_HOUR, Duration::from_secs(3600))),
            demo_rate: RateLimit::new(DEMOS_PER_HOUR, Duration::from_secs(3600)),
            settings,
            trace_ids,
            mail,
            metadata: Metadata::off(),
            metrics: Metrics::default(),
            storage_probe: StorageProbe::default(),
            guesses: Guesses::default(),
        }
    }

    /// With FIDO metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The operations, and the hop to them.
    pub const fn operations(&self) -> &Operations {
        &self.operations
    }

    /// The key of the management endpoints.
    pub const fn management_key(&self) -> &Secret<String> {
        &self.management_key
    }

    /// The settings.
    pub const fn settings(&self) -> &ApiSettings {
        &self.settings
    }

    /// The address of a path of this server, for links in messages.
    pub fn public_address(&self, path: &str) -> Option<Url> {
        let base = self.settings.public_url.as_ref()?;
        Some(links::address_under(base, path))
    }

    /// Where a link in the warning of a deletion leads, but for its token.
    pub fn abort_page(&self) -> Option<Url> {
        self.settings.public_url.as_ref().map(links::abort_page)
    }

    /// How often each application asked for a magic link.
    pub const fn magic_link_rate(&self) -> &RateLimit {
        &self.magic_link_rate
    }

    /// How often each application asked for its deletion.
    pub const fn deletion_rate(&self) -> &Arc<RateLimit> {
        &self.deletion_rate
    }

    /// Counts a demo application of the playground, all of which count together.
    ///
    /// # Errors
    /// If there were too many within the last hour.
    #[expect(clippy::expect_used, reason = "ten lower-case letters are an id")]
    pub fn take_demo(&self) -> Result<(), TooOften> {
        let all = AppId::parse("playground").expect("a valid id");
        self.demo_rate.take(&all, self.operations.clock().now())
    }

    /// Where letters are handed over.
    pub const fn mail(&self) -> &MailRoom {
        &self.mail
    }

    /// Where FIDO metadata comes from, and how fresh it is.
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Those who try management keys.
    pub const fn guesses(&self) -> &Guesses {
        &self.guesses
    }

    /// What is counted.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What the health check last learned by writing.
    pub const fn storage_probe(&self) -> &StorageProbe {
        &self.storage_probe
    }

    /// Whose forwarded headers are believed.
    pub const fn trust(&self) -> &ProxyTrust {
        &self.settings.trust
    }

    /// How large a body may be, and how long it may take.
    pub const fn body_limits(&self) -> BodyLimits {
        self.settings.body_limits
    }

    /// Where ids of requests come from.
    pub const fn trace_ids(&self) -> &TraceIds {
        &self.trace_ids
    }
}
