//! Puts a server together and lets it listen.

pub mod assemble;
mod development;
mod error;
mod listen;
mod opening;
mod signals;

use std::{
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
};

pub use self::{
    assemble::{Opened, open},
    error::OpenError,
    listen::{Listeners, Threads, app, run},
};

use self::signals::{Signals, Stop};

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
    let mut signals = Signals::listen().map_err(OpenError::Opening)?;
    let Some(opened) = opening::open(config, &mut signals).await? else {
        return Ok(());
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
    let operations = api.operations().clone();
    let means = Means {
        post: Post::new(mailer, api.abort_page()),
        metadata: api.metadata().clone(),
    };
    let server = run(api, listeners, &assemble::threads(config)).map_err(listen)?;
    let kept_fresh = metadata::keep_fresh(operations.clone(), means.metadata.clone());
    let jobs = config.jobs.run.then(|| jobs::start(operations, means));
    listening(address, &opened);
    let handle = server.handle();
    let mut server = pin!(server);
    let served = tokio::select! {
        served = &mut server => served,
        stop = signals.next() => {
            tracing::info!(?stop, "told to stop");
            let (served, ()) = tokio::join!(server, handle.stop(stop == Stop::Gracefully));
            served
        }
    };
    tracing::info!("no longer listening; open requests have ended");
    if let Some(jobs) = jobs {
        jobs.stop().await;
    }
    if let Some(kept_fresh) = kept_fresh {
        kept_fresh.stop().await;
    }
    tracing::info!("stopped");
    served.map_err(OpenError::Serve)
}
