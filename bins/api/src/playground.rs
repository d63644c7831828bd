//! The playground: a page that registers a passkey on this very server and shows every message on the way.
//!
//! The page is plain HTML, CSS and JavaScript, compiled in; it uses the API like everybody else. One endpoint is its
//! own: `POST /playground/application` makes a demo application and hands out its keys. That would be a gift to any
//! web page the operator visits meanwhile, so it answers only to the playground's own page: the browser must say that
//! the request comes from this origin, and without `playground = true` the page must have been opened under a loopback
//! name, which no rebound DNS name is.

use actix_web::{
    HttpRequest, Resource, Route,
    dev::RequestHead,
    guard,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderMap, HeaderValue},
    },
    web::{self, Data, Path, Payload, ServiceConfig},
};
use passgate::{
    Env, Passgate, Stopped,
    applications::{CreateAppError, CreateAppInput},
};
use passgate_core::{
    application::{AppId, Features},
    time::random_bytes,
};
use serde::Serialize;

use crate::{
    answer::{Answer, unframed},
    api::Api,
    assets::ASSETS,
    client,
    config::Access,
    host::is_for_loopback,
    problem::{ErrorCode, Problem},
    shares::{Share, Work},
};

const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str = include_str!("../playground/index.html");

/// Registers the playground; the page takes the place of the text at `/`.
pub fn configure(config: &mut ServiceConfig, access: Access) {
    let resource = |paths: &'static [&'static str]| -> Resource {
        web::resource(paths.to_vec()).guard(guard::fn_guard(move |context| may_see(access, context.head())))
    };
    config
        .service(resource(&["/", "/playground", "/playground/"]).route(look().to(page)))
        .service(resource(&["/playground/application"]).route(web::post().to(create_application)))
        .service(resource(&["/playground/{file}"]).route(look().to(asset)));
}

/// GET, or HEAD for those who only ask whether it is there.
fn look() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn page() -> Answer {
    unframed(revalidated(Answer::document(HTML, PAGE.as_bytes())))
}

async fn asset(name: Path<String>) -> Answer {
    match ASSETS.iter().find(|asset| asset.name == name.as_str()) {
        Some(asset) => revalidated(Answer::document(asset.media_type, asset.content)),
        None => Answer::empty(StatusCode::NOT_FOUND),
    }
}

/// A new server may bring a new page under the same names.
fn revalidated(answer: Answer) -> Answer {
    answer.with_header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
}

/// The keys of a demo application.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DemoApplication<'k> {
    app_id: &'k str,
    api_key: &'k str,
    api_secret: &'k str,
}

async fn create_application(
    request: HttpRequest,
    api: Data<Api>,
    payload: Payload,
) -> Result<Answer, Problem> {
    let drained = api.body_limits().discard(&mut payload.into_inner()).await;
    if !drained {
        return Err(Problem::body_incomplete());
    }
    if !is_own_page(request.headers()) {
        return Err(Problem::domain(
            StatusCode::FORBIDDEN,
            Some(ErrorCode::PlaygroundOnly),
            "Demo applications are made by the playground's own page. Elsewhere, use 'passgate app create NAME'.",
        ));
    }
    api.take_demo().map_err(Problem::too_many_demos)?;
    let (app, created) = api
        .operations()
        .run(Share::Strangers, Work::Light, create_demo)
        .await?;
    let ([public_key, _], [secret_key, _]) = (&created.public_keys, &created.secret_keys);
    let answer = Answer::json(&DemoApplication {
        app_id: app.as_str(),
        api_key: public_key.as_str(),
        api_secret: secret_key.expose(),
    })?;
    Ok(answer.with_header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

fn create_demo(
    passgate: &Passgate,
    env: Env<'_>,
) -> Result<(AppId, passgate::applications::CreatedApp), Stopped<CreateAppError>> {
    let features = Features::default();
    let app = demo_name(random_bytes(env.entropy));
    let created = passgate.create_app(
        CreateAppInput {
            app: app.clone(),
            admin_email: String::new(),
            event_logging: true,
            event_retention_days: features.event_retention_days,
            magic_link_monthly_quota: features.magic_link_monthly_quota,
            max_users: features.max_users,
            allow_attestation: true,
        },
        env,
    )?;
    Ok((app, created))
}

/// `demo` and eight hexadecimal digits: one name in four billion, so nobody meets a taken one.
#[expect(
    clippy::expect_used,
    reason = "twelve lower-case letters and digits that begin with a letter are an id"
)]
fn demo_name(random: [u8; 4]) -> AppId {
    AppId::parse(&format!("demo{}", hex::encode(random))).expect("a valid id")
}

/// Whether a request may see the playground at all.
fn may_see(access: Access, head: &RequestHead) -> bool {
    match access {
        Access::Everybody => true,
        Access::ThisMachine => is_direct(head.headers()) && is_for_loopback(&head.uri, host(head.headers())),
    }
}

/// What proxies, load balancers and tunnels add to requests, besides `X-Forwarded-…`.
const ADDED_ON_THE_WAY: &[&str] = &[
    "cdn-loop",
    "client-ip",
    "cluster-client-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "forwarded",
    "forwarded-for",
    "proxy-connection",
    "true-client-ip",
    "via",
    "x-amzn-trace-id",
    "x-arr-log-id",
    "x-azure-clientip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-for",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-url",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-scheme",
];

/// What they add, by how it begins.
const PREFIXES_ADDED_ON_THE_WAY: &[&str] = &[
    "cf-",
    "cloudfront-",
    "tailscale-",
    "x-envoy-",
    "x-forwarded",
    "x-vercel-",
];

/// Whether nothing says that a proxy stands in between, which would bring requests of the whole world to loopback.
fn is_direct(headers: &HeaderMap) -> bool {
    headers.keys().all(|name| {
        let name = name.as_str();
        !ADDED_ON_THE_WAY.contains(&name)
            && !PREFIXES_ADDED_ON_THE_WAY
                .iter()
                .any(|prefix| name.starts_with(prefix))
    })
}

/// Whether the browser says that the request was made by a page of this very origin.
fn is_own_page(headers: &HeaderMap) -> bool {
    let same_site = client::header(headers, "sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin = client::header(headers, "origin").and_then(|origin| origin.split_once("://"));
    same_site
        && match (origin, host(headers)) {
            (Some(("http" | "https", authority)), Some(host)) => authority.eq_ignore_ascii_case(host),
            _ => false,
        }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    client::header(headers, "host")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn head(headers: &[(&'static str, &'static str)]) -> HttpRequest {
        headers
            .iter()
            .fold(TestRequest::get(), |request, header| {
                request.insert_header(*header)
            })
            .to_http_request()
    }

    #[test]
    fn only_the_own_page_makes_applications() {
        for (headers, allowed) in [
            (
                vec![("host", "localhost:5701"), ("origin", "http://localhost:5701")],
                true,
            ),
            (
                vec![
                    ("host", "localhost:5701"),
                    ("origin", "http://localhost:5701"),
                    ("sec-fetch-site", "same-origin"),
                ],
                true,
            ),
            (
                vec![("host", "demo.example"), ("origin", "https://demo.example")],
                true,
            ),
            (
                vec![
                    ("host", "localhost:5701"),
                    ("origin", "http://localhost:5701"),
                    ("sec-fetch-site", "same-site"),
                ],
                false,
            ),
            (
                vec![("host", "localhost:5701"), ("origin", "http://localhost:3000")],
                false,
            ),
            (
                vec![("host", "localhost:5701"), ("origin", "https://evil.example")],
                false,
            ),
            (vec![("host", "localhost:5701"), ("origin", "null")], false),
            (
                vec![("host", "localhost:5701"), ("origin", "android:apk-key-hash:x")],
                false,
            ),
            (vec![("host", "localhost:5701")], false),
            (vec![("origin", "http://localhost:5701")], false),
        ] {
            assert_eq!(is_own_page(head(&headers).headers()), allowed, "{headers:?}");
        }
    }

    #[test]
    fn on_this_machine_only_a_direct_loopback_name_sees_it() {
        for (headers, seen) in [
            (vec![("host", "localhost:5701")], true),
            (vec![("host", "app.localhost:5701")], true),
            (vec![("host", "127.0.0.1:5701")], true),
            (vec![("host", "[::1]:5701")], true),
            (vec![("host", "rebound.example:5701")], false),
            (vec![("host", "localhost.example")], false),
            (
                vec![("host", "localhost:5701"), ("x-forwarded-for", "203.0.113.7")],
                false,
            ),
            (vec![("host", "localhost:5701"), ("via", "1.1 proxy")], false),
            (
                vec![("host", "localhost:5701"), ("x-forwarded-proto", "https")],
                false,
            ),
            (
                vec![("host", "localhost:5701"), ("cf-connecting-ip", "203.0.113.7")],
                false,
            ),
            (
                vec![("host", "localhost:5701"), ("true-client-ip", "203.0.113.7")],
                false,
            ),
            (vec![], false),
        ] {
            let request = head(&headers);
            assert_eq!(may_see(Access::ThisMachine, request.head()), seen, "{headers:?}");
            assert!(may_see(Access::Everybody, request.head()));
        }
    }

    #[test]
    fn the_page_asks_only_for_what_is_here() {
        let scripts = ASSETS
            .iter()
            .filter(|asset| asset.name.ends_with(".js") || asset.name.ends_with(".css"));
        let texts = scripts
            .map(|asset| std::str::from_utf8(asset.content).unwrap())
            .chain([PAGE]);
        for text in texts {
            for reference in text.split("\"/playground/").skip(1) {
                let name = reference.split('"').next().unwrap();
                assert!(
                    name == "application" || ASSETS.iter().any(|asset| asset.name == name),
                    "{name}"
                );
            }
            for reference in text.split("from \"./").skip(1) {
                let name = reference.split('"').next().unwrap();
                assert!(ASSETS.iter().any(|asset| asset.name == name), "{name}");
            }
            assert!(
                !text.contains(" style=\"") && !text.contains("onclick=\""),
                "the content policy forbids inline code"
            );
        }
    }

    #[test]
    fn demo_names_are_names() {
        assert_eq!(demo_name([0xfe, 1, 2, 3]).as_str(), "demofe010203");
    }
}
