//! The route table: every endpoint, with its key and scope, as data.
//!
//! The table is made from the handlers' own types, so what it says about keys and scopes is what they check. It
//! registers the routes, spells their paths, and is walked by the tests.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    future::Future,
    sync::Arc,
};

use actix_web::{
    HttpResponse, Route, guard,
    http::{
        Method,
        header::{ALLOW, HeaderValue},
    },
    web::{self, Data, Payload, ServiceConfig},
};
use passgate_core::{api_key::Scope, well_known::Document};

use crate::{
    answer::Answer,
    api::Api,
    auth::{Call, Key, KeyKind},
    input::Input,
    marks::ManagementDoor,
    problem::Problem,
};

mod account;
mod admin;
mod alias;
mod apps;
mod auth_configs;
mod authenticators;
mod ceremony;
mod credentials;
mod doctor;
mod events;
mod health;
mod magic_links;
mod mds;
mod reference;
mod register;
mod reporting;
mod root;
mod signals;
mod signin;
mod users;
mod v3;
mod well_known;

/// One endpoint.
#[derive(Clone)]
pub struct Endpoint {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// The kind of key it asks for.
    pub key: KeyKind,
    /// The scope that key must carry.
    pub scope: Option<Scope>,
    /// Whether it reads a body.
    pub reads_body: bool,
    route: Arc<dyn Fn() -> Route + Send + Sync>,
}

impl Endpoint {
    /// Whether HEAD is answered like GET, without the body: for pages and documents that anybody may read, whose
    /// addresses monitors and programs that check links ask for. Reading such a page changes nothing.
    pub fn answers_head(&self) -> bool {
        self.method == Method::GET && self.key == KeyKind::None
    }
}

/// Every endpoint.
pub fn table() -> Vec<Endpoint> {
    vec![
        // Browsers
        post("/register/begin", register::begin::handle),
        post("/register/complete", register::complete::handle),
        post("/signin/begin", signin::begin::handle),
        post("/signin/complete", signin::complete::handle),
        // Backends
        post("/register/token", register::token::handle),
        post("/signin/verify", signin::verify::handle),
        post("/signin/generate-token", signin::generate_token::handle),
        post("/alias", alias::set::handle),
        get("/alias/list", alias::list::handle),
        get("/credentials/list", credentials::list::handle_query),
        post("/credentials/list", credentials::list::handle_body),
        post("/credentials/delete", credentials::delete::handle),
        post("/credentials/rename", credentials::rename::handle),
        post("/credentials/suspend", credentials::suspend::suspend),
        post("/credentials/resume", credentials::suspend::resume),
        get(
            "/signals/all-accepted-credentials",
            signals::all_accepted_credentials::handle,
        ),
        post(
            "/signals/current-user-details",
            signals::current_user_details::handle,
        ),
        post("/signals/unknown-credential", signals::unknown_credential::handle),
        get("/users/list", users::list::handle),
        get("/users/count", users::count::handle),
        post("/users/delete", users::delete::handle),
        get("/auth-configs/list", auth_configs::list::handle),
        post("/auth-configs/add", auth_configs::add::handle),
        post("/auth-configs", auth_configs::update::handle),
        post("/auth-configs/delete", auth_configs::delete::handle),
        get("/authenticators/list", authenticators::list::handle),
        post("/authenticators/add", authenticators::add::handle),
        post("/authenticators/remove", authenticators::remove::handle),
        post("/magic-links/send", magic_links::send::handle),
        post("/apps/features", apps::patch_features),
        get("/events", events::list::handle),
        get("/events/export", events::export::handle),
        post("/doctor/origin", doctor::handle),
        get("/reporting/credentials/periodic", reporting::credentials),
        get("/reporting/active-users/periodic", reporting::active_users),
        post("/account/delete", account::delete::handle),
        // The third generation
        post("/v3/register/token", v3::register::token),
        post("/v3/register/begin", v3::register::begin),
        post("/v3/register/complete", v3::register::complete),
        post("/v3/signin/begin", v3::signin::begin),
        post("/v3/signin/complete", v3::signin::complete),
        post("/v3/signin/verify", v3::signin::verify),
        post("/v3/alias", v3::alias::handle),
        get("/v3/credentials/list", v3::credentials::list_query),
        post("/v3/credentials/list", v3::credentials::list_body),
        post("/v3/credentials/delete", v3::credentials::delete),
        post("/v3/account/delete", account::delete::handle),
        get("/reporting/credentials/current", reporting::current_credentials),
        get("/reporting/active-users/current", reporting::current_active_users),
        // Operators
        get("/admin/apps/{app}/available", admin::available::handle),
        post("/admin/apps/{app}/create", admin::create::handle),
        post("/admin/apps/{app}/freeze", admin::freeze::freeze),
        post("/admin/apps/{app}/unfreeze", admin::freeze::unfreeze),
        post("/admin/apps/{app}/public-keys", admin::keys::create_public),
        post("/admin/apps/{app}/secret-keys", admin::keys::create_secret),
        get("/admin/apps/{app}/api-keys", admin::keys::list),
        post("/admin/apps/{app}/api-keys/{id}/lock", admin::keys::lock),
        post("/admin/apps/{app}/api-keys/{id}/unlock", admin::keys::unlock),
        delete("/admin/apps/{app}/api-keys/{id}", admin::keys::delete),
        get("/admin/apps/{app}/features", admin::features::show),
        post("/admin/apps/{app}/features", admin::features::replace),
        get("/admin/apps/{app}/well-known", admin::well_known::show),
        post("/admin/apps/{app}/well-known", admin::well_known::replace),
        get(
            "/admin/apps/{app}/can-delete-immediately",
            admin::deletion::can_delete_immediately,
        ),
        post("/admin/apps/{app}/mark-delete", admin::deletion::mark_delete),
        post("/admin/apps/{app}/cancel-delete", admin::deletion::cancel_delete),
        delete("/admin/apps/{app}", admin::deletion::delete),
        get("/apps/list-pending-deletion", apps::list_pending_deletion),
        get("/mds/attestation-types", mds::attestation_types),
        get("/mds/certification-statuses", mds::certification_statuses),
        get("/mds/entries", mds::entries),
        // People who follow a link in a mail
        get("/magic-links/{app}/{link}", magic_links::open::show),
        post("/magic-links/{app}/{link}", magic_links::open::forward),
        get("/account/delete/abort/{token}", account::abort::show),
        post("/account/delete/abort/{token}", account::abort::abort),
        // Browsers and phones on their own account
        get("/apps/{app}/.well-known/webauthn", |call| {
            well_known::of_app(call, Document::RelatedOrigins)
        }),
        get("/apps/{app}/.well-known/passkey-endpoints", |call| {
            well_known::of_app(call, Document::PasskeyEndpoints)
        }),
        get("/apps/{app}/.well-known/apple-app-site-association", |call| {
            well_known::of_app(call, Document::AppleAppSiteAssociation)
        }),
        get("/apps/{app}/.well-known/assetlinks.json", |call| {
            well_known::of_app(call, Document::AssetLinks)
        }),
        get("/.well-known/webauthn", |call| {
            well_known::of_site(call, Document::RelatedOrigins)
        }),
        get("/.well-known/passkey-endpoints", |call| {
            well_known::of_site(call, Document::PasskeyEndpoints)
        }),
        get("/.well-known/apple-app-site-association", |call| {
            well_known::of_site(call, Document::AppleAppSiteAssociation)
        }),
        get("/.well-known/assetlinks.json", |call| {
            well_known::of_site(call, Document::AssetLinks)
        }),
        // Anybody
        get("/health/http", health::http),
        get("/health/storage", health::storage),
        get("/health/version", health::version),
        get("/health/mail", health::mail),
        get("/health/metadata", health::metadata),
        get("/health/throw/api", health::throw_api),
        get("/health/throw/exception", health::throw_exception),
        get("/openapi.json", reference::document),
        get("/swagger/v4/swagger.json", reference::document),
        get("/docs", reference::page),
        get("/docs/{file}", reference::file),
        get("/", root::handle),
    ]
}

/// Registers every endpoint. Other methods on their paths are answered with 405. With a separate door, the endpoints of
/// management are nowhere else.
pub fn configure(config: &mut ServiceConfig, separate_management: bool) {
    let mut by_path: Vec<(&str, Vec<Endpoint>)> = Vec::new();
    for endpoint in table() {
        match by_path.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => by_path.push((endpoint.path, vec![endpoint])),
        }
    }
    for (path, endpoints) in by_path {
        let allow = endpoints
            .iter()
            .flat_map(|endpoint| {
                let head = endpoint.answers_head().then_some("HEAD");
                [endpoint.method.as_str()].into_iter().chain(head)
            })
            .collect::<Vec<_>>()
            .join(", ");
        let mut resource = endpoints.iter().fold(web::resource(path), |resource, endpoint| {
            resource.route((endpoint.route)())
        });
        if endpoints
            .iter()
            .any(|endpoint| endpoint.key == KeyKind::Management)
        {
            // The router would also take a path in which letters are percent-encoded, and a proxy that keeps others
            // away from these paths may not.
            let beginning = path.split('{').next().unwrap_or(path);
            resource = resource.guard(guard::fn_guard(move |context| {
                context.head().uri.path().starts_with(beginning)
                    && (!separate_management || context.req_data().get::<ManagementDoor>().is_some())
            }));
        }
        config.service(resource.default_service(web::to(move |api, payload| {
            method_not_allowed(allow.clone(), api, payload)
        })));
    }
}

/// 404 with an empty body, for paths that are no endpoint's.
pub async fn not_found(api: Data<Api>, payload: Payload) -> HttpResponse {
    let mut answer = HttpResponse::NotFound();
    if !api.body_limits().discard(&mut payload.into_inner()).await {
        answer.force_close();
    }
    answer.finish()
}

async fn method_not_allowed(allow: String, api: Data<Api>, payload: Payload) -> HttpResponse {
    let mut answer = HttpResponse::MethodNotAllowed();
    if !api.body_limits().discard(&mut payload.into_inner()).await {
        answer.force_close();
    }
    if let Ok(allow) = HeaderValue::from_str(&allow) {
        answer.insert_header((ALLOW, allow));
    }
    answer.finish()
}

/// How the paths of the table are spelled.
#[derive(Debug)]
pub struct Paths {
    /// Paths without parameters. All of them are spelled in lower case.
    fixed: HashSet<&'static str>,
    /// The segments of paths with parameters.
    patterns: BTreeSet<Vec<&'static str>>,
}

impl Paths {
    /// The paths of the route table.
    pub fn of_table() -> Self {
        let mut paths = Self {
            fixed: HashSet::new(),
            patterns: BTreeSet::new(),
        };
        for endpoint in table() {
            if endpoint.path.contains('{') {
                paths.patterns.insert(endpoint.path.split('/').collect());
            } else {
                paths.fixed.insert(endpoint.path);
            }
        }
        paths
    }

    /// How the table spells a path, ignoring case and one trailing slash; none if the path is not in it.
    ///
    /// Parameters keep their spelling.
    pub fn spelling_of<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        let trimmed = path
            .strip_suffix('/')
            .filter(|rest| !rest.is_empty())
            .unwrap_or(path);
        if self.fixed.contains(trimmed) {
            return Some(Cow::Borrowed(trimmed));
        }
        let lower = trimmed.to_ascii_lowercase();
        if self.fixed.contains(lower.as_str()) {
            return Some(Cow::Owned(lower));
        }
        let segments: Vec<&str> = trimmed.split('/').collect();
        self.patterns
            .iter()
            .find_map(|pattern| spell(pattern, &segments))
            .map(Cow::Owned)
    }
}

impl Paths {
    /// The path of the table that a path in its spelling belongs to, parameters in braces.
    ///
    /// Some parameters are secrets, so this is what a log may say.
    pub fn pattern_of(&self, path: &str) -> Option<String> {
        if self.fixed.contains(path) {
            return Some(path.to_owned());
        }
        let segments: Vec<&str> = path.split('/').collect();
        let pattern = self
            .patterns
            .iter()
            .find(|pattern| spell(pattern, &segments).is_some())?;
        Some(pattern.join("/"))
    }

    /// What a log may say of a path that may be nobody's: its pattern, or its beginning if that is one of ours. The rest
    /// may be the link of a mail, not quite copied.
    pub fn name_of(&self, path: &str) -> Cow<'static, str> {
        if let Some(pattern) = self.pattern_of(path) {
            return pattern.into();
        }
        let beginning = path.split('/').nth(1).unwrap_or_default();
        let paths = self.fixed.iter().map(|path| path.split('/').nth(1));
        let patterns = self.patterns.iter().map(|pattern| pattern.get(1).copied());
        paths
            .chain(patterns)
            .flatten()
            .find(|ours| !ours.is_empty() && ours.eq_ignore_ascii_case(beginning))
            .map_or("(no route)".into(), |ours| format!("/{ours}/…").into())
    }
}

/// The segments in the spelling of a pattern, if they match it.
fn spell(pattern: &[&str], segments: &[&str]) -> Option<String> {
    if pattern.len() != segments.len() {
        return None;
    }
    let spelled = pattern.iter().zip(segments).map(|(expected, segment)| {
        let parameter = expected.starts_with('{') && !segment.is_empty();
        if parameter {
            Some(*segment)
        } else {
            expected.eq_ignore_ascii_case(segment).then_some(*expected)
        }
    });
    spelled
        .collect::<Option<Vec<&str>>>()
        .map(|segments| segments.join("/"))
}

fn get<K: Key, I: Input + Send, F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    endpoint(Method::GET, path, handler)
}

fn post<K: Key, I: Input + Send, F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    endpoint(Method::POST, path, handler)
}

fn delete<K: Key, I: Input + Send, F, Fut>(path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    endpoint(Method::DELETE, path, handler)
}

fn endpoint<K: Key, I: Input + Send, F, Fut>(method: Method, path: &'static str, handler: F) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    let mut endpoint = Endpoint {
        method,
        path,
        key: K::KIND,
        scope: K::SCOPE,
        reads_body: I::BODY.is_some(),
        route: Arc::new(web::route),
    };
    let (method, head) = (endpoint.method.clone(), endpoint.answers_head());
    endpoint.route = Arc::new(move || {
        let methods = guard::Any(guard::Method(method.clone()));
        let methods = if head { methods.or(guard::Head()) } else { methods };
        web::route().guard(methods).to(handler.clone())
    });
    endpoint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_spelled_like_the_table() {
        let paths = Paths::of_table();
        for (sent, spelled) in [
            ("/register/token", Some("/register/token")),
            ("/Register/TOKEN/", Some("/register/token")),
            ("/register/token//", None),
            ("/auth-configs/", Some("/auth-configs")),
            ("/", Some("/")),
            (
                "/ADMIN/Apps/DemoApp/API-keys/AbCd/Lock",
                Some("/admin/apps/DemoApp/api-keys/AbCd/lock"),
            ),
            ("/admin/apps//freeze", None),
            ("/unknown", None),
        ] {
            assert_eq!(paths.spelling_of(sent).as_deref(), spelled, "{sent}");
        }
    }

    #[test]
    fn patterns_hide_parameters() {
        let paths = Paths::of_table();
        for (path, pattern) in [
            (
                "/magic-links/demoapp/link_secret",
                Some("/magic-links/{app}/{link}"),
            ),
            (
                "/account/delete/abort/secret",
                Some("/account/delete/abort/{token}"),
            ),
            ("/register/token", Some("/register/token")),
            ("/unknown", None),
        ] {
            assert_eq!(paths.pattern_of(path).as_deref(), pattern, "{path}");
        }
    }

    #[test]
    fn what_is_no_route_stays_out_of_the_log() {
        let paths = Paths::of_table();
        for (path, name) in [
            ("/magic-links/demoapp/link_secret", "/magic-links/{app}/{link}"),
            ("//magic-links/demoapp/link_secret", "(no route)"),
            ("/x/magic-links/demoapp/link_secret", "(no route)"),
            ("/magic-links/demoapp/link_secret/foo", "/magic-links/…"),
            ("/Magic-Links/demoapp/link_secret//", "/magic-links/…"),
            ("/account/delete/abort/secret/foo", "/account/…"),
            ("/link_secret", "(no route)"),
            ("/unknown", "(no route)"),
            ("/health/http", "/health/http"),
            ("/", "/"),
            ("", "(no route)"),
        ] {
            assert_eq!(paths.name_of(path), name, "{path}");
        }
    }

    #[test]
    fn no_endpoint_is_listed_twice() {
        let table = table();
        for (index, endpoint) in table.iter().enumerate() {
            let twin = table[..index]
                .iter()
                .find(|other| other.path == endpoint.path && other.method == endpoint.method);
            assert!(twin.is_none(), "{} {}", endpoint.method, endpoint.path);
        }
    }
}
