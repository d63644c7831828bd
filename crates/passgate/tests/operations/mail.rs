//! What goes out by mail: magic links, and deletions that an application asks for itself.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Barrier,
    thread,
};

use passgate::{
    AppNotFound, Failure, Passgate, Stopped,
    account_deletion::{AbortDeletionError, RequestDeletionError},
    applications::CreateAppInput,
    authentication::{AuthenticationError, Presented},
    jobs::JobOutcome,
    magic_links::{MagicLinkError, MagicLinkInput, MagicLinkLimits, OpenMagicLinkError},
    post::{Letter, Post, Undelivered},
};
use passgate_core::{
    api_key::{ApiKeyKind, HeaderProblem},
    application::AppId,
    event::EventKind,
    magic_link::LinkTemplate,
    time::Timestamp,
    token::OpenTokenError,
};
use passgate_testkit::SoftAuthenticator;
use url::Url;

use crate::world::{Letters, Sent, World, Written, days, hours, seconds, user};

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
        let mail = |address: &str, limits, post: &dyn Post| {
            let input = MagicLinkInput {
                user_id: user("alice"),
                email_address: address.to_owned(),
                url_template: LinkTemplate::parse("https://example.com/?t=$TOKEN").unwrap(),
                time_to_live: Some(seconds(60)),
            };
            world
                .passgate
                .send_magic_link(&world.backend(), input, limits, post, world.env())
        };
        let letters = Letters::default();
        let send = |address: &str, limits| mail(address, limits, &letters);
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
            send("bob@example.com", limits),
            Err(Stopped::Refused(MagicLinkError::AdministratorsOnly(_)))
        ));
        // A fifth of the quota on the first day; what could not be sent does not count.
        let unreached = mail(
            "admin@example.com",
            limits,
            &Letters::losing(&["admin@example.com"]),
        );
        assert!(matches!(unreached, Err(Stopped::Failed(Failure::Undelivered(_)))));
        let slow = Slow::default();
        let refused = thread::scope(|scope| {
            let arrives = scope.spawn(|| mail("Admin@example.com", limits, &slow));
            slow.wait_until_handed_over();
            // The process ends between reserving and sending.
            let ended = catch_unwind(AssertUnwindSafe(|| {
                mail("Admin@example.com", limits, &Ends).map_err(|stopped| stopped.to_string())
            }));
            assert!(ended.is_err());
            assert!(matches!(
                send("admin@example.com", limits),
                Err(Stopped::Refused(MagicLinkError::QuotaExceeded))
            ));
            assert_eq!(events(), 0, "nothing was sent");

            // The places lapse.
            world.pass(hours(1));
            assert!(send("admin@example.com", limits).is_err());
            world.pass(seconds(1));
            assert_eq!(purge(), JobOutcome::Done { count: 2 });
            send("admin@example.com", limits).unwrap();
            assert_eq!(events(), 1);
            // One of them was slower than anything should be, and arrived: it counts.
            slow.let_go();
            arrives.join().unwrap().unwrap();
            assert_eq!(events(), 2);
            send("admin@example.com", limits)
        });
        assert!(matches!(
            refused,
            Err(Stopped::Refused(MagicLinkError::QuotaExceeded))
        ));
        assert_eq!(purge(), JobOutcome::Done { count: 0 });
        let unlimited = MagicLinkLimits {
            exempt: true,
            ..limits
        };
        send("bob@example.com", unlimited).unwrap();

        world.pass(days(51));
        send("bob@example.com", limits).unwrap();
        assert_eq!(purge(), JobOutcome::Done { count: 3 });

        world.set_features(|features| features.magic_links = false);
        assert!(matches!(
            send("admin@example.com", limits),
            Err(Stopped::Refused(MagicLinkError::Disabled))
        ));
    });
}

/// Takes a letter, and holds on to it for as long as the test likes.
struct Slow {
    handed_over: Barrier,
    let_go: Barrier,
}

impl Default for Slow {
    fn default() -> Self {
        Self {
            handed_over: Barrier::new(2),
            let_go: Barrier::new(2),
        }
    }
}

impl Slow {
    fn wait_until_handed_over(&self) {
        self.handed_over.wait();
    }

    fn let_go(&self) {
        self.let_go.wait();
    }
}

impl Post for Slow {
    fn deliver(&self, _: &Letter<'_>) -> Result<(), Undelivered> {
        self.handed_over.wait();
        self.let_go.wait();
        Ok(())
    }
}

/// Delivers, while somebody does something else.
struct Interferes<F>(F);

impl<F: Fn()> Post for Interferes<F> {
    fn deliver(&self, _: &Letter<'_>) -> Result<(), Undelivered> {
        (self.0)();
        Ok(())
    }
}

/// Ends the process with a letter in its hand.
struct Ends;

impl Post for Ends {
    fn deliver(&self, _: &Letter<'_>) -> Result<(), Undelivered> {
        panic!("the process ends");
    }
}

/// What the warning of a deletion says.
#[derive(Clone, Debug)]
struct Warning {
    to: String,
    app: AppId,
    abort_token: String,
    freeze_at: Timestamp,
    delete_at: Timestamp,
}

fn warnings(sent: Vec<Sent>) -> Vec<Warning> {
    let read = |sent: Sent| match sent.what {
        Written::Warning {
            app,
            abort_token,
            freeze_at,
            delete_at,
        } => Warning {
            to: sent.to,
            app,
            abort_token,
            freeze_at,
            delete_at,
        },
        Written::Link { .. } => panic!("{sent:?}"),
    };
    sent.into_iter().map(read).collect()
}

fn ask_for_deletion(world: &World, post: &dyn Post) -> Result<(), Stopped<RequestDeletionError>> {
    world
        .passgate
        .request_account_deletion(&world.backend(), post, || Ok(()), world.env())
}

fn request_deletion(world: &World) -> Warning {
    let letters = Letters::default();
    ask_for_deletion(world, &letters).unwrap();
    let [warning] = <[Warning; 1]>::try_from(warnings(letters.take())).unwrap();
    warning
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
    let refused =
        world
            .passgate
            .request_account_deletion(&orphan, &Letters::default(), || Ok(()), world.env());
    assert!(matches!(
        refused,
        Err(Stopped::Refused(RequestDeletionError::NoAdministrator))
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
            let letters = Letters::default();
            world
                .passgate
                .send_magic_link(&world.backend(), input, limits, &letters, world.env())
                .map(|()| letters.link())
        };
        assert!(matches!(
            ask(None),
            Err(Stopped::Refused(MagicLinkError::NoLandingPage))
        ));
        let (site, link) = ask(Some(&page)).unwrap();
        assert_eq!(site, "example.com");
        let sealed = link
            .as_str()
            .strip_prefix("https://id.example.com/passgate/magic-links/demoapp/")
            .unwrap();
        assert!(!link.as_str().contains("verify_"));
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
        world.passgate.freeze(&world.app, world.env()).unwrap();
        assert!(matches!(
            open("demoapp", sealed),
            Err(Stopped::Refused(OpenMagicLinkError::Frozen))
        ));
        world.passgate.unfreeze(&world.app, world.env()).unwrap();
        open("demoapp", sealed).unwrap();
        let generated = link.as_str().replace("link_", "verify_");
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

        // Whom no warning reaches, no deletion threatens.
        let lost = Letters::losing(&["admin@example.com"]);
        assert!(matches!(
            ask_for_deletion(&world, &lost),
            Err(Stopped::Failed(Failure::Undelivered(_)))
        ));
        let [unheard] = <[Warning; 1]>::try_from(warnings(lost.take_lost())).unwrap();
        assert!(matches!(
            abort(&unheard.abort_token),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));

        let first = request_deletion(&world);
        assert_eq!(first.to, "admin@example.com");
        assert_eq!(first.freeze_at, world.now().plus(days(1)));
        assert_eq!(first.delete_at, world.now().plus(days(14)));

        // Asked again, nobody is to be warned once more.
        world.pass(hours(1));
        let letters = Letters::default();
        ask_for_deletion(&world, &letters).unwrap();
        assert!(letters.take().is_empty());
        let found = world.passgate.find_account_deletion(&first.abort_token).unwrap();
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

        assert_eq!(abort(&first.abort_token).unwrap(), world.app);
        assert!(matches!(
            abort(&first.abort_token),
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
                .abort_account_deletion(&requested.abort_token, world.env())
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
                .abort_account_deletion(&requested.abort_token, world.env()),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));
        let ask = |post: &dyn Post| {
            world
                .passgate
                .request_account_deletion(&backend, post, || Ok(()), world.env())
        };
        let letters = Letters::default();
        assert!(matches!(
            ask(&letters),
            Err(Stopped::Refused(RequestDeletionError::AlreadyScheduled))
        ));
        assert!(letters.take().is_empty());
        // Nor does the application's date stand that was on its way when the operator set another.
        world.passgate.cancel_delete(&world.app, world.env()).unwrap();
        let operator = Interferes(|| {
            world
                .passgate
                .mark_delete(&world.app, "operator", world.env())
                .unwrap();
        });
        assert!(matches!(
            ask(&operator),
            Err(Stopped::Refused(RequestDeletionError::AlreadyScheduled))
        ));
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
        let administrators = [leela, bender, "admin@example.com"].map(str::to_owned);
        world
            .passgate
            .set_admin_emails(&world.app, &administrators, "operator", world.env())
            .unwrap();
        let request = |missed: &[&'static str]| {
            let letters = Letters::losing(missed);
            ask_for_deletion(&world, &letters).unwrap();
            warnings(letters.take())[0].clone()
        };
        // Who of the two is warned now, and those who were tried.
        let warn = |reach: &str| {
            let unreachable: Vec<&'static str> = [leela, bender]
                .into_iter()
                .filter(|it| !it.contains(reach))
                .collect();
            let letters = Letters::losing(&unreachable);
            let outcome = world
                .passgate
                .warn_missed_administrators("node-1", &letters, world.env())
                .unwrap();
            let mut tried = warnings(letters.take());
            tried.extend(warnings(letters.take_lost()));
            (outcome, tried)
        };
        let abort = |token: &str| world.passgate.abort_account_deletion(token, world.env());

        let first = request(&[leela, bender]);
        let delayed = world.event(EventKind::DeletionWarningDelayed);
        assert!(delayed.message.contains("@example.com"), "{}", delayed.message);
        let (outcome, tried) = warn("leela");
        assert_eq!(outcome, JobOutcome::Done { count: 1 });
        let delivered = world.event(EventKind::DeletionWarningDelivered);
        assert!(delivered.message.contains(leela), "{}", delivered.message);
        assert_eq!(tried.len(), 2);
        for warning in &tried {
            assert_eq!(
                (&warning.app, warning.freeze_at, warning.delete_at),
                (&world.app, first.freeze_at, first.delete_at)
            );
        }
        // Who was reached is left in peace, and any of the links aborts.
        let (outcome, again) = warn("nobody");
        assert_eq!(outcome, JobOutcome::Done { count: 0 });
        let addresses: Vec<&str> = again.iter().map(|warning| warning.to.as_str()).collect();
        assert_eq!(addresses, [bender]);
        let of_leela = tried.iter().find(|warning| warning.to == leela).unwrap();
        assert_eq!(abort(&of_leela.abort_token).unwrap(), world.app);
        assert!(matches!(
            abort(&first.abort_token),
            Err(Stopped::Refused(AbortDeletionError::UnknownToken))
        ));
        let (outcome, tried) = warn("bender");
        assert_eq!(outcome, JobOutcome::Done { count: 0 });
        assert!(tried.is_empty(), "aborted: nobody is warned of it");

        // It is not tried for ever.
        request(&[bender]);
        let tried: usize = (0..30).map(|_| warn("nobody").1.len()).sum();
        assert_eq!(tried, 24);
        // Asked again while it stands, nobody is warned again.
        let letters = Letters::default();
        ask_for_deletion(&world, &letters).unwrap();
        assert!(letters.take().is_empty());
        assert_eq!(warn("bender").0, JobOutcome::Done { count: 0 });
    });
}
