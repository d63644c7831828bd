//! Every column is written from its member and read into it: each value differs from that of every other column of its
//! type, and of the switches one at a time is on.

use passgate_core::{
    alias::StoredAlias,
    application::Features,
    credential::Credential,
    event::{Event, EventKind, Severity},
};
use passgate_store::{
    aliases, applications, credentials,
    events::{self, EventFilter},
};

use super::with_store;
use crate::fixture::{NOW, SECOND, alias, application, credential, demo, event, read, user, write};

#[test]
fn each_column_of_a_credential_keeps_its_own_value() {
    type Switch = fn(&mut Credential);
    let switches: [Switch; 7] = [
        |it| it.backup_state = Some(true),
        |it| it.backup_state = None,
        |it| it.backup_eligible = Some(true),
        |it| it.backup_eligible = None,
        |it| it.discoverable = Some(true),
        |it| it.discoverable = None,
        |it| it.uv_initialized = true,
    ];
    with_store(|store| {
        for (number, switch) in (10..).zip(switches) {
            let mut stored = Credential {
                user_handle: passgate_webauthn::UserHandle::new(b"handle".to_vec()).ok(),
                public_key: b"key".to_vec(),
                attestation_format: "packed".to_owned(),
                created_at: NOW,
                last_used_at: NOW.plus(SECOND),
                suspended_at: Some(NOW.plus(SECOND * 2)),
                country: "a country".to_owned(),
                device: "a device".to_owned(),
                nickname: Some("a nickname".to_owned()),
                backup_state: Some(false),
                backup_eligible: Some(false),
                discoverable: Some(false),
                uv_initialized: false,
                ..credential(number, "ann")
            };
            switch(&mut stored);
            store
                .write(|tx| credentials::insert(tx, &demo(), &stored))
                .unwrap();
            let found = read(store, |tx| credentials::find(tx, &demo(), &stored.id));
            assert_eq!(found, Some(stored));
        }
    });
}

#[test]
fn each_switch_of_an_application_is_a_column_of_its_own() {
    type Switch = fn(&mut Features);
    let switches: [Switch; 9] = [
        |it| it.event_logging = true,
        |it| it.allow_attestation = true,
        |it| it.generate_sign_in_token = true,
        |it| it.magic_links = true,
        |it| it.magic_link_landing_page = true,
        |it| it.single_use_sign_in_tokens = true,
        |it| it.single_use_magic_links = true,
        |it| it.decoy_credentials = true,
        |it| it.bind_named_sign_ins = true,
    ];
    let off = Features {
        event_logging: false,
        allow_attestation: false,
        generate_sign_in_token: false,
        magic_links: false,
        magic_link_landing_page: false,
        single_use_sign_in_tokens: false,
        single_use_magic_links: false,
        decoy_credentials: false,
        bind_named_sign_ins: false,
        record_failed_ceremonies: true,
        event_retention_days: 11,
        max_users: Some(12),
        magic_link_monthly_quota: 13,
        ..Features::default()
    };
    with_store(|store| {
        for (number, switch) in switches.into_iter().enumerate() {
            let mut stored = application(&format!("app{number}"));
            stored.features = off.clone();
            switch(&mut stored.features);
            store.write(|tx| applications::insert(tx, &stored)).unwrap();
            let found = || {
                read(store, |tx| applications::find(tx, &stored.id))
                    .unwrap()
                    .features
            };
            assert_eq!(found(), stored.features);

            write(store, |tx| applications::update_features(tx, &stored.id, &off));
            assert_eq!(found(), off);
            write(store, |tx| {
                applications::update_features(tx, &stored.id, &stored.features)
            });
            assert_eq!(found(), stored.features);
        }
    });
}

#[test]
fn each_column_of_an_event_and_of_an_alias_keeps_its_own_value() {
    with_store(|store| {
        let stored = Event {
            kind: EventKind::SignInFailed,
            severity: Severity::Error,
            message: "message".to_owned(),
            performed_by: "performer".to_owned(),
            subject: "subject".to_owned(),
            api_key_id: "key".to_owned(),
            reason: Some("reason".to_owned()),
            ip: Some("ip".to_owned()),
            user_agent: Some("agent".to_owned()),
            ..event(1)
        };
        write(store, |tx| events::record(tx, &demo(), &stored));
        let all = EventFilter::default();
        let found = read(store, |tx| events::list_after(tx, &demo(), None, 10, &all));
        assert_eq!(found, [stored]);

        let stored = StoredAlias {
            plaintext: Some("in clear".to_owned()),
            is_sign_in_name: true,
            ..alias(1, "ann")
        };
        store.write(|tx| aliases::insert(tx, &demo(), &stored)).unwrap();
        assert_eq!(
            read(store, |tx| aliases::list_by_user(tx, &demo(), &user("ann"))),
            [stored]
        );
    });
}
