//! Records that moved in without a user handle.

use std::io::{BufReader, Cursor};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passgate::{
    Stopped,
    sign_in::{SignInBeginInput, SignInCompleteError},
    signals::AcceptedCredentials,
    transfer::{ImportMode, JsonSource, JsonWriter, Note, PasskeyDefaults},
};
use passgate_store::credentials;
use passgate_testkit::{Alteration, SoftAuthenticator};
use passgate_webauthn::{AssertionError, CredentialId, RegistrationResponse, RpId, UserHandle};
use serde_json::{Value, json};

use crate::world::{ORIGIN, World, discoverable, json as options, user};

/// Registers at the place before: a passkey under a handle that it made up, and the row that it keeps.
fn register_elsewhere(device: &mut SoftAuthenticator, user_id: &str, handle: &[u8]) -> Value {
    let asked = json!({
        "rp": {"id": "example.com", "name": "Example"},
        "user": {"id": URL_SAFE_NO_PAD.encode(handle), "name": "alice", "displayName": "Alice"},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "preferred"},
    });
    let made = device.register(ORIGIN, &asked).unwrap();
    let response = RegistrationResponse::from_parts(made.parts()).unwrap();
    let public_key = public_key(&response);
    json!({
        "credentialID": response.credential_id().to_base64url(),
        "publicKey": URL_SAFE_NO_PAD.encode(public_key),
        "userId": user_id,
    })
}

/// The COSE key at the end of the authenticator data.
fn public_key(response: &RegistrationResponse) -> Vec<u8> {
    let id = response.credential_id().as_bytes();
    let data = response.attestation_object();
    let at = data.windows(id.len()).position(|window| window == id).unwrap() + id.len();
    data[at..].to_vec()
}

fn import(world: &World, rows: &[Value]) -> Vec<Note> {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let defaults = PasskeyDefaults {
        rp_id: RpId::parse("example.com").ok(),
        origin: None,
        created_at: world.now(),
        user_handle: None,
        hex: false,
    };
    let source = JsonSource::open(Box::new(BufReader::new(Cursor::new(text))), defaults).unwrap();
    let report = world
        .passgate
        .import(&world.app, source, ImportMode::Whole, &mut |_| {}, world.env())
        .unwrap();
    assert_eq!(report.added(), rows.len() as u64);
    report.notes
}

fn stored_handle(world: &World, row: &Value) -> Option<Vec<u8>> {
    let id = CredentialId::from_base64url(row["credentialID"].as_str().unwrap()).unwrap();
    let found = world
        .passgate
        .store()
        .read(|tx| credentials::find(tx, &world.app, &id))
        .unwrap();
    found.unwrap().user_handle.map(UserHandle::into_bytes)
}

fn is_wrong_user<T: std::fmt::Debug>(outcome: Result<T, Stopped<SignInCompleteError>>) -> bool {
    match outcome {
        Err(Stopped::Refused(SignInCompleteError::Verification(error))) => error == AssertionError::WrongUser,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_sign_in_tells_the_handle_and_the_next_has_to_bring_it() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let row = register_elsewhere(&mut device, "alice", b"made up over there");
        let notes = import(&world, std::slice::from_ref(&row));
        assert!(
            notes.contains(&Note::HandlesToLearn { credentials: 1 }),
            "{notes:?}"
        );
        assert_eq!(stored_handle(&world, &row), None);

        // What does not verify teaches nothing.
        world
            .try_sign_in(&mut device, &[Alteration::CorruptSignature])
            .unwrap_err();
        assert_eq!(stored_handle(&world, &row), None);
        // Neither does a sign-in that brings none.
        let by_id = SignInBeginInput {
            user_id: Some("alice".to_owned()),
            ..discoverable()
        };
        let begun = world.begin_sign_in(by_id);
        let answer = device
            .authenticate_altered(ORIGIN, &options(&begun.data), &[Alteration::UserHandle(None)])
            .unwrap();
        let signed_in = world.complete_sign_in(&begun.session, &answer).unwrap();
        assert_eq!(signed_in.claims.user_id, user("alice"));
        assert_eq!(stored_handle(&world, &row), None);

        assert_eq!(world.sign_in(&mut device).claims.user_id, user("alice"));
        assert_eq!(stored_handle(&world, &row).unwrap(), b"made up over there");
        let other = [Alteration::UserHandle(Some(b"alice".to_vec()))];
        assert!(is_wrong_user(world.try_sign_in(&mut device, &other)));
        world.sign_in(&mut device);
    });
}

#[test]
fn of_two_first_sign_ins_under_different_handles_one_holds() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        let row = register_elsewhere(&mut device, "alice", b"made up over there");
        import(&world, std::slice::from_ref(&row));
        // Both begin, and are answered, before either is completed.
        let answers: Vec<_> = [None, Some(b"somebody else".to_vec())]
            .into_iter()
            .map(|handle| {
                let begun = world.begin_sign_in(discoverable());
                let altered: Vec<_> = handle
                    .map(|it| Alteration::UserHandle(Some(it)))
                    .into_iter()
                    .collect();
                let answer = device
                    .authenticate_altered(ORIGIN, &options(&begun.data), &altered)
                    .unwrap();
                (begun.session, answer)
            })
            .collect();
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let started: Vec<_> = answers
                .iter()
                .map(|(session, answer)| scope.spawn(|| world.complete_sign_in(session, answer)))
                .collect();
            started.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let won: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{outcomes:?}");
        let kept: &[u8] = if won[0] {
            b"made up over there"
        } else {
            b"somebody else"
        };
        assert_eq!(stored_handle(&world, &row).unwrap(), kept);
        assert!(
            outcomes
                .into_iter()
                .any(|outcome| outcome.is_err() && is_wrong_user(outcome))
        );
    });
}

#[test]
fn passkeys_of_one_user_keep_a_handle_each_and_signals_name_them_all() {
    World::on_each(|world| {
        let mut devices = [
            SoftAuthenticator::new(),
            SoftAuthenticator::new(),
            SoftAuthenticator::new(),
        ];
        let handles: [&[u8]; 3] = [b"first", b"second", b"third"];
        let rows: Vec<_> = devices
            .iter_mut()
            .zip(handles)
            .map(|(device, handle)| register_elsewhere(device, "alice", handle))
            .collect();
        import(&world, &rows);
        let told = || -> AcceptedCredentials {
            world
                .passgate
                .accepted_credentials(&world.backend(), &user("alice"))
                .unwrap()
        };
        let handles_told = || -> Vec<Vec<u8>> {
            let AcceptedCredentials { handles, .. } = told();
            let all = std::iter::once(handles.first).chain(handles.others);
            let mut all: Vec<_> = all.map(UserHandle::into_bytes).collect();
            all.sort();
            all
        };
        // Nobody knows a handle yet, so authenticators are told about the id only; no credential is left out.
        assert_eq!(handles_told(), [b"alice".to_vec()]);
        assert_eq!(told().credential_ids.len(), 3);
        for device in devices.iter_mut().take(2) {
            world.sign_in(device);
        }
        assert_eq!(
            handles_told(),
            [b"alice".to_vec(), b"first".to_vec(), b"second".to_vec()]
        );
        assert_eq!(told().credential_ids.len(), 3);
        assert_eq!(stored_handle(&world, &rows[2]), None);

        // The way out and in again keeps both kinds.
        let mut exported = Vec::new();
        let mut writer = JsonWriter::begin(&mut exported, &world.app, world.now()).unwrap();
        world
            .passgate
            .export(&world.app, &mut |item| writer.write(&item))
            .unwrap();
        writer.end().unwrap();
        let exported = String::from_utf8(exported).unwrap();
        let handles: Vec<Value> = exported
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["record"] == "credential")
            .map(|line| line["user_handle"].clone())
            .collect();
        assert_eq!(
            handles.iter().filter(|handle| handle.is_null()).count(),
            1,
            "{handles:?}"
        );
    });
}

#[test]
fn a_record_without_a_handle_is_not_told_from_a_decoy() {
    let world = World::sqlite();
    let mut device = SoftAuthenticator::new();
    let row = register_elsewhere(&mut device, "alice", b"made up over there");
    import(&world, std::slice::from_ref(&row));
    world.set_features(|features| features.decoy_credentials = true);
    // Whoever asks holds a passkey of their own, and answers with the id that was offered.
    let mut own = SoftAuthenticator::new();
    world.register("mallory", &mut own);
    let mut refusal = |who: &str, handle: &[u8]| {
        let by_id = SignInBeginInput {
            user_id: Some(who.to_owned()),
            ..discoverable()
        };
        let begun = world.begin_sign_in(by_id);
        let mut asked = options(&begun.data);
        let offered: CredentialId =
            serde_json::from_value(asked["allowCredentials"][0]["id"].take()).unwrap();
        asked["allowCredentials"] = json!([]);
        let forged = [
            Alteration::RawId(offered.into_bytes()),
            Alteration::UserHandle(Some(handle.to_vec())),
            // The length of an invented id says whether it may be backed up; this one's is not the point here.
            Alteration::BackupEligible(who == "alice"),
            Alteration::BackupState(false),
        ];
        let answer = own.authenticate_altered(ORIGIN, &asked, &forged).unwrap();
        match world.complete_sign_in(&begun.session, &answer) {
            Err(Stopped::Refused(SignInCompleteError::Verification(error))) => error,
            other => panic!("{other:?}"),
        }
    };
    for handle in [&b"anything"[..], b"alice", b"nobody"] {
        assert_eq!(refusal("alice", handle), AssertionError::SignatureInvalid);
        let told = refusal("nobody", handle);
        assert!(
            matches!(
                told,
                AssertionError::SignatureInvalid | AssertionError::BackupEligibilityChanged { .. }
            ),
            "{told:?}"
        );
    }
}
