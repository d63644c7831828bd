//! A server that listens: its threads, its addresses, and the application that every worker serves.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::{
    App, HttpServer,
    body::BoxBody,
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{self, Data},
};

use crate::{
    api::Api,
    endpoint,
    middleware::{Surroundings, surround},
    paths::Paths,
    playground, routes,
};

/// How many threads a server has, and how long they may take to stop.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    /// Threads that serve connections.
    pub workers: usize,
    /// Connections at once, for all workers together.
    pub connections: usize,
    /// Threads that run operations, for all workers together.
    pub operations: usize,
    /// Seconds that open requests may take to end.
    pub shutdown_seconds: u64,
}

/// Where a server listens.
#[derive(Debug)]
pub struct Listeners {
    /// For everybody.
    pub public: TcpListener,
    /// For the endpoints of management, which are then nowhere else; everything else answers here, too.
    pub management: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(public: TcpListener) -> Self {
        Self {
            public,
            management: None,
        }
    }
}

/// Serves on its listeners. The server runs once it is awaited.
///
/// # Errors
/// If a listener cannot be used.
pub fn run(api: Api, listeners: impl Into<Listeners>, threads: &Threads) -> io::Result<Server> {
    let Listeners { public, management } = listeners.into();
    let door = management.as_ref().map(TcpListener::local_addr).transpose()?;
    let api = Data::new(api);
    let paths = Data::new(Paths::of(&routes::table()));
    let mut server = HttpServer::new(move || app(api.clone(), paths.clone(), door))
        .workers(threads.workers)
        .max_connections(threads.connections.div_ceil(threads.workers).max(1))
        // The shares let so many operations run in all; any worker may have all of them, if its clients ask.
        .worker_max_blocking_threads(threads.operations.max(1))
        .shutdown_timeout(threads.shutdown_seconds)
        .listen(public)?;
    if let Some(management) = management {
        server = server.listen(management)?;
    }
    Ok(server.run())
}

/// The application that every worker serves. `management_door` is the address of the endpoints of management, if they have
/// one of their own.
pub fn app(
    api: Data<Api>,
    paths: Data<Paths>,
    management_door: Option<SocketAddr>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let playground = api.settings().playground;
    let surroundings = Surroundings {
        api: api.clone(),
        paths,
        management_door,
    };
    App::new()
        .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
            surround(surroundings.clone(), request, next)
        }))
        .app_data(api)
        .configure(|config| {
            playground
                .into_iter()
                .for_each(|access| playground::configure(config, access))
        })
        .configure(|config| endpoint::configure(config, routes::table(), management_door.is_some()))
        .default_service(web::to(endpoint::not_found))
}
