//! Jobs over several nodes and restarts, and what jobs and reports leave behind.

use passgate::jobs::{JobOutcome, Turn};
use passgate_core::{event::EventKind, provider::ProviderNames};
use passgate_store::events::EventFilter;
use passgate_testkit::SoftAuthenticator;
use passgate_webauthn::Aaguid;

use crate::world::{World, hours};

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
