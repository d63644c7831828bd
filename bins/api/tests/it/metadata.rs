//! FIDO metadata from a file, an address, or another node, and attestation with it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passgate::{jobs::JobOutcome, metadata::AcceptedBlob};
use passgate_api::{
    config::MetadataConfig,
    jobs::{Means, Post, Runner},
    mail::NoMail,
    metadata::{Metadata, RefreshError, Refreshed, keep_fresh},
    operations::Operations,
};
use passgate_core::time::Clock as _;
use passgate_store::{Tx, leases, metadata as stored};
use passgate_testkit::{
    SeededEntropy, TestDatabase,
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
    directory: tempfile::TempDir,
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

/// What health says of the entry that cannot be read.
const LEFT_OUT: &str =
    "entry 3 is left out: member aaguid is malformed, and nothing else identifies the model";

/// Whom the BLOBs of these tests are believed from.
fn config(address: Option<&str>, file: Option<&Path>) -> MetadataConfig {
    MetadataConfig {
        address: address.map(|address| address.parse().unwrap()),
        file: file.map(Path::to_owned),
        anchors: vec![TrustAnchor::from_der(Blob::new(1).issuer.certificate).unwrap()],
        signer: Blob::SIGNER.to_owned(),
    }
}

/// What health says of a server's metadata: its status, number, and last error.
fn health(server: &TestServer) -> (String, Value, Value) {
    let health = server.anybody().get("/health/metadata");
    let health = health.expect(if health.status == 503 { 503 } else { 200 });
    let data = &health["results"]["metadata"]["data"];
    (
        health["status"].as_str().unwrap().to_owned(),
        data["number"].clone(),
        data["lastError"].clone(),
    )
}

impl World {
    fn without_file(database: TestDatabase) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("metadata.jwt");
        Self::with(database, directory, &config(None, Some(&file)))
    }

    fn fed_from(database: TestDatabase, address: &str) -> Self {
        Self::with(
            database,
            tempfile::tempdir().unwrap(),
            &config(Some(address), None),
        )
    }

    fn with(database: TestDatabase, directory: tempfile::TempDir, config: &MetadataConfig) -> Self {
        let file = directory.path().join("metadata.jwt");
        let models =
            [*b"passgate-testkit", *b"another-testkit!"].map(|aaguid| Aaguid::new(aaguid).to_string());
        Self {
            server: TestServer::with_metadata(database, config),
            models,
            file,
            directory,
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
                "acceptedAt": "2025-01-01T00:00:00Z", "ageSeconds": 90, "flaws": [LEFT_OUT], "listedModels": 2,
                "models": 3, "nextUpdate": "2030-01-01", "number": 5, "skipped": 1, "stale": false,
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
    thread::spawn(move || {
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

/// An address that nobody answers at: whoever asks there fails.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

const DONE: JobOutcome = JobOutcome::Done { count: 1 };
const NOTHING_NEW: JobOutcome = JobOutcome::Done { count: 0 };

#[test]
fn a_blob_is_downloaded_when_one_is_due() {
    for database in TestDatabase::each() {
        let (give, address) = feed();
        let world = World::fed_from(database, &address);
        let server = &world.server;
        assert_eq!(server.refresh_metadata().unwrap(), Refreshed::Unchanged);
        assert_eq!(health(server), ("Unhealthy".to_owned(), Value::Null, Value::Null));
        let mut blob = world.blob(5);
        blob.next_update = "2025-01-03".to_owned();
        give.send((200, blob.sign(BlobFlaw::None))).unwrap();
        assert_eq!(server.download_metadata().unwrap(), DONE);
        assert_eq!(health(server), ("Healthy".to_owned(), json!(5), Value::Null));
        assert_eq!(
            server.refresh_metadata().unwrap(),
            Refreshed::Unchanged,
            "it is in use already"
        );

        // Nothing is asked for before the day of the next one.
        server.wait(47 * 3600);
        assert_eq!(server.download_metadata().unwrap(), NOTHING_NEW);
        server.wait(3600);
        for (status, body, code) in [
            (500, String::new(), "metadata_download"),
            (200, "<html>".to_owned(), "metadata_malformed"),
            (200, world.blob(4).sign(BlobFlaw::None), "metadata_rollback"),
            (200, world.blob(6).sign(BlobFlaw::Signature), "metadata_signature"),
        ] {
            give.send((status, body)).unwrap();
            let error = server.download_metadata().unwrap_err();
            assert_eq!(error.code(), code);
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
            // Looking at what there is does not make the error go away.
            assert_eq!(server.refresh_metadata().unwrap(), Refreshed::Unchanged);
            assert_eq!(health(server), ("Degraded".to_owned(), json!(5), json!(code)));
            server.wait(3600);
        }

        give.send((200, world.blob(6).sign(BlobFlaw::None))).unwrap();
        assert_eq!(server.download_metadata().unwrap(), DONE);
        let health = world.health(200);
        assert_eq!(health["status"], "Healthy");
        assert_eq!(
            health["results"]["metadata"]["data"],
            json!({
                "acceptedAt": "2025-01-03T04:00:00Z", "ageSeconds": 0, "flaws": [LEFT_OUT], "listedModels": 2,
                "models": 3, "nextUpdate": "2030-01-01", "number": 6, "skipped": 1, "stale": false, "triedAt": "2025-01-03T04:00:00Z",
            })
        );
    }
}

#[test]
fn by_hand_a_blob_is_downloaded_at_any_time() {
    for database in TestDatabase::each() {
        let (give, address) = feed();
        let world = World::fed_from(database, &address);
        for (number, outcome) in [(5, DONE), (5, NOTHING_NEW), (6, DONE)] {
            give.send((200, world.blob(number).sign(BlobFlaw::None))).unwrap();
            assert_eq!(world.server.download_metadata_by_hand().unwrap(), outcome);
        }
        give.send((200, world.blob(5).sign(BlobFlaw::None))).unwrap();
        let error = world.server.download_metadata_by_hand().unwrap_err();
        assert_eq!(error.code(), "metadata_rollback");
        assert_eq!(
            health(&world.server),
            ("Degraded".to_owned(), json!(6), json!("metadata_rollback"))
        );
        // Nobody needs another BLOB yet, so that is over when the job finds nothing to do.
        world.server.wait(3600);
        assert_eq!(world.server.download_metadata().unwrap(), NOTHING_NEW);
        assert_eq!(
            health(&world.server),
            ("Healthy".to_owned(), json!(6), Value::Null)
        );
    }
}

#[test]
fn what_one_node_downloads_every_node_has() {
    for database in TestDatabase::each() {
        // The feed answers once: a second download would fail.
        let (give, address) = feed();
        let world = World::fed_from(database, &address);
        let other = world.server.beside(&config(Some(&address), None));
        give.send((200, world.blob(5).sign(BlobFlaw::None))).unwrap();
        let outcomes = thread::scope(|scope| {
            let nodes = [&world.server, &other].map(|node| scope.spawn(|| node.download_metadata().unwrap()));
            nodes.map(|node| node.join().unwrap())
        });
        let downloads = outcomes.iter().filter(|outcome| **outcome == DONE).count();
        assert_eq!(downloads, 1, "{outcomes:?}");
        assert!(
            outcomes.iter().all(|outcome| matches!(
                outcome,
                JobOutcome::Done { count: 1 } | JobOutcome::DoneAlready | JobOutcome::HeldElsewhere
            )),
            "{outcomes:?}"
        );
        for node in [&world.server, &other] {
            node.refresh_metadata().unwrap();
            assert_eq!(health(node), ("Healthy".to_owned(), json!(5), Value::Null));
            assert_eq!(node.download_metadata().unwrap(), JobOutcome::DoneAlready);
        }

        // A node that starts later, without a way to the outside.
        world.server.wait(24 * 3600);
        let offline = world.server.beside(&config(Some(&nowhere()), None));
        assert_eq!(health(&offline).0, "Unhealthy");
        assert_eq!(offline.refresh_metadata().unwrap(), Refreshed::Accepted);
        assert_eq!(health(&offline), ("Healthy".to_owned(), json!(5), Value::Null));
        let entries = offline.operator().get("/mds/entries").expect(200);
        assert_eq!(entries[1]["name"], "Test model");

        // What fails on one node shows on all.
        let error = offline.download_metadata_by_hand().unwrap_err();
        assert_eq!(error.code(), "metadata_download");
        assert_eq!(other.refresh_metadata().unwrap(), Refreshed::Unchanged);
        assert_eq!(
            health(&other),
            ("Degraded".to_owned(), json!(5), json!("metadata_download"))
        );
    }
}

#[test]
fn a_node_that_dies_while_it_downloads_is_replaced() {
    for database in TestDatabase::each() {
        let (give, address) = feed();
        let world = World::fed_from(database, &address);
        let server = &world.server;
        let now = server.clock.now();
        let expires_at = now.plus(Duration::from_secs(900));
        let died = |tx: &mut Tx<'_>| leases::acquire(tx, "refresh_metadata", "who died", now, expires_at);
        assert!(server.passgate.store().write(died).unwrap());
        assert_eq!(server.download_metadata().unwrap(), JobOutcome::HeldElsewhere);
        server.wait(899);
        assert_eq!(server.download_metadata().unwrap(), JobOutcome::HeldElsewhere);
        server.wait(1);
        give.send((200, world.blob(5).sign(BlobFlaw::None))).unwrap();
        assert_eq!(server.download_metadata().unwrap(), DONE);
    }
}

#[test]
fn a_download_is_given_up_when_the_server_stops() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let world = World::fed_from(TestDatabase::sqlite(), &address);
    let outcome = thread::scope(|scope| {
        let download = scope.spawn(|| world.server.download_metadata());
        // It is asked, and never answers.
        let _silent = listener.accept().unwrap();
        world.server.passgate.stop_jobs();
        download.join().unwrap()
    });
    assert_eq!(outcome.unwrap(), JobOutcome::Stopped { count: 0 });
    // It was no failure, and the next node goes on with it at once.
    let (give, address) = feed();
    let next = world.server.beside(&config(Some(&address), None));
    give.send((200, world.blob(5).sign(BlobFlaw::None))).unwrap();
    assert_eq!(next.download_metadata().unwrap(), DONE);
}

#[test]
fn what_one_node_reads_from_a_file_every_node_has() {
    for world in world() {
        let other = world
            .server
            .beside(&config(None, Some(&world.directory.path().join("missing"))));
        let error = other.refresh_metadata().unwrap_err();
        assert_eq!(error.code(), "metadata_unreadable");
        assert_eq!(
            health(&other),
            ("Degraded".to_owned(), json!(5), json!("metadata_unreadable"))
        );
        // An older file takes nothing away, and is an error unless newer ones are downloaded.
        let old = world.directory.path().join("old");
        fs::write(&old, world.blob(4).sign(BlobFlaw::None)).unwrap();
        let third = world.server.beside(&config(None, Some(&old)));
        assert_eq!(third.refresh_metadata().unwrap_err().code(), "metadata_rollback");
        assert_eq!(health(&third).1, json!(5));
        let seeded = world.server.beside(&config(Some(&nowhere()), Some(&old)));
        assert_eq!(seeded.refresh_metadata().unwrap(), Refreshed::Accepted);
        assert_eq!(health(&seeded), ("Healthy".to_owned(), json!(5), Value::Null));
    }
}

#[test]
fn what_is_in_the_database_is_verified() {
    for world in world() {
        let config = config(None, Some(&world.file));
        let put = |number: u64, blob: &str| {
            let accepted = AcceptedBlob {
                number,
                next_update: "2030-01-01".parse().unwrap(),
                accepted_at: world.server.clock.now(),
            };
            let put = |tx: &mut Tx<'_>| stored::accept(tx, Blob::SIGNER, accepted, blob);
            world.server.passgate.store().write(put).unwrap();
        };
        put(6, &world.blob(6).sign(BlobFlaw::Signature));
        assert_eq!(
            world.server.refresh_metadata().unwrap_err().code(),
            "metadata_signature"
        );
        // It is not read again and again, and not forgotten either.
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Unchanged);
        let refused = ("Degraded".to_owned(), json!(5), json!("metadata_signature"));
        assert_eq!(health(&world.server), refused);
        assert_eq!(
            world
                .server
                .beside(&config)
                .refresh_metadata()
                .unwrap_err()
                .code(),
            "metadata_signature"
        );
        put(7, &world.blob(7).sign(BlobFlaw::None));
        assert_eq!(world.server.refresh_metadata().unwrap(), Refreshed::Accepted);
        assert_eq!(
            health(&world.server),
            ("Healthy".to_owned(), json!(7), Value::Null)
        );
    }
}

#[test]
fn a_signer_whose_certificate_expires_does_not_take_the_metadata_along() {
    for world in world() {
        // 2050, when the test certificates have expired.
        world.server.wait(25 * 366 * 24 * 3600);
        let fresh = World::without_file(TestDatabase::sqlite());
        fresh.server.wait(25 * 366 * 24 * 3600);
        fresh.write(&world.blob(5).sign(BlobFlaw::None));
        assert_eq!(
            fresh.server.refresh_metadata().unwrap_err().code(),
            "metadata_untrusted"
        );
        let restarted = world.server.beside(&config(Some(&nowhere()), None));
        assert_eq!(restarted.refresh_metadata().unwrap(), Refreshed::Accepted);
        assert_eq!(
            health(&restarted),
            ("Degraded".to_owned(), json!(5), Value::Null),
            "stale"
        );
    }
}

/// What the loops of a server's node are given.
fn operations(server: &TestServer) -> Operations {
    Operations::new(
        server.passgate.clone(),
        server.clock.clone(),
        Arc::new(SeededEntropy::new(u64::from(server.address.port()))),
    )
}

#[test]
fn a_node_that_cannot_download_rests_while_another_does() {
    for database in TestDatabase::each() {
        let (give, address) = feed();
        let world = World::fed_from(database, &nowhere());
        let other = world.server.beside(&config(Some(&address), None));
        let mut nodes = [(&world.server, nowhere()), (&other, address.clone())].map(|(server, address)| {
            let means = Means {
                post: Post::new(Arc::new(NoMail), None),
                metadata: Metadata::new(&config(Some(&address), None)),
            };
            Runner::new(operations(server), means)
        });
        let mut run = |node: usize| {
            let outcomes = actix_web::rt::System::new().block_on(nodes[node].run_due());
            let tried = outcomes.iter().find(|(name, _)| *name == "refresh_metadata");
            tried.map(|(_, outcome)| *outcome)
        };
        assert_eq!(run(0), Some(None), "it fails");
        world.server.wait(3599);
        assert_eq!(run(0), None, "it is left alone");
        world.server.wait(1);
        assert_eq!(run(0), Some(None));
        give.send((200, world.blob(5).sign(BlobFlaw::None))).unwrap();
        assert_eq!(run(1), Some(Some(DONE)));
        assert_eq!(run(1), None);
        world.server.wait(3600);
        assert_eq!(run(0), Some(Some(NOTHING_NEW)), "there is nothing more to do");
    }
}

#[test]
fn the_loop_ends_with_the_server() {
    let database = TestDatabase::sqlite();
    let world = World::fed_from(database, &nowhere());
    let operations = operations(&world.server);
    actix_web::rt::System::new().block_on(async {
        let metadata = Metadata::new(&config(Some(&nowhere()), None));
        let running = keep_fresh(operations.clone(), metadata).unwrap();
        running.stop().await;
        assert!(keep_fresh(operations, Metadata::off()).is_none());
    });
}
