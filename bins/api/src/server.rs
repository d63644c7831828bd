//! Puts a server together and lets it listen.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{
    App, HttpServer,
    body::BoxBody,
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web::{self, Data},
};
use passgate::{
    Passgate, Settings, Stopped, WrongMasterKey,
    development::{self, DevelopmentKeys},
};
use passgate_core::{master_key::MasterKey, secret::Secret, time::Clock as _};
use passgate_store::{MigrateError, Store, StoreError, StoreSettings, Synchronous};

use crate::{
    api::{Api, ApiSettings},
    config::{Config, Durability, KeyFiles, PrepareError, prepare},
    database_lock::{DatabaseLock, LockError},
    endpoint,
    env::{Machine, SystemClock, SystemEntropy},
    jobs::{self, Means, Post},
    mail::{MailConfigError, MailRoom, Mailer},
    metadata::{self, Metadata},
    middleware::{Surroundings, surround},
    paths::Paths,
    playground, routes,
};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Keys or directories are missing.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Somebody is replacing the database.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The database does not open.
    #[error("the database {database} does not open")]
    Store {
        /// Which database, without its password.
        database: String,
        /// Why not.
        #[source]
        source: StoreError,
    },
    /// The database's schema cannot be brought up to date.
    #[error("the database {database} cannot be migrated")]
    Migrate {
        /// Which database, without its password.
        database: String,
        /// Why not.
        #[source]
        source: MigrateError,
    },
    /// The database belongs to another master key, or failed.
    #[error(transparent)]
    Start(#[from] Stopped<WrongMasterKey>),
    /// The mail configuration cannot be used.
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    /// The system gives no threads for mail.
    #[error("cannot start the mail threads")]
    MailThreads(#[source] io::Error),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The server broke down.
    #[error("the server ended with an error")]
    Serve(#[source] io::Error),
}

/// A database that is open, migrated, and belongs to its master key.
pub struct Opened {
    /// The operations on it.
    pub passgate: Passgate,
    /// The key of the management endpoints.
    pub management_key: Secret<String>,
    /// Files that were made just now, at a first start.
    pub created: Vec<std::path::PathBuf>,
    /// The database in words, without secrets.
    pub database: String,
    _lock: Option<DatabaseLock>,
}

/// Opens the configured database, and makes what a first start needs.
///
/// # Errors
/// Whatever keeps the server from starting.
pub fn open(config: &Config) -> Result<Opened, OpenError> {
    let prepared = prepare(config, &SystemEntropy::default())?;
    let database = prepared.database.to_string();
    let lock = prepared
        .database
        .sqlite_path()
        .map(DatabaseLock::shared)
        .transpose()?;
    let store =
        Store::connect(&prepared.database, store_settings(config)).map_err(|source| OpenError::Store {
            database: database.clone(),
            source,
        })?;
    store.migrate().map_err(|source| OpenError::Migrate {
        database: database.clone(),
        source,
    })?;
    let passgate = join(config, store, prepared.master_key, prepared.next_master_key)?;
    Ok(Opened {
        passgate,
        management_key: prepared.management_key,
        created: prepared.created,
        database,
        _lock: lock,
    })
}

/// Puts database and master key together. If a replacement of the key was interrupted after the database had been
/// changed, it is ended here.
fn join(
    config: &Config,
    store: Store,
    master_key: MasterKey,
    next_master_key: Option<MasterKey>,
) -> Result<Passgate, OpenError> {
    let Some(next) = next_master_key else {
        return Ok(Passgate::new(store, master_key, Settings::default())?);
    };
    match Passgate::new(store.clone(), master_key, Settings::default()) {
        Err(Stopped::Refused(WrongMasterKey)) => {
            let passgate = Passgate::new(store, next, Settings::default())?;
            let files = KeyFiles::of(&config.data_dir);
            files.adopt_next_master_key(SystemClock.now())?;
            Ok(passgate)
        }
        joined => Ok(joined?),
    }
}

/// Opens, listens, and serves until a signal says stop. `listening` is called once with the address.
///
/// # Errors
/// Whatever keeps the server from starting or ends it.
pub async fn serve(config: &Config, listening: impl FnOnce(SocketAddr, &Opened)) -> Result<(), OpenError> {
    let opened = open(config)?;
    attend_to_development_keys(config, &opened)?;
    let mailer = Arc::new(Mailer::new(&config.mail, &config.data_dir)?);
    let mail = MailRoom::new(mailer.clone()).map_err(OpenError::MailThreads)?;
    let api = Api::new(
        opened.passgate.clone(),
        opened.management_key.clone(),
        ApiSettings::from(config),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy::default()),
        mail,
    )
    .with_metadata(Metadata::new(&config.metadata));
    // Before the first registration asks for it.
    let operations = api.operations();
    api.metadata()
        .refresh_and_tell(operations.passgate(), operations.env());
    let listen = |source| OpenError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let management = config
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
    let server = run(api, listeners, &Threads::from(config)).map_err(listen)?;
    let kept_fresh = metadata::keep_fresh(operations.clone(), means.metadata.clone());
    let jobs = config.jobs.then(|| jobs::start(operations, means));
    listening(address, &opened);
    let served = server.await;
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

/// Opens the keys that everybody knows in development mode, and locks them everywhere else.
fn attend_to_development_keys(config: &Config, opened: &Opened) -> Result<(), OpenError> {
    let machine = Machine::default();
    let failed = |failure| OpenError::Start(Stopped::Failed(failure));
    if !config.development {
        if opened
            .passgate
            .lock_development_keys(machine.env())
            .map_err(failed)?
        {
            tracing::warn!(
                application = development::APP,
                "locked the keys that development mode had left open; delete that application if nobody needs it"
            );
        }
        return Ok(());
    }
    tracing::warn!(
        application = development::APP,
        "DEVELOPMENT MODE: everybody knows the keys of this server; whoever reaches it can use and manage it"
    );
    match opened
        .passgate
        .open_development_keys(machine.env())
        .map_err(failed)?
    {
        DevelopmentKeys::Open => {}
        DevelopmentKeys::NameTaken => tracing::warn!(
            application = development::APP,
            "there is an application of this name with keys of its own; it was left alone"
        ),
    }
    Ok(())
}

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

impl From<&Config> for Threads {
    fn from(config: &Config) -> Self {
        Self {
            workers: config.workers,
            connections: config.max_connections,
            operations: config.operation_threads,
            shutdown_seconds: config.shutdown_timeout.as_secs(),
        }
    }
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
        .worker_max_blocking_threads(threads.operations.div_ceil(threads.workers).max(1))
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

fn store_settings(config: &Config) -> StoreSettings {
    StoreSettings {
        connections: config.database_pool_size,
        synchronous: match config.database_durability {
            Durability::Full => Synchronous::Full,
            Durability::Normal => Synchronous::Normal,
        },
        ..StoreSettings::default()
    }
}
