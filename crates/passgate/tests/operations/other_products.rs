//! Rows of other products as they were found: each is read, and becomes what it should.

use std::io::{BufReader, Cursor};

use passgate::transfer::{
    HandleRule, ImportMode, ImportReport, JsonSource, Note, PRODUCTS, PasskeyDefaults, Source as _,
};
use passgate_core::{credential::Credential, time::Timestamp};
use passgate_store::credentials;
use passgate_webauthn::{CredentialId, RpId, UserHandle};
use serde_json::{Value, json};

use crate::world::{World, user};

/// Files of rows, by their names.
macro_rules! row {
    ($name:literal) => {
        include_str!(concat!("../moving_in/", $name))
    };
}

fn defaults() -> PasskeyDefaults {
    PasskeyDefaults {
        rp_id: RpId::parse("example.com").ok(),
        origin: None,
        created_at: Timestamp::from_seconds(1_700_000_000),
        user_handle: None,
        hex: false,
    }
}

fn input(text: &str) -> Box<BufReader<Cursor<Vec<u8>>>> {
    Box::new(BufReader::new(Cursor::new(text.as_bytes().to_vec())))
}

fn source(product: Option<&str>, text: &str, defaults: PasskeyDefaults) -> JsonSource {
    match product {
        Some(name) => {
            let product = PRODUCTS.into_iter().find(|product| product.name == name).unwrap();
            JsonSource::of_product(input(text), product, defaults)
                .and_then(|source| source.hearing(input(text)))
                .unwrap()
        }
        None => JsonSource::open(input(text), defaults).unwrap(),
    }
}

/// What was imported, and what is said of it.
struct Imported {
    world: World,
    report: ImportReport,
    notes: Vec<Note>,
}

impl Imported {
    fn of(product: Option<&str>, text: &str) -> Self {
        Self::with(product, text, defaults())
    }

    fn with(product: Option<&str>, text: &str, defaults: PasskeyDefaults) -> Self {
        let world = World::sqlite();
        let mut source = source(product, text, defaults);
        let report = world
            .passgate
            .import(
                &world.app,
                &mut source,
                ImportMode::SkipProblems,
                &mut |_| {},
                world.env(),
            )
            .unwrap();
        Self {
            world,
            report,
            notes: source.notes(),
        }
    }

    #[track_caller]
    fn whole(self) -> Self {
        assert_eq!(self.problems(), [""; 0]);
        self
    }

    fn problems(&self) -> Vec<String> {
        self.report.problems.iter().map(ToString::to_string).collect()
    }

    fn of_user(&self, id: &str) -> Vec<Credential> {
        self.world
            .passgate
            .store()
            .read(|tx| credentials::list_by_user(tx, &self.world.app, &user(id)))
            .unwrap()
    }

    #[track_caller]
    fn only(&self, id: &str) -> Credential {
        match self.of_user(id).as_slice() {
            [credential] => credential.clone(),
            other => panic!("{other:?} of {id}"),
        }
    }

    /// The handles by rule that the report tells.
    fn rules(&self) -> Vec<(String, u64)> {
        let rules = self.notes.iter().find_map(|note| match note {
            Note::UserHandles(rules) => Some(rules.clone()),
            _ => None,
        });
        rules.unwrap_or_default()
    }

    fn unknown(&self) -> Vec<String> {
        let members = self.notes.iter().find_map(|note| match note {
            Note::UnknownMembers(members) => Some(members.iter().map(|(name, _)| name.clone()).collect()),
            _ => None,
        });
        members.unwrap_or_default()
    }
}

fn handle(credential: &Credential) -> Option<Vec<u8>> {
    credential.user_handle.clone().map(UserHandle::into_bytes)
}

fn names(credential: &Credential) -> Vec<&str> {
    credential
        .transports
        .iter()
        .map(passgate_webauthn::Transport::as_str)
        .collect()
}

fn by_id<'c>(credentials: &'c [Credential], id: &str) -> &'c Credential {
    let id = CredentialId::from_base64url(id).unwrap();
    credentials.iter().find(|credential| credential.id == id).unwrap()
}

#[test]
fn better_auth() {
    const OWNER: &str = "OqrOCsJKYNZlTqndsi9jcQVIL8NbE0pl";
    for (text, product) in [
        (row!("01-better-auth-rows.jsonl"), Some("better-auth")),
        (row!("01-better-auth-rows.jsonl"), None),
        (row!("02-better-auth-without-row-id.jsonl"), None),
        (row!("03-better-auth-booleans.jsonl"), None),
    ] {
        let imported = Imported::of(product, text).whole();
        let owned = imported.of_user(OWNER);
        assert_eq!(owned.len(), 2);
        let first = by_id(&owned, "TncbPbVS9Jc6HqALzmUxdF3PWJ9-CmKQfyetAFs3Tco");
        assert_eq!((first.sign_count, names(first)), (2, vec!["internal"]));
        assert_eq!(
            (first.backup_state, first.backup_eligible),
            (Some(true), Some(true))
        );
        assert_eq!(first.nickname.as_deref(), Some("Laptop"));
        assert_eq!(first.aaguid.to_string(), "01020304-0506-0708-0102-030405060708");
        assert_eq!(handle(first), None, "nobody kept it");
        assert_eq!(imported.rules(), [("unknown".to_owned(), 2)]);
        assert_eq!(imported.unknown(), [""; 0]);
    }
    let imported = Imported::of(None, row!("04-better-auth-transports-empty.jsonl")).whole();
    assert_eq!(names(&imported.only(OWNER)), [""; 0]);
}

#[test]
fn django_otp_webauthn() {
    let text = row!("10-django-otp-webauthn-dumpdata.json");
    let imported = Imported::of(Some("django-otp-webauthn"), text).whole();
    let owned = imported.of_user("2");
    assert_eq!(owned.len(), 2);
    for credential in &owned {
        assert_eq!(handle(credential).unwrap().len(), 64, "from the table of handles");
    }
    let synced = by_id(&owned, "qx3SqydL0tzpzBYQh2OhW0qKWArJMSXjLvg4wnah3CY");
    assert_eq!(
        (synced.backup_state, synced.nickname.as_deref()),
        (Some(true), None)
    );
    assert_eq!(names(synced), ["internal", "hybrid"]);
    let key = by_id(&owned, "IesmmuBQxoyd3dYsv0-gCFjcW49iDFlB7RILq4OPbbw");
    assert_eq!((key.sign_count, key.backup_eligible), (4, Some(false)));
    let left_out = [("django_otp_webauthn.webauthnuserhandle".to_owned(), 1)];
    assert!(
        imported.notes.contains(&Note::OtherRecords(left_out.to_vec())),
        "{:?}",
        imported.notes
    );

    // Without its table of handles nobody knows them.
    for text in [
        row!("10-django-otp-webauthn-dumpdata.json"),
        row!("11-django-otp-webauthn-user-is-a-number.jsonl"),
        row!("12-django-otp-webauthn-no-handle.jsonl"),
    ] {
        let imported = Imported::of(None, text).whole();
        let owned = imported.of_user("2");
        assert_eq!(owned.len(), 2);
        assert!(owned.iter().all(|credential| credential.user_handle.is_none()));
    }
    let hex = row!("14-django-otp-webauthn-id-hex.jsonl");
    let refused = Imported::of(None, hex);
    assert_eq!(refused.report.refused(), 2);
    for problem in refused.problems() {
        assert!(
            problem.contains("`credential_id`") && problem.contains("`hex:…`"),
            "{problem}"
        );
    }
    let told = PasskeyDefaults {
        hex: true,
        ..defaults()
    };
    let imported = Imported::with(None, hex, told).whole();
    by_id(
        &imported.of_user("2"),
        "qx3SqydL0tzpzBYQh2OhW0qKWArJMSXjLvg4wnah3CY",
    );
    // A passkey that was never confirmed does not sign in there, nor here.
    let unconfirmed =
        row!("12-django-otp-webauthn-no-handle.jsonl").replace("\"confirmed\": true", "\"confirmed\": false");
    assert_eq!(
        Imported::of(Some("django-otp-webauthn"), &unconfirmed)
            .report
            .added(),
        0
    );
}

#[test]
fn django_allauth() {
    let imported = Imported::of(Some("django-allauth"), row!("20-allauth-dumpdata.json")).whole();
    let phone = imported.only("1234");
    assert_eq!(handle(&phone).unwrap(), b"ya");
    assert_eq!(
        (phone.nickname.as_deref(), phone.discoverable),
        (Some("Phone"), Some(true))
    );
    let owned = imported.of_user("2");
    let key = by_id(&owned, "UuwyU5ZLVUMVR06RqbyQyRQkxsI65h0-_npAIHh8584");
    assert_eq!(handle(key).unwrap(), b"2");
    assert_eq!(
        (key.sign_count, key.backup_eligible, key.uv_initialized),
        (3, Some(false), true)
    );
    assert_eq!((names(key), key.discoverable), (vec!["usb", "nfc"], Some(false)));
    let laptop = by_id(&owned, "MihBelq6pBKMOvL0ZYDDIKFdD-Yb47iudmliF9lxFCw");
    assert_eq!(laptop.aaguid.to_string(), "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4");

    // The same passkeys as rows: the same keys.
    let rows = Imported::of(None, row!("22-allauth-aaguid-32-digits.jsonl")).whole();
    for credential in rows.of_user("2") {
        let same = owned.iter().find(|it| it.id == credential.id).unwrap();
        assert_eq!(
            (&same.public_key, same.aaguid),
            (&credential.public_key, credential.aaguid)
        );
    }
}

#[test]
fn fastapi_passkeys() {
    const OWNER: &str = "08b365d6-3d2a-4723-9a74-61d05ba98b30";
    const FIRST: &str = "hB41BIDz4Vca6ame82mZZzr6Wihhh8h3p2auE_gOdbM";
    for (product, text) in [
        (Some("fastapi-passkeys"), row!("30-fastapi-passkeys-sqlite.jsonl")),
        (None, row!("32-fastapi-passkeys-aaguid-bytes.jsonl")),
        (None, row!("34-postgresql-row_to_json.jsonl")),
        (None, row!("35-postgresql-timestamptz-text.jsonl")),
    ] {
        let imported = Imported::of(product, text).whole();
        let owned = imported.of_user(OWNER);
        assert_eq!(owned.len(), 2, "{text}");
        let first = by_id(&owned, FIRST);
        assert_eq!(names(first), ["internal", "hybrid"]);
        assert_eq!(
            first.created_at,
            Timestamp::from_micros(1_796_082_625_540_540),
            "{text}"
        );
        assert_eq!(first.last_used_at, Timestamp::from_micros(1_796_082_625_568_446));
        assert_eq!(first.nickname.as_deref(), Some("Laptop"));
        let expected = product.map(|_| OWNER.as_bytes().to_vec());
        assert_eq!(handle(first), expected);
    }
    // Nothing says that these digits are hex.
    let refused = Imported::of(None, row!("30-fastapi-passkeys-sqlite.jsonl"));
    assert_eq!(refused.report.refused(), 2);
    assert!(
        refused.problems()[0].contains("--hex"),
        "{:?}",
        refused.problems()
    );
}

#[test]
fn paskia() {
    const OWNER: &str = "01a22edf-62b9-785f-a2f2-3fbf3f28dade";
    let text = row!("42-paskia-handle-uuid-text.jsonl");
    let refused = Imported::of(None, text).problems();
    assert!(
        refused[0].contains("`userHandle`")
            && refused[0].contains("`uuid:…`")
            && refused[0].contains("--user-handle"),
        "{refused:?}"
    );
    let bytes = uuid::Uuid::parse_str(OWNER).unwrap().into_bytes().to_vec();
    let imported = Imported::of(Some("paskia"), text).whole();
    assert_eq!(handle(&imported.only(OWNER)), Some(bytes.clone()));
    assert_eq!(imported.rules(), [("uuid-bytes".to_owned(), 1)]);
    for (rule, expected) in [
        (HandleRule::Unknown, None),
        (HandleRule::UserId, Some(OWNER.as_bytes().to_vec())),
        (HandleRule::UuidBytes, Some(bytes.clone())),
    ] {
        let told = PasskeyDefaults {
            user_handle: Some(rule),
            ..defaults()
        };
        let imported = Imported::with(None, text, told).whole();
        assert_eq!(handle(&imported.only(OWNER)), expected);
    }
    // Its whole state: the passkeys are the members of one object.
    let row: Value = serde_json::from_str(text).unwrap();
    let state = json!({
        "config": {"rp_id": "example.com"},
        "users": {OWNER: {"display_name": "}\"{"}},
        "credentials": {"a:b\"": row},
        "sessions": {},
    });
    for text in [state.to_string(), serde_json::to_string_pretty(&state).unwrap()] {
        let imported = Imported::of(Some("paskia"), &text).whole();
        assert_eq!(handle(&imported.only(OWNER)), Some(bytes.clone()));
    }
}

#[test]
fn simplewebauthn() {
    let texts = [
        row!("50-simplewebauthn-json-object.jsonl"),
        row!("51-simplewebauthn-json-array.jsonl"),
        row!("52-simplewebauthn-buffer-json.jsonl"),
        row!("57-simplewebauthn-registrationInfo.jsonl"),
    ];
    let keys: Vec<_> = texts
        .iter()
        .flat_map(|text| [None, Some("simplewebauthn")].map(|product| (product, text)))
        .map(|(product, text)| {
            let credential = Imported::of(product, text).whole().only("user-1");
            assert_eq!(names(&credential), ["internal", "hybrid"]);
            assert_eq!(credential.backup_state, Some(true));
            let is_told = !text.contains("registrationInfo") && text.contains("webauthnUserID");
            assert_eq!(credential.user_handle.is_some(), is_told);
            credential.public_key
        })
        .collect();
    assert_eq!(keys[0].len(), 77);
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn attested_credential_data_holds_the_key() {
    let text = row!("60-fido2-attested-credential-data.jsonl");
    let credential = Imported::of(None, text).whole().only("user-1");
    assert_eq!(credential.public_key.len(), 77);
    assert_eq!(
        credential.aaguid.to_string(),
        "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"
    );
    let other = text.replace(
        "PoXS3fhbewDTQVxTVHtsIkh-tGHOCEwlrhYTjpJXAB4\"",
        "AQIDBAUGBwgJCgsMDQ4PEA\"",
    );
    let refused = Imported::of(None, &other).problems();
    assert!(refused[0].contains("another credential id"), "{refused:?}");
}

#[test]
fn entries_of_an_array_are_counted_whatever_lines_they_are_on() {
    let imported = Imported::of(None, row!("70-array-one-entry-a-line.json"));
    let problems = imported.problems();
    assert_eq!(problems.len(), 3);
    for (number, problem) in (1..).zip(problems) {
        assert!(problem.contains(&format!("(entry {number})")), "{problem}");
        assert!(problem.contains("`publicKey` is missing"), "{problem}");
    }
}

/// After the published schema of Spring Security; no product wrote it.
#[test]
fn spring_security() {
    for product in [None, Some("spring-security")] {
        let imported = Imported::of(product, row!("80-spring-security-shape.jsonl")).whole();
        let credential = imported.only("alice");
        assert_eq!(
            (credential.sign_count, names(&credential)),
            (3, vec!["internal", "hybrid"])
        );
        assert_eq!(handle(&credential).unwrap().len(), 32);
        assert!(credential.uv_initialized);
        assert_eq!(
            credential.created_at,
            Timestamp::from_micros(1_767_323_045_600_000)
        );
    }
}

/// After the published schema of Keycloak; no product wrote it.
#[test]
fn keycloak() {
    const OWNER: &str = "6ad0a3f0-3c1e-4a9b-9a9a-0c2c5b7f9e10";
    let text = row!("84-keycloak-shape.jsonl");
    let realm = format!(
        "{{\n  \"realm\": \"demo\", \"users\": [{text}, {{\"id\": \"u2\", \"credentials\": [{{\"type\": \"password\"}}]}}],\n \
         \"clients\": []\n}}"
    );
    for (product, text) in [(None, text), (Some("keycloak"), text), (Some("keycloak"), &realm)] {
        let imported = Imported::of(product, text).whole();
        let credential = imported.only(OWNER);
        assert_eq!(credential.nickname.as_deref(), Some("Phone"));
        assert_eq!(credential.created_at, Timestamp::from_seconds(1_767_323_045));
        assert_eq!(handle(&credential), product.map(|_| OWNER.as_bytes().to_vec()));
    }
}

/// After the published schema of ASP.NET Core Identity; no product wrote it.
#[test]
fn aspnet_identity() {
    let text = json!({
        "UserId": "4b1c", "CredentialId": "E1LoPm0G-JqaRPwe98JKfA",
        "Data": json!({
            "PublicKey": "pQECAyYgASFYINCuyGljqiBpr1ymxQGB1zdT2w/LisFFj+55NRW7cA5bIlgg8SLu9MaUR9wzKxBgkohgfPFcQtgVZ7Y1Pddb+hXrC9o=",
            "Name": "Phone", "CreatedAt": "2026-01-02T03:04:05.6+00:00", "SignCount": 3, "Transports": ["internal"],
            "IsUserVerified": true, "IsBackupEligible": true, "IsBackedUp": false, "ClientDataJson": "e30=",
        }).to_string(),
    });
    let imported = Imported::of(Some("aspnet-identity"), &text.to_string()).whole();
    let credential = imported.only("4b1c");
    assert_eq!(handle(&credential).unwrap(), b"4b1c");
    assert_eq!((credential.sign_count, credential.backup_state), (3, Some(false)));
    assert_eq!(imported.unknown(), [""; 0]);
}

/// After the published answers of Auth0's Management API; no product wrote it.
#[test]
fn auth0() {
    let text = json!([
        {"type": "phone", "id": "phone|1", "phone_number": "+1"},
        {
            "type": "passkey", "id": "passkey|dev_1", "identity_user_id": "6ad0", "key_id": "E1LoPm0G-JqaRPwe98JKfA",
            "public_key": "pQECAyYgASFYINCuyGljqiBpr1ymxQGB1zdT2w/LisFFj+55NRW7cA5bIlgg8SLu9MaUR9wzKxBgkohgfPFcQtgVZ7Y1Pddb+hXrC9o=",
            "user_handle": "vrRmSbyt5DZjoNReLgibawwBKjJrgMGWmf0wVjkqYLA", "credential_device_type": "multi_device",
            "credential_backed_up": true, "relying_party_identifier": "login.example.com",
            "created_at": "2026-01-02T03:04:05.600Z", "user_agent": "Mozilla/5.0",
        },
    ]);
    let imported = Imported::of(Some("auth0"), &text.to_string()).whole();
    let credential = imported.only("6ad0");
    assert_eq!(credential.rp_id.as_str(), "login.example.com");
    assert_eq!(
        (credential.backup_eligible, handle(&credential).unwrap().len()),
        (Some(true), 32)
    );
    assert_eq!(imported.unknown(), ["user_agent"]);
}

/// After the published migrations of Hanko; no product wrote it.
#[test]
fn hanko() {
    let text = json!({
        "id": "E1LoPm0G-JqaRPwe98JKfA", "user_id": "01a22edf-62b9-785f-a2f2-3fbf3f28dade",
        "public_key": "pQECAyYgASFYINCuyGljqiBpr1ymxQGB1zdT2w_LisFFj-55NRW7cA5bIlgg8SLu9MaUR9wzKxBgkohgfPFcQtgVZ7Y1Pddb-hXrC9o",
        "attestation_type": "none", "aaguid": "00000000-0000-0000-0000-000000000000", "sign_count": 3,
        "created_at": "2026-01-02T03:04:05.6", "updated_at": "2026-01-02T03:04:05.6", "last_used_at": null,
        "name": null, "backup_eligible": true, "backup_state": false,
    });
    let imported = Imported::of(Some("hanko"), &text.to_string()).whole();
    let credential = imported.only("01a22edf-62b9-785f-a2f2-3fbf3f28dade");
    assert_eq!((credential.sign_count, handle(&credential)), (3, None));
}

/// As applications with py_webauthn keep what it returns.
#[test]
fn py_webauthn() {
    let text = json!({
        "credential_id": "E1LoPm0G-JqaRPwe98JKfA", "user_id": 17,
        "credential_public_key": "a5010203262001215820d0aec86963aa2069af5ca6c50181d73753db0fcb8ac1458fee793515bb700e5b225820f122eef4c69447dc332b10609288607cf15c42d81567b6353dd75bfa15eb0bda",
        "sign_count": 0, "aaguid": "00000000-0000-0000-0000-000000000000", "fmt": "none", "credential_type": "public-key",
        "user_verified": true, "credential_device_type": "single_device", "credential_backed_up": false,
    });
    let imported = Imported::of(Some("py-webauthn"), &text.to_string()).whole();
    let credential = imported.only("17");
    assert_eq!(
        (credential.backup_eligible, credential.public_key.len()),
        (Some(false), 77)
    );
}

#[test]
fn a_table_is_read_like_objects_and_so_are_objects_over_many_lines() {
    let key = "pQECAyYgASFYINCuyGljqiBpr1ymxQGB1zdT2w/LisFFj+55NRW7cA5bIlgg8SLu9MaUR9wzKxBgkohgfPFcQtgVZ7Y1Pddb+hXrC9o=";
    let broken = format!("{}\n{}", &key[..76], &key[76..]);
    let csv = format!(
        "\u{feff}credential_id,user_id,public_key,sign_count,transports,backed_up,name\r\n\
         E1LoPm0G-JqaRPwe98JKfA,alice,\"{broken}\",7.0,\"usb,nfc\",t,\"My \"\"key\"\"\"\r\n"
    );
    let object = json!({
        "credentialId": "E1LoPm0G-JqaRPwe98JKfA", "userId": "alice", "public-key": broken, "SignCount": "7",
        "transports": ["usb", "nfc"], "BackedUp": 1, "Name": "My \"key\"",
    });
    let pretty = format!("\u{feff}{}\n", serde_json::to_string_pretty(&object).unwrap());
    let tabs = csv.replace("usb,nfc", "usb nfc").replace(',', "\t");
    for text in [csv.as_str(), &tabs, &pretty, &object.to_string()] {
        let credential = Imported::of(None, text).whole().only("alice");
        assert_eq!(
            (credential.sign_count, names(&credential)),
            (7, vec!["usb", "nfc"]),
            "{text}"
        );
        assert_eq!(
            (credential.nickname.as_deref(), credential.backup_state),
            (Some("My \"key\""), Some(true))
        );
    }
    let cut = csv.trim_end().trim_end_matches('"');
    let world = World::sqlite();
    let outcome = world.passgate.import(
        &world.app,
        source(None, cut, defaults()),
        ImportMode::SkipProblems,
        &mut |_| {},
        world.env(),
    );
    outcome.unwrap_err();
}

#[test]
fn all_flaws_of_all_rows_are_told_and_members_that_nobody_understands() {
    let text = json!([
        {"id": "!", "publicKey": "!", "userId": " ", "counter": -1, "aaguid": "x", "backedUp": 7, "createdAt": "soon"},
        {"id": "AQID", "userId": "bob", "colour": "red", "flavour": 1},
        {"id": "AQIDBA", "userId": "bob", "colour": "red"},
    ]);
    let imported = Imported::of(None, &text.to_string());
    let problems = imported.problems();
    for member in [
        "`id`",
        "`publicKey`",
        "`userId`",
        "`counter`",
        "`aaguid`",
        "`backedUp`",
        "`createdAt`",
    ] {
        assert!(problems[0].contains(member), "{member} in {}", problems[0]);
    }
    assert!(problems[0].contains("found -1"), "{}", problems[0]);
    assert_eq!(problems.len(), 3);
    let unknown = Note::UnknownMembers(vec![("colour".to_owned(), 2), ("flavour".to_owned(), 1)]);
    assert!(imported.notes.contains(&unknown), "{:?}", imported.notes);
}

#[test]
fn what_was_encoded_twice_is_refused() {
    let row: Value = serde_json::from_str(row!("51-simplewebauthn-json-array.jsonl")).unwrap();
    let twice = |text: &str| {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.encode(URL_SAFE_NO_PAD.encode(text))
    };
    let mut id = row.clone();
    id["credentialID"] = twice("0123456789abcdef").into();
    let mut user_handle = row.clone();
    user_handle["userId"] = "a-user-with-a-long-name".into();
    user_handle["webauthnUserID"] = twice("a-user-with-a-long-name").into();
    for (row, member) in [(id, "credentialID"), (user_handle, "webauthnUserID")] {
        let problems = Imported::of(None, &row.to_string()).problems();
        assert!(
            problems[0].contains(member) && problems[0].contains("encoded twice"),
            "{problems:?}"
        );
    }
}

#[test]
fn nicknames_are_as_long_as_they_may_be_and_never_empty() {
    let mut row: Value = serde_json::from_str(row!("51-simplewebauthn-json-array.jsonl")).unwrap();
    row["name"] = "ä".repeat(65).into();
    let imported = Imported::of(None, &row.to_string()).whole();
    assert_eq!(imported.only("user-1").nickname, Some("ä".repeat(64)));
    assert!(imported.notes.contains(&Note::NicknamesCut { records: 1 }));
    row["name"] = "  ".into();
    assert_eq!(
        Imported::of(None, &row.to_string())
            .whole()
            .only("user-1")
            .nickname,
        None
    );
}

#[test]
fn aliases_come_over_where_asked_and_only_as_digests() {
    let row: Value = serde_json::from_str(row!("51-simplewebauthn-json-array.jsonl")).unwrap();
    let mut row = row;
    row["email"] = "alice@example.com".into();
    row["user_name"] = "alice".into();
    let world = World::sqlite();
    let text = format!("{row}\n{row}\n");
    let source =
        source(None, &text, defaults()).with_aliases(vec!["email".to_owned(), "userName".to_owned()]);
    let report = world
        .passgate
        .import(&world.app, source, ImportMode::Whole, &mut |_| {}, world.env())
        .unwrap();
    assert_eq!(report.added(), 3, "{report:?}");
    let stored = world
        .passgate
        .store()
        .read(|tx| passgate_store::aliases::list_by_user(tx, &world.app, &user("user-1")))
        .unwrap();
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|alias| alias.plaintext.is_none()));
    for alias in ["alice@example.com", "alice"] {
        let begun = world.begin_sign_in(passgate::sign_in::SignInBeginInput {
            alias: Some(alias.to_owned()),
            ..crate::world::discoverable()
        });
        let offered = crate::world::json(&begun.data)["allowCredentials"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(offered, 1, "{alias}");
    }
}
