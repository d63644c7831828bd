//! FIDO metadata from a file, and attestation with it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
    sync::mpsc::{Sender, channel},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passgate_api::metadata::{MetadataConfig, RefreshError, Refreshed};
use passgate_testkit::{
    TestDatabase,
    attestation::{
        AttestedResponse, Attester, Authority, PackedFlaw, SelfFlaw, TpmFlaw,
        metadata::{Blob, BlobFlaw, entry},
    },
};
use passgate_webauthn::{Aaguid, certificate::TrustAnchor};
use serde_json::{Value, json};

use crate::support::{Response, TestApp, TestServer};

/// A server whose metadata is in a file.
pub struct World {
    pub server: TestServer,
    /// The models in the metadata: that of the test authenticator, and another.
    pub models: [String; 2],
    file: PathBuf,
    _directory: tempfile::TempDir,
}

/// One per database, with metadata number 5 in use.
pub fn world() -> impl Iterator<Item = World> {
    TestDatabase::each().into_iter().map(|database| {
        let world = World::without_file(database);
        world.write(&world.blob(5).sign(BlobFlaw::None));
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Accepted);
        world
    })
}

impl World {
    fn without_file(database: TestDatabase) -> Self {
        Self::fed_from(database, None)
    }

    fn fed_from(database: TestDatabase, address: Option<String>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("metadata.jwt");
        let config = MetadataConfig {
            address: address.map(|address| address.parse().unwrap()),
            file: Some(file.clone()),
            anchors: vec![TrustAnchor::from_der(Blob::new(1).issuer.certificate).unwrap()],
            signer: Blob::SIGNER.to_owned(),
        };
        let models =
            [*b"passgate-testkit", *b"another-testkit!"].map(|aaguid| Aaguid::new(aaguid).to_string());
        Self {
            server: TestServer::with_metadata(database, &config),
            models,
            file,
            _directory: directory,
        }
    }

    /// Both models, one that is no FIDO2 model, and an entry that cannot be used.
    fn blob(&self, number: u64) -> Blob {
        let root = Authority::root("Test Root", 1).certificate;
        let mut other = entry(&self.models[1], &root);
        let statement = other["metadataStatement"].as_object_mut().unwrap();
        statement.insert("description".to_owned(), json!("Alpha key"));
        statement.insert(
            "attestationTypes".to_owned(),
            json!(["attca", "basic_surrogate", "attca"]),
        );
        statement.insert("icon".to_owned(), json!(7));
        other["statusReports"] = json!([
            { "status": "FIDO_CERTIFIED", "effectiveDate": "2020-01-01" },
            { "status": "UPDATE_AVAILABLE", "effectiveDate": "2021-01-01" },
            { "status": "FIDO_CERTIFIED_L2", "effectiveDate": "2022-01-01" },
        ]);
        let mut uaf = entry("00000000-0000-0000-0000-00000000000a", &root);
        uaf["metadataStatement"]["protocolFamily"] = json!("uaf");
        uaf["metadataStatement"]["attestationTypes"] = json!(["ecdaa"]);
        Blob::new(number)
            .with(entry(&self.models[0], &root))
            .with(other)
            .with(uaf)
            .with(json!({ "aaguid": "not one" }))
    }

    /// Replaces the file by one of another length, so that the change shows whatever the file system's clock does.
    fn write(&self, blob: &str) {
        let before = fs::metadata(&self.file).map_or(0, |about| about.len());
        let mut blob = blob.to_owned();
        while u64::try_from(blob.len()).unwrap() == before {
            blob.push('\n');
        }
        fs::write(&self.file, blob).unwrap();
    }

    fn health(&self, status: u16) -> Value {
        self.server.anybody().get("/health/metadata").expect(status)
    }

    /// Registers with what the test authenticator answers.
    pub fn register(
        &self,
        app: &TestApp,
        attestation: &str,
        answer: impl FnOnce(Attester) -> AttestedResponse,
    ) -> Response {
        let request = json!({ "userId": "u", "username": "u", "attestation": attestation });
        let token = self.server.register_token(app, &request);
        let page = |mut request: Value| {
            request["RPID"] = json!(Attester::RP_ID);
            request["Origin"] = json!(Attester::ORIGIN);
            request
        };
        let mut browser = self.server.browser(app);
        let begun = browser
            .post("/register/begin", &page(json!({ "token": token })))
            .expect(200);
        assert_eq!(begun["data"]["attestation"], attestation);
        let challenge = URL_SAFE_NO_PAD
            .decode(begun["data"]["challenge"].as_str().unwrap())
            .unwrap();
        let mut attester = Attester::new(&challenge);
        attester.credential_id = challenge;
        browser.post(
            "/register/complete",
            &page(json!({ "session": begun["session"], "response": answer(attester).to_json() })),
        )
    }
}

#[test]
fn a_file_is_read_again_when_it_changes() {
    for world in world() {
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Unchanged);
        world.server.wait(90);
        let health = world.health(200);
        assert_eq!(health["status"], "Healthy");
        assert_eq!(
            health["results"]["metadata"]["data"],
            json!({
                "acceptedAt": "2025-01-01T00:00:00Z", "ageSeconds": 90, "models": 3, "nextUpdate": "2030-01-01",
                "number": 5, "skipped": 1, "stale": false,
            })
        );

        world.write(&world.blob(6).sign(BlobFlaw::None));
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Accepted);
        let data = &world.health(200)["results"]["metadata"]["data"];
        assert_eq!((&data["number"], &data["ageSeconds"]), (&json!(6), &json!(0)));
    }
}

#[test]
fn what_is_not_accepted_takes_nothing_away() {
    for world in world() {
        let current = world.blob(5).sign(BlobFlaw::None);
        for (file, code) in [
            (Some(world.blob(4).sign(BlobFlaw::None)), "metadata_rollback"),
            (
                Some(world.blob(6).sign(BlobFlaw::Signature)),
                "metadata_signature",
            ),
            (
                Some(world.blob(6).sign(BlobFlaw::OtherHost)),
                "metadata_wrong_signer",
            ),
            (Some("<html>".to_owned()), "metadata_malformed"),
            (None, "metadata_unreadable"),
        ] {
            match &file {
                Some(blob) => world.write(blob),
                None => fs::remove_file(&world.file).unwrap(),
            }
            for _ in 0..2 {
                assert_eq!(world.server.refresh_metadata().unwrap_err().code(), code);
            }
            let health = world.health(200);
            assert_eq!(health["status"], "Degraded", "{code}");
            let data = &health["results"]["metadata"]["data"];
            assert_eq!((&data["lastError"], &data["number"]), (&json!(code), &json!(5)));
            assert_eq!(
                world.server.operator().get("/mds/entries").expect(200)[1]["name"],
                "Test model"
            );
        }
        // The same number again is fine, and the error is over.
        world.write(&current);
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Accepted);
        assert_eq!(world.health(200)["status"], "Healthy");
    }
}

#[test]
fn a_date_that_has_passed_shows() {
    let world = World::without_file(TestDatabase::sqlite());
    let mut blob = world.blob(5);
    blob.next_update = "2025-01-02".to_owned();
    world.write(&blob.sign(BlobFlaw::None));
    world.server.refresh_metadata().unwrap();
    world.server.wait(47 * 3600);
    assert_eq!(world.health(200)["status"], "Healthy");
    world.server.wait(3600);
    let health = world.health(200);
    assert_eq!(health["status"], "Degraded");
    assert_eq!(health["results"]["metadata"]["data"]["stale"], true);
}

#[test]
fn without_a_usable_file_everything_else_works() {
    let world = World::without_file(TestDatabase::sqlite());
    assert!(matches!(
        world.server.refresh_metadata(),
        Err(RefreshError::Unreadable { .. })
    ));
    let health = world.health(503);
    assert_eq!(health["status"], "Unhealthy");
    assert_eq!(
        health["results"]["metadata"]["data"],
        json!({ "lastError": "metadata_unreadable" })
    );
    let app = world
        .server
        .app_with("demoapp", &json!({ "allowAttestation": true }));
    for attestation in ["none", "indirect", "direct"] {
        world
            .register(&app, attestation, |it| it.packed(PackedFlaw::None))
            .expect(200);
    }
}

#[test]
fn without_a_file_in_the_configuration_nothing_is_checked() {
    let server = TestServer::start();
    assert_eq!(server.refresh_metadata().unwrap(), Refreshed::Off);
    let health = server.anybody().get("/health/metadata").expect(200);
    assert_eq!(
        (&health["status"], &health["results"]),
        (&json!("Healthy"), &json!({}))
    );
}

#[test]
fn attestation_is_judged_by_the_metadata() {
    for world in world() {
        let app = world
            .server
            .app_with("demoapp", &json!({ "allowAttestation": true }));
        let formats = |world: &World| -> Vec<String> {
            let listed = world
                .server
                .backend(&app)
                .get("/credentials/list?userId=u")
                .expect(200);
            let listed = listed["values"].as_array().unwrap();
            listed
                .iter()
                .map(|it| it["attestationFmt"].as_str().unwrap().to_owned())
                .collect()
        };
        world
            .register(&app, "direct", |it| it.packed(PackedFlaw::None))
            .expect(200);
        world
            .register(&app, "indirect", |it| it.tpm(TpmFlaw::None))
            .expect(200);
        world.register(&app, "direct", |it| it.none(None)).expect(200);
        let mut kept = formats(&world);
        kept.sort();
        assert_eq!(kept, ["none", "packed", "tpm"]);

        // A certificate that anybody can make, for a model that has roots of its own.
        let forged = world.register(&app, "direct", |it| {
            it.issued_by(Authority::root("Somebody", 5), Vec::new())
                .packed(PackedFlaw::None)
        });
        assert_eq!(forged.problem(400)["errorCode"], "fido2_invalid_registration");
        world.register(&app, "direct", |it| it.none(Some("sig"))).refusal(
            400,
            Some("fido2_invalid_registration"),
            "Attestation format none should have no attestation statement",
        );
        let broken = world.register(&app, "direct", |it| it.packed(PackedFlaw::Signature));
        assert_eq!(broken.problem(400)["errorCode"], "fido2_invalid_registration");
        assert_eq!(formats(&world).len(), 3);
    }
}

#[test]
fn lists_go_by_what_is_proven() {
    for world in world() {
        let app = world
            .server
            .app_with("demoapp", &json!({ "allowAttestation": true }));
        let list = |model: &str, allowed: bool| {
            world
                .server
                .backend(&app)
                .post(
                    "/authenticators/add",
                    &json!({ "aaGuids": [model], "isAllowed": allowed }),
                )
                .expect_empty(204);
        };
        let other = *b"another-testkit!";
        let not_allowed = "An allowlist was configured. The authenticator is not found on the allowlist and is not allowed to be used for registration.";

        list(&world.models[0], true);
        world
            .register(&app, "direct", |it| it.packed(PackedFlaw::None))
            .expect(200);
        world
            .register(&app, "direct", |it| {
                it.with_aaguid(other).packed_self(SelfFlaw::None)
            })
            .refusal(400, Some("authenticator_not_allowed"), not_allowed);
        for claim in [
            |it: Attester| it.none(None),
            |it: Attester| it.packed_self(SelfFlaw::None),
        ] {
            world.register(&app, "direct", claim).refusal(
                400,
                Some("attestation_required"),
                "An allowlist was configured. The authenticator claims a model on it and does not prove it: its attestation leads to no root of the model's maker.",
            );
        }
        world.register(&app, "none", |it| it.none(None)).refusal(
            400,
            Some("attestation_required"),
            "Attestation 'none' was used for registration, but an allowlist was configured. Please use a supported attestation method.",
        );

        list(&world.models[0], false);
        world
            .register(&app, "direct", |it| it.packed(PackedFlaw::None))
            .refusal(
                400,
                Some("authenticator_not_allowed"),
                "The authenticator is on the blocklist and is not allowed to be used for registration.",
            );
        world
            .register(&app, "none", |it| it.with_aaguid(other).none(None))
            .expect(200);
    }
}

#[test]
fn a_model_reported_as_revoked_registers_neither_proven_nor_claimed() {
    for world in world() {
        let app = world
            .server
            .app_with("demoapp", &json!({ "allowAttestation": true }));
        world.register(&app, "none", |it| it.none(None)).expect(200);
        let root = Authority::root("Test Root", 1).certificate;
        let mut revoked = entry(&world.models[0], &root);
        // A later report does not take back what an earlier one says.
        revoked["statusReports"] = json!([
            { "status": "REVOKED", "effectiveDate": "2022-01-01" },
            { "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2023-01-01" },
        ]);
        world.write(&Blob::new(6).with(revoked).sign(BlobFlaw::None));
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Accepted);
        for attestation in ["direct", "none"] {
            world
                .register(&app, attestation, |it| match attestation {
                    "direct" => it.packed(PackedFlaw::None),
                    _ => it.none(None),
                })
                .refusal(
                    400,
                    Some("fido2_invalid_registration"),
                    "Authenticator found with undesirable status. Was REVOKED",
                );
        }
    }
}

/// A web server that gives each of these answers once, and the address to ask it at.
fn feed() -> (Sender<(u16, String)>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/blob?token=s3cret", listener.local_addr().unwrap());
    let (give, given) = channel::<(u16, String)>();
    std::thread::spawn(move || {
        for (status, body) in given {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            assert!(request.starts_with(b"GET /blob?token=s3cret "));
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body.as_bytes()).unwrap();
        }
    });
    (give, address)
}

#[test]
fn a_file_is_downloaded_when_it_is_due() {
    let (give, address) = feed();
    let world = World::fed_from(TestDatabase::sqlite(), Some(address));
    // No file yet is no error: the download will make it.
    assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Unchanged);
    let mut blob = world.blob(5);
    blob.next_update = "2025-01-03".to_owned();
    let first = blob.sign(BlobFlaw::None);
    give.send((200, first.clone())).unwrap();
    assert_eq!(world.server.download_metadata().unwrap(), Refreshed::Accepted);
    assert_eq!(fs::read_to_string(&world.file).unwrap(), first);
    assert_eq!(
        world.server.refresh_metadata().unwrap(),
        Refreshed::Unchanged,
        "it is in use already"
    );

    // Nothing is asked for before the day of the next one.
    world.server.wait(47 * 3600);
    assert_eq!(world.server.download_metadata().unwrap(), Refreshed::Unchanged);
    world.server.wait(3600);
    for (status, body, code) in [
        (500, String::new(), "metadata_download"),
        (200, "<html>".to_owned(), "metadata_malformed"),
        (200, world.blob(4).sign(BlobFlaw::None), "metadata_rollback"),
    ] {
        give.send((status, body)).unwrap();
        let error = world.server.download_metadata().unwrap_err();
        assert_eq!(error.code(), code);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(fs::read_to_string(&world.file).unwrap(), first);
        // A file that did not change does not make the error go away, and another try waits for an hour.
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Unchanged);
        assert_eq!(world.server.download_metadata().unwrap(), Refreshed::Unchanged);
        let health = world.health(200);
        assert_eq!(health["status"], "Degraded");
        assert_eq!(health["results"]["metadata"]["data"]["lastError"], code);
        world.server.wait(3600);
    }

    give.send((200, world.blob(6).sign(BlobFlaw::None))).unwrap();
    assert_eq!(world.server.download_metadata().unwrap(), Refreshed::Accepted);
    let health = world.health(200);
    assert_eq!(health["status"], "Healthy");
    assert_eq!(health["results"]["metadata"]["data"]["number"], 6);
}
