//! What goes out by mail: magic links, and deletions that an application asks for itself.

use passgate::AppNotFound;
use passgate::Stopped;
use std::cell::RefCell;

use passgate::{
    Passgate,
    account_deletion::{AbortDeletionError, MissedWarning, PrepareDeletionError, PreparedDeletion},
    applications::CreateAppInput,
    authentication::{AuthenticationError, Presented},
    jobs::JobOutcome,
    magic_links::{MagicLink, MagicLinkError, MagicLinkInput, MagicLinkLimits, OpenMagicLinkError},
};
use passgate_core::{
    api_key::{ApiKeyKind, HeaderProblem},
    application::AppId,
    event::EventKind,
    magic_link::LinkTemplate,
    token::OpenTokenError,
};
use passgate_testkit::SoftAuthenticator;
use url::Url;

use crate::world::{World, days, hours, seconds, user};

fn authenticates(world: &World, passgate: &Passgate, key: &str) -> bool {
    match passgate.authenticate(
        ApiKeyKind::Secret,
        Presented {
            key: Some(key),
            other: None,
            client: None,
        },
        world.env(),
    ) {
        Ok(_) => true,
        Err(Stopped::Refused(AuthenticationError { required, problem })) => {
            assert_eq!((required, problem), (ApiKeyKind::Secret, HeaderProblem::Invalid));
            false
        }
        Err(Stopped::Failed(failure)) => panic!("{failure}"),
    }
}

#[test]
fn magic_links_hold_their_place_before_they_are_sent() {
    World::on_each(|world| {
        let limits = MagicLinkLimits {
            new_application_age: days(1),
            exempt: false,
            landing_page: None,
        };
        let ask = |address: &str, limits| {
            let input = MagicLinkInput {
                user_id: user("alice"),
                email_address: address.to_owned(),
                url_template: LinkTemplate::parse("https://example.com/?t=$TOKEN").unwrap(),
                time_to_live: Some(seconds(60)),
            };
            world
                .passgate
                .prepare_magic_link(&world.backend(), input, limits, world.env())
        };
        let sent = |link: &MagicLink| {
            world
                .passgate
                .magic_link_sent(&world.backend(), link, world.env())
                .unwrap();
        };
        let purge = || {
            world
                .passgate
                .purge_dispatched_emails("node-1", world.env())
                .unwrap()
        };
        let events = || {
            let names = world.event_names();
            names
                .iter()
                .filter(|name| **name == "ApiUserMagicLinkCreated")
                .count()
        };
        world.set_features(|features| features.magic_link_monthly_quota = 10);
        assert!(matches!(
            ask("bob@example.com", limits),
            Err(Stopped::Refused(MagicLinkError::AdministratorsOnly(_)))
        ));
        // A fifth of the quota on the first day; what could not be sent does not count.
        let withdrawn = ask("admin@example.com", limits).unwrap();
        world
            .passgate
            .withdraw_magic_link(&world.backend(), &withdrawn)
            .unwrap();
        let [slow, lost] = [(), ()].map(|()| ask("Admin@example.com", limits).unwrap());
        assert!(matches!(
            ask("admin@example.com", limits),
            Err(Stopped::Refused(MagicLinkError::QuotaExceeded))
        ));
        assert_eq!(events(), 0, "nothing was sent");

        // The process ended between reserving and sending: the places lapse.
        world.pass(hours(1));
        assert!(ask("admin@example.com", limits).is_err());
        world.pass(seconds(1));
        assert_eq!(purge(), JobOutcome::Done { count: 2 });
        sent(&ask("admin@example.com", limits).unwrap());
        assert_eq!(events(), 1);
        // One of them was slower than anything should be, and arrived: it counts.
        sent(&slow);
        assert_eq!(events(), 2);
        assert!(matches!(
            ask("admin@example.com", limits),
            Err(Stopped::Refused(MagicLinkError::QuotaExceeded))
        ));
        drop(lost);
        assert_eq!(purge(), JobOutcome::Done { count: 0 });
        let unlimited = MagicLinkLimits {
            exempt: true,
            ..limits
        };
        sent(&ask("bob@example.com", unlimited).unwrap());

        world.pass(days(51));
        sent(&ask("bob@example.com", limits).unwrap());
        assert_eq!(purge(), JobOutcome::Done { count: 3 });

        world.set_features(|features| features.magic_links = false);
        assert!(matches!(
            ask("admin@example.com", limits),
            Err(Stopped::Refused(MagicLinkError::Disabled))
        ));
    });
}

fn request_deletion(world: &World) -> PreparedDeletion {
    let backend = world.backend();
    let prepared = world
        .passgate
        .prepare_account_deletion(&backend, world.env())
        .unwrap()
        .unwrap();
    world
        .passgate
        .request_account_deletion(&backend, &prepared, &[], world.env())
        .unwrap();
    prepared
}

#[test]
fn nobody_to_warn_means_no_deletion() {
    let world = World::sqlite();
    let input = CreateAppInput {
        app: AppId::parse("orphan").unwrap(),
        admin_email: String::new(),
        event_logging: false,
        event_retention_days: 30,
        magic_link_monthly_quota: 0,
        max_users: None,
        allow_attestation: false,
    };
    world.passgate.create_app(input, world.env()).unwrap();
    let orphan = world
        .passgate
        .embedded_caller(&AppId::parse("orphan").unwrap(), world.env())
        .unwrap();
    assert!(matches!(
        world.passgate.prepare_account_deletion(&orphan, world.env()),
        Err(Stopped::Refused(PrepareDeletionError::NoAdministrator))
    ));
}

#[test]
fn a_page_before_the_link_leads_only_where_the_application_said() {
    World::on_each(|world| {
        world.set_features(|features| {
            features.magic_link_monthly_quota = 100;
            features.magic_link_landing_page = true;
        });
        let page = Url::parse("https://id.example.com/passgate/magic-links").unwrap();
        let ask = |landing_page| {
            let input = MagicLinkInput {
                user_id: user("alice"),
                email_address: "admin@example.com".to_owned(),
                url_template: LinkTemplate::parse("https://example.com/?t=$TOKEN").unwrap(),
                time_to_live: Some(seconds(60)),
            };
            let limits = MagicLinkLimits {
                new_application_age: days(1),
                exempt: false,
                landing_page,
            };
            world
                .passgate
                .prepare_magic_link(&world.backend(), input, limits, world.env())
        };
        assert!(matches!(
            ask(None),
            Err(Stopped::Refused(MagicLinkError::NoLandingPage))
        ));
        let made = ask(Some(&page)).unwrap();
        assert_eq!(made.site, "example.com");
        let sealed = made
            .link
            .as_str()
            .strip_prefix("https://id.example.com/passgate/magic-links/demoapp/")
            .unwrap();
        assert!(!made.link.as_str().contains("verify_"));
        let open = |app: &str, sealed: &str| {
            let app = AppId::parse(app).unwrap();
            world.passgate.open_magic_link(&app, sealed, world.env())
        };
        for _ in 0..2 {
            let target = open("demoapp", sealed).unwrap();
            assert!(target.as_str().starts_with("https://example.com/?t=verify_"));
        }
        assert!(matches!(
            open("another", sealed),
            Err(Stopped::Refused(OpenMagicLinkError::AppNotFound(AppNotFound)))
        ));
        let generated = made.link.as_str().replace("link_", "verify_");
        assert!(matches!(
            open("demoapp", &generated),
            Err(Stopped::Refused(OpenMagicLinkError::Token(
                OpenTokenError::WrongPrefix { .. }
            )))
        ));
        world.pass(seconds(61));
        assert!(matches!(
            open("demoapp", sealed),
            Err(Stopped::Refused(OpenMagicLinkError::Token(
                OpenTokenError::Expired { .. }
            )))
        ));
    });
}

#[test]
fn an_application_that_asked_to_go_is_frozen_after_a_day_and_gone_after_two_weeks() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        let key = world.keys.secret_keys[0].expose().clone();
        let advance = || {
            world
                .passgate
                .advance_account_deletions("node-1", world.env())
                .unwrap()
        };
        let abort = |token: &str| world.passgate.abort_account_deletion(token, world.env());

        // A preparation alone does nothing: nobody was warned yet.
        let prepared = world
            .passgate
            .prepare_account_deletion(&world.backend(), world.env())
            .unwrap()
            .unwrap();
        assert!(matches!(
            abort(prepared.abort_token.expose()),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));

        let first = request_deletion(&world);
        assert_eq!(first.admin_emails, ["admin@example.com"]);
        assert_eq!(first.freeze_at, world.now().plus(days(1)));
        assert_eq!(first.delete_at, world.now().plus(days(14)));

        // Asked again, nobody is to be warned once more.
        world.pass(hours(1));
        let again = world
            .passgate
            .prepare_account_deletion(&world.backend(), world.env());
        assert!(again.unwrap().is_none());
        let found = world
            .passgate
            .find_account_deletion(first.abort_token.expose())
            .unwrap();
        assert_eq!(
            (found.app, found.freeze_at, found.delete_at),
            (world.app.clone(), first.freeze_at, first.delete_at)
        );

        assert_eq!(advance(), JobOutcome::Done { count: 0 });
        assert!(authenticates(&world, &world.passgate, &key));
        world.pass(days(1));
        assert_eq!(advance(), JobOutcome::Done { count: 1 });
        assert_eq!(advance(), JobOutcome::Done { count: 0 });
        assert!(!authenticates(&world, &world.passgate, &key));

        assert_eq!(abort(first.abort_token.expose()).unwrap(), world.app);
        assert!(matches!(
            abort(first.abort_token.expose()),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));
        assert!(authenticates(&world, &world.passgate, &key));
        world.event(EventKind::ApiManagementAppDeletionCancelled);
        world.sign_in(&mut device);

        request_deletion(&world);
        world.pass(days(14));
        assert_eq!(advance(), JobOutcome::Done { count: 1 });
        assert!(world.passgate.app_available(&world.app).unwrap());
    });
}

#[test]
fn an_operator_s_freeze_outlasts_an_aborted_deletion() {
    World::on_each(|world| {
        let key = world.keys.secret_keys[0].expose().clone();
        let advance = || {
            world
                .passgate
                .advance_account_deletions("node-1", world.env())
                .unwrap()
        };
        let freeze = || world.passgate.freeze(&world.app, world.env()).unwrap();
        // Before the keys are to be frozen, after that but before the job came, and after the job came.
        for (wait, job_first) in [(hours(1), false), (hours(25), false), (hours(25), true)] {
            let requested = request_deletion(&world);
            world.pass(wait);
            if job_first {
                assert_eq!(advance(), JobOutcome::Done { count: 1 });
            }
            freeze();
            world.pass(hours(1));
            assert_eq!(advance(), JobOutcome::Done { count: 0 });
            world
                .passgate
                .abort_account_deletion(requested.abort_token.expose(), world.env())
                .unwrap();
            assert!(!authenticates(&world, &world.passgate, &key));
            world.passgate.unfreeze(&world.app, world.env()).unwrap();
            assert!(authenticates(&world, &world.passgate, &key));
        }
    });
}

#[test]
fn the_date_that_an_operator_sets_is_the_one() {
    World::on_each(|world| {
        world.register("alice", &mut SoftAuthenticator::new());
        world.pass(days(3));
        let prepared = world
            .passgate
            .prepare_account_deletion(&world.backend(), world.env())
            .unwrap()
            .unwrap();
        let requested = request_deletion(&world);
        let backend = world.backend();
        let marked = world
            .passgate
            .mark_delete(&world.app, "operator", world.env())
            .unwrap();
        assert_eq!(marked.delete_at, world.now().plus_months(1));
        // What the application asked for is void, and it can ask for nothing more.
        assert!(matches!(
            world
                .passgate
                .abort_account_deletion(requested.abort_token.expose(), world.env()),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));
        for refused in [
            world
                .passgate
                .prepare_account_deletion(&backend, world.env())
                .map(drop),
            world
                .passgate
                .request_account_deletion(&backend, &prepared, &[], world.env()),
        ] {
            assert!(matches!(
                refused,
                Err(Stopped::Refused(PrepareDeletionError::AlreadyScheduled))
            ));
        }
        world.pass(days(15));
        let advance = |world: &World| {
            world
                .passgate
                .advance_account_deletions("node-1", world.env())
                .unwrap();
            world
                .passgate
                .delete_due_applications("node-1", world.env())
                .unwrap();
            world.passgate.app_available(&world.app).unwrap()
        };
        assert!(!advance(&world));
        world.pass(days(17));
        assert!(advance(&world));
    });
}

#[test]
fn every_administrator_is_warned_if_later() {
    World::on_each(|world| {
        let [leela, bender] = ["leela@example.com", "bender@example.com"];
        let request = |missed: &[String]| {
            let backend = world.backend();
            let prepared = world
                .passgate
                .prepare_account_deletion(&backend, world.env())
                .unwrap()
                .unwrap();
            world
                .passgate
                .request_account_deletion(&backend, &prepared, missed, world.env())
                .unwrap();
            prepared
        };
        let warnings = RefCell::new(Vec::new());
        let warn = |reach: &str| {
            world
                .passgate
                .warn_missed_administrators(
                    "node-1",
                    |warning| {
                        warnings.borrow_mut().push(warning.clone());
                        warning.address.contains(reach)
                    },
                    world.env(),
                )
                .unwrap()
        };
        let abort = |token: &str| world.passgate.abort_account_deletion(token, world.env());

        let first = request(&[leela.to_owned(), bender.to_owned()]);
        let delayed = world.event(EventKind::DeletionWarningDelayed);
        assert!(delayed.message.contains("@example.com"), "{}", delayed.message);
        assert_eq!(warn("leela"), JobOutcome::Done { count: 1 });
        let delivered = world.event(EventKind::DeletionWarningDelivered);
        assert!(delivered.message.contains(leela), "{}", delivered.message);
        let tried = warnings.take();
        assert_eq!(tried.len(), 2);
        for warning in &tried {
            assert_eq!(
                (&warning.app, warning.freeze_at, warning.delete_at),
                (&world.app, first.freeze_at, first.delete_at)
            );
        }
        // Who was reached is left in peace, and any of the links aborts.
        assert_eq!(warn("nobody"), JobOutcome::Done { count: 0 });
        let addresses = |warnings: &[MissedWarning]| {
            let addresses = warnings.iter().map(|warning| warning.address.clone());
            addresses.collect::<Vec<_>>()
        };
        assert_eq!(addresses(&warnings.take()), [bender]);
        let of_leela = tried.iter().find(|warning| warning.address == leela).unwrap();
        assert_eq!(abort(of_leela.abort_token.expose()).unwrap(), world.app);
        assert!(matches!(
            abort(first.abort_token.expose()),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));
        assert_eq!(warn("bender"), JobOutcome::Done { count: 0 });
        assert!(warnings.take().is_empty(), "aborted: nobody is warned of it");

        // It is not tried for ever.
        request(&[bender.to_owned()]);
        for _ in 0..30 {
            warn("nobody");
        }
        assert_eq!(warnings.take().len(), 24);
        // Asked again while it stands, nobody is to be warned again.
        let again = world
            .passgate
            .prepare_account_deletion(&world.backend(), world.env());
        assert!(again.unwrap().is_none());
        assert_eq!(warn("bender"), JobOutcome::Done { count: 0 });
    });
}
