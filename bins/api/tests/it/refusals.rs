//! The catalogue of refusals: every one of them as a row, provoked by a request on both databases.
//!
//! Status, code and title are a public contract. What no request provokes is held beside the code, in
//! `src/refusals/tests.rs`.

use std::{cell::Cell, collections::BTreeSet, sync::Arc};

use passgate_api::{config::Access, mail::NoMail};
use passgate_core::code::Code;
use passgate_testkit::{
    Alteration, SoftAuthenticator, TestDatabase,
    attestation::{PackedFlaw, SelfFlaw},
};
use serde_json::{Value, json};

use crate::{
    metadata,
    support::{
        Connection, ORIGIN, PUBLIC_URL, RP_ID, Response, TestApp, TestServer, settings, token, type_of,
    },
};

/// Codes that no request provokes here, since something else refuses first.
const UNREACHABLE: [(&str, &str); 2] = [
    (
        "storage_not_writable",
        "it takes a full disk, which the tests of the process provide",
    ),
    ("missing_userid", "`/register/token` seals no token without one"),
];

/// Codes whose problems name a credential besides.
const NAMING_A_CREDENTIAL: [&str; 3] = ["unknown_credential", "credential_suspended", "user_mismatch"];

const DAY: u64 = 86_400;

/// Where refusals are provoked.
struct Scene {
    /// With FIDO metadata.
    metadata: metadata::World,
    /// Without, and with a playground.
    plain: TestServer,
    apps: Cell<u32>,
}

impl Scene {
    fn each() -> impl Iterator<Item = Self> {
        metadata::world()
            .zip(TestDatabase::each())
            .map(|(metadata, database)| {
                let mut settings = settings();
                settings.playground = Some(Access::Everybody);
                settings.public_url = None;
                Self {
                    metadata,
                    plain: TestServer::with(database, settings),
                    apps: Cell::new(0),
                }
            })
    }

    fn server(&self) -> &TestServer {
        &self.metadata.server
    }

    /// An application that no other row has seen.
    fn app(&self) -> TestApp {
        self.app_with(&json!({}))
    }

    fn app_with(&self, features: &Value) -> TestApp {
        self.apps.set(self.apps.get() + 1);
        self.server()
            .app_with(&format!("row{}", self.apps.get()), features)
    }

    fn backend(&self, app: &TestApp, path: &str, body: &Value) -> Response {
        self.server().backend(app).post(path, body)
    }

    fn browser(&self, app: &TestApp, path: &str, body: &Value) -> Response {
        self.server().browser(app).post(path, body)
    }

    fn operator(&self) -> Connection {
        self.server().operator()
    }

    fn begin_registration(&self, app: &TestApp, request: &Value) -> Value {
        let token = self.server().register_token(app, request);
        self.browser(app, "/register/begin", &page(json!({ "token": token })))
            .expect(200)
    }

    /// What a device would complete a registration with.
    fn registration(&self, app: &TestApp, user_id: &str, alterations: &[Alteration]) -> Value {
        let begun = self.begin_registration(app, &user(user_id));
        let made = SoftAuthenticator::new().register_altered(ORIGIN, &begun["data"], alterations);
        page(json!({ "session": begun["session"], "response": made.unwrap().to_json() }))
    }

    /// What a device would complete a sign-in with.
    fn sign_in(&self, app: &TestApp, device: &mut SoftAuthenticator, alterations: &[Alteration]) -> Value {
        let begun = self.browser(app, "/signin/begin", &page(json!({}))).expect(200);
        let signed = device.authenticate_altered(ORIGIN, &begun["data"], alterations);
        page(json!({ "session": begun["session"], "response": signed.unwrap().to_json() }))
    }

    /// An application with a registered device.
    fn registered(&self) -> (TestApp, SoftAuthenticator) {
        let (app, mut device) = (self.app(), SoftAuthenticator::new());
        self.server().register(&app, &mut device, "u");
        (app, device)
    }

    fn generated_token(&self, app: &TestApp) -> String {
        token(
            self.backend(app, "/signin/generate-token", &json!({ "userId": "u" }))
                .expect(200),
        )
    }

    fn magic_link(&self, app: &TestApp, recipient: &str) -> Response {
        let request = json!({
            "userId": "u", "emailAddress": recipient, "urlTemplate": "https://a.example/?token=$TOKEN",
        });
        self.backend(app, "/magic-links/send", &request)
    }

    /// What an allow list says to the test authenticator's answer.
    fn listed(&self, model: usize, allowed: bool, attestation: &str) -> Response {
        let app = self.app_with(&json!({ "allowAttestation": true }));
        let list = json!({ "aaGuids": [self.metadata.models[model]], "isAllowed": allowed });
        self.backend(&app, "/authenticators/add", &list).expect_empty(204);
        self.metadata.register(&app, attestation, |it| match attestation {
            "none" => it.none(None),
            _ if model == 0 && allowed => it.with_aaguid(*b"another-testkit!").packed_self(SelfFlaw::None),
            _ => it.packed(PackedFlaw::None),
        })
    }
}

fn page(mut request: Value) -> Value {
    request["RPID"] = json!(RP_ID);
    request["Origin"] = json!(ORIGIN);
    request
}

fn user(id: &str) -> Value {
    json!({ "userId": id, "username": id })
}

fn without(mut request: Value, member: &str) -> Value {
    request.as_object_mut().unwrap().shift_remove(member).unwrap();
    request
}

fn with(mut request: Value, member: &str, value: &str) -> Value {
    request[member] = json!(value);
    request
}

/// One refusal as `status code title`, the code `null` where there is none; the endpoint that raises it, and a request
/// that makes it.
struct Row {
    line: &'static str,
    raised_by: &'static str,
    provoke: Box<dyn Fn(&Scene) -> Response>,
}

fn row(line: &'static str, raised_by: &'static str, provoke: impl Fn(&Scene) -> Response + 'static) -> Row {
    Row {
        line,
        raised_by,
        provoke: Box::new(provoke),
    }
}

/// Tokens and sessions.
fn tokens() -> Vec<Row> {
    const NOT_VALID: &str = "400 invalid_token The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.";
    const NOT_FORMATTED: &str = "400 invalid_token_format The token you supplied was not formatted correctly. It should be valid base64url.";
    const USED_SESSION: &str = "400 session_already_used The session was already used. Please begin again.";
    const EXPIRED: &str = "403 expired_token The token expired 10 seconds ago.";
    vec![
        row(
            "400 missing_token This operation requires a token that starts with 'register_' to be passed.",
            "/register/begin",
            |scene| scene.browser(&scene.app(), "/register/begin", &page(json!({}))),
        ),
        row(
            "400 missing_token This operation requires a token that starts with 'session_' to be passed.",
            "/register/complete",
            |scene| {
                let app = scene.app();
                let request = without(scene.registration(&app, "u", &[]), "session");
                scene.browser(&app, "/register/complete", &request)
            },
        ),
        row(
            "400 missing_token This operation requires a token that starts with 'session_' to be passed.",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let request = without(scene.sign_in(&app, &mut device, &[]), "session");
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "400 missing_token This operation requires a token that starts with 'verify_' to be passed.",
            "/signin/verify",
            |scene| scene.backend(&scene.app(), "/signin/verify", &json!({ "token": null })),
        ),
        row(
            "400 invalid_token The token you sent was not correct. The token used for this endpoint should start with 'register_'. Make sure you are not sending the wrong value. The value you sent started with 'verify_abc'",
            "/register/begin",
            |scene| {
                scene.browser(
                    &scene.app(),
                    "/register/begin",
                    &page(json!({ "token": "verify_abcdef" })),
                )
            },
        ),
        row(
            "400 invalid_token The token you sent was not correct. The token used for this endpoint should start with 'session_'. Make sure you are not sending the wrong value. The value you sent started with 'register_a'",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let request = with(
                    scene.sign_in(&app, &mut device, &[]),
                    "session",
                    "register_abcdef",
                );
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "400 invalid_token The token you sent was not correct. The token used for this endpoint should start with 'verify_'. Make sure you are not sending the wrong value. The value you sent started with 'session_ab'",
            "/signin/verify",
            |scene| {
                scene.backend(
                    &scene.app(),
                    "/signin/verify",
                    &json!({ "token": "session_abcdef" }),
                )
            },
        ),
        row(NOT_FORMATTED, "/register/begin", |scene| {
            scene.browser(
                &scene.app(),
                "/register/begin",
                &page(json!({ "token": "register_?" })),
            )
        }),
        row(NOT_FORMATTED, "/register/complete", |scene| {
            let app = scene.app();
            let request = with(scene.registration(&app, "u", &[]), "session", "session_?");
            scene.browser(&app, "/register/complete", &request)
        }),
        row(NOT_FORMATTED, "/signin/verify", |scene| {
            scene.backend(
                &scene.app(),
                "/signin/verify",
                &json!({ "token": "verify_something" }),
            )
        }),
        row(NOT_VALID, "/register/begin", |scene| {
            let token = scene.server().register_token(&scene.app(), &user("u"));
            scene.browser(&scene.app(), "/register/begin", &page(json!({ "token": token })))
        }),
        row(NOT_VALID, "/register/complete", |scene| {
            let request = scene.registration(&scene.app(), "u", &[]);
            scene.browser(&scene.app(), "/register/complete", &request)
        }),
        row(NOT_VALID, "/signin/complete", |scene| {
            let (app, mut device) = scene.registered();
            let request = scene.sign_in(&app, &mut device, &[]);
            scene.browser(&scene.app(), "/signin/complete", &request)
        }),
        row(NOT_VALID, "/signin/verify", |scene| {
            let token = scene.generated_token(&scene.app());
            scene.backend(&scene.app(), "/signin/verify", &json!({ "token": token }))
        }),
        row(EXPIRED, "/register/begin", |scene| {
            let app = scene.app();
            let token = scene.server().register_token(&app, &user("u"));
            scene.server().wait(130);
            scene.browser(&app, "/register/begin", &page(json!({ "token": token })))
        }),
        row(EXPIRED, "/register/complete", |scene| {
            let app = scene.app();
            let request = scene.registration(&app, "u", &[]);
            scene.server().wait(3_610);
            scene.browser(&app, "/register/complete", &request)
        }),
        row(EXPIRED, "/signin/complete", |scene| {
            let (app, mut device) = scene.registered();
            let request = scene.sign_in(&app, &mut device, &[]);
            scene.server().wait(DAY + 10);
            scene.browser(&app, "/signin/complete", &request)
        }),
        row(EXPIRED, "/signin/verify", |scene| {
            let app = scene.app();
            let token = scene.generated_token(&app);
            scene.server().wait(130);
            scene.backend(&app, "/signin/verify", &json!({ "token": token }))
        }),
        row(
            "400 token_already_used The token was already used.",
            "/signin/verify",
            |scene| {
                let app = scene.app();
                let request = json!({ "token": scene.generated_token(&app) });
                scene.backend(&app, "/signin/verify", &request).expect(200);
                scene.backend(&app, "/signin/verify", &request)
            },
        ),
        row(USED_SESSION, "/register/complete", |scene| {
            let app = scene.app();
            let request = scene.registration(&app, "u", &[]);
            scene.browser(&app, "/register/complete", &request).expect(200);
            scene.browser(&app, "/register/complete", &request)
        }),
        row(USED_SESSION, "/signin/complete", |scene| {
            let (app, mut device) = scene.registered();
            let request = scene.sign_in(&app, &mut device, &[]);
            scene.browser(&app, "/signin/complete", &request).expect(200);
            scene.browser(&app, "/signin/complete", &request)
        }),
    ]
}

/// Pages that may not take part.
fn pages() -> Vec<Row> {
    const ROUTES: [&str; 4] = [
        "/register/begin",
        "/register/complete",
        "/signin/begin",
        "/signin/complete",
    ];

    /// A request that would be fine, and its application.
    fn good(scene: &Scene, route: &str) -> (TestApp, Value) {
        let (app, mut device) = scene.registered();
        let request = match route {
            "/register/begin" => {
                let token = scene.server().register_token(&app, &user("v"));
                page(json!({ "token": token }))
            }
            "/register/complete" => scene.registration(&app, "v", &[]),
            "/signin/begin" => page(json!({ "userId": "u" })),
            _ => scene.sign_in(&app, &mut device, &[]),
        };
        (app, request)
    }

    let mut rows = Vec::new();
    for route in ROUTES {
        rows.push(row("400 null Origin is required.", route, move |scene| {
            let (app, request) = good(scene, route);
            scene
                .browser(&app, route, &without(request.clone(), "Origin"))
                .refusal(400, None, "Origin is required.");
            scene.browser(&app, route, &with(request, "Origin", ""))
        }));
        rows.push(row("400 null RPID is required.", route, move |scene| {
            let (app, request) = good(scene, route);
            scene.browser(&app, route, &without(request, "RPID"))
        }));
        rows.push(row(
            "400 null Origin 'example' is not valid: origin is not scheme, host and port.",
            route,
            move |scene| {
                let (app, request) = good(scene, route);
                scene.browser(&app, route, &with(request, "Origin", "example"))
            },
        ));
        rows.push(row(
            "400 null RPID 'example.com:8443' is not valid: RP ID is not a domain name.",
            route,
            move |scene| {
                let (app, request) = good(scene, route);
                scene.browser(&app, route, &with(request, "RPID", "example.com:8443"))
            },
        ));
        rows.push(row(
            "400 origin_not_allowed Origin 'https://evil.example' is not allowed with RPID 'example.com'. The origin's host must be the RPID or end in it.",
            route,
            move |scene| {
                let (app, request) = good(scene, route);
                scene.browser(&app, route, &with(request, "Origin", "https://evil.example"))
            },
        ));
        rows.push(row(
            "400 origin_not_allowed Origin 'https://login.example.com' is not allowed with RPID 'example.com'. Allowed origins: https://example.com. Allowed RPIDs: any that suits.",
            route,
            move |scene| {
                let (app, request) = good(scene, route);
                let policy = json!({ "policy": { "allowedOrigins": [ORIGIN] } });
                scene.operator().post(&format!("/admin/apps/{}/features", app.name), &policy).expect_empty(204);
                scene.browser(&app, route, &with(request, "Origin", "https://login.example.com"))
            },
        ));
        rows.push(row(
            "400 origin_not_allowed Origin 'android:apk-key-hash:NDRGOTc2RDU0MzhDRTgyNkQzMDdFNEIzQ0NDOTgyMTM' is not allowed with RPID 'example.com'. It is the origin of an app, and the application lists RPIDs and no origins: list it among the allowed origins.",
            route,
            move |scene| {
                let (app, request) = good(scene, route);
                let policy = json!({ "policy": { "allowedRpIds": ["example.com"] } });
                scene
                    .operator()
                    .post(&format!("/admin/apps/{}/features", app.name), &policy)
                    .expect_empty(204);
                scene.browser(&app, route, &with(request, "Origin", "android:apk-key-hash:NDRGOTc2RDU0MzhDRTgyNkQzMDdFNEIzQ0NDOTgyMTM"))
            },
        ));
        if route.ends_with("complete") {
            rows.push(row(
                "400 origin_not_allowed Origin 'https://login.example.com' with RPID 'example.com' is not where this session began: 'https://example.com' with RPID 'example.com'.",
                route,
                move |scene| {
                    let (app, request) = good(scene, route);
                    scene.browser(&app, route, &with(request, "Origin", "https://login.example.com"))
                },
            ));
        }
    }
    rows
}

/// Registrations.
fn registrations() -> Vec<Row> {
    const CONFLICT: &str = "409 alias_conflict Alias is already in use by another userid";
    const TOO_MANY: &str = "400 max_users_reached Maximum number of users reached";
    const NOT_ON_PLAN: &str =
        "400 attestation_not_supported_on_plan Attestation type not supported on your plan";
    const NOT_LISTED: &str = "400 authenticator_not_allowed An allowlist was configured. The authenticator is not found on the allowlist and is not allowed to be used for registration.";
    let aliases = |owner: &str| json!({ "userId": owner, "username": owner, "aliases": ["wanted"] });
    vec![
        row(
            "400 too_many_aliases A user has at most 10 aliases, the username included.",
            "/v3/register/token",
            |scene| {
                let aliases: Vec<String> = (0..10).map(|number| format!("alias-{number}")).collect();
                let request = json!({ "userId": "u", "username": "fry", "aliases": aliases });
                scene.backend(&scene.app(), "/v3/register/token", &request)
            },
        ),
        row(CONFLICT, "/register/token", move |scene| {
            let app = scene.app();
            scene.backend(&app, "/alias", &aliases("owner")).expect_empty(204);
            scene.backend(&app, "/register/token", &aliases("other"))
        }),
        row(CONFLICT, "/register/complete", move |scene| {
            let app = scene.app();
            let begun = scene.begin_registration(&app, &aliases("other"));
            scene.backend(&app, "/alias", &aliases("owner")).expect_empty(204);
            let made = SoftAuthenticator::new().register(ORIGIN, &begun["data"]).unwrap();
            let request = page(json!({ "session": begun["session"], "response": made.to_json() }));
            scene.browser(&app, "/register/complete", &request)
        }),
        row(CONFLICT, "/alias", move |scene| {
            let app = scene.app();
            scene.backend(&app, "/alias", &aliases("owner")).expect_empty(204);
            scene.backend(&app, "/alias", &aliases("other"))
        }),
        row(TOO_MANY, "/register/token", |scene| {
            let app = scene.app_with(&json!({ "maxUsers": 1 }));
            scene
                .server()
                .register(&app, &mut SoftAuthenticator::new(), "first");
            scene.backend(&app, "/register/token", &user("second"))
        }),
        row(TOO_MANY, "/register/complete", |scene| {
            let app = scene.app_with(&json!({ "maxUsers": 1 }));
            let second = scene.registration(&app, "second", &[]);
            scene
                .server()
                .register(&app, &mut SoftAuthenticator::new(), "first");
            scene.browser(&app, "/register/complete", &second)
        }),
        row(
            "400 invalid_attestation Attestation type not supported",
            "/register/token",
            |scene| {
                let app = scene.app_with(&json!({ "allowAttestation": true }));
                scene.backend(&app, "/register/token", &with(user("u"), "attestation", "Direct"))
            },
        ),
        row(NOT_ON_PLAN, "/register/token", |scene| {
            scene.backend(
                &scene.app(),
                "/register/token",
                &with(user("u"), "attestation", "direct"),
            )
        }),
        row(NOT_ON_PLAN, "/register/begin", |scene| {
            let app = scene.app_with(&json!({ "allowAttestation": true }));
            let token = scene
                .server()
                .register_token(&app, &with(user("u"), "attestation", "indirect"));
            scene
                .operator()
                .post(&format!("/admin/apps/{}/features", app.name), &json!({}))
                .expect_empty(204);
            scene.browser(&app, "/register/begin", &page(json!({ "token": token })))
        }),
        row(
            "400 invalid_argument User verification 'x' is not supported: use preferred, required or discouraged.",
            "/register/begin",
            |scene| {
                let app = scene.app();
                let token = scene
                    .server()
                    .register_token(&app, &with(user("u"), "userVerification", "x"));
                scene.browser(&app, "/register/begin", &page(json!({ "token": token })))
            },
        ),
        row(
            "400 invalid_argument Authenticator type 'x' is not supported: use any, platform or cross-platform.",
            "/register/begin",
            |scene| {
                let app = scene.app();
                let token = scene
                    .server()
                    .register_token(&app, &with(user("u"), "authenticatorType", "x"));
                scene.browser(&app, "/register/begin", &page(json!({ "token": token })))
            },
        ),
        row(
            "400 fido2_invalid_registration User Present flag not set in authenticator data",
            "/register/complete",
            |scene| {
                let app = scene.app();
                let request = scene.registration(&app, "u", &[Alteration::UserPresent(false)]);
                scene.browser(&app, "/register/complete", &request)
            },
        ),
        row(
            "400 fido2_invalid_registration The page is in a frame of another origin. To allow that, name the origin of the page around it in the application's allowedTopOrigins.",
            "/register/complete",
            |scene| {
                let app = scene.app();
                let framed = [Alteration::ClientDataMember("crossOrigin", true.into())];
                let request = scene.registration(&app, "u", &framed);
                scene.browser(&app, "/register/complete", &request)
            },
        ),
        row(
            "400 fido2_invalid_registration CredentialId is not unique to this user",
            "/register/complete",
            |scene| {
                let app = scene.app();
                let same = [Alteration::CredentialId(vec![9; 32])];
                let first = scene.registration(&app, "u", &same);
                scene.browser(&app, "/register/complete", &first).expect(200);
                let second = scene.registration(&app, "v", &same);
                scene.browser(&app, "/register/complete", &second)
            },
        ),
        row(
            "400 authenticator_not_allowed The authenticator is on the blocklist and is not allowed to be used for registration.",
            "/register/complete",
            |scene| scene.listed(0, false, "direct"),
        ),
        row(NOT_LISTED, "/register/complete", |scene| {
            scene.listed(0, true, "direct")
        }),
        row(
            "400 attestation_required Attestation 'none' was used for registration, but an allowlist was configured. Please use a supported attestation method.",
            "/register/complete",
            |scene| scene.listed(0, true, "none"),
        ),
        row(
            "400 attestation_required An allowlist was configured. The authenticator claims a model on it and does not prove it: its attestation leads to no root of the model's maker.",
            "/register/complete",
            |scene| {
                let app = scene.app_with(&json!({ "allowAttestation": true }));
                let list = json!({ "aaGuids": [scene.metadata.models[0]], "isAllowed": true });
                scene
                    .backend(&app, "/authenticators/add", &list)
                    .expect_empty(204);
                scene.metadata.register(&app, "direct", |it| it.none(None))
            },
        ),
    ]
}

/// Sign-ins.
fn sign_ins() -> Vec<Row> {
    vec![
        row(
            "400 unknown_credential We don't recognize the passkey you sent us.",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let request = scene.sign_in(&app, &mut device, &[]);
                let delete = json!({ "credentialId": request["response"]["id"] });
                scene
                    .backend(&app, "/credentials/delete", &delete)
                    .expect_empty(204);
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "400 user_mismatch The passkey you sent us belongs to another user than the one who was to sign in.",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let policy = json!({ "policy": { "decoyCredentials": false } });
                scene
                    .operator()
                    .post(&format!("/admin/apps/{}/features", app.name), &policy)
                    .expect_empty(204);
                let named = page(json!({ "userId": "somebody-else" }));
                let begun = scene.browser(&app, "/signin/begin", &named).expect(200);
                let signed = device.authenticate_altered(ORIGIN, &begun["data"], &[]).unwrap();
                let request = page(json!({ "session": begun["session"], "response": signed.to_json() }));
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "400 credential_suspended The passkey you sent us is suspended.",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let request = scene.sign_in(&app, &mut device, &[]);
                let suspend = json!({ "credentialId": request["response"]["id"] });
                scene
                    .backend(&app, "/credentials/suspend", &suspend)
                    .expect_empty(204);
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "400 signin_complete_error Signature does not match",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let request = scene.sign_in(&app, &mut device, &[Alteration::CorruptSignature]);
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "400 signin_complete_error The page is in a frame of 'https://evil.example', which the application's allowedTopOrigins do not name.",
            "/signin/complete",
            |scene| {
                let (app, mut device) = scene.registered();
                let policy = json!({ "allowedTopOrigins": ["https://shop.example"] });
                scene
                    .operator()
                    .post(
                        &format!("/admin/apps/{}/features", app.name),
                        &json!({ "policy": policy }),
                    )
                    .expect_empty(204);
                let framed = [
                    Alteration::ClientDataMember("crossOrigin", true.into()),
                    Alteration::ClientDataMember("topOrigin", "https://evil.example".into()),
                ];
                let request = scene.sign_in(&app, &mut device, &framed);
                scene.browser(&app, "/signin/complete", &request)
            },
        ),
        row(
            "403 null The 'POST /signin/generate-token' endpoint is disabled",
            "/signin/generate-token",
            |scene| {
                let app = scene.app();
                let off = json!({ "enableManuallyGeneratedAuthenticationTokens": false });
                scene.backend(&app, "/apps/features", &off).expect_empty(204);
                scene.backend(&app, "/signin/generate-token", &json!({ "userId": "u" }))
            },
        ),
    ]
}

/// What else backends are refused.
fn backends() -> Vec<Row> {
    const NOT_ON_PLAN: &str =
        "403 attestation_not_supported_on_plan Attestation is not supported on your plan.";
    const NO_CREDENTIAL: &str = "404 credential_not_found The credential was not found.";
    const NO_ID: &str = "400 null credentialId must not be null or empty";
    let purpose = |name: &str| json!({ "purpose": name, "performedBy": "me" });
    vec![
        row("400 null UserId is empty", "/alias/list", |scene| {
            scene.server().backend(&scene.app()).get("/alias/list?userId=")
        }),
        row(NO_ID, "/credentials/delete", |scene| {
            scene.backend(&scene.app(), "/credentials/delete", &json!({}))
        }),
        row(NO_ID, "/credentials/rename", |scene| {
            scene.backend(
                &scene.app(),
                "/credentials/rename",
                &json!({ "credentialId": "" }),
            )
        }),
        row(NO_CREDENTIAL, "/credentials/rename", |scene| {
            scene.backend(
                &scene.app(),
                "/credentials/rename",
                &json!({ "credentialId": "AAAA" }),
            )
        }),
        row(NO_CREDENTIAL, "/credentials/suspend", |scene| {
            scene.backend(
                &scene.app(),
                "/credentials/suspend",
                &json!({ "credentialId": "AAAA" }),
            )
        }),
        row(NO_CREDENTIAL, "/credentials/resume", |scene| {
            scene.backend(
                &scene.app(),
                "/credentials/resume",
                &json!({ "credentialId": "AAAA" }),
            )
        }),
        row(
            "400 null The configuration payment already exists.",
            "/auth-configs/add",
            move |scene| {
                let app = scene.app();
                scene
                    .backend(
                        &app,
                        "/auth-configs/add",
                        &with(purpose("payment"), "timeToLive", "00:01:00"),
                    )
                    .expect_empty(201);
                scene.backend(
                    &app,
                    "/auth-configs/add",
                    &with(purpose("payment"), "timeToLive", "00:01:00"),
                )
            },
        ),
        row(
            "404 null The configuration payment does not exist.",
            "/auth-configs",
            move |scene| {
                scene.backend(
                    &scene.app(),
                    "/auth-configs",
                    &with(purpose("payment"), "timeToLive", "00:01:00"),
                )
            },
        ),
        row(
            "400 null The sign-in configuration cannot be deleted.",
            "/auth-configs/delete",
            move |scene| {
                let app = scene.app();
                // The one refusal that has no body.
                scene
                    .backend(&app, "/auth-configs/delete", &purpose("payment"))
                    .expect_empty(404);
                scene.backend(&app, "/auth-configs/delete", &purpose("sign-in"))
            },
        ),
        row(
            "400 null The user has no passkey, and the userId is longer than a user handle.",
            "/signals/current-user-details",
            |scene| {
                let details = json!({ "userId": "u".repeat(65), "rpId": RP_ID, "name": "u" });
                scene.backend(&scene.app(), "/signals/current-user-details", &details)
            },
        ),
        row(
            "409 credential_known The credential exists. An authenticator that is told otherwise would drop it.",
            "/signals/unknown-credential",
            |scene| {
                let (app, device) = scene.registered();
                let id = passgate_api::encoding::base64url(&device.credential_ids()[0]);
                let known = json!({ "credentialId": id, "rpId": RP_ID });
                scene.backend(&app, "/signals/unknown-credential", &known)
            },
        ),
        row(NOT_ON_PLAN, "/authenticators/list", |scene| {
            scene
                .server()
                .backend(&scene.app())
                .get("/authenticators/list?isAllowed=true")
        }),
        row(NOT_ON_PLAN, "/authenticators/add", |scene| {
            let list = json!({ "aaGuids": [scene.metadata.models[0]], "isAllowed": true });
            scene.backend(&scene.app(), "/authenticators/add", &list)
        }),
        row(NOT_ON_PLAN, "/authenticators/remove", |scene| {
            let list = json!({ "aaGuids": [scene.metadata.models[0]] });
            scene.backend(&scene.app(), "/authenticators/remove", &list)
        }),
        row(
            "400 null One or more authenticators do not exist in the FIDO2 MDS.",
            "/authenticators/add",
            |scene| {
                let app = scene.app_with(&json!({ "allowAttestation": true }));
                let unknown =
                    json!({ "aaGuids": ["973446ca-e21c-9a9b-99f5-9b985a67af0f"], "isAllowed": true });
                scene.backend(&app, "/authenticators/add", &unknown)
            },
        ),
    ]
}

/// Mails, and deletions that begin with one.
fn mails() -> Vec<Row> {
    const ADMIN: &str = "admin@a.example";
    let sending = || json!({ "adminEmail": ADMIN, "magicLinkEmailMonthlyQuota": 100 });
    vec![
        row(
            "403 null You must enable Magic Links in settings in order to use this feature.",
            "/magic-links/send",
            move |scene| {
                let app = scene.app_with(&sending());
                scene
                    .backend(&app, "/apps/features", &json!({ "enableMagicLinks": false }))
                    .expect_empty(204);
                scene.magic_link(&app, ADMIN)
            },
        ),
        row(
            "403 magic_link_email_admin_address_only Because your application has been created less than 24 hours ago, you can only request magic links to the admin email address.",
            "/magic-links/send",
            move |scene| scene.magic_link(&scene.app_with(&sending()), "somebody@a.example"),
        ),
        row(
            "429 magic_link_email_quota_exceeded You have reached your monthly quota for magic link emails. Please try again later.",
            "/magic-links/send",
            |scene| {
                let none = json!({ "adminEmail": ADMIN, "magicLinkEmailMonthlyQuota": 0 });
                scene.magic_link(&scene.app_with(&none), ADMIN)
            },
        ),
        row(
            "429 rate_limit_exceeded Too many magic links were requested. Please try again later.",
            "/magic-links/send",
            move |scene| {
                let app = scene.app_with(&sending());
                for _ in 0..10 {
                    scene.magic_link(&app, ADMIN).expect_empty(204);
                }
                scene.magic_link(&app, ADMIN)
            },
        ),
        row(
            "400 magic_link_target_not_allowed Magic links to 'https://a.example' are not allowed. Allowed targets: https://b.example, https://c.example.",
            "/magic-links/send",
            move |scene| {
                let app = scene.app_with(&sending());
                let policy = json!({
                    "magicLinkEmailMonthlyQuota": 100,
                    "policy": { "magicLinkOrigins": ["https://b.example", "https://c.example"] },
                });
                scene
                    .operator()
                    .post(&format!("/admin/apps/{}/features", app.name), &policy)
                    .expect_empty(204);
                scene.magic_link(&app, ADMIN)
            },
        ),
        row(
            "429 rate_limit_exceeded The deletion was requested too often. Please try again later.",
            "/account/delete",
            move |scene| {
                let app = scene.app_with(&sending());
                scene.server().outbox.take();
                for _ in 0..3 {
                    let mut backend = scene.server().backend(&app);
                    backend.post_nothing("/account/delete").expect_empty(200);
                    let letter = scene.server().outbox.take().remove(0);
                    let start = letter.text.find(PUBLIC_URL).unwrap() + PUBLIC_URL.len();
                    let link = letter.text[start..].split_whitespace().next().unwrap();
                    assert_eq!(scene.server().anybody().post_nothing(link).status, 200);
                }
                scene.server().backend(&app).post_nothing("/account/delete")
            },
        ),
        row(
            "503 public_url_missing This server cannot mail links to itself: its operator has not set 'public_url'.",
            "/account/delete",
            move |scene| {
                let app = scene.plain.app_with("addressless", &sending());
                scene.plain.backend(&app).post_nothing("/account/delete")
            },
        ),
        row(
            "400 admin_address_missing The application has no administrator's address, so nobody can be warned of its deletion.",
            "/account/delete",
            |scene| {
                scene
                    .server()
                    .backend(&scene.app())
                    .post_nothing("/account/delete")
            },
        ),
        row(
            "400 mail_not_configured This server has no mail provider, so nobody can be warned of the deletion. Its operator chooses one with 'mail_smtp_url' or 'mail.providers'.",
            "/account/delete",
            |_| {
                let server =
                    TestServer::with_mail(TestDatabase::sqlite(), settings(), Some(Arc::new(NoMail)));
                server
                    .backend(&server.app_with("demoapp", &json!({ "adminEmail": ADMIN })))
                    .post_nothing("/account/delete")
            },
        ),
    ]
}

/// What operators are refused, and anybody.
fn operators() -> Vec<Row> {
    const NOT_FOUND: &str = "400 app_not_found App was not found.";
    const NO_KEY: &str = "404 api_key_not_found Apikey was not found";
    const NO_SCOPES: &str = "400 create_api_key_scopes_required Please select at least one scope.";
    const NO_METADATA: &str = "503 metadata_unavailable There is no FIDO metadata.";

    /// An application that does not go at once.
    fn in_use(scene: &Scene) -> TestApp {
        let (app, _) = scene.registered();
        scene.server().wait(3 * DAY);
        app
    }

    let mark = json!({ "deletedBy": "me" });
    let mut rows = vec![
        row(
            "409 null accountName 'demoapp' is not available",
            "/admin/apps/{app}/create",
            |scene| {
                scene.server().app("demoapp");
                scene.operator().post("/admin/apps/demoapp/create", &json!({}))
            },
        ),
        row(NOT_FOUND, "/admin/apps/{app}/features", |scene| {
            scene.operator().post("/admin/apps/nobody/features", &json!({}))
        }),
        row(NOT_FOUND, "/admin/apps/{app}/can-delete-immediately", |scene| {
            scene.operator().get("/admin/apps/nobody/can-delete-immediately")
        }),
        row(NOT_FOUND, "/admin/apps/{app}/mark-delete", {
            let mark = mark.clone();
            move |scene| scene.operator().post("/admin/apps/nobody/mark-delete", &mark)
        }),
        row(NOT_FOUND, "/admin/apps/{app}", |scene| {
            scene.operator().delete("/admin/apps/nobody")
        }),
        row(
            "400 app_pending_deletion App is already pending to be deleted.",
            "/admin/apps/{app}/mark-delete",
            {
                let mark = mark.clone();
                move |scene| {
                    let path = format!("/admin/apps/{}/mark-delete", in_use(scene).name);
                    scene.operator().post(&path, &mark).expect(200);
                    scene.operator().post(&path, &mark)
                }
            },
        ),
        row(
            "400 app_not_pending_deletion App was not scheduled for deletion.",
            "/admin/apps/{app}",
            |scene| {
                scene
                    .operator()
                    .delete(&format!("/admin/apps/{}", in_use(scene).name))
            },
        ),
        row(
            "400 app_not_pending_deletion App cannot be deleted yet.",
            "/admin/apps/{app}",
            move |scene| {
                let path = format!("/admin/apps/{}", in_use(scene).name);
                scene
                    .operator()
                    .post(&format!("{path}/mark-delete"), &mark)
                    .expect(200);
                scene.operator().delete(&path)
            },
        ),
        row(
            "400 test_error Testing error response",
            "/health/throw/api",
            |scene| scene.server().anybody().get("/health/throw/api"),
        ),
        row(
            "404 app_not_found App was not found.",
            "/apps/{app}/.well-known/assetlinks.json",
            |scene| {
                let path = "/apps/nobody/.well-known/assetlinks.json";
                scene.server().anybody().get(path)
            },
        ),
        row(
            "404 document_not_published The document 'assetlinks.json' is not published here.",
            "/apps/{app}/.well-known/assetlinks.json",
            |scene| {
                let path = format!("/apps/{}/.well-known/assetlinks.json", scene.app().name);
                scene.server().anybody().get(&path)
            },
        ),
        row(
            "404 document_not_published The document 'assetlinks.json' is not published here.",
            "/.well-known/assetlinks.json",
            |scene| scene.server().anybody().get("/.well-known/assetlinks.json"),
        ),
        row(
            "403 playground_only Demo applications are made by the playground's own page. Elsewhere, use 'passgate app create NAME'.",
            "/playground/application",
            |scene| scene.plain.anybody().post_nothing("/playground/application"),
        ),
    ];
    for method in ["GET", "POST"] {
        rows.push(row(NOT_FOUND, "/admin/apps/{app}/well-known", move |scene| {
            let path = "/admin/apps/nobody/well-known";
            let json = Some("application/json");
            scene.operator().send(method, path, json, b"{}")
        }));
    }
    for kind in ["public", "secret"] {
        rows.push(row(NOT_FOUND, "/admin/apps/{app}/…-keys", move |scene| {
            scene.operator().post(
                &format!("/admin/apps/nobody/{kind}-keys"),
                &json!({ "scopes": [0] }),
            )
        }));
        rows.push(row(NO_SCOPES, "/admin/apps/{app}/…-keys", move |scene| {
            let path = format!("/admin/apps/{}/{kind}-keys", scene.app().name);
            scene.operator().post(&path, &json!({ "scopes": [] }))
        }));
    }
    for change in ["/lock", "/unlock", ""] {
        rows.push(row(NO_KEY, "/admin/apps/{app}/api-keys/{id}", move |scene| {
            let path = format!("/admin/apps/{}/api-keys/zzzz{change}", scene.app().name);
            let method = if change.is_empty() { "DELETE" } else { "POST" };
            scene.operator().send(method, &path, None, b"")
        }));
    }
    for path in [
        "/mds/attestation-types",
        "/mds/certification-statuses",
        "/mds/entries",
    ] {
        rows.push(row(NO_METADATA, path, move |scene| {
            scene.plain.operator().get(path)
        }));
    }
    rows
}

fn rows() -> Vec<Row> {
    [
        tokens(),
        pages(),
        registrations(),
        sign_ins(),
        backends(),
        mails(),
        operators(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An answer as the line of its row; whatever else its problem says is checked here.
fn line_of(response: &Response) -> String {
    let mut problem = response.problem(response.status);
    let code = problem["errorCode"].as_str().map(str::to_owned);
    let title = problem["title"].as_str().unwrap().to_owned();
    let members = problem.as_object_mut().unwrap();
    // A sentence for people beside the title is no part of the contract.
    members.shift_remove("detail");
    let names_a_credential = code
        .as_deref()
        .is_some_and(|code| NAMING_A_CREDENTIAL.contains(&code));
    assert_eq!(
        members.shift_remove("credentialId").is_some(),
        names_a_credential,
        "{title}"
    );
    let expected = json!({
        "type": type_of(code.as_deref()),
        "title": title,
        "status": response.status,
        "errorCode": code,
    });
    assert_eq!(problem, expected);
    format!(
        "{} {} {title}",
        response.status,
        code.as_deref().unwrap_or("null")
    )
}

#[test]
fn every_refusal_is_exactly_its_row() {
    for scene in Scene::each() {
        for row in rows() {
            assert_eq!(
                line_of(&(row.provoke)(&scene)),
                row.line,
                "raised by {}",
                row.raised_by
            );
        }
    }
}

#[test]
fn every_code_is_provoked_and_documented() {
    let page = include_str!("../../../../docs/api.md");
    let mut provoked: BTreeSet<&str> = rows()
        .iter()
        .filter_map(|row| row.line.split(' ').nth(1))
        .collect();
    provoked.remove("null");
    for (code, why) in UNREACHABLE {
        assert!(provoked.insert(code), "{code} is provoked, whatever {why}");
    }
    let sent = Code::ALL.iter().filter(|code| !Code::REASONS_ONLY.contains(code));
    let sent: BTreeSet<&str> = sent.map(|code| code.as_str()).collect();
    assert_eq!(
        provoked, sent,
        "a code without a row, or a row with a code that nobody sends"
    );
    for code in sent {
        assert!(
            page.contains(&format!("`{code}`")),
            "docs/api.md does not name {code}"
        );
    }
}
