//! Puts a server together and lets it listen.

pub mod assemble;
mod development;
mod error;
mod listen;
mod metrics_door;
#[cfg(unix)]
mod open_files;
mod patience;
mod signal;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, atomic::Ordering},
};

use actix_web::rt;

pub use self::{
    assemble::{Opened, open},
    error::OpenError,
    listen::{Listeners, Threads, app, run},
    metrics_door::{Watched, metrics_door},
    patience::Patience,
};

use crate::{
    api::Api,
    config::Config,
    env::{SystemClock, SystemEntropy},
    jobs::{self, Means, Post},
    mail::MailRoom,
    metadata,
};

/// Opens, listens, and serves until a signal says stop. `listening` is called once with the address.
///
/// # Errors
/// Whatever keeps the server from starting or ends it.
pub async fn serve(config: &Config, listening: impl FnOnce(SocketAddr, &Opened)) -> Result<(), OpenError> {
    let opened = match open_until_told(config).await {
        Err(OpenError::ToldToStop) => {
            tracing::info!("stopped");
            return Ok(());
        }
        opened => opened?,
    };
    development::attend_to_keys(&opened.passgate, config.development.on)?;
    let mailer = Arc::new(assemble::mailer(config)?);
    let mail = MailRoom::new(mailer.clone()).map_err(OpenError::MailThreads)?;
    let api = Api::new(
        opened.passgate.clone(),
        opened.management_key.clone(),
        assemble::api_settings(config),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy::default()),
        mail,
    )
    .with_metadata(assemble::metadata(config));
    // Before the first registration asks for it.
    let operations = api.operations();
    api.metadata()
        .refresh_and_tell(operations.passgate(), operations.env());
    #[cfg(unix)]
    open_files::make_room(config.http.max_connections);
    let listen = |source| OpenError::Listen {
        address: config.http.listen,
        source,
    };
    let listener = TcpListener::bind(config.http.listen).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let management = config
        .http
        .management_listen
        .map(|address| TcpListener::bind(address).map_err(|source| OpenError::Listen { address, source }));
    let listeners = Listeners {
        public: listener,
        management: management.transpose()?,
    };
    let metrics = config
        .http
        .metrics_listen
        .map(|address| {
            let listen = |source| OpenError::Listen { address, source };
            let listener = TcpListener::bind(address).map_err(listen)?;
            let address = listener.local_addr().map_err(listen)?;
            tracing::info!(%address, "metrics are at /metrics");
            metrics_door(Watched::of(&api), listener).map_err(listen)
        })
        .transpose()?;
    let operations = api.operations().clone();
    let means = Means {
        post: Post::new(mailer, api.abort_page()),
        metadata: api.metadata().clone(),
    };
    let counts = api.metrics().clone();
    let server = run(api, listeners, &assemble::threads(config)).map_err(listen)?;
    let kept_fresh = metadata::keep_fresh(operations.clone(), means.metadata.clone());
    let jobs = config.jobs.run.then(|| jobs::start(operations, means, counts));
    // Told to the end, so that its last requests are counted, too.
    let metrics = metrics.map(|door| (door.handle(), rt::spawn(door)));
    listening(address, &opened);
    let served = server.await;
    tracing::info!("no longer listening; open requests have ended");
    if let Some(jobs) = jobs {
        jobs.stop().await;
    }
    if let Some(kept_fresh) = kept_fresh {
        kept_fresh.stop().await;
    }
    if let Some((door, task)) = metrics {
        door.stop(true).await;
        if let Err(error) = task.await.map_err(io::Error::other).and_then(|told| told) {
            tracing::error!(%error, "the door of metrics broke down");
        }
    }
    tracing::info!("stopped");
    served.map_err(OpenError::Serve)
}

/// Opens the database on a thread of its own, so that a signal is heard while it is waited for: as process 1 of a
/// container, a program that has not asked for signals gets none.
async fn open_until_told(config: &Config) -> Result<Opened, OpenError> {
    let patience = Patience {
        limit: config.database.start_timeout,
        ..Patience::default()
    };
    let told = patience.is_told_to_stop.clone();
    let config = config.clone();
    let opening = tokio::task::spawn_blocking(move || assemble::open_patiently(&config, &patience));
    tokio::pin!(opening);
    let opened = tokio::select! {
        opened = &mut opening => opened,
        told_to_stop = signal::stop() => {
            told_to_stop.map_err(OpenError::Serve)?;
            told.store(true, Ordering::Relaxed);
            opening.await
        }
    };
    opened.map_err(|panic| OpenError::Serve(io::Error::other(panic)))?
}
