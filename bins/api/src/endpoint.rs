//! An endpoint: a row of the route table, made of a handler and the words that stand beside it.
//!
//! The row takes what it says about key, scope, query and body from the handler's own types, so that is what they check
//! and read. The compiler asks for its [`Doc`].

use std::{future::Future, sync::Arc};

use actix_web::{
    HttpResponse, Route, guard,
    http::{
        Method,
        header::{ALLOW, HeaderValue},
    },
    web::{self, Data, Payload, ServiceConfig},
};
use passgate_core::api_key::Scope;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::{
    answer::Answer,
    api::Api,
    auth::{Call, Key, KeyKind},
    input::Input,
    marks::ManagementDoor,
    problem::Problem,
    shape::{Body, Member},
};

/// One endpoint.
#[derive(Clone)]
pub struct Endpoint {
    /// The one method it answers; GET may stand for HEAD, too.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// The kind of key it asks for.
    pub key: KeyKind,
    /// The scope that key must carry.
    pub scope: Option<Scope>,
    /// The body it reads.
    pub body: Option<Body>,
    /// The parameters it reads from the query.
    pub query: &'static [Member],
    /// What is said of it.
    pub doc: &'static Doc,
    route: Arc<dyn Fn() -> Route + Send + Sync>,
}

impl Endpoint {
    /// Whether HEAD is answered like GET, without the body: for pages and documents that anybody may read, whose
    /// addresses monitors and programs that check links ask for. Reading such a page changes nothing.
    pub fn answers_head(&self) -> bool {
        self.method == Method::GET && self.key == KeyKind::None
    }
}

/// Endpoints that are listed together.
#[derive(Clone)]
pub struct Group {
    /// Their tag in the OpenAPI document.
    pub name: &'static str,
    /// What they have in common.
    pub about: &'static str,
    /// The rows.
    pub endpoints: Vec<Endpoint>,
}

/// Endpoints that are listed together.
pub fn group<const N: usize>(name: &'static str, about: &'static str, endpoints: [Endpoint; N]) -> Group {
    Group {
        name,
        about,
        endpoints: endpoints.into(),
    }
}

/// The words of an endpoint: what its row and its input do not say already.
///
/// Left to those are 401 for a key, 403 for a scope, 400, 408, 413 and 415 for the body, 500 and 503 for the server
/// itself.
#[derive(Debug)]
pub struct Doc {
    /// Its name as a function, in clients that are made from the document.
    pub id: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else there is to know.
    pub about: &'static str,
    /// What it answers when all went well.
    pub answers: &'static [Reply],
    /// Refusals of its own, each a status and why.
    pub refusals: &'static [(u16, &'static str)],
}

impl Doc {
    /// The words of an endpoint: its name as a function, and what it does, in a line.
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            about: "",
            answers: &[],
            refusals: &[],
        }
    }

    /// The same words under another name.
    pub const fn called(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    /// The same words, and what else there is to know.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The same words, with what it answers when all went well.
    pub const fn answers(mut self, answers: &'static [Reply]) -> Self {
        self.answers = answers;
        self
    }

    /// The same words, with refusals of its own.
    pub const fn refusals(mut self, refusals: &'static [(u16, &'static str)]) -> Self {
        self.refusals = refusals;
        self
    }
}

/// An answer that is no refusal.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// What it carries.
    pub content: Content,
}

/// What an answer carries.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// JSON of a type, which describes itself.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// A document of another media type.
    Other(&'static str),
}

/// 200 with JSON of a type.
pub const fn json<T: JsonSchema>() -> Reply {
    json_with::<T>(200)
}

/// A status with JSON of a type.
pub const fn json_with<T: JsonSchema>(status: u16) -> Reply {
    Reply {
        status,
        content: Content::Json(SchemaGenerator::subschema_for::<T>),
    }
}

/// A status without a body.
pub const fn nothing(status: u16) -> Reply {
    Reply {
        status,
        content: Content::Nothing,
    }
}

/// A status with a document of a media type that is not JSON.
pub const fn other(status: u16, media_type: &'static str) -> Reply {
    Reply {
        status,
        content: Content::Other(media_type),
    }
}

/// A row for GET.
pub fn get<K: Key, I: Input + Send, F, Fut>(path: &'static str, handler: F, doc: &'static Doc) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    endpoint(Method::GET, path, handler, doc)
}

/// A row for POST.
pub fn post<K: Key, I: Input + Send, F, Fut>(path: &'static str, handler: F, doc: &'static Doc) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    endpoint(Method::POST, path, handler, doc)
}

/// A row for DELETE.
pub fn delete<K: Key, I: Input + Send, F, Fut>(path: &'static str, handler: F, doc: &'static Doc) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    endpoint(Method::DELETE, path, handler, doc)
}

fn endpoint<K: Key, I: Input + Send, F, Fut>(
    method: Method,
    path: &'static str,
    handler: F,
    doc: &'static Doc,
) -> Endpoint
where
    F: Fn(Call<K, I>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + 'static,
{
    let mut endpoint = Endpoint {
        method,
        path,
        key: K::KIND,
        scope: K::SCOPE,
        body: I::BODY,
        query: I::QUERY,
        doc,
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

/// Registers endpoints. Other methods on their paths are answered with 405. With a separate door, the endpoints of
/// management are nowhere else.
pub fn configure(config: &mut ServiceConfig, table: Vec<Endpoint>, separate_management: bool) {
    let mut by_path: Vec<(&str, Vec<Endpoint>)> = Vec::new();
    for endpoint in table {
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
