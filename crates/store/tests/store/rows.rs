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
use crate::fixture::{
    NOW, SECOND, alias, application, credential, demo, event, read, user, with_all_switches, write,
};

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

/// Each switch that there is, on alone.
fn switched_on_one_at_a_time(off: &Features) -> Vec<Features> {
    let written = serde_json::to_value(off).unwrap();
    let switches = written
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| value.is_boolean());
    switches
        .map(|(name, _)| {
            let mut written = written.clone();
            written[name] = true.into();
            serde_json::from_value(written).unwrap()
        })
        .collect()
}

#[test]
fn each_switch_of_an_application_is_a_column_of_its_own() {
    let off = with_all_switches(
        &Features {
            event_retention_days: 11,
            max_users: Some(12),
            magic_link_monthly_quota: 13,
            ..Features::default()
        },
        |_| false,
    );
    let switched = switched_on_one_at_a_time(&off);
    assert!(switched.len() > 9);
    with_store(|store| {
        for (number, features) in switched.iter().enumerate() {
            let mut stored = application(&format!("app{number}"));
            stored.features = features.clone();
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
