//! The keys that everybody knows.

use passgate::{
    applications::CreateAppInput,
    authentication::Presented,
    development::{APP, DevelopmentKeys, PUBLIC_KEY, SECRET_KEY},
};
use passgate_core::{api_key::ApiKeyKind, application::AppId};

use crate::world::World;

fn count_open(world: &World) -> usize {
    let shown = |key| Presented {
        key: Some(key),
        other: None,
        client: None,
    };
    let public = world
        .passgate
        .authenticate(ApiKeyKind::Public, shown(PUBLIC_KEY), world.env());
    let secret = world
        .passgate
        .authenticate(ApiKeyKind::Secret, shown(SECRET_KEY), world.env());
    usize::from(public.is_ok()) + usize::from(secret.is_ok())
}

#[test]
fn the_published_keys_are_opened_and_locked_as_often_as_asked() {
    World::on_each(|world| {
        assert_eq!(count_open(&world), 0);
        assert!(!world.passgate.lock_development_keys(world.env()).unwrap());
        for _ in 0..2 {
            for _ in 0..2 {
                let found = world.passgate.open_development_keys(world.env()).unwrap();
                assert_eq!((found, count_open(&world)), (DevelopmentKeys::Open, 2));
            }
            assert!(world.passgate.lock_development_keys(world.env()).unwrap());
            assert_eq!(count_open(&world), 0);
            assert!(!world.passgate.lock_development_keys(world.env()).unwrap());
        }
    });
}

#[test]
fn somebody_elses_application_of_that_name_is_left_alone() {
    World::on_each(|world| {
        let input = CreateAppInput {
            app: AppId::parse(APP).unwrap(),
            admin_email: String::new(),
            event_logging: false,
            event_retention_days: 30,
            magic_link_monthly_quota: 0,
            max_users: None,
            allow_attestation: false,
        };
        world.passgate.create_app(input, world.env()).unwrap();
        let found = world.passgate.open_development_keys(world.env()).unwrap();
        assert_eq!((found, count_open(&world)), (DevelopmentKeys::NameTaken, 0));
    });
}
