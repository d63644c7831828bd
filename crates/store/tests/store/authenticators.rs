use passgate_store::{
    authenticators::{self, AuthenticatorList, ListedAuthenticator},
    snapshot,
};
use passgate_webauthn::Aaguid;

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, read, write};

const ONE: Aaguid = Aaguid::new([1; 16]);
const TWO: Aaguid = Aaguid::new([2; 16]);

#[test]
fn a_model_is_on_one_list_and_adding_it_to_the_other_moves_it() {
    with_store(|store| {
        let upsert = |aaguids: &[Aaguid], list, at| {
            write(store, |tx| authenticators::upsert(tx, &demo(), aaguids, list, at))
        };
        upsert(&[ONE, TWO], AuthenticatorList::Allowed, NOW);
        upsert(&[TWO], AuthenticatorList::Blocked, NOW.plus(SECOND));
        let list = |list| read(store, |tx| authenticators::list(tx, &demo(), list));
        assert_eq!(
            list(AuthenticatorList::Allowed),
            [ListedAuthenticator {
                aaguid: ONE,
                created_at: NOW
            }]
        );
        assert_eq!(
            list(AuthenticatorList::Blocked),
            [ListedAuthenticator {
                aaguid: TWO,
                created_at: NOW
            }]
        );
        assert_eq!(
            read(store, |tx| authenticators::sets(tx, &demo())),
            ([ONE].into(), [TWO].into())
        );
        assert!(
            read(store, |tx| snapshot::load(tx, &demo()))
                .unwrap()
                .has_authenticator_lists
        );
        assert!(
            !read(store, |tx| snapshot::load(tx, &app("other")))
                .unwrap()
                .has_authenticator_lists
        );
    });
}

#[test]
fn removing_ignores_what_is_not_listed() {
    with_store(|store| {
        write(store, |tx| {
            authenticators::upsert(tx, &demo(), &[ONE], AuthenticatorList::Allowed, NOW)
        });
        assert_eq!(
            write(store, |tx| authenticators::remove(tx, &app("other"), &[ONE])),
            0
        );
        assert_eq!(
            write(store, |tx| authenticators::remove(tx, &demo(), &[TWO, ONE])),
            1
        );
        assert_eq!(
            read(store, |tx| authenticators::sets(tx, &demo())),
            Default::default()
        );
    });
}
