//! Jobs, as nodes run them.

use std::sync::Arc;

use passgate::{Env, Passgate, Settings, jobs::JobOutcome};
use passgate_api::{
    jobs::{JOBS, Job, Means, Post, Runner},
    mail::NoMail,
    metadata::Metadata,
    metrics::Metrics,
    operations::Operations,
};
use passgate_core::{
    application::{AppId, Features},
    master_key::MasterKey,
    time::{Clock as _, DAY},
};
use passgate_store::{DatabaseUrl, Store, StoreSettings, applications};
use passgate_testkit::{FixedClock, SeededEntropy, TestDatabase};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

/// A node on a database that it may share with others.
fn node(database: &TestDatabase, clock: &Arc<FixedClock>, seed: u64) -> Operations {
    let url = DatabaseUrl::parse(database.url()).unwrap();
    let store = Store::connect(
        &url,
        StoreSettings {
            connections: 2,
            ..StoreSettings::default()
        },
    )
    .unwrap();
    store.migrate().unwrap();
    let passgate = Passgate::new(store, MasterKey::new([7; 32]), Settings::default()).unwrap();
    Operations::new(passgate, clock.clone(), Arc::new(SeededEntropy::new(seed)))
}

/// No letters, no metadata.
fn means() -> Means {
    Means {
        post: Post::new(Arc::new(NoMail), None),
        metadata: Metadata::off(),
    }
}

/// Runs what is due, and gives the names of the jobs that really ran.
fn ran(runner: &mut Runner) -> Vec<&'static str> {
    let outcomes = actix_web::rt::System::new().block_on(runner.run_due());
    let done = outcomes.into_iter().filter(|(name, outcome)| {
        let outcome = outcome.unwrap_or_else(|| panic!("{name} failed"));
        matches!(outcome, JobOutcome::Done { .. })
    });
    done.map(|(name, _)| name).collect()
}

#[test]
fn each_job_runs_once_each_time_it_is_due_whatever_the_number_of_nodes() {
    for database in TestDatabase::each() {
        // 2025-01-01, midnight.
        let clock = Arc::new(FixedClock::default());
        let mut nodes = [1, 2].map(|seed| Runner::new(node(&database, &clock, seed), means()));
        // There is no metadata here to refresh.
        let all: Vec<_> = JOBS
            .iter()
            .map(|job| job.name)
            .filter(|name| *name != "refresh_metadata")
            .collect();
        assert_eq!(ran(&mut nodes[0]), all, "what never ran is due");
        assert_eq!(ran(&mut nodes[1]), [] as [&str; 0]);
        assert_eq!(ran(&mut nodes[0]), [] as [&str; 0]);

        clock.advance(10 * HOUR);
        let mut both = ran(&mut nodes[1]);
        both.extend(ran(&mut nodes[0]));
        let hourly = [
            "purge_spent_tokens",
            "rotate_token_keys",
            "delete_due_applications",
            "advance_account_deletions",
            "remove_deleted_applications",
            "warn_missed_administrators",
        ];
        assert_eq!(both, hourly, "ten hours later, once, and no daily job");

        clock.advance(DAY);
        let restarted = &mut Runner::new(node(&database, &clock, 3), means());
        assert_eq!(
            ran(restarted),
            all,
            "a node that was down for a day catches up, once"
        );
        assert_eq!(ran(&mut nodes[0]), [] as [&str; 0]);
    }
}

#[test]
fn a_due_deletion_is_carried_out_without_anybody_asking() {
    for database in TestDatabase::each() {
        let clock = Arc::new(FixedClock::default());
        let operations = node(&database, &clock, 1);
        let passgate = operations.passgate();
        let app = AppId::parse("demoapp").unwrap();
        let created = passgate::applications::CreateAppInput {
            app: app.clone(),
            admin_email: String::new(),
            event_logging: true,
            event_retention_days: 30,
            magic_link_monthly_quota: 0,
            max_users: None,
            allow_attestation: false,
        };
        let env = || Env {
            now: clock.now(),
            entropy: operations.env().entropy,
        };
        passgate.create_app(created, env()).unwrap();
        let exists = || -> bool {
            let features: Option<Features> = passgate.find_features(&app).unwrap();
            features.is_some()
        };
        let state = passgate_core::application::ApplicationState::DeletionScheduled {
            delete_at: clock.now().plus(DAY),
            requested_by: "fry@example.com".to_owned(),
        };
        let set = passgate
            .store()
            .write(|tx| applications::set_state(tx, &app, &state));
        set.unwrap();
        let mut runner = Runner::new(operations.clone(), means());
        ran(&mut runner);
        assert!(exists());
        clock.advance(DAY);
        ran(&mut runner);
        assert!(!exists());
    }
}

#[test]
fn a_job_run_by_hand_counts_as_run() {
    let database = TestDatabase::sqlite();
    let clock = Arc::new(FixedClock::default());
    let operations = node(&database, &clock, 1);
    let env = Env {
        now: clock.now(),
        entropy: operations.env().entropy,
    };
    let job = Job::find("write-reports").unwrap();
    for _ in 0..2 {
        assert_eq!(
            job.run_by_hand(operations.passgate(), &means(), clock.as_ref(), env)
                .unwrap(),
            JobOutcome::Done { count: 0 }
        );
    }
    let mut runner = Runner::new(operations.clone(), means());
    assert!(!ran(&mut runner).contains(&"write_reports"));
}

#[test]
fn a_stopping_node_begins_nothing() {
    let database = TestDatabase::sqlite();
    let clock = Arc::new(FixedClock::default());
    let operations = node(&database, &clock, 1);
    let stopped = actix_web::rt::System::new().block_on(async {
        let jobs = passgate_api::jobs::start(operations.clone(), means(), Metrics::default());
        jobs.stop().await;
        Runner::new(operations, means()).run_due().await
    });
    for (name, outcome) in stopped {
        let expected = match name {
            "refresh_metadata" => JobOutcome::Off,
            _ => JobOutcome::Stopped { count: 0 },
        };
        assert_eq!(outcome, Some(expected), "{name}");
    }
}
