use passgate_core::well_known::{
    AndroidApp, AppleAppId, CertificateFingerprint, PackageName, PageUrl, PasskeyEndpoints, WellKnown,
};
use passgate_store::{applications, well_known};

use super::with_store;
use crate::fixture::{app, demo, read, write};

fn published() -> WellKnown {
    WellKnown {
        passkey_endpoints: Some(PasskeyEndpoints {
            enroll: None,
            manage: Some(PageUrl::parse("https://example.com/a?b=\u{fc}").unwrap()),
            prf_usage_details: None,
        }),
        apple_apps: vec![AppleAppId::parse("ABCDE12345.com.example.app").unwrap()],
        android_apps: vec![AndroidApp {
            package_name: PackageName::parse("com.example.app").unwrap(),
            fingerprints: vec![CertificateFingerprint::parse(&"a0".repeat(32)).unwrap()],
        }],
    }
}

#[test]
fn what_is_published_is_kept_as_it_is_and_replaced_as_a_whole() {
    with_store(|store| {
        let find = |id| read(store, |tx| well_known::find(tx, &app(id)));
        assert_eq!(find("demo"), None);
        write(store, |tx| well_known::replace(tx, &demo(), &published()));
        assert_eq!(find("demo"), Some(published()));
        assert_eq!(find("other"), None);
        for less in [
            WellKnown {
                passkey_endpoints: Some(PasskeyEndpoints::default()),
                ..WellKnown::default()
            },
            WellKnown::default(),
        ] {
            write(store, |tx| well_known::replace(tx, &demo(), &less));
            assert_eq!(find("demo"), Some(less));
        }
    });
}

#[test]
fn it_goes_with_its_application() {
    with_store(|store| {
        write(store, |tx| well_known::replace(tx, &demo(), &published()));
        write(store, |tx| applications::delete(tx, &demo()));
        assert_eq!(read(store, |tx| well_known::find(tx, &demo())), None);
        let orphan = store.write(|tx| well_known::replace(tx, &demo(), &published()));
        assert!(orphan.is_err(), "there is no application");
    });
}
