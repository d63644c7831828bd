//! `/.well-known/…`, of each application and of the site itself: documents for browsers and phones.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use passgate::{AppNotFound, well_known::WellKnownDocumentError};
use passgate_core::{application::AppId, well_known::Document};
use schemars::JsonSchema;

use super::{admin::well_known::PasskeyEndpointsShape, of_app::OfApp};
use crate::{
    answer::Answer,
    auth::{Call, NoKey},
    endpoint::{Doc, json},
    input::{Input, Nothing},
    problem::Problem,
    wire,
};

/// How long readers may go on using what they have: long enough to spare the server, short enough to see a change.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(super) const RELATED_ORIGINS: Doc = of_an_app(
    "getRelatedOriginsOfApp",
    "The origins that may use the site's RP ID",
)
.answers(&[json::<RelatedOrigins>()]);
pub(super) const PASSKEY_ENDPOINTS: Doc =
    of_an_app("getPasskeyEndpointsOfApp", "Where users make and manage passkeys")
        .answers(&[json::<PasskeyEndpointsShape>()]);
pub(super) const APPLE_APP_SITE_ASSOCIATION: Doc = of_an_app(
    "getAppleAppSiteAssociationOfApp",
    "The apps of Apple's systems that may use the site's passkeys",
)
.answers(&[json::<AppleAppSiteAssociation>()]);
pub(super) const ASSET_LINKS: Doc = of_an_app(
    "getAssetLinksOfApp",
    "The Android apps that may use the site's passkeys",
)
.answers(&[json::<Vec<AssetStatement>>()]);

const fn of_an_app(id: &'static str, summary: &'static str) -> Doc {
    Doc::new(id, summary).refusals(&[(404, "no such application, or it does not publish this")])
}

/// `/apps/{app}/.well-known/…`
pub(super) async fn of_app(call: Call<NoKey, OfApp>, document: Document) -> Result<Answer, Problem> {
    let app = call.input.0.clone();
    let app = app.ok_or(WellKnownDocumentError::from(AppNotFound))?;
    publish(call, app, document).await
}

pub(super) const RELATED_ORIGINS_OF_SITE: Doc = of_the_site(RELATED_ORIGINS.called("getRelatedOrigins"));
pub(super) const PASSKEY_ENDPOINTS_OF_SITE: Doc =
    of_the_site(PASSKEY_ENDPOINTS.called("getPasskeyEndpoints"));
pub(super) const APPLE_APP_SITE_ASSOCIATION_OF_SITE: Doc =
    of_the_site(APPLE_APP_SITE_ASSOCIATION.called("getAppleAppSiteAssociation"));
pub(super) const ASSET_LINKS_OF_SITE: Doc = of_the_site(ASSET_LINKS.called("getAssetLinks"));

const fn of_the_site(doc: Doc) -> Doc {
    doc.about("Of the application that the configuration names.")
        .refusals(&[(404, "not published here")])
}

/// `/.well-known/…`: those of the application that the configuration names.
pub(super) async fn of_site(call: Call<NoKey, Nothing>, document: Document) -> Result<Answer, Problem> {
    let app = call.api().settings().well_known_app.clone();
    let app = app.ok_or(WellKnownDocumentError::NotPublished { document })?;
    publish(call, app, document).await
}

async fn publish<I: Input + Send>(
    call: Call<NoKey, I>,
    app: AppId,
    document: Document,
) -> Result<Answer, Problem> {
    let published = call
        .run(move |passgate, (), _, _| passgate.publish_well_known(&app, document))
        .await?;
    Ok(Answer::foreign_json(&published)?.with_header(CACHE_CONTROL, FRESH))
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the domain writes it")]
struct RelatedOrigins {
    /// The origins.
    #[schemars(with = "Vec<wire::Origin>")]
    origins: Vec<String>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the domain writes it")]
struct AppleAppSiteAssociation {
    /// The apps that may use the site's passkeys.
    webcredentials: WebCredentials,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the domain writes it")]
struct WebCredentials {
    /// The apps.
    #[schemars(with = "Vec<wire::AppleApp>")]
    apps: Vec<String>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the domain writes it")]
struct AssetStatement {
    /// What the app may share with the site.
    #[schemars(with = "Vec<wire::Relation>")]
    relation: Vec<String>,
    /// The app.
    target: AssetTarget,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the domain writes it")]
struct AssetTarget {
    #[schemars(with = "wire::Namespace")]
    namespace: String,
    #[schemars(with = "wire::PackageName")]
    package_name: String,
    /// The certificates that sign the app.
    #[schemars(with = "Vec<wire::Fingerprint>")]
    sha256_cert_fingerprints: Vec<String>,
}
