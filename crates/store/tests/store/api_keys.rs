use passgate_core::{
    api_key::{
        ApiKey, ApiKeyId, ApiKeyMaterial, KeyLock, PublicApiKey, Scope, SecretApiKey, SecretApiKeyDigest,
    },
    application::AppId,
};
use passgate_store::{InsertError, api_keys};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, read, write};

fn public(app: &AppId, number: u8) -> ApiKey {
    ApiKey::public(
        PublicApiKey::generate(app, [number; 16]),
        &[Scope::Register, Scope::Login].into(),
        NOW,
    )
}

fn secret(app: &AppId, number: u8) -> ApiKey {
    ApiKey::secret(
        &SecretApiKey::generate(app, [number; 16]),
        &[Scope::TokenVerify].into(),
        NOW.plus(SECOND),
    )
}

#[test]
fn keys_read_back_as_they_were_stored() {
    with_store(|store| {
        let mut imported = secret(&demo(), 3);
        imported.material = ApiKeyMaterial::Secret(SecretApiKeyDigest::Pbkdf2 {
            salt: [1; 16],
            hash: [2; 16],
        });
        imported.scopes = Vec::new();
        imported.lock = Some(KeyLock::Application);
        imported.last_locked_at = Some(NOW);
        imported.last_unlocked_at = Some(NOW.plus(SECOND));
        imported.created_at = NOW.plus(SECOND * 2);
        let keys = [public(&demo(), 1), secret(&demo(), 2), imported];
        for key in &keys {
            store.write(|tx| api_keys::insert(tx, &demo(), key)).unwrap();
        }
        assert_eq!(read(store, |tx| api_keys::list(tx, &demo())), keys);
        assert_eq!(
            read(store, |tx| api_keys::find(tx, &demo(), &keys[1].id)).as_ref(),
            Some(&keys[1])
        );
        assert_eq!(
            read(store, |tx| api_keys::find(tx, &app("other"), &keys[1].id)),
            None
        );
        assert_eq!(read(store, |tx| api_keys::list(tx, &app("other"))), []);
    });
}

#[test]
fn a_second_key_of_one_id_is_a_duplicate_within_its_application() {
    with_store(|store| {
        store
            .write(|tx| api_keys::insert(tx, &demo(), &public(&demo(), 1)))
            .unwrap();
        let mut colliding = secret(&demo(), 2);
        colliding.id = public(&demo(), 1).id;
        let result = store.write(|tx| api_keys::insert(tx, &demo(), &colliding));
        assert!(matches!(result, Err(InsertError::Duplicate)));
        let other = app("other");
        store
            .write(|tx| api_keys::insert(tx, &other, &public(&other, 1)))
            .unwrap();
    });
}

#[test]
fn a_duplicate_leaves_the_transaction_usable() {
    with_store(|store| {
        store
            .write(|tx| api_keys::insert(tx, &demo(), &public(&demo(), 1)))
            .unwrap();
        store
            .write(|tx| {
                assert!(matches!(
                    api_keys::insert(tx, &demo(), &public(&demo(), 1)),
                    Err(InsertError::Duplicate)
                ));
                api_keys::insert(tx, &demo(), &public(&demo(), 2))
            })
            .unwrap();
        assert_eq!(read(store, |tx| api_keys::list(tx, &demo())).len(), 2);
    });
}

#[test]
fn an_unfreeze_unlocks_only_what_the_freeze_locked() {
    with_store(|store| {
        let keys = [public(&demo(), 1), secret(&demo(), 2)];
        for key in &keys {
            store.write(|tx| api_keys::insert(tx, &demo(), key)).unwrap();
        }
        let later = NOW.plus(SECOND * 9);
        assert!(write(store, |tx| api_keys::set_lock(
            tx,
            &demo(),
            &keys[0].id,
            KeyLock::Key,
            NOW
        )));
        assert_eq!(write(store, |tx| api_keys::lock_all(tx, &demo(), later)), 1);
        let locks = |store| {
            read(store, |tx| api_keys::list(tx, &demo()))
                .into_iter()
                .map(|key| key.lock)
        };
        assert!(locks(store).eq([Some(KeyLock::Key), Some(KeyLock::Application)]));
        assert_eq!(write(store, |tx| api_keys::unlock_all(tx, &demo(), later)), 1);
        assert!(locks(store).eq([Some(KeyLock::Key), None]));
        assert!(write(store, |tx| api_keys::unlock(
            tx,
            &demo(),
            &keys[0].id,
            later
        )));
        let unlocked = read(store, |tx| api_keys::find(tx, &demo(), &keys[0].id)).unwrap();
        assert_eq!(
            (unlocked.lock, unlocked.last_locked_at, unlocked.last_unlocked_at),
            (None, Some(NOW), Some(later))
        );
    });
}

#[test]
fn changes_to_an_unknown_key_say_so() {
    with_store(|store| {
        store
            .write(|tx| api_keys::insert(tx, &app("other"), &public(&app("other"), 1)))
            .unwrap();
        let id = &public(&app("other"), 1).id;
        assert!(!write(store, |tx| api_keys::set_lock(
            tx,
            &demo(),
            id,
            KeyLock::Key,
            NOW
        )));
        assert!(!write(store, |tx| api_keys::unlock(tx, &demo(), id, NOW)));
        assert!(!write(store, |tx| api_keys::delete(tx, &demo(), id)));
        assert_eq!(read(store, |tx| api_keys::list(tx, &app("other"))).len(), 1);
    });
}

#[test]
fn the_digest_of_a_secret_key_is_upgraded_and_a_public_key_is_not_touched() {
    with_store(|store| {
        let keys = [public(&demo(), 1), secret(&demo(), 2)];
        for key in &keys {
            store.write(|tx| api_keys::insert(tx, &demo(), key)).unwrap();
        }
        let digest = SecretApiKeyDigest::Sha256([9; 32]);
        let upgrade = |id: &ApiKeyId| write(store, |tx| api_keys::upgrade_digest(tx, &demo(), id, &digest));
        assert!(upgrade(&keys[1].id));
        assert!(!upgrade(&keys[0].id));
        let stored = read(store, |tx| api_keys::list(tx, &demo()));
        assert_eq!(stored[0], keys[0]);
        assert_eq!(stored[1].material, ApiKeyMaterial::Secret(digest.clone()));
    });
}

#[test]
fn a_deleted_key_is_gone() {
    with_store(|store| {
        let key = public(&demo(), 1);
        store.write(|tx| api_keys::insert(tx, &demo(), &key)).unwrap();
        assert!(write(store, |tx| api_keys::delete(tx, &demo(), &key.id)));
        assert_eq!(read(store, |tx| api_keys::find(tx, &demo(), &key.id)), None);
    });
}
