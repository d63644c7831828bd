//! What all endpoints share.

use std::sync::Arc;

use passgate::Passgate;
use passgate_core::{
    secret::Secret,
    time::{Clock, Entropy, random_bytes},
};

use crate::{
    body::BodyLimits, client::ProxyTrust, config::Config, operations::Operations, playground::Access,
    trace::TraceIds,
};

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
}

impl From<&Config> for ApiSettings {
    fn from(config: &Config) -> Self {
        Self {
            path_prefix: config.path_prefix.clone(),
            body_limits: BodyLimits {
                size: config.body_limit,
                time: config.body_timeout,
            },
            trust: ProxyTrust {
                trusted: config.trusted_proxies.clone(),
                country_header: config.country_header.clone(),
            },
            playground: config.playground_access(),
        }
    }
}

/// The state of a server: the operations, the management key, the settings.
pub struct Api {
    operations: Operations,
    management_key: Secret<String>,
    settings: ApiSettings,
    trace_ids: TraceIds,
}

impl Api {
    /// Puts a server's state together.
    pub fn new(
        passgate: Passgate,
        management_key: Secret<String>,
        settings: ApiSettings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let trace_ids = TraceIds::new(random_bytes(entropy.as_ref()));
        Self {
            operations: Operations::new(passgate, clock, entropy),
            management_key,
            settings,
            trace_ids,
        }
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
