//! Who calls, and with what: the one extractor of every endpoint.
//!
//! actix polls all extractors of a handler together, so a key and a body in two extractors would race for the first
//! refusal. [`Call`] is one extractor that authenticates, checks the scope, and only then reads the body; it reads a
//! refused request's body too, if it is there, because an unread body costs the connection.

use std::{future::Future, marker::PhantomData};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::header::HeaderValue, web::Data,
};
use futures_util::future::LocalBoxFuture;
use passgate::{Caller, Client, Env, Passgate, post};
use passgate_core::api_key::{ApiKeyKind, Scope};
use subtle::ConstantTimeEq as _;

use crate::{
    api::Api,
    client::header,
    input::{Input, Parts},
    mail::Post,
    marks::{AuthenticatedApp, TrailingSlash},
    problem::Problem,
    shares::{Share, Work},
};

/// Header of public keys.
pub const API_KEY: &str = "ApiKey";
/// Header of secret keys.
pub const API_SECRET: &str = "ApiSecret";
/// Header of the management key.
pub const MANAGEMENT_KEY: &str = "ManagementKey";

/// An authenticated call with its input.
pub struct Call<K: Key, I> {
    /// Who calls.
    pub caller: K::Caller,
    /// What was sent.
    pub input: I,
    api: Data<Api>,
    request: HttpRequest,
    work: Work,
}

impl<K: Key, I: Send + 'static> Call<K, I> {
    /// Where the call comes from.
    fn client(&self) -> Client {
        self.api.trust().client(&self.request)
    }

    /// The same call, for an operation that reads or writes as many rows as there are.
    #[must_use]
    pub fn heavy(self) -> Self {
        Self {
            work: Work::Heavy,
            ..self
        }
    }

    /// Runs one operation on the blocking pool, when it is the caller's turn.
    ///
    /// # Errors
    /// The operation's refusal, as a problem; 429 or 503 if too many wait.
    pub async fn run<T, E>(
        self,
        operation: impl FnOnce(&Passgate, &K::Caller, I, Env<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let Self {
            caller,
            input,
            api,
            work,
            ..
        } = self;
        api.operations()
            .run(K::share(&caller), work, move |passgate, env| {
                operation(passgate, &caller, input, env)
            })
            .await
    }

    /// Runs one operation that is told of the client.
    ///
    /// # Errors
    /// The operation's refusal, as a problem.
    pub async fn run_for_client<T, E>(
        self,
        operation: impl FnOnce(&Passgate, &K::Caller, I, &Client, Env<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let client = self.client();
        self.run(move |passgate, caller, input, env| operation(passgate, caller, input, &client, env))
            .await
    }

    /// Runs one step of a ceremony: a few rows and a signature.
    ///
    /// # Errors
    /// The operation's refusal, as a problem; 429 or 503 if too many wait.
    pub async fn run_ceremony<T, E>(
        self,
        operation: impl AsyncFnOnce(&Passgate, &K::Caller, I, &Client, Env<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let client = self.client();
        let Self {
            caller, input, api, ..
        } = self;
        api.operations()
            .run_ceremony(
                K::share(&caller),
                async move |passgate: &Passgate, env: Env<'_>| {
                    operation(passgate, &caller, input, &client, env).await
                },
            )
            .await
    }

    /// Runs one operation that may deliver letters, apart from those that do not.
    ///
    /// # Errors
    /// The operation's refusal, as a problem; 503 if too many letters wait already.
    pub async fn deliver<T, E>(
        self,
        operation: impl FnOnce(&Passgate, &K::Caller, I, &dyn post::Post, Env<'_>) -> Result<T, E>
        + Send
        + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let Self {
            caller, input, api, ..
        } = self;
        let operations = api.operations().clone();
        let abort_page = api.abort_page();
        let outcome = api
            .mail()
            .run(move |deliver| {
                let abort_page = abort_page.as_ref();
                let post = Post { deliver, abort_page };
                operation(operations.passgate(), &caller, input, &post, operations.env())
            })
            .await
            .map_err(Problem::from)?;
        outcome.map_err(Into::into)
    }

    /// Whether the path was given with a slash at its end.
    pub fn has_trailing_slash(&self) -> bool {
        self.request.extensions().get::<TrailingSlash>().is_some()
    }

    /// Whether the answer may be compressed with gzip.
    pub fn takes_gzip(&self) -> bool {
        let accepted = header(self.request.headers(), "accept-encoding").unwrap_or_default();
        accepted.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight
                .trim()
                .strip_prefix("q=")
                .map_or(Ok(1.0), str::parse::<f32>);
            name.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.0)
        })
    }

    /// The server this call reached.
    pub fn api(&self) -> &Api {
        &self.api
    }
}

impl<K: Key, I: Input> FromRequest for Call<K, I> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let Some(api) = request.app_data::<Data<Api>>().cloned() else {
                return Err(Problem::unexpected("the server's state is not configured"));
            };
            let caller = match K::authenticate(&api, &request).await {
                Ok(caller) => caller,
                Err(problem) => {
                    let drained = api.body_limits().discard(&mut payload).await;
                    return Err(if drained { problem } else { problem.closing() });
                }
            };
            // Held until the body is read, whatever comes of it.
            let mut room = api.operations().shares().room(K::share(&caller));
            let body = api.body_limits().read(&mut payload, &mut room).await?;
            let input = Parts::read(&request, &body)?;
            Ok(Self {
                caller,
                input,
                api,
                request,
                work: Work::Light,
            })
        })
    }
}

/// A kind of key that an endpoint asks for.
pub trait Key: 'static {
    /// What proves that the key was shown.
    type Caller: Send + 'static;
    /// The kind, for the route table.
    const KIND: KeyKind;
    /// The scope the key must carry.
    const SCOPE: Option<Scope>;

    /// On whose account the call is.
    fn share(caller: &Self::Caller) -> Share;

    /// Checks the key of a request, and its scope.
    fn authenticate(api: &Api, request: &HttpRequest) -> impl Future<Output = Result<Self::Caller, Problem>>;
}

/// The kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Anybody may call.
    None,
    /// `ApiKey`
    Public,
    /// `ApiSecret`
    Secret,
    /// `ManagementKey`
    Management,
}

impl KeyKind {
    /// The header that carries such a key.
    pub const fn header(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Public => Some(API_KEY),
            Self::Secret => Some(API_SECRET),
            Self::Management => Some(MANAGEMENT_KEY),
        }
    }
}

/// A scope, or none, as a type.
pub trait RequiredScope: 'static {
    /// The scope.
    const SCOPE: Option<Scope>;
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident => $scope:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl RequiredScope for $name {
            const SCOPE: Option<Scope> = $scope;
        }
    )*};
}

scopes! {
    /// Public keys that may register.
    Register => Some(Scope::Register);
    /// Public keys that may sign in.
    Login => Some(Scope::Login);
    /// Secret keys that may issue registration tokens.
    TokenRegister => Some(Scope::TokenRegister);
    /// Secret keys that may verify sign-in tokens.
    TokenVerify => Some(Scope::TokenVerify);
    /// Any key of the kind.
    AnyScope => None;
}

/// A public key with a scope.
pub struct PublicKey<S>(PhantomData<S>);

/// A secret key with a scope.
pub struct SecretKey<S = AnyScope>(PhantomData<S>);

/// The operator's management key.
pub struct ManagementKey;

/// No key: a public endpoint, visibly.
pub struct NoKey;

/// Proof that the management key was shown.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl<S: RequiredScope> Key for PublicKey<S> {
    type Caller = Caller;
    const KIND: KeyKind = KeyKind::Public;
    const SCOPE: Option<Scope> = S::SCOPE;

    fn share(caller: &Caller) -> Share {
        Share::App(caller.app_id().clone())
    }

    async fn authenticate(api: &Api, request: &HttpRequest) -> Result<Caller, Problem> {
        authenticate(api, request, ApiKeyKind::Public, S::SCOPE).await
    }
}

impl<S: RequiredScope> Key for SecretKey<S> {
    type Caller = Caller;
    const KIND: KeyKind = KeyKind::Secret;
    const SCOPE: Option<Scope> = S::SCOPE;

    fn share(caller: &Caller) -> Share {
        Share::App(caller.app_id().clone())
    }

    async fn authenticate(api: &Api, request: &HttpRequest) -> Result<Caller, Problem> {
        authenticate(api, request, ApiKeyKind::Secret, S::SCOPE).await
    }
}

impl Key for ManagementKey {
    type Caller = Operator;
    const KIND: KeyKind = KeyKind::Management;
    const SCOPE: Option<Scope> = None;

    fn share(_: &Operator) -> Share {
        Share::Operator
    }

    async fn authenticate(api: &Api, request: &HttpRequest) -> Result<Operator, Problem> {
        let presented = request
            .headers()
            .get(MANAGEMENT_KEY)
            .map(HeaderValue::as_bytes)
            .unwrap_or_default();
        let expected = api.management_key().expose().as_bytes();
        if !expected.is_empty() && bool::from(presented.ct_eq(expected)) {
            return Ok(Operator(()));
        }
        if !presented.is_empty() {
            api.guesses().slow_down().await;
        }
        Err(Problem::unauthorized(MANAGEMENT_KEY, None))
    }
}

impl Key for NoKey {
    type Caller = ();
    const KIND: KeyKind = KeyKind::None;
    const SCOPE: Option<Scope> = None;

    fn share(_: &()) -> Share {
        Share::Strangers
    }

    async fn authenticate(_: &Api, _: &HttpRequest) -> Result<(), Problem> {
        Ok(())
    }
}

async fn authenticate(
    api: &Api,
    request: &HttpRequest,
    kind: ApiKeyKind,
    scope: Option<Scope>,
) -> Result<Caller, Problem> {
    let (required, other) = match kind {
        ApiKeyKind::Public => (API_KEY, API_SECRET),
        ApiKeyKind::Secret => (API_SECRET, API_KEY),
    };
    let sent = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let caller = api
        .operations()
        .authenticate(kind, sent(required), sent(other), || api.trust().client(request))
        .await?;
    request
        .extensions_mut()
        .insert(AuthenticatedApp(caller.app_id().as_str().into()));
    if let Some(scope) = scope {
        caller.require(scope)?;
    }
    Ok(caller)
}
