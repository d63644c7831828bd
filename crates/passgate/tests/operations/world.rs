//! A Passgate with one application, a page and a device, on a throw-away database.

use std::{sync::Mutex, time::Duration};

use passgate::{
    Begun, Caller, Client, Env, Passgate, Settings, Stopped,
    applications::{CreateAppInput, CreatedApp},
    authentication::Presented,
    post::{Letter, Post, Undelivered},
    register::{
        RegisterBeginInput, RegisterCompleteError, RegisterCompleteInput, RegisterTokenInput, Registered,
    },
    relying_party::RelyingPartyInput,
    sign_in::{SignInBeginInput, SignInCompleteError, SignInCompleteInput, SignedIn},
};
use passgate_core::{
    alias::NewAliases,
    api_key::ApiKeyKind,
    application::{AppId, Features},
    event::{Event, EventKind},
    master_key::MasterKey,
    time::{Clock, Timestamp},
    user::UserId,
};
use passgate_store::{DatabaseUrl, Store, StoreSettings, applications, events};
use passgate_testkit::{
    Alteration, Assertion, FixedClock, Registration, SeededEntropy, SoftAuthenticator, TestDatabase,
};
use passgate_webauthn::{
    AuthenticationResponse, CreationOptionsJson, EnvelopeError, RegistrationResponse, RequestOptionsJson,
};
use serde_json::Value;
use url::Url;

pub const ORIGIN: &str = "https://example.com";
pub const RP_ID: &str = "example.com";

pub struct World {
    pub passgate: Passgate,
    pub clock: FixedClock,
    pub entropy: SeededEntropy,
    pub app: AppId,
    pub keys: CreatedApp,
    pub client: Client,
    // Last, so that the store is gone before its database.
    pub database: TestDatabase,
}

impl World {
    pub fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite())
    }

    /// Runs a test once per database.
    pub fn on_each(test: impl Fn(Self)) {
        for database in TestDatabase::each() {
            test(Self::on(database));
        }
    }

    pub fn on(database: TestDatabase) -> Self {
        let passgate = start(&database, MasterKey::new([7; 32]));
        passgate.store().migrate().unwrap();
        Self::with(passgate, database)
    }

    fn with(passgate: Passgate, database: TestDatabase) -> Self {
        let clock = FixedClock::default();
        let entropy = SeededEntropy::default();
        let app = AppId::parse("demoapp").unwrap();
        let input = CreateAppInput {
            app: app.clone(),
            admin_email: "admin@example.com".to_owned(),
            event_logging: true,
            event_retention_days: 30,
            magic_link_monthly_quota: 0,
            max_users: None,
            allow_attestation: false,
        };
        let keys = passgate
            .create_app(
                input,
                Env {
                    now: clock.now(),
                    entropy: &entropy,
                },
            )
            .unwrap();
        let client = Client {
            device: "Chrome, Windows 10".into(),
            country: "SE".to_owned(),
            ip: Some("192.0.2.7".to_owned()),
            user_agent: Some("test".to_owned()),
        };
        Self {
            passgate,
            clock,
            entropy,
            app,
            keys,
            client,
            database,
        }
    }

    /// A second node on the same database, with nothing in memory.
    pub fn another_node(&self) -> Passgate {
        start(&self.database, MasterKey::new([7; 32]))
    }

    pub fn env(&self) -> Env<'_> {
        Env {
            now: self.clock.now(),
            entropy: &self.entropy,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub fn browser(&self) -> Caller {
        let key = self.keys.public_keys[0].as_str();
        self.passgate
            .authenticate(
                ApiKeyKind::Public,
                Presented {
                    key: Some(key),
                    other: None,
                    client: None,
                },
                self.env(),
            )
            .unwrap()
    }

    pub fn backend(&self) -> Caller {
        let key = self.keys.secret_keys[0].expose().as_str();
        self.passgate
            .authenticate(
                ApiKeyKind::Secret,
                Presented {
                    key: Some(key),
                    other: None,
                    client: None,
                },
                self.env(),
            )
            .unwrap()
    }

    /// Changes features behind the operations' back, as another node would, and lets the snapshots age.
    pub fn set_features(&self, change: impl FnOnce(&mut Features)) {
        let result: Result<(), passgate::Failure> = self.passgate.store().write(|tx| {
            let mut features = applications::find(tx, &self.app)?.unwrap().features;
            change(&mut features);
            applications::update_features(tx, &self.app, &features)?;
            Ok(())
        });
        result.unwrap();
        self.pass(Duration::from_secs(2));
    }

    pub fn register_token_for(&self, user: &str) -> String {
        self.passgate
            .register_token(&self.backend(), registration_of(user), self.env())
            .unwrap()
    }

    pub fn begin_registration(&self, user: &str) -> Begun<CreationOptionsJson> {
        let input = RegisterBeginInput {
            token: Some(self.register_token_for(user)),
            relying_party: page(),
        };
        self.passgate
            .register_begin(&self.browser(), input, &self.client, self.env())
            .unwrap()
    }

    pub fn complete_registration(
        &self,
        session: &str,
        response: &Registration,
    ) -> Result<Registered, Stopped<RegisterCompleteError>> {
        self.passgate.register_complete(
            &self.browser(),
            registered(session, response),
            &self.client,
            self.env(),
        )
    }

    /// A whole registration.
    pub fn register(&self, user: &str, device: &mut SoftAuthenticator) -> Registered {
        self.try_register(user, device, &[]).unwrap()
    }

    pub fn try_register(
        &self,
        user: &str,
        device: &mut SoftAuthenticator,
        alterations: &[Alteration],
    ) -> Result<Registered, Stopped<RegisterCompleteError>> {
        let begun = self.begin_registration(user);
        let response = device
            .register_altered(ORIGIN, &json(&begun.data), alterations)
            .unwrap();
        self.complete_registration(&begun.session, &response)
    }

    pub fn begin_sign_in(&self, input: SignInBeginInput) -> Begun<RequestOptionsJson> {
        self.passgate
            .sign_in_begin(&self.browser(), input, &self.client, self.env())
            .unwrap()
    }

    pub fn complete_sign_in(
        &self,
        session: &str,
        response: &Assertion,
    ) -> Result<SignedIn, Stopped<SignInCompleteError>> {
        self.passgate.sign_in_complete(
            &self.browser(),
            signed(session, response),
            &self.client,
            self.env(),
        )
    }

    /// A whole sign-in, discoverable.
    pub fn sign_in(&self, device: &mut SoftAuthenticator) -> SignedIn {
        self.try_sign_in(device, &[]).unwrap()
    }

    pub fn try_sign_in(
        &self,
        device: &mut SoftAuthenticator,
        alterations: &[Alteration],
    ) -> Result<SignedIn, Stopped<SignInCompleteError>> {
        let begun = self.begin_sign_in(discoverable());
        let response = device
            .authenticate_altered(ORIGIN, &json(&begun.data), alterations)
            .unwrap();
        self.complete_sign_in(&begun.session, &response)
    }

    /// All events, newest first.
    pub fn events(&self) -> Vec<Event> {
        let page: Result<_, passgate::Failure> = self.passgate.store().read(|tx| {
            Ok(events::list(
                tx,
                &self.app,
                1,
                1000,
                &events::EventFilter::default(),
            )?)
        });
        page.unwrap()
    }

    /// The latest event of a kind. The clock stands still in most tests, so that events of one call have no order.
    #[track_caller]
    pub fn event(&self, kind: EventKind) -> Event {
        let events = self.events();
        let names: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
        match events.iter().find(|event| event.kind == kind) {
            Some(event) => event.clone(),
            None => panic!("no {} among {names:?}", kind.as_str()),
        }
    }

    /// The names of all events, in the order of the alphabet.
    pub fn event_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.events().iter().map(|event| event.kind.as_str()).collect();
        names.sort_unstable();
        names
    }
}

pub fn start(database: &TestDatabase, master_key: MasterKey) -> Passgate {
    let store = Store::connect(
        &DatabaseUrl::parse(database.url()).unwrap(),
        StoreSettings::default(),
    )
    .unwrap();
    store.migrate().unwrap();
    Passgate::new(store, master_key, Settings::default()).unwrap()
}

pub fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub fn page() -> RelyingPartyInput {
    page_at(RP_ID, ORIGIN)
}

pub fn page_at(rp_id: &str, origin: &str) -> RelyingPartyInput {
    RelyingPartyInput {
        rp_id: Some(rp_id.to_owned()),
        origin: Some(origin.to_owned()),
    }
}

pub fn registration_of(id: &str) -> RegisterTokenInput {
    RegisterTokenInput {
        user_id: UserId::for_registration(id).unwrap(),
        username: format!("{id}@example.com"),
        display_name: None,
        attestation: None,
        authenticator_type: None,
        resident_key: passgate_webauthn::ResidentKey::Required,
        user_verification: None,
        aliases: NewAliases::default(),
        hints: vec![],
        mediation: passgate_webauthn::Mediation::Modal,
        expires_at: None,
    }
}

pub fn discoverable() -> SignInBeginInput {
    SignInBeginInput {
        user_id: None,
        alias: None,
        purpose: None,
        relying_party: page(),
    }
}

pub fn registered(session: &str, response: &Registration) -> RegisterCompleteInput {
    RegisterCompleteInput {
        session: Some(session.to_owned()),
        response: registration_response(response),
        nickname: Some("My phone".to_owned()),
        relying_party: page(),
    }
}

pub fn registration_response(response: &Registration) -> Result<RegistrationResponse, EnvelopeError> {
    RegistrationResponse::from_parts(response.parts())
}

pub fn signed(session: &str, response: &Assertion) -> SignInCompleteInput {
    SignInCompleteInput {
        session: Some(session.to_owned()),
        response: authentication_response(response),
        relying_party: page(),
    }
}

pub fn authentication_response(response: &Assertion) -> Result<AuthenticationResponse, EnvelopeError> {
    AuthenticationResponse::from_parts(response.parts())
}

/// Options as the browser gets them.
pub fn json(options: &impl serde::Serialize) -> Value {
    serde_json::to_value(options).unwrap()
}

pub fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn hours(n: u64) -> Duration {
    seconds(n * 60 * 60)
}

pub fn days(n: u64) -> Duration {
    hours(n * 24)
}

/// Another application of the same Passgate.
pub fn another_app(world: &World, app: &str) -> Caller {
    let app = AppId::parse(app).unwrap();
    let input = CreateAppInput {
        app: app.clone(),
        admin_email: String::new(),
        event_logging: false,
        event_retention_days: 30,
        magic_link_monthly_quota: 0,
        max_users: None,
        allow_attestation: false,
    };
    world.passgate.create_app(input, world.env()).unwrap();
    world.passgate.embedded_caller(&app, world.env()).unwrap()
}

/// A letter that [`Letters`] took.
#[derive(Clone, Debug)]
pub struct Sent {
    pub to: String,
    pub what: Written,
}

#[derive(Clone, Debug)]
pub enum Written {
    Link {
        site: String,
        link: Url,
    },
    Warning {
        app: AppId,
        abort_token: String,
        freeze_at: Timestamp,
        delete_at: Timestamp,
    },
}

/// Takes letters, and loses those to the addresses that it does not reach.
#[derive(Default)]
pub struct Letters {
    taken: Mutex<Vec<Sent>>,
    lost: Mutex<Vec<Sent>>,
    pub unreachable: Vec<&'static str>,
}

impl Letters {
    pub fn losing(unreachable: &[&'static str]) -> Self {
        Self {
            unreachable: unreachable.to_vec(),
            ..Self::default()
        }
    }

    /// What was delivered since the last time.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }

    /// What was lost since the last time.
    pub fn take_lost(&self) -> Vec<Sent> {
        std::mem::take(&mut self.lost.lock().unwrap())
    }

    /// The link in the only letter.
    #[track_caller]
    pub fn link(&self) -> (String, Url) {
        match self.take().as_slice() {
            [
                Sent {
                    what: Written::Link { site, link },
                    ..
                },
            ] => (site.clone(), link.clone()),
            other => panic!("{other:?}"),
        }
    }
}

impl Post for Letters {
    fn deliver(&self, letter: &Letter<'_>) -> Result<(), Undelivered> {
        let sent = match *letter {
            Letter::MagicLink { to, site, link } => Sent {
                to: to.to_owned(),
                what: Written::Link {
                    site: site.to_owned(),
                    link: link.expose().clone(),
                },
            },
            Letter::DeletionWarning {
                to,
                app,
                abort_token,
                freeze_at,
                delete_at,
            } => Sent {
                to: to.to_owned(),
                what: Written::Warning {
                    app: app.clone(),
                    abort_token: abort_token.expose().clone(),
                    freeze_at,
                    delete_at,
                },
            },
        };
        if self.unreachable.contains(&sent.to.as_str()) {
            self.lost.lock().unwrap().push(sent);
            return Err(Undelivered("the mail server is on holiday".into()));
        }
        self.taken.lock().unwrap().push(sent);
        Ok(())
    }
}
