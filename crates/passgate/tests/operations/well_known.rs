//! What applications publish.

use passgate::AppNotFound;
use passgate::Stopped;
use passgate::well_known::WellKnownDocumentError;
use passgate_core::{
    application::AppId,
    event::EventKind,
    well_known::{
        AndroidApp, AppleAppId, CertificateFingerprint, Document, PackageName, PageUrl, PasskeyEndpoints,
        WellKnown,
    },
};
use passgate_webauthn::Origin;
use serde_json::json;

use crate::world::World;

/// Something of everything.
pub fn published() -> WellKnown {
    WellKnown {
        passkey_endpoints: Some(PasskeyEndpoints {
            enroll: Some(PageUrl::parse("https://example.com/passkeys/new").unwrap()),
            manage: None,
            prf_usage_details: Some(PageUrl::parse("https://example.com/prf").unwrap()),
        }),
        apple_apps: vec![AppleAppId::parse("ABCDE12345.com.example.app").unwrap()],
        android_apps: vec![AndroidApp {
            package_name: PackageName::parse("com.example.app").unwrap(),
            fingerprints: vec![CertificateFingerprint::parse(&"00".repeat(32)).unwrap()],
        }],
    }
}

#[test]
fn what_is_said_is_published_and_on_record() {
    World::on_each(|world| {
        let publish = |document| world.passgate.publish_well_known(&world.app, document);
        for document in [
            Document::RelatedOrigins,
            Document::PasskeyEndpoints,
            Document::AppleAppSiteAssociation,
            Document::AssetLinks,
        ] {
            let error = publish(document).unwrap_err();
            assert!(
                matches!(error, Stopped::Refused(WellKnownDocumentError::NotPublished { document: named }) if named == document),
                "{error:?}"
            );
        }
        world
            .passgate
            .replace_well_known(&world.app, &published(), world.env())
            .unwrap();
        assert_eq!(world.events().last().unwrap().kind, EventKind::WellKnownChanged);
        let native = CertificateFingerprint::parse(&"00".repeat(32)).unwrap().origin();
        let site = Origin::parse("https://example.de").unwrap();
        world.set_features(|features| features.allowed_origins = vec![native.clone(), site.clone()]);

        let found = world.passgate.find_well_known(&world.app).unwrap();
        assert_eq!(
            (found.related_origins, found.well_known),
            (vec![site], published())
        );
        let origins = serde_json::to_value(publish(Document::RelatedOrigins).unwrap()).unwrap();
        assert_eq!(origins, json!({ "origins": ["https://example.de"] }));
        for document in [
            Document::PasskeyEndpoints,
            Document::AppleAppSiteAssociation,
            Document::AssetLinks,
        ] {
            assert_eq!(
                Some(publish(document).unwrap()),
                document.publish(&[], &published())
            );
        }

        world
            .passgate
            .replace_well_known(&world.app, &WellKnown::default(), world.env())
            .unwrap();
        assert!(publish(Document::AssetLinks).is_err());
    });
}

#[test]
fn an_unknown_application_publishes_nothing() {
    let world = World::sqlite();
    let nobody = AppId::parse("nobody").unwrap();
    assert!(matches!(
        world.passgate.publish_well_known(&nobody, Document::AssetLinks),
        Err(Stopped::Refused(WellKnownDocumentError::AppNotFound(AppNotFound)))
    ));
    assert!(matches!(
        world.passgate.find_well_known(&nobody),
        Err(Stopped::Refused(AppNotFound))
    ));
    assert!(matches!(
        world
            .passgate
            .replace_well_known(&nobody, &published(), world.env()),
        Err(Stopped::Refused(AppNotFound))
    ));
}
