//! Jobs over several nodes and restarts, and what jobs and reports leave behind.

use std::sync::Mutex;

use passgate::{
    Env, Failure, Passgate,
    jobs::{JobOutcome, Turn},
};
use passgate_core::{
    application::AppId,
    event::EventKind,
    provider::ProviderNames,
    time::{Clock, Timestamp, random_bytes},
    token::{TokenId, keyring::StoredTokenKey},
};
use passgate_store::{events::EventFilter, spent_tokens, token_keys};
use passgate_testkit::{FixedClock, SeededEntropy, SoftAuthenticator};
use passgate_webauthn::Aaguid;

use crate::world::{World, another_app, days, hours, seconds};

#[test]
fn a_due_job_runs_once_whichever_nodes_try() {
    World::on_each(|world| {
        let due_at = world.now();
        let other = world.another_node();
        let run = |node, due_at| {
            let passgate = if node == "node-1" { &world.passgate } else { &other };
            passgate
                .purge_spent_tokens(Turn::due(node, due_at), world.env())
                .unwrap()
        };
        assert_eq!(world.passgate.last_job_run("purge_spent_tokens").unwrap(), None);
        assert_eq!(run("node-1", due_at), JobOutcome::Done { count: 0 });
        assert_eq!(
            world.passgate.last_job_run("purge_spent_tokens").unwrap(),
            Some(due_at)
        );
        world.pass(hours(1));
        assert_eq!(run("node-2", due_at), JobOutcome::DoneAlready);
        // By hand it runs all the same, and counts as a run.
        let by_hand = world.passgate.purge_spent_tokens("hand", world.env()).unwrap();
        assert_eq!(by_hand, JobOutcome::Done { count: 0 });
        assert_eq!(run("node-2", world.now()), JobOutcome::DoneAlready);
        // A job that was due while no node was up runs late.
        world.pass(hours(48));
        assert_eq!(run("node-2", world.now()), JobOutcome::Done { count: 0 });
        // Other jobs know nothing of it.
        assert_eq!(world.passgate.last_job_run("purge_events").unwrap(), None);
    });
}

#[test]
fn a_stopping_process_begins_no_job_and_the_next_one_goes_on() {
    World::on_each(|world| {
        let due_at = world.now();
        world.passgate.stop_jobs();
        for _ in 0..2 {
            let stopped = world
                .passgate
                .write_reports(Turn::due("node-1", due_at), world.env());
            assert_eq!(stopped.unwrap(), JobOutcome::Stopped { count: 0 });
        }
        assert_eq!(world.passgate.last_job_run("write_reports").unwrap(), None);
        let next = world.another_node();
        let done = next.write_reports(Turn::due("node-1", due_at), world.env());
        assert_eq!(done.unwrap(), JobOutcome::Done { count: 1 });
    });
}

/// A clock by which ten minutes pass between any two looks, and another node that then tries to run the job.
struct Intruder<'a> {
    clock: &'a FixedClock,
    entropy: &'a SeededEntropy,
    node: Passgate,
    seen: Mutex<Vec<JobOutcome>>,
}

impl Clock for Intruder<'_> {
    fn now(&self) -> Timestamp {
        self.clock.advance(seconds(600));
        let env = Env {
            now: self.clock.now(),
            entropy: self.entropy,
        };
        let outcome = self.node.write_reports("node-2", env).unwrap();
        self.seen.lock().unwrap().push(outcome);
        env.now
    }
}

#[test]
fn a_job_is_its_node_s_however_long_it_takes() {
    World::on_each(|world| {
        for app in ["first", "second", "third"] {
            another_app(&world, app);
        }
        let intruder = Intruder {
            clock: &world.clock,
            entropy: &world.entropy,
            node: world.another_node(),
            seen: Mutex::default(),
        };
        let turn = Turn::due("node-1", world.now()).with_clock(&intruder);
        let done = world.passgate.write_reports(turn, world.env()).unwrap();
        assert_eq!(done, JobOutcome::Done { count: 4 });
        let seen = intruder.seen.into_inner().unwrap();
        assert_eq!(seen, [JobOutcome::HeldElsewhere; 4]);
    });
}

/// A clock that lets somebody write between any two steps of a job, and ends the process after some.
struct Between<'a> {
    world: &'a World,
    writes: Mutex<Vec<u64>>,
}

impl Clock for Between<'_> {
    fn now(&self) -> Timestamp {
        let store = self.world.passgate.store();
        self.world.register_token_for("alice");
        let token = TokenId::from_bytes(random_bytes(&self.world.entropy));
        let spent = store.write(|tx| spent_tokens::spend(tx, &self.world.app, &token, self.world.now()));
        spent.unwrap();
        let mut writes = self.writes.lock().unwrap();
        writes.push(store.statistics().writes);
        if writes.len() == 4 {
            self.world.passgate.stop_jobs();
        }
        self.world.now()
    }
}

#[test]
fn what_a_large_application_held_is_removed_step_by_step_and_whoever_stops_is_followed() {
    World::on_each(|world| {
        another_app(&world, "large");
        let large = AppId::parse("large").unwrap();
        let filled: Result<(), passgate_store::InsertError> = world.passgate.store().write(|tx| {
            for number in 0..1_500_u128 {
                let token = TokenId::from_bytes(number.to_be_bytes());
                spent_tokens::spend(tx, &large, &token, world.now())?;
            }
            Ok(())
        });
        filled.unwrap();
        assert!(world.passgate.delete_app_now(&large).unwrap());
        assert!(!world.passgate.delete_app_now(&large).unwrap(), "it is gone");
        assert_eq!(world.passgate.find_application(&large).unwrap(), None);
        assert!(!world.passgate.app_available(&large).unwrap());

        let clock = Between {
            world: &world,
            writes: Mutex::default(),
        };
        let turn = Turn::by_hand("node-1").with_clock(&clock);
        let first = world.passgate.remove_deleted_applications(turn, world.env());
        let Ok(JobOutcome::Stopped { count: first }) = first else {
            panic!("{first:?}");
        };
        assert_eq!(clock.writes.into_inner().unwrap().len(), 4);
        assert!(!world.passgate.app_available(&large).unwrap());

        let next = world.another_node();
        let rest = next.remove_deleted_applications("node-2", world.env());
        let Ok(JobOutcome::Done { count: rest }) = rest else {
            panic!("{rest:?}");
        };
        // Four steps, and then the rest; the deletion itself had taken two hundred rows along.
        assert_eq!((first, rest), (400, 900));
        assert!(world.passgate.app_available(&large).unwrap());
        another_app(&world, "large");
    });
}

#[test]
fn one_application_that_fails_keeps_no_other_from_its_turn() {
    World::on_each(|world| {
        another_app(&world, "aaa");
        world.register_token_for("alice");
        world.pass(days(8));
        // A key that no master key of ours opens.
        let broken = StoredTokenKey {
            id: 7,
            wrapped: vec![7; 60],
            created_at: world.now(),
        };
        let aaa = AppId::parse("aaa").unwrap();
        let inserted: Result<_, Failure> = world
            .passgate
            .store()
            .write(|tx| Ok(token_keys::insert(tx, &aaa, &broken).is_ok()));
        assert!(inserted.unwrap());

        let due_at = world.now();
        let failure = world
            .passgate
            .rotate_token_keys(Turn::due("node-1", due_at), world.env())
            .unwrap_err();
        let Failure::Applications { failed } = &failure else {
            panic!("{failure}");
        };
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].app, aaa);
        assert!(matches!(failed[0].failure, Failure::TokenKey { .. }), "{failure}");
        assert!(failure.to_string().starts_with("application aaa: "), "{failure}");
        // The one behind it has its new key, and the job counts as not done.
        let keys: Result<_, Failure> = world
            .passgate
            .store()
            .read(|tx| Ok(token_keys::list(tx, &world.app)?.len()));
        assert_eq!(keys.unwrap(), 2);
        assert_eq!(world.passgate.last_job_run("rotate_token_keys").unwrap(), None);
    });
}

#[test]
fn reports_are_live_before_any_is_written() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        let backend = world.backend();
        let credentials = world
            .passgate
            .current_credential_report(&backend, world.env())
            .unwrap();
        assert_eq!((credentials.users, credentials.credentials), (1, 1));
        let active = world
            .passgate
            .current_active_user_report(&backend, world.env())
            .unwrap();
        assert_eq!((active.daily_users, active.total_users), (1, 1));
        assert!(
            world
                .passgate
                .credential_reports(&backend, None, None)
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn newer_names_of_authenticators_outlive_the_process() {
    World::on_each(|world| {
        let apple = Aaguid::parse("fbfc3007-154e-4ecc-8c0b-6e020557d7bd").unwrap();
        let new = Aaguid::parse("00000000-0000-0000-0000-0000000000aa").unwrap();
        assert_eq!(
            world.passgate.provider_name(apple).as_deref(),
            Some("Apple Passwords")
        );
        assert_eq!(world.passgate.provider_name(new), None);
        let newer = ProviderNames::parse(&format!(r#"{{"{new}": "Newcomer"}}"#)).unwrap();
        world.passgate.refresh_providers(newer).unwrap();
        for passgate in [&world.passgate, &world.another_node()] {
            assert_eq!(passgate.provider_name(new).as_deref(), Some("Newcomer"));
            assert_eq!(passgate.provider_name(apple).as_deref(), Some("Apple Passwords"));
            assert_eq!(passgate.provider_name(Aaguid::ZERO), None);
        }
    });
}

#[test]
fn an_export_continues_where_it_was() {
    World::on_each(|world| {
        world.set_features(|features| features.event_logging = true);
        for user in 0..5 {
            world.register(&format!("user-{user}"), &mut SoftAuthenticator::new());
        }
        let filter = EventFilter {
            kinds: vec![EventKind::ApiAuthPasskeyRegistrationCompleted],
            ..EventFilter::default()
        };
        let mut users = Vec::new();
        let mut after = None;
        loop {
            let part = world
                .passgate
                .export_events(&world.backend(), &filter, after, 2)
                .unwrap();
            users.extend(part.iter().map(|event| event.performed_by.clone()));
            after = part.last().map(|event| event.id);
            if part.len() < 2 {
                break;
            }
        }
        users.sort();
        assert_eq!(users, ["user-0", "user-1", "user-2", "user-3", "user-4"]);
    });
}
