//! `GET` and `POST /admin/apps/{app}/well-known`: what an application publishes for browsers and phones.

use passgate::{AppNotFound, well_known::WellKnownOfApp};
use passgate_core::{
    application::AppId,
    well_known::{
        AndroidApp, AppleAppId, CertificateFingerprint, PackageName, PageUrl, PasskeyEndpoints, WellKnown,
    },
};
use passgate_webauthn::Origin;
use schemars::JsonSchema;
use serde::Serialize;

use crate::routes::of_app::{OfApp, app};
use crate::{
    answer::Answer,
    auth::{Call, ManagementKey},
    endpoint::{Doc, json, nothing},
    input::{Input, Parts, Unreadable},
    json::{BindingError, Members},
    problem::Problem,
    shape::{Body, Shape, object, objects, text, texts},
    validation::Validation,
    wire,
};

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WellKnown")]
struct Shown {
    /// The origins that may use the site's RP ID: the web origins among those that the application allows.
    #[schemars(with = "Vec<wire::Origin>")]
    related_origins: Vec<String>,
    /// Where users make and manage passkeys; `null` if it is not published.
    #[schemars(with = "Option<PasskeyEndpointsShape>")]
    passkey_endpoints: Option<PasskeyEndpoints>,
    /// The apps of Apple's systems that may use the site's passkeys.
    #[schemars(with = "Vec<wire::AppleApp>")]
    apple_apps: Vec<AppleAppId>,
    /// The Android apps that may use the site's passkeys.
    android_apps: Vec<ShownAndroidApp>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AndroidApp")]
struct ShownAndroidApp {
    #[schemars(with = "wire::PackageName")]
    package_name: PackageName,
    /// The certificates that sign the app.
    #[schemars(with = "Vec<wire::Fingerprint>")]
    sha256_cert_fingerprints: Vec<CertificateFingerprint>,
    /// What the application has to allow if it lists origins.
    #[schemars(with = "Vec<wire::Origin>")]
    origins: Vec<String>,
}

impl From<WellKnownOfApp> for Shown {
    fn from(shown: WellKnownOfApp) -> Self {
        let text = |origin: &Origin| origin.as_str().to_owned();
        let android_app = |app: AndroidApp| ShownAndroidApp {
            package_name: app.package_name,
            origins: app
                .fingerprints
                .iter()
                .map(|fingerprint| text(&fingerprint.origin()))
                .collect(),
            sha256_cert_fingerprints: app.fingerprints,
        };
        let WellKnown {
            passkey_endpoints,
            apple_apps,
            android_apps,
        } = shown.well_known;
        Self {
            related_origins: shown.related_origins.iter().map(text).collect(),
            passkey_endpoints,
            apple_apps,
            android_apps: android_apps.into_iter().map(android_app).collect(),
        }
    }
}

pub(in crate::routes) const SHOW: Doc = Doc::new(
    "getWellKnown",
    "What an application publishes for browsers and phones",
)
.answers(&[json::<Shown>()]);

pub(in crate::routes) async fn show(call: Call<ManagementKey, OfApp>) -> Result<Answer, Problem> {
    let shown = call
        .run(|passgate, _, input, _| {
            let app = input.0.ok_or(AppNotFound)?;
            passgate.find_well_known(&app)
        })
        .await?;
    Answer::json(&Shown::from(shown))
}

pub(in crate::routes) struct Replacement {
    app: Option<AppId>,
    well_known: WellKnown,
}

impl Input for Replacement {
    const BODY: Option<Body> = Some(Body::new(
        "ManageWellKnown",
        &[
            object("passkeyEndpoints", &NEW_PASSKEY_ENDPOINTS)
                .about("Where users make and manage passkeys; `null` publishes nothing.")
                .or_null(),
            texts::<wire::AppleApp>("appleApps")
                .at_most(WellKnown::MAX_APPS as u64)
                .about("The apps of Apple's systems that may use the site's passkeys.")
                .or_null(),
            objects("androidApps", &NEW_ANDROID_APP)
                .about("The Android apps that may use the site's passkeys.")
                .at_most(WellKnown::MAX_APPS as u64)
                .or_null(),
        ],
    ));

    fn read(parts: &Parts<'_>) -> Result<Self, Unreadable> {
        let body = parts.body();
        let endpoints = body.object("passkeyEndpoints")?;
        let endpoints = endpoints.as_ref().map(Pages::bind).transpose()?;
        let apple_apps = body.texts("appleApps")?.unwrap_or_default();
        let android_apps = body
            .objects("androidApps")?
            .unwrap_or_default()
            .iter()
            .map(SentAndroidApp::bind)
            .collect::<Result<Vec<_>, _>>()?;

        let mut check = Validation::default();
        let well_known = WellKnown {
            passkey_endpoints: endpoints.map(|pages| pages.check(&mut check)),
            apple_apps: check_apple_apps(&mut check, apple_apps),
            android_apps: check_android_apps(&mut check, android_apps),
        };
        check.finish()?;
        Ok(Self {
            app: app(parts)?,
            well_known,
        })
    }
}

/// Where users make and manage passkeys.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PasskeyEndpoints")]
#[expect(dead_code, reason = "the domain writes it")]
pub(in crate::routes) struct PasskeyEndpointsShape {
    /// The page where users make a passkey.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(with = "wire::Address")]
    enroll: String,
    /// The page where users manage their passkeys.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(with = "wire::Address")]
    manage: String,
    /// The page that says what the site encrypts with passkeys.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(with = "wire::Address")]
    prf_usage_details: String,
}

/// The addresses of pages.
const NEW_PASSKEY_ENDPOINTS: Shape = Shape {
    name: "NewPasskeyEndpoints",
    about: "Where users make and manage passkeys. Empty says that the site has passkeys and names no page.",
    members: &[
        text::<wire::Address>("enroll")
            .about("The page where users make a passkey.")
            .or_null(),
        text::<wire::Address>("manage")
            .about("The page where users manage their passkeys.")
            .or_null(),
        text::<wire::Address>("prfUsageDetails")
            .about("The page that says what the site encrypts with passkeys.")
            .or_null(),
    ],
};

const NEW_ANDROID_APP: Shape = Shape {
    name: "NewAndroidApp",
    about: "An Android app that may use the site's passkeys.",
    members: &[
        text::<wire::PackageName>("packageName").required(),
        texts::<wire::Fingerprint>("sha256CertFingerprints")
            .at_least(1)
            .at_most(AndroidApp::MAX_FINGERPRINTS as u64)
            .about("The certificates that sign the app, each as its SHA-256.")
            .required(),
    ],
};

/// The addresses of pages as sent.
struct Pages {
    enroll: Option<String>,
    manage: Option<String>,
    prf_usage_details: Option<String>,
}

impl Pages {
    fn bind(sent: &Members<'_>) -> Result<Self, BindingError> {
        Ok(Self {
            enroll: sent.text("enroll")?,
            manage: sent.text("manage")?,
            prf_usage_details: sent.text("prfUsageDetails")?,
        })
    }

    fn check(self, check: &mut Validation) -> PasskeyEndpoints {
        let mut page = |member, sent: Option<String>| {
            let parsed = PageUrl::parse(&sent?);
            if let Err(error) = &parsed {
                check
                    .member(member)
                    .rule(false, &format!("The {member} field is not valid: {error}."));
            }
            parsed.ok()
        };
        PasskeyEndpoints {
            enroll: page("PasskeyEndpoints.enroll", self.enroll),
            manage: page("PasskeyEndpoints.manage", self.manage),
            prf_usage_details: page("PasskeyEndpoints.prfUsageDetails", self.prf_usage_details),
        }
    }
}

fn check_apple_apps(check: &mut Validation, sent: Vec<Option<String>>) -> Vec<AppleAppId> {
    let mut member = check.member("AppleApps").at_most(sent.len(), WellKnown::MAX_APPS);
    let mut apps = Vec::new();
    for text in sent
        .into_iter()
        .take(WellKnown::MAX_APPS)
        .map(Option::unwrap_or_default)
    {
        match AppleAppId::parse(&text) {
            Ok(app) if apps.contains(&app) => {}
            Ok(app) => apps.push(app),
            Err(error) => member = member.rule(false, &not_valid(&text, error)),
        }
    }
    apps
}

/// An Android app as sent.
struct SentAndroidApp {
    package_name: String,
    fingerprints: Vec<String>,
}

impl SentAndroidApp {
    fn bind(sent: &Members<'_>) -> Result<Self, BindingError> {
        let fingerprints = sent.texts("sha256CertFingerprints")?.unwrap_or_default();
        Ok(Self {
            package_name: sent.text("packageName")?.unwrap_or_default(),
            fingerprints: fingerprints.into_iter().map(Option::unwrap_or_default).collect(),
        })
    }
}

fn check_android_apps(check: &mut Validation, sent: Vec<SentAndroidApp>) -> Vec<AndroidApp> {
    let mut member = check
        .member("AndroidApps")
        .at_most(sent.len(), WellKnown::MAX_APPS);
    let mut apps = Vec::new();
    for app in sent.into_iter().take(WellKnown::MAX_APPS) {
        let name = PackageName::parse(&app.package_name);
        if let Err(error) = &name {
            member = member.rule(false, &not_valid(&app.package_name, error));
        }
        let count = app.fingerprints.len();
        member = member.rule(
            (1..=AndroidApp::MAX_FINGERPRINTS).contains(&count),
            &format!(
                "'{}' needs one to {} fingerprints.",
                app.package_name,
                AndroidApp::MAX_FINGERPRINTS
            ),
        );
        for text in app.fingerprints.iter().take(AndroidApp::MAX_FINGERPRINTS) {
            match (CertificateFingerprint::parse(text), &name) {
                (Ok(fingerprint), Ok(name)) => AndroidApp::add(&mut apps, name.clone(), fingerprint),
                (Ok(_), Err(_)) => {}
                (Err(error), _) => member = member.rule(false, &not_valid(text, error)),
            }
        }
    }
    apps
}

fn not_valid(sent: &str, error: impl std::fmt::Display) -> String {
    format!("'{sent}' is not valid: {error}.")
}

pub(in crate::routes) const REPLACE: Doc = Doc::new(
    "replaceWellKnown",
    "Replaces what an application publishes for browsers and phones",
)
.about("What is left out is not published any more.")
.answers(&[nothing(204)]);

pub(in crate::routes) async fn replace(call: Call<ManagementKey, Replacement>) -> Result<Answer, Problem> {
    call.run(|passgate, _, input, env| {
        let app = input.app.ok_or(AppNotFound)?;
        passgate.replace_well_known(&app, &input.well_known, env)
    })
    .await?;
    Ok(Answer::no_content())
}
