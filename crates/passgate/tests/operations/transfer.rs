//! Moving in and out.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{BufReader, Cursor},
    path::Path,
};

use passgate::{
    Caller, Stopped,
    aliases::SetAliasesInput,
    authentication::Presented,
    sign_in::SignInBeginInput,
    transfer::{
        Flaw, ImportError, ImportMode, ImportReport, Item, JsonSource, JsonSourceError, JsonWriter, Kind,
        Note, OfficialSource, PasskeyDefaults, plan_official,
    },
};
use passgate_core::{
    alias::{Alias, ClearText, legacy_digest},
    api_key::{ApiKeyKind, ApiKeyMaterial, KeyLock, Scope, SecretApiKeyDigest},
    application::{AppId, ApplicationState, FrozenBy, TopOrigins},
    authentication_config::Purpose,
    credential::Credential,
    master_key::MasterKey,
    time::Timestamp,
};
use passgate_store::{
    account_deletions, aliases, api_keys, applications, authentication_configs,
    authenticators::{self, AuthenticatorList},
    credentials, dispatched_emails, events,
    official_database::{OfficialDatabase, OfficialDatabaseError},
    reports, well_known,
};
use passgate_testkit::{
    SeededEntropy, SoftAuthenticator, TestDatabase, database::run_sqlite_script, official,
};
use passgate_webauthn::{Aaguid, RpId};
use serde_json::{Value, json};

use crate::world::{World, discoverable, page, seconds, start, user};

/// The application in the export format.
fn export(world: &World) -> Vec<u8> {
    let mut written = Vec::new();
    let mut writer = JsonWriter::begin(&mut written, &world.app, world.now()).unwrap();
    world
        .passgate
        .export(&world.app, &mut |item| writer.write(&item))
        .unwrap();
    writer.end().unwrap();
    written
}

fn source(text: impl Into<Vec<u8>>) -> Result<JsonSource, JsonSourceError> {
    let defaults = PasskeyDefaults {
        rp_id: Some(RpId::parse("example.com").unwrap()),
        origin: None,
        created_at: Timestamp::from_seconds(1_700_000_000),
        user_handle: None,
        hex: false,
    };
    JsonSource::open(Box::new(BufReader::new(Cursor::new(text.into()))), defaults)
}

fn import(
    world: &World,
    text: impl Into<Vec<u8>>,
    mode: ImportMode,
) -> Result<ImportReport, Stopped<ImportError>> {
    world
        .passgate
        .import(&world.app, source(text).unwrap(), mode, &mut |_| {}, world.env())
}

/// The same clock, keys and device elsewhere: an empty database of the other kind, and another master key.
fn elsewhere(world: World) -> World {
    let database = if world.database.is_postgres() {
        TestDatabase::sqlite()
    } else {
        TestDatabase::postgres().unwrap_or_else(TestDatabase::sqlite)
    };
    let passgate = start(&database, MasterKey::new([42; 32]));
    // What the new one is built from the old one keeps its database alive until its store is gone.
    let World {
        clock,
        entropy,
        app,
        keys,
        client,
        ..
    } = world;
    World {
        passgate,
        clock,
        entropy,
        app,
        keys,
        client,
        database,
    }
}

fn alias_input(owner: &str, alias: &str, clear_text: ClearText) -> SetAliasesInput {
    SetAliasesInput {
        user_id: user(owner),
        aliases: [Alias::parse(alias).unwrap()].into(),
        clear_text,
        keeps_sign_in_name: false,
    }
}

fn by_alias(alias: &str) -> SignInBeginInput {
    SignInBeginInput {
        user_id: None,
        alias: Some(alias.to_owned()),
        purpose: None,
        relying_party: page(),
    }
}

fn count_offered(options: &passgate_webauthn::RequestOptionsJson) -> usize {
    crate::world::json(options)["allowCredentials"]
        .as_array()
        .map_or(0, Vec::len)
}

/// How many credentials a sign-in with the alias is offered.
fn offered(world: &World, alias: &str) -> usize {
    count_offered(&world.begin_sign_in(by_alias(alias)).data)
}

/// An application with something in every table.
fn furnish(world: &World, device: &mut SoftAuthenticator) {
    world.register("alice", device);
    let backend = world.backend();
    world
        .passgate
        .set_aliases(
            &backend,
            alias_input("alice", "alice@example.com", ClearText::Dropped),
            world.env(),
        )
        .unwrap();
    world
        .passgate
        .set_aliases(
            &backend,
            alias_input("bob", "Bob ćwierk", ClearText::Kept),
            world.env(),
        )
        .unwrap();
    let now = world.now();
    let stored: Result<(), passgate::Failure> = world.passgate.store().write(|tx| {
        let app = &world.app;
        let config =
            passgate_core::authentication_config::AuthenticationConfig::preset(&Purpose::step_up()).unwrap();
        authentication_configs::insert(tx, app, &config).unwrap();
        authenticators::upsert(tx, app, &[Aaguid::new([1; 16])], AuthenticatorList::Allowed, now)?;
        authenticators::upsert(tx, app, &[Aaguid::new([2; 16])], AuthenticatorList::Blocked, now)?;
        let report = reports::count_credentials(tx, app, now)?;
        reports::record_credentials(tx, app, &report)?;
        let report = reports::count_active_users(tx, app, now)?;
        reports::record_active_users(tx, app, &report)?;
        let email = dispatched_emails::DispatchedEmail {
            id: uuid::Uuid::from_u128(7),
            created_at: now,
            user_id: user("alice"),
            email_address: "alice@example.com".to_owned(),
            link_template: "https://example.com/?t=$TOKEN".to_owned(),
        };
        dispatched_emails::record(tx, app, &email)?;
        well_known::replace(tx, app, &crate::well_known::published())?;
        let deletion = account_deletions::AccountDeletion {
            abort_token_digest: [9; 32],
            requested_at: now,
            freeze_at: now,
            delete_at: now,
        };
        account_deletions::insert(tx, app, &deletion).unwrap();
        api_keys::set_lock(tx, app, &world.keys.secret_keys[1].id(), KeyLock::Key, now)?;
        let mut features = applications::find(tx, app)?.unwrap().features;
        features.max_users = Some(70);
        features.allowed_rp_ids = vec![RpId::parse("example.com").unwrap()];
        features.allowed_top_origins = TopOrigins::Any;
        applications::update_features(tx, app, &features)?;
        Ok(())
    });
    stored.unwrap();
    world.pass(seconds(2));
}

#[test]
fn an_application_moves_to_the_other_kind_of_database_and_nothing_is_lost() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        furnish(&world, &mut device);
        let before = export(&world);
        let records = before.iter().filter(|&&byte| byte == b'\n').count() as u64 - 2;
        for part in [
            "alias_key",
            "\"authenticator\"",
            "well_known",
            "dispatched_email",
            "account_deletion",
            "active_user_report",
        ] {
            assert!(String::from_utf8_lossy(&before).contains(part), "{part}");
        }
        let secret = world.keys.secret_keys[0].expose().clone();
        assert!(
            !String::from_utf8_lossy(&before).contains(&secret),
            "secrets leave as digests only"
        );

        let world = elsewhere(world);
        let rehearsed = import(&world, before.clone(), ImportMode::Rehearse).unwrap();
        assert_eq!((rehearsed.added(), rehearsed.refused()), (records, 0));
        assert!(
            world.passgate.app_available(&world.app).unwrap(),
            "a rehearsal changes nothing"
        );
        assert_eq!(
            import(&world, before.clone(), ImportMode::Whole).unwrap(),
            rehearsed
        );
        assert_eq!(export(&world), before);

        // Keys authenticate (`backend` and `browser` present the old ones), the passkey signs in, aliases resolve.
        let signed_in = world.sign_in(&mut device);
        assert_eq!(signed_in.claims.user_id, user("alice"));
        world
            .passgate
            .verify_sign_in_token(
                &world.backend(),
                Some(&signed_in.token),
                &world.client,
                world.env(),
            )
            .unwrap();
        assert_eq!(offered(&world, "alice@example.com"), 1);

        // Once more: nothing is new, and what happened since stays.
        let again = import(&world, before, ImportMode::Whole).unwrap();
        assert_eq!((again.added(), again.refused()), (0, 0));
        assert_eq!(again.notes, [Note::ApplicationExists(world.app.clone())]);
        world.sign_in(&mut device);
    });
}

#[test]
fn an_export_that_is_not_whole_is_not_imported() {
    let world = World::sqlite();
    furnish(&world, &mut SoftAuthenticator::new());
    let whole = String::from_utf8(export(&world)).unwrap();
    let world = elsewhere(world);
    let lines: Vec<&str> = whole.lines().collect();
    let without = |skipped: usize| {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != skipped);
        kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let cut_off = without(lines.len() - 1);
    for (text, expected) in [(cut_off, "ends early"), (without(3), "a part is missing")] {
        let error = import(&world, text, ImportMode::SkipProblems).unwrap_err();
        let Stopped::Refused(ImportError::Source(cause)) = error else {
            panic!("{error:?}")
        };
        assert!(cause.to_string().contains(expected), "{cause}");
        assert!(world.passgate.app_available(&world.app).unwrap());
    }
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    assert!(matches!(
        source(newer),
        Err(JsonSourceError::Version { found: 2 })
    ));
    for text in ["nonsense", "7", "{\"record\":\"header\",\"format\":\"other\"}"] {
        assert!(matches!(source(text), Err(JsonSourceError::Format)), "{text}");
    }
}

/// What a stranger puts into a file for an operator to import: a key of his own, and a passkey for alice.
fn hostile(world: &World) -> String {
    let stranger = World {
        entropy: SeededEntropy::new(99),
        ..World::on(TestDatabase::sqlite())
    };
    let mut device = SoftAuthenticator::new();
    furnish(&stranger, &mut device);
    for (kind, scope) in [
        (ApiKeyKind::Secret, Scope::TokenVerify),
        (ApiKeyKind::Public, Scope::Login),
    ] {
        stranger
            .passgate
            .create_key(&stranger.app, kind, &BTreeSet::from([scope]), stranger.env())
            .unwrap();
    }
    assert_eq!(stranger.app, world.app, "he names whom he means");
    let text = String::from_utf8(export(&stranger)).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["record"] == "alias_key" {
            line["key"] = base64(&[99; 32]).into();
        }
        format!("{line}\n")
    });
    lines.collect()
}

#[test]
fn keys_are_imported_only_when_asked_for_and_a_rehearsal_says_what_is_taken_over() {
    World::on_each(|world| {
        let mut own = SoftAuthenticator::new();
        furnish(&world, &mut own);
        let file = hostile(&world);
        let keys = |world: &World| export_of_kind(world, "api_key");
        let before = keys(&world);

        let careful = source(file.clone()).unwrap().without_keys();
        let report = world
            .passgate
            .import(
                &world.app,
                careful,
                ImportMode::SkipProblems,
                &mut |_| {},
                world.env(),
            )
            .unwrap();
        let counted =
            |report: &ImportReport, kind: Kind| report.counts.get(&kind).copied().unwrap_or_default();
        assert_eq!(keys(&world), before, "no key of the file works here");
        assert!(counted(&report, Kind::ApiKey).left_out >= 2);
        assert_eq!(counted(&report, Kind::ApiKey).added, 0);
        assert_eq!(counted(&report, Kind::AliasKey).left_out, 1);
        assert!(report.notes.iter().any(|note| matches!(
            note,
            Note::KeysLeftOut { api_keys, alias_key: true } if *api_keys >= 2
        )));

        // A rehearsal with everything names the keys and whoever gets another passkey.
        let file = hostile(&world);
        let report = import(&world, file, ImportMode::Rehearse).unwrap();
        let taken = report
            .notes
            .iter()
            .filter(|note| matches!(note, Note::TakesApiKey { scopes, .. } if !scopes.is_empty()))
            .count();
        assert_eq!(taken as u64, counted(&report, Kind::ApiKey).added);
        assert!(taken >= 2, "{:?}", report.notes);
        let known = report
            .notes
            .iter()
            .find_map(|note| match note {
                Note::KnownUsersGetPasskeys { users, first } => Some((*users, first.clone())),
                _ => None,
            })
            .unwrap_or_default();
        assert!(known.0 >= 1 && known.1.contains(&"alice".to_owned()), "{known:?}");
        assert_eq!(keys(&world), before, "a rehearsal changes nothing");
    });
}

/// The lines of one kind in the application's export.
fn export_of_kind(world: &World, kind: &str) -> Vec<String> {
    let record = format!("\"record\":\"{kind}\"");
    let text = String::from_utf8(export(world)).unwrap();
    text.lines()
        .filter(|line| line.contains(&record))
        .map(str::to_owned)
        .collect()
}

#[test]
fn lines_that_would_swell_in_memory_are_refused_one_by_one() {
    let world = World::sqlite();
    let swelling = format!("{{\"id\":\"AQID\",\"x\":[{}0]}}", "0,".repeat(200_000));
    let deep = format!("{{\"id\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    for hostile in [swelling, deep] {
        let lines = format!("{{\"id\":\"AQID\"}}\n{hostile}\n");
        for text in [lines, format!("[{hostile}]")] {
            let report = import(&world, text, ImportMode::Rehearse).unwrap();
            let swollen = report
                .problems
                .iter()
                .filter(|problem| problem.to_string().contains("too many values"));
            assert_eq!(swollen.count(), 1, "{:?}", report.problems);
        }
    }
}

#[test]
fn one_bad_record_stops_an_import_unless_it_may_be_skipped() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    furnish(&world, &mut device);
    let whole = String::from_utf8(export(&world)).unwrap();
    let world = elsewhere(world);
    let broken = whole.replacen("\"user_id\":\"bob\"", "\"user_id\":\" \"", 1);
    let error = import(&world, broken.clone(), ImportMode::Whole).unwrap_err();
    let Stopped::Refused(ImportError::Problems(report)) = error else {
        panic!("{error:?}")
    };
    assert_eq!((report.refused(), report.problems[0].kind), (1, Kind::Line));
    assert!(world.passgate.app_available(&world.app).unwrap());
    assert_eq!(
        import(&world, broken, ImportMode::SkipProblems)
            .unwrap()
            .refused(),
        1
    );
    world.sign_in(&mut device);
}

#[test]
fn an_export_does_not_mix_with_another_application_of_the_same_name() {
    let world = World::sqlite();
    furnish(&world, &mut SoftAuthenticator::new());
    let whole = export(&world);
    // Of the same name, and bob's alias is another user's.
    let other = World::on(TestDatabase::sqlite());
    other
        .passgate
        .set_aliases(
            &other.backend(),
            alias_input("mallory", "Bob ćwierk", ClearText::Dropped),
            other.env(),
        )
        .unwrap();
    let report = import(&other, whole, ImportMode::Rehearse).unwrap();
    let flaws: Vec<&Flaw> = report.problems.iter().map(|problem| &problem.flaw).collect();
    assert!(flaws.contains(&&Flaw::AliasTaken), "{flaws:?}");
}

#[test]
fn digests_under_a_foreign_key_are_refused_and_clear_aliases_are_rekeyed() {
    let world = World::sqlite();
    furnish(&world, &mut SoftAuthenticator::new());
    let whole = export(&world);
    let moved = elsewhere(world);
    // The application was made there before, so that it has an alias key of its own.
    let created = passgate::applications::CreateAppInput {
        app: moved.app.clone(),
        admin_email: String::new(),
        event_logging: false,
        event_retention_days: 1,
        magic_link_monthly_quota: 0,
        max_users: None,
        allow_attestation: false,
    };
    let keys = moved.passgate.create_app(created, moved.env()).unwrap();
    let moved = World { keys, ..moved };
    let report = import(&moved, whole, ImportMode::SkipProblems).unwrap();
    let flaws: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.kind, &problem.flaw))
        .collect();
    assert_eq!(flaws, [(Kind::Alias, &Flaw::ForeignDigest)]);
    assert_eq!(report.counts[&Kind::Event].added, 0, "history is not mixed");
    moved.set_features(|features| features.decoy_credentials = false);
    assert_eq!(
        (
            offered(&moved, "alice@example.com"),
            offered(&moved, "Bob ćwierk")
        ),
        (0, 0)
    );
    let clear: Result<_, passgate::Failure> = moved
        .passgate
        .store()
        .read(|tx| Ok(aliases::list_by_user(tx, &moved.app, &user("bob"))?));
    assert_eq!(clear.unwrap()[0].plaintext.as_deref(), Some("Bob ćwierk"));
}

/// The credential that a device registered.
fn only_credential(world: &World) -> Credential {
    let found: Result<_, passgate::Failure> = world
        .passgate
        .store()
        .read(|tx| Ok(credentials::list_all(tx, &world.app, None, 2)?));
    let mut found = found.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// The SubjectPublicKeyInfo of a COSE key in canonical form, for the two kinds of key that the device makes.
fn spki_of(cose: &[u8]) -> Vec<u8> {
    let (head, parts) = match cose.len() {
        42 => ("302a300506032b6570032100", vec![&cose[10..]]),
        77 => (
            "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
            vec![&cose[10..42], &cose[45..]],
        ),
        length => panic!("a key of {length} bytes"),
    };
    [hex(head), parts.concat()].concat()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn standard_base64(bytes: &[u8]) -> String {
    let padding = "=".repeat((3 - bytes.len() % 3) % 3);
    base64(bytes).replace('-', "+").replace('_', "/") + &padding
}

fn base64(bytes: &[u8]) -> String {
    passgate_webauthn::CredentialId::new(bytes.to_vec())
        .unwrap()
        .to_base64url()
}

#[test]
fn passkeys_of_other_libraries_sign_in() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        let known = only_credential(&world);
        let minimal = json!({ "id": known.id.to_base64url(), "publicKey": base64(&known.public_key), "userId": "alice" });
        let spki = json!({
            "credentialID": known.id.to_base64url(), "credentialPublicKey": base64(&spki_of(&known.public_key)),
            "userHandle": base64(b"alice"), "counter": known.sign_count, "transports": ["internal"],
            "rpID": "example.com", "origin": "https://login.example.com", "backedUp": true,
            "createdAt": "2024-02-03T04:05:06Z", "nickname": "phone",
        });
        let body = standard_base64(&spki_of(&known.public_key));
        let pem = |line_break: &str| {
            let lines: Vec<_> = body
                .as_bytes()
                .chunks(64)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let text = [
                "-----BEGIN PUBLIC KEY-----",
                &lines.join(line_break),
                "-----END PUBLIC KEY-----",
                "",
            ]
            .join(line_break);
            json!({ "id": known.id.to_base64url(), "public_key": text, "user_id": "alice", "sign_count": null })
        };
        for text in [
            minimal.to_string(),
            json!([minimal]).to_string(),
            pem("\n").to_string(),
            pem("\r\n").to_string(),
            pem(" ").to_string(),
            spki.to_string(),
        ] {
            world
                .passgate
                .delete_credential(&world.backend(), &known.id, world.env())
                .unwrap();
            let report = import(&world, text.clone(), ImportMode::Whole).unwrap();
            assert_eq!(report.counts[&Kind::Credential].added, 1, "{text}");
            assert_eq!(only_credential(&world).public_key, known.public_key);
            assert_eq!(world.sign_in(&mut device).claims.user_id, user("alice"));
        }
        let imported = only_credential(&world);
        assert_eq!(imported.nickname.as_deref(), Some("phone"));
        assert_eq!(imported.created_at, Timestamp::from_seconds(1_706_933_106));
    });
}

/// An Ed448 key: the first of RFC 8032, section 7.4.
const ED448_SPKI: [u8; 69] = [
    0x30, 0x43, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71, 0x03, 0x3a, 0x00, 0x5f, 0xd7, 0x44, 0x9b, 0x59,
    0xb4, 0x61, 0xfd, 0x2c, 0xe7, 0x87, 0xec, 0x61, 0x6a, 0xd4, 0x6a, 0x1d, 0xa1, 0x34, 0x24, 0x85, 0xa7,
    0x0e, 0x1f, 0x8a, 0x0e, 0xa7, 0x5d, 0x80, 0xe9, 0x67, 0x78, 0xed, 0xf1, 0x24, 0x76, 0x9b, 0x46, 0xc7,
    0x06, 0x1b, 0xd6, 0x78, 0x3d, 0xf1, 0xe5, 0x0f, 0x6c, 0xd1, 0xfa, 0x1a, 0xbe, 0xaf, 0xe8, 0x25, 0x61,
    0x80,
];

/// The base point of P-256 without its second coordinate.
const COMPRESSED_SPKI: [u8; 59] = [
    0x30, 0x39, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x22, 0x00, 0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42,
    0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
    0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
];

#[test]
fn refusals_name_the_line_and_print_nothing_that_a_terminal_obeys() {
    let world = World::sqlite();
    let bad = json!({ "id": "AQ\u{1b}[31mID", "publicKey": "AAAA", "userId": "bob" });
    let lines = format!("{}\n\n{bad}\nnonsense\n", json!({}));
    let problems = |text: String| -> Vec<_> {
        let report = import(&world, text, ImportMode::Rehearse).unwrap();
        report.problems.iter().map(ToString::to_string).collect()
    };
    let of_lines = problems(lines);
    assert!(
        of_lines[0].starts_with("credential (line 1): `id` is missing"),
        "{of_lines:?}"
    );
    assert!(
        of_lines[1].starts_with("credential AQ\\u{1b}[31mID (line 3): `id` is not valid"),
        "{of_lines:?}"
    );
    assert!(of_lines[2].starts_with("line 4: not readable"), "{of_lines:?}");
    let of_array = problems(json!([bad, 7]).to_string());
    assert!(
        of_array[0].contains("(entry 1): `id` is not valid"),
        "{of_array:?}"
    );
    assert!(of_array[1].starts_with("entry 2: not readable"), "{of_array:?}");
}

#[test]
fn an_array_is_read_entry_by_entry_however_it_is_laid_out() {
    let world = World::sqlite();
    let read = |text: &str| import(&world, text.to_owned(), ImportMode::Rehearse);
    let entry = json!({ "id": "a,]}\\\"", "publicKey": [[1, 2], {}] }).to_string();
    for text in [
        format!("\n [{entry},{entry}]\n"),
        format!("[\n{entry}\n,\n{entry}\n]"),
    ] {
        assert_eq!(read(&text).unwrap().problems.len(), 2, "{text}");
    }
    for empty in ["[]", " [ \n ] "] {
        assert!(read(empty).unwrap().problems.is_empty());
    }
    for cut_off in ["[", "[{}", r#"[{"id":"]"#] {
        let error = read(cut_off).unwrap_err();
        assert!(format!("{error:?}").contains("CutOff"), "{cut_off}: {error:?}");
    }
    read("[{}] [{}]").unwrap_err();
    // An entry has a limit; the array has none.
    let long = format!("[{}]", " ".repeat(17 << 20));
    assert!(format!("{:?}", read(&long).unwrap_err()).contains("LongEntry"));
    let padded = format!(r#"{{"id":"AQID"{}}}"#, " ".repeat(1 << 20));
    let many = format!("[{}]", vec![padded; 20].join(","));
    assert_eq!(read(&many).unwrap().refused(), 20);
}

#[test]
fn bad_passkeys_are_named_with_what_is_wrong() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    world.register("alice", &mut device);
    let known = only_credential(&world);
    let good = json!({ "id": "AQID", "publicKey": base64(&known.public_key), "userId": "bob" });
    let with = |name: &str, value: Value| {
        let mut line = good.clone();
        line[name] = value;
        line
    };
    for (line, expected) in [
        (json!({}), "`id` is missing"),
        (with("publicKey", json!("AAAA")), "`publicKey` is not valid"),
        (with("publicKey", Value::Null), "`publicKey` is missing"),
        (
            with(
                "publicKey",
                json!("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----"),
            ),
            "`publicKey` is not valid: a PEM text of another form",
        ),
        (
            with(
                "publicKey",
                json!("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----"),
            ),
            "`publicKey` is not valid: a private key",
        ),
        (
            with(
                "publicKey",
                json!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            ),
            "`publicKey` is not valid: a PEM text of something else",
        ),
        (
            with("publicKey", json!("-----BEGIN PUBLIC KEY-----\nAAAA\n")),
            "`publicKey` is not valid: a PEM text whose end is missing",
        ),
        (
            with("publicKey", json!("!")),
            "`publicKey` is not valid: neither base64, nor hex, nor a PEM text",
        ),
        (
            with("publicKey", json!(base64(&ED448_SPKI))),
            "`publicKey` is not valid: unsupported COSE algorithm -53",
        ),
        (
            with("publicKey", json!(base64(&COMPRESSED_SPKI))),
            "`publicKey` is not valid: the elliptic-curve point in the SubjectPublicKeyInfo is compressed",
        ),
        (
            with("algorithm", json!(1)),
            "`algorithm` is not valid: not supported",
        ),
        (with("userId", Value::Null), "`userId` is missing"),
        (with("userHandle", json!(base64(&[0xff]))), ""),
        (with("rpId", json!("co.uk")), "`rpId` is not valid"),
        (with("rpId", json!("intranet")), "`rpId` is not valid"),
        (with("origin", json!("ftp")), "`origin` is not valid"),
        (
            with("counter", json!(-1)),
            "`counter` is not valid: not a whole number",
        ),
        (with("createdAt", json!("yesterday")), "`createdAt` is not valid"),
        (
            with("id", json!(known.id.to_base64url())),
            "another user's credential",
        ),
    ] {
        let report = import(&world, line.to_string(), ImportMode::Rehearse).unwrap();
        if expected.is_empty() {
            assert_eq!(report.refused(), 0, "{line}");
        } else {
            assert!(
                report.problems[0].flaw.to_string().starts_with(expected),
                "{}",
                report.problems[0]
            );
        }
    }
    let nowhere = AppId::parse("nosuchapp").unwrap();
    let error = world
        .passgate
        .import(
            &nowhere,
            source(good.to_string()).unwrap(),
            ImportMode::Whole,
            &mut |_| {},
            world.env(),
        )
        .unwrap_err();
    assert!(matches!(error, Stopped::Refused(ImportError::NoSuchApplication { app }) if app == nowhere));
}

/// The key of the published PBKDF2 vector.
const SECRET: &str = "demoapp:secret:00112233445566778899aabbccddeeff";
const SECRET_HASH: &str = "AAECAwQFBgcICQoLDA0ODw==:LVOr02vNbGxG/bTO2kghKw==";
const PUBLIC: &str = "demoapp:public:2e728aa5986f4ba8b073a5b28a939795";

/// A database as the other server leaves it, with the passkey of `device` in it.
fn official_database(file: &Path, passkey: &Credential, newest_migration: &str) {
    let legacy =
        |alias: &str| legacy_digest(&AppId::parse("demoapp").unwrap(), &Alias::parse(alias).unwrap());
    let sql = format!(
        r#"{schema}
INSERT INTO "__EFMigrationsHistory" VALUES ('20230101000000_Initial', '8.0.7'), ('{newest_migration}', '8.0.7');
INSERT INTO "AccountInfo" VALUES ('demoapp', '["admin@example.com"]', '0001-01-01 00:00:00', NULL, 'demoapp'),
    ('frozen', '[]', '2024-05-06 07:08:09.1234567', NULL, 'frozen'), ('Odd-name', '[]', '2024-05-06 07:08:09', NULL, 'Odd-name');
INSERT INTO "AppFeatures" VALUES ('demoapp', 1, NULL, 1, 90, 0, 1, 1000, 25), ('frozen', 0, NULL, 0, 0, 1, 1, 0, NULL);
INSERT INTO "ApiKeys" VALUES ('demoapp', 'eeff', '{SECRET_HASH}', '2024-05-06 07:08:09', 0, NULL, NULL, 'token_register,token_verify'),
    ('demoapp', '9795', '{PUBLIC}', '2024-05-06 07:08:09.5', 0, NULL, NULL, 'register,login'),
    ('frozen', 'eeff', '{SECRET_HASH}', '2024-05-06 07:08:09', 1, '2024-06-01 00:00:00', NULL, 'token_register');
INSERT INTO "Credentials" VALUES ('demoapp', X'{id}', 0, '["internal","hybrid"]', X'{key}', X'{handle}', {count}, 'none',
    '2024-05-06 07:08:09.1234567', '08987058-CADC-4B81-B6E1-30DE50DCBE96', '2024-05-07 00:00:00', 'example.com',
    'https://example.com/login', 'US', 'Chrome, Mac OS X 10', 'laptop', 'alice', NULL, NULL, 1),
    ('demoapp', X'aa01', NULL, '[5,0]', X'{key}', X'416C696365', 0, 'none', '2024-05-06 07:08:09', NULL, '2024-05-07 00:00:00',
    'example.com', 'https://example.com', NULL, NULL, NULL, 'Alice', NULL, NULL, NULL);
INSERT INTO "Aliases" VALUES ('demoapp', '{hashed}', 'alice', NULL), ('demoapp', '{clear}', 'alice', 'alice');
INSERT INTO "AuthenticationConfigurations" VALUES
    ('demoapp', 'sign-in', 'required', 90.5, 'SecurityKey, ClientDevice', 'System', NULL, 'admin', '2024-05-06 07:08:09+00:00', NULL),
    ('demoapp', 'pay', 'discouraged', 0, '', 'admin', '2024-05-06 07:08:09.1234567+00:00', NULL, NULL, NULL);
INSERT INTO "Authenticators" VALUES ('demoapp', '08987058-CADC-4B81-B6E1-30DE50DCBE96', '2024-05-06 07:08:09', 1);
INSERT INTO "ApplicationEvents" VALUES ('6E8B4A36-9DF4-4A8C-8C56-7C0F6B8E6D11', '2024-05-06 07:08:09.1', 1103, 'signed in', 3,
    'alice', 'demoapp', 'demoapp', '9795');
"#,
        schema = official::SCHEMA,
        id = to_hex(passkey.id.as_bytes()),
        key = to_hex(&passkey.public_key),
        handle = to_hex(passkey.user_handle.as_ref().unwrap().as_bytes()),
        count = passkey.sign_count,
        hashed = legacy("alice@example.com"),
        clear = legacy("alice"),
    );
    run_sqlite_script(file, &sql);
}

fn import_official(world: &World, file: &Path, app: &str, mode: ImportMode) -> ImportReport {
    let mut database = OfficialDatabase::open(file).unwrap();
    let app = AppId::parse(app).unwrap();
    let source = OfficialSource::new(&mut database, app.clone());
    world
        .passgate
        .import(&app, source, mode, &mut |_| {}, world.env())
        .unwrap()
}

#[test]
fn a_passwordless_dev_database_moves_in() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        let passkey = only_credential(&world);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("odd name 100%?#.db");
        official_database(&file, &passkey, "20240722101112_CredentialHints");
        let world = elsewhere(world);

        let mut database = OfficialDatabase::open(&file).unwrap();
        let (apps, problems) = plan_official(&mut database).unwrap();
        assert_eq!(
            apps.iter().map(AppId::as_str).collect::<Vec<_>>(),
            ["demoapp", "frozen"]
        );
        assert_eq!(
            (problems[0].kind, problems[0].name.as_str()),
            (Kind::Application, "Odd-name")
        );
        let notes = OfficialSource::new(&mut database, world.app.clone())
            .colliding_users()
            .unwrap();
        assert_eq!(
            notes,
            [Note::CollidingUserIds(vec![
                "Alice".to_owned(),
                "alice".to_owned()
            ])]
        );

        let rehearsed = import_official(&world, &file, "demoapp", ImportMode::Rehearse);
        assert_eq!(rehearsed.problems, []);
        assert!(world.passgate.app_available(&world.app).unwrap());
        let report = import_official(&world, &file, "demoapp", ImportMode::Whole);
        assert_eq!(report, rehearsed);
        for (kind, added) in [
            (Kind::Application, 1),
            (Kind::ApiKey, 2),
            (Kind::Credential, 2),
            (Kind::Alias, 2),
            (Kind::AuthenticationConfig, 2),
            (Kind::Authenticator, 1),
            (Kind::Event, 1),
        ] {
            assert_eq!(report.counts[&kind].added, added, "{kind:?}");
        }

        // The old keys authenticate; a slow digest is replaced when it is first used.
        let presented = |key| Presented {
            key: Some(key),
            other: None,
            client: None,
        };
        let backend = world
            .passgate
            .authenticate(ApiKeyKind::Secret, presented(SECRET), world.env())
            .unwrap();
        let browser = world
            .passgate
            .authenticate(ApiKeyKind::Public, presented(PUBLIC), world.env())
            .unwrap();
        let keys: Result<_, passgate::Failure> = world
            .passgate
            .store()
            .read(|tx| Ok(api_keys::list(tx, &world.app)?));
        assert!(keys.unwrap().iter().any(|key| matches!(
            &key.material,
            ApiKeyMaterial::Secret(SecretApiKeyDigest::Sha256(_))
        )));
        let features = backend.features();
        assert!(
            !features.single_use_sign_in_tokens,
            "an imported application keeps tokens that verify again"
        );
        assert_eq!(
            (
                features.event_retention_days,
                features.max_users,
                features.generate_sign_in_token
            ),
            (90, Some(25), false)
        );

        // Aliases resolve, whether they came hashed or in clear; then none has the old digest any more.
        for alias in ["alice@example.com", "alice"] {
            let begun = world
                .passgate
                .sign_in_begin(&browser, by_alias(alias), &world.client, world.env())
                .unwrap();
            assert_eq!(count_offered(&begun.data), 1, "{alias}");
        }
        let digests: Result<_, passgate::Failure> = world
            .passgate
            .store()
            .read(|tx| Ok(aliases::list_all(tx, &world.app, None, 9)?));
        let legacy = ["alice@example.com", "alice"]
            .map(|text| legacy_digest(&world.app, &Alias::parse(text).unwrap()));
        assert!(
            digests
                .unwrap()
                .iter()
                .all(|alias| !legacy.contains(&alias.digest))
        );

        let token = sign_in(&world, &browser, &mut device);
        for _ in 0..2 {
            let claims = world
                .passgate
                .verify_sign_in_token(&backend, Some(&token), &world.client, world.env())
                .unwrap();
            assert_eq!(claims.user_id, user("alice"));
        }

        // To catch up, it can be imported once more.
        let again = import_official(&world, &file, "demoapp", ImportMode::Whole);
        assert_eq!((again.added(), again.refused()), (0, 0), "{:?}", again.problems);

        // All keys locked is what freezing was.
        import_official(&world, &file, "frozen", ImportMode::Whole);
        let frozen = AppId::parse("frozen").unwrap();
        let state: Result<_, passgate::Failure> = world.passgate.store().read(|tx| {
            Ok((
                applications::find(tx, &frozen)?.unwrap().state,
                api_keys::list(tx, &frozen)?[0].lock,
            ))
        });
        let at = Timestamp::from_seconds(1_717_200_000);
        assert_eq!(
            state.unwrap(),
            (
                ApplicationState::Frozen {
                    at,
                    by: FrozenBy::Operator
                },
                Some(KeyLock::Application)
            )
        );
    });
}

fn sign_in(world: &World, browser: &Caller, device: &mut SoftAuthenticator) -> String {
    let begun = world
        .passgate
        .sign_in_begin(browser, discoverable(), &world.client, world.env())
        .unwrap();
    let response = device
        .authenticate(crate::world::ORIGIN, &crate::world::json(&begun.data))
        .unwrap();
    let input = crate::world::signed(&begun.session, &response);
    world
        .passgate
        .sign_in_complete(browser, input, &world.client, world.env())
        .unwrap()
        .token
}

#[test]
fn old_and_foreign_databases_are_refused() {
    let world = World::sqlite();
    world.register("alice", &mut SoftAuthenticator::new());
    let passkey = only_credential(&world);
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.db");
    official_database(&old, &passkey, "20240101000000_Older");
    let error = OfficialDatabase::open(&old).unwrap_err();
    assert!(
        matches!(&error, OfficialDatabaseError::TooOld { newest } if newest == "20240101000000_Older"),
        "{error:?}"
    );
    let foreign = folder.path().join("foreign.db");
    run_sqlite_script(&foreign, "CREATE TABLE t (a)");
    assert!(matches!(
        OfficialDatabase::open(&foreign),
        Err(OfficialDatabaseError::NotOne(_))
    ));
    let missing = folder.path().join("missing.db");
    assert!(matches!(
        OfficialDatabase::open(&missing),
        Err(OfficialDatabaseError::File(_))
    ));
    assert!(!missing.exists());
}

#[test]
fn what_is_exported_is_one_moment_and_names_every_kind() {
    let world = World::sqlite();
    furnish(&world, &mut SoftAuthenticator::new());
    let mut kinds = Vec::new();
    let unknown = AppId::parse("nosuchapp").unwrap();
    let refused = world.passgate.export(&unknown, &mut |_: Item| Ok::<_, ()>(()));
    assert!(matches!(
        refused,
        Err(Stopped::Refused(
            passgate::transfer::ExportError::NoSuchApplication
        ))
    ));
    world
        .passgate
        .export(&world.app, &mut |item: Item| {
            kinds.push(item.kind());
            Ok::<_, ()>(())
        })
        .unwrap();
    kinds.dedup();
    assert_eq!(kinds[..3], [Kind::Application, Kind::AliasKey, Kind::ApiKey]);
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 12);
    let filter = events::EventFilter::default();
    let count: Result<_, passgate::Failure> = world
        .passgate
        .store()
        .read(|tx| Ok(events::count(tx, &world.app, &filter)?));
    assert!(count.unwrap() > 0);
}
