//! A server under test, and the personas that speak to it.

mod contract;
mod http;
mod outbox;

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::dev::{Server, ServerHandle};
use passgate::{
    Env, Passgate, Settings,
    jobs::{JobOutcome, Turn},
};
use passgate_api::{
    api::{Api, ApiSettings},
    body::BodyLimits,
    client::ProxyTrust,
    config::{MagicLinkConfig, MetadataConfig},
    jobs::Job,
    mail::{Deliver, MailRoom},
    metadata::{Metadata, RefreshError, Refreshed},
    server::{self, Threads},
    shares::{ShareLimits, Shares},
};
use passgate_core::{master_key::MasterKey, secret::Secret, time::Clock as _};
use passgate_store::{DatabaseUrl, Store, StoreSettings};
use passgate_testkit::{FixedClock, SeededEntropy, SoftAuthenticator, TestDatabase};
use serde_json::{Value, json};

pub use http::{Connection, Response, type_of};
pub use outbox::Outbox;

/// The management key of every server under test.
pub const MANAGEMENT_KEY: &str = "the-management-key-of-the-tests";
/// The relying party of the tests.
pub const RP_ID: &str = "example.com";
/// Its origin.
pub const ORIGIN: &str = "https://example.com";
/// The address that links in mails begin with.
pub const PUBLIC_URL: &str = "https://id.example.com/passgate";
/// The body limit of every server under test.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// base64 of 32 bytes
pub const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server on a port of its own. Dropping it stops it.
pub struct TestServer {
    pub address: SocketAddr,
    pub shares: Arc<Shares>,
    pub clock: Arc<FixedClock>,
    /// The operations, for what has no endpoint.
    pub passgate: Passgate,
    /// What was mailed, unless the server was given another way to send.
    pub outbox: Arc<Outbox>,
    metadata: Metadata,
    // Stops before its database goes.
    _running: Running,
    database: Arc<TestDatabase>,
}

impl TestServer {
    /// On SQLite.
    pub fn start() -> Self {
        Self::on(TestDatabase::sqlite())
    }

    /// Runs a test once per database.
    pub fn each(test: impl Fn(&Self)) {
        for database in TestDatabase::each() {
            test(&Self::on(database));
        }
    }

    pub fn on(database: TestDatabase) -> Self {
        Self::with(database, settings())
    }

    pub fn with(database: TestDatabase, settings: ApiSettings) -> Self {
        Self::with_mail(database, settings, None)
    }

    /// On a database that an earlier server used: what is random now must not be what was random then.
    pub fn later(database: TestDatabase, seed: u64) -> Self {
        let outbox = Arc::new(Outbox::default());
        let clock = Arc::<FixedClock>::default();
        let entropy = Arc::new(SeededEntropy::new(seed));
        let api = api_from(&database, settings(), clock.clone(), entropy, outbox.clone());
        Self::run(api, database.into(), clock, outbox, Metadata::off())
    }

    /// With a way to send other than the outbox.
    pub fn with_mail(
        database: TestDatabase,
        settings: ApiSettings,
        deliver: Option<Arc<dyn Deliver>>,
    ) -> Self {
        Self::launch(
            database.into(),
            Arc::default(),
            settings,
            deliver,
            Metadata::off(),
        )
    }

    /// With FIDO metadata, which is not looked at before [`Self::refresh_metadata`].
    pub fn with_metadata(database: TestDatabase, config: &MetadataConfig) -> Self {
        Self::launch(
            database.into(),
            Arc::default(),
            settings(),
            None,
            Metadata::new(config),
        )
    }

    /// Another node on the same database, with the same clock.
    pub fn beside(&self, config: &MetadataConfig) -> Self {
        Self::launch(
            self.database.clone(),
            self.clock.clone(),
            settings(),
            None,
            Metadata::new(config),
        )
    }

    fn launch(
        database: Arc<TestDatabase>,
        clock: Arc<FixedClock>,
        settings: ApiSettings,
        deliver: Option<Arc<dyn Deliver>>,
        metadata: Metadata,
    ) -> Self {
        let outbox = Arc::new(Outbox::default());
        let deliver = deliver.unwrap_or_else(|| outbox.clone());
        let api = api_with_mail(&database, settings, clock.clone(), deliver);
        Self::run(api, database, clock, outbox, metadata)
    }

    fn run(
        api: Api,
        database: Arc<TestDatabase>,
        clock: Arc<FixedClock>,
        outbox: Arc<Outbox>,
        metadata: Metadata,
    ) -> Self {
        let api = api.with_metadata(metadata.clone());
        let passgate = api.operations().passgate().clone();
        let shares = api.operations().shares().clone();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let threads = Threads {
            workers: 1,
            connections: 1000,
            operations: 4,
            shutdown_seconds: 1,
        };
        let running = Running::start(move || server::run(api, listener, &threads).unwrap());
        Self {
            address,
            shares,
            clock,
            passgate,
            outbox,
            metadata,
            _running: running,
            database,
        }
    }

    /// A connection that sends no key.
    pub fn anybody(&self) -> Connection {
        Connection::to(self.address)
    }

    /// A connection with the management key.
    pub fn operator(&self) -> Connection {
        Connection::to(self.address).with_header("ManagementKey", MANAGEMENT_KEY)
    }

    /// A connection of a browser.
    pub fn browser(&self, app: &TestApp) -> Connection {
        Connection::to(self.address).with_header("ApiKey", &app.public_key)
    }

    /// A connection of a backend.
    pub fn backend(&self, app: &TestApp) -> Connection {
        Connection::to(self.address).with_header("ApiSecret", &app.secret_key)
    }

    /// A new application without event log.
    pub fn app(&self, name: &str) -> TestApp {
        self.app_with(name, &json!({}))
    }

    /// A new application with these features.
    pub fn app_with(&self, name: &str, features: &Value) -> TestApp {
        let created = self
            .operator()
            .post(&format!("/admin/apps/{name}/create"), features)
            .expect(200);
        let key = |member: &str| created[member].as_str().unwrap().to_owned();
        TestApp {
            name: name.to_owned(),
            public_key: key("apiKey1"),
            secret_key: key("apiSecret1"),
        }
    }

    /// A registration token for a user.
    pub fn register_token(&self, app: &TestApp, request: &Value) -> String {
        token(self.backend(app).post("/register/token", request).expect(200))
    }

    /// Registers a passkey, and returns the sign-in token.
    pub fn register(&self, app: &TestApp, authenticator: &mut SoftAuthenticator, user_id: &str) -> String {
        let register_token = self.register_token(app, &json!({ "userId": user_id, "username": user_id }));
        let mut browser = self.browser(app);
        let begun = browser
            .post(
                "/register/begin",
                &json!({ "token": register_token, "RPID": RP_ID, "Origin": ORIGIN }),
            )
            .expect(200);
        let registration = authenticator.register(ORIGIN, &begun["data"]).unwrap();
        let completed = browser.post(
            "/register/complete",
            &json!({
                "session": begun["session"], "response": registration.to_browser_client_json(),
                "nickname": "My phone", "RPID": RP_ID, "Origin": ORIGIN,
            }),
        );
        token(completed.expect(200))
    }

    /// Signs in with whatever the authenticator offers, and returns the sign-in token.
    pub fn sign_in(&self, app: &TestApp, authenticator: &mut SoftAuthenticator, begin: &Value) -> String {
        let mut browser = self.browser(app);
        let mut request = json!({ "RPID": RP_ID, "Origin": ORIGIN });
        request
            .as_object_mut()
            .unwrap()
            .extend(begin.as_object().unwrap().clone());
        let begun = browser.post("/signin/begin", &request).expect(200);
        let assertion = authenticator.authenticate(ORIGIN, &begun["data"]).unwrap();
        let completed = browser.post(
            "/signin/complete",
            &json!({
                "session": begun["session"], "response": assertion.to_browser_client_json(),
                "RPID": RP_ID, "Origin": ORIGIN,
            }),
        );
        token(completed.expect(200))
    }

    /// Looks at the source of the FIDO metadata, as the server does now and then.
    pub fn refresh_metadata(&self) -> Result<Refreshed, RefreshError> {
        let env = Env {
            now: self.clock.now(),
            entropy: &SeededEntropy::default(),
        };
        self.metadata.refresh(&self.passgate, env)
    }

    /// Downloads the FIDO metadata if that is due, as the job does.
    pub fn download_metadata(&self) -> Result<JobOutcome, RefreshError> {
        let job = Job::find("refresh_metadata").unwrap();
        let node = self.address.to_string();
        self.run_download(Turn::due(&node, job.due_before(self.clock.now())))
    }

    /// Downloads the FIDO metadata, due or not.
    pub fn download_metadata_by_hand(&self) -> Result<JobOutcome, RefreshError> {
        self.run_download(Turn::by_hand("somebody"))
    }

    fn run_download(&self, turn: Turn<'_>) -> Result<JobOutcome, RefreshError> {
        let env = Env {
            now: self.clock.now(),
            entropy: &SeededEntropy::default(),
        };
        self.metadata.download(&self.passgate, turn, env)
    }

    /// Moves the clock forwards.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// A server on a thread of its own. Dropping it stops it.
pub struct Running {
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub fn start(server: impl FnOnce() -> Server + Send + 'static) -> Self {
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = server();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self {
            handle: told.recv().unwrap(),
            thread: Some(thread),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The thread ends when the server does; the answer to `stop` needs no waiting for.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            assert!(
                thread.join().is_ok() || std::thread::panicking(),
                "the server's thread panicked"
            );
        }
    }
}

/// An application, with one of its keys of each kind.
pub struct TestApp {
    pub name: String,
    pub public_key: String,
    pub secret_key: String,
}

/// The state of a server.
pub fn api(database: &TestDatabase, settings: ApiSettings, clock: Arc<FixedClock>) -> Api {
    api_with_mail(database, settings, clock, Arc::new(Outbox::default()))
}

fn api_with_mail(
    database: &TestDatabase,
    settings: ApiSettings,
    clock: Arc<FixedClock>,
    deliver: Arc<dyn Deliver>,
) -> Api {
    api_from(database, settings, clock, Arc::default(), deliver)
}

fn api_from(
    database: &TestDatabase,
    settings: ApiSettings,
    clock: Arc<FixedClock>,
    entropy: Arc<SeededEntropy>,
    deliver: Arc<dyn Deliver>,
) -> Api {
    let url = DatabaseUrl::parse(database.url()).unwrap();
    let store = Store::connect(
        &url,
        StoreSettings {
            connections: 4,
            ..StoreSettings::default()
        },
    )
    .unwrap();
    store.migrate().unwrap();
    let master_key = MasterKey::from_base64(MASTER_KEY).unwrap();
    let passgate = Passgate::new(store, master_key, Settings::default()).unwrap();
    let management_key = Secret::new(MANAGEMENT_KEY.to_owned());
    Api::new(
        passgate,
        management_key,
        settings,
        clock,
        entropy,
        MailRoom::new(deliver).unwrap(),
    )
}

/// The settings of a plain server.
pub fn settings() -> ApiSettings {
    ApiSettings {
        path_prefix: "/api".to_owned(),
        body_limits: BodyLimits {
            size: BODY_LIMIT,
            time: Duration::from_secs(10),
        },
        trust: ProxyTrust::default(),
        playground: None,
        public_url: Some(PUBLIC_URL.parse().unwrap()),
        // Off unless an operator wants it; most tests of magic links hold what it does.
        magic_links: MagicLinkConfig {
            new_application_age: Duration::from_secs(86_400),
            ..MagicLinkConfig::default()
        },
        well_known_app: None,
        log_probes: true,
        shares: ShareLimits::default(),
    }
}

/// The `token` of an answer.
pub fn token(answer: Value) -> String {
    answer["token"].as_str().unwrap().to_owned()
}
