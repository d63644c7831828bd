//! The door of metrics: a listener and a thread of its own, so that whoever watches is served while nobody else is.

use std::{fmt, io, net::TcpListener, sync::Arc};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    web::{self, Data},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, prometheus_text},
    metrics::{
        counter::ConstCounter,
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::Registry,
};

use crate::{api::Api, metadata::Metadata, operations::Operations};

/// What is told at the door of metrics.
#[derive(Clone)]
pub struct Watched(Arc<Registry>);

impl Watched {
    /// What there is to tell of a server.
    pub fn of(api: &Api) -> Self {
        let mut registry = Registry::with_prefix("passgate");
        let build = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        build
            .get_or_create(&[("version", env!("CARGO_PKG_VERSION"))])
            .set(1);
        registry.register("build_info", "The version of this server", build);
        api.metrics().register(&mut registry);
        registry.register_collector(Box::new(Now {
            operations: api.operations().clone(),
            metadata: api.metadata().clone(),
        }));
        Self(Arc::new(registry))
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// What is looked up when it is asked for. Nothing here waits for the database.
struct Now {
    operations: Operations,
    metadata: Metadata,
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Now").finish_non_exhaustive()
    }
}

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let usage = self.operations.shares().usage();
        let gauges = [
            ("operations_running", "Operations that run", usage.running),
            ("operations_heavy", "Heavy operations that run", usage.heavy),
            (
                "operations_waiting",
                "Operations that wait for their turn",
                usage.waiting,
            ),
            ("body_bytes", "Bytes of request bodies in memory", usage.bytes),
        ];
        for (name, help, value) in gauges {
            gauge(&mut encoder, name, help, i64::try_from(value).unwrap_or(i64::MAX))?;
        }
        let passgate = self.operations.passgate();
        let statistics = passgate.store().statistics();
        for (name, help, value) in [
            ("storage_reads", "Read transactions", statistics.reads),
            (
                "storage_writes",
                "Write transactions, also those that failed",
                statistics.writes,
            ),
            (
                "storage_commits",
                "Commits; writes may share one",
                statistics.commits,
            ),
            (
                "storage_statements",
                "Statements sent to the database",
                statistics.statements,
            ),
        ] {
            let counter = ConstCounter::new(value);
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        let now = self.operations.clock().now();
        if let Some(freshness) = self.metadata.freshness(passgate, now) {
            let is_stale = freshness.in_use.is_none_or(|in_use| in_use.stale);
            gauge(
                &mut encoder,
                "metadata_stale",
                "1 if the FIDO metadata is missing or its successor is overdue",
                is_stale.into(),
            )?;
            gauge(
                &mut encoder,
                "metadata_refresh_failed",
                "1 if the source of the FIDO metadata was not accepted when it was looked at last",
                freshness.error.is_some().into(),
            )?;
            if let Some(at) = freshness.accepted_at {
                let age = i64::try_from(now.since(at).as_secs()).unwrap_or(i64::MAX);
                gauge(
                    &mut encoder,
                    "metadata_age_seconds",
                    "Time since the FIDO metadata was accepted",
                    age,
                )?;
            }
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// Tells at `/metrics` of this listener, and nothing else there. The server runs once it is awaited; signals are for others.
///
/// # Errors
/// If the listener cannot be used.
pub fn metrics_door(watched: Watched, listener: TcpListener) -> io::Result<Server> {
    let watched = Data::new(watched);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(watched.clone())
            .route("/metrics", web::get().to(tell))
    });
    Ok(server
        .workers(1)
        .max_connections(64)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run())
}

async fn tell(watched: Data<Watched>) -> HttpResponse {
    match watched.text() {
        Ok(text) => HttpResponse::Ok()
            .content_type(prometheus_text::CONTENT_TYPE)
            .body(text),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
