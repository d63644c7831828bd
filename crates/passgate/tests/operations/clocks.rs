//! Clocks that are wrong, and set in both directions: nothing that works once works twice, and nothing is destroyed early.

use std::{collections::HashMap, time::Duration};

use passgate::{
    Caller, Env, Failure,
    jobs::{JobOutcome, Turn},
    register::{RegisterBeginInput, RegisterTokenInput},
};
use passgate_core::{
    application::ApplicationState,
    clock_watch::BELIEVED,
    event::{Event, EventKind, Occurrence},
    time::{Timestamp, random_bytes},
    token::TokenId,
};
use passgate_store::{InsertError, applications, events, spent_tokens};
use passgate_testkit::SeededEntropy;
use uuid::Uuid;

use crate::world::{World, days, hours, page, registration_of, seconds};

/// Numbers that repeat from run to run.
struct Dice(SeededEntropy);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        u64::from_be_bytes(random_bytes(&self.0)) % sides
    }

    fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[usize::try_from(self.roll(u64::try_from(of.len()).unwrap())).unwrap()]
    }
}

/// How wrong a clock may be, in seconds.
const SKEWS: [i64; 9] = [0, 0, 0, -30, 121, -7_200, 2 * 86_400, 60 * 86_400, -60 * 86_400];

#[test]
fn what_works_once_works_once_whatever_the_clocks_say() {
    World::on_each(|world| {
        for seed in 0..12 {
            let dice = Dice(SeededEntropy::new(seed));
            let mut truth = world.now();
            let mut skews = [0_i64; 3];
            let mut tokens: HashMap<TokenId, (Timestamp, u32)> = HashMap::new();
            for _ in 0..60 {
                truth = truth.plus(seconds(dice.roll(5 * 3_600)));
                let node = usize::try_from(dice.roll(3)).unwrap();
                let now = Timestamp::from_micros(truth.as_micros() + skews[node] * 1_000_000);
                match dice.roll(6) {
                    0 => skews[node] = dice.pick(&SKEWS),
                    1 | 2 => {
                        let life = dice.pick(&[120, 3_600, 86_400, 7 * 86_400]);
                        let id = TokenId::from_random(random_bytes(&dice.0));
                        tokens.insert(id, (now.plus(seconds(life)), 0));
                    }
                    3 => {
                        let env = Env { now, ..world.env() };
                        world.passgate.purge_spent_tokens("a node", env).unwrap();
                    }
                    _ => {
                        for (id, (expires_at, used)) in &mut tokens {
                            // What does not open is not spent.
                            if *expires_at < now {
                                continue;
                            }
                            let spent = world
                                .passgate
                                .store()
                                .write(|tx| spent_tokens::spend(tx, &world.app, id, *expires_at));
                            match spent {
                                Ok(()) => *used += 1,
                                Err(InsertError::Duplicate) => {}
                                Err(InsertError::Store(error)) => panic!("{error}"),
                            }
                            assert!(*used <= 1, "seed {seed}: spent twice");
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn a_purge_by_a_clock_far_ahead_forgets_nothing_and_stops_nobody() {
    World::on_each(|world| {
        let now = world.now();
        let spend = |id: u8, life| {
            let token = TokenId::from_bytes([id; 16]);
            let expires_at = now.plus(life);
            world
                .passgate
                .store()
                .write(|tx| spent_tokens::spend(tx, &world.app, &token, expires_at))
        };
        spend(1, days(1)).unwrap();
        for ahead in [seconds(121), days(60)] {
            let env = Env {
                now: now.plus(ahead),
                ..world.env()
            };
            world.passgate.purge_spent_tokens("ahead", env).unwrap();
        }
        assert!(matches!(spend(1, days(1)), Err(InsertError::Duplicate)));
        spend(2, seconds(120)).unwrap();
    });
}

/// Runs what may destroy, as a node does that finds it due.
fn run_due_jobs(world: &World) -> Vec<JobOutcome> {
    let turn = || Turn::due("a node", world.now()).with_clock(&world.clock);
    let (passgate, env) = (&world.passgate, world.env());
    vec![
        passgate.purge_spent_tokens(turn(), env).unwrap(),
        passgate.rotate_token_keys(turn(), env).unwrap(),
        passgate.delete_due_applications(turn(), env).unwrap(),
        passgate.advance_account_deletions(turn(), env).unwrap(),
        passgate.write_reports(turn(), env).unwrap(),
        passgate.purge_events(turn(), env).unwrap(),
        passgate.purge_dispatched_emails(turn(), env).unwrap(),
    ]
}

/// An event of this moment.
fn record(world: &World, id: u128) {
    let event = Event::record(
        world.now(),
        Uuid::from_u128(id),
        &world.app,
        None,
        &Occurrence::ApplicationFrozen,
    );
    let recorded: Result<(), Failure> = world
        .passgate
        .store()
        .write(|tx| Ok(events::record(tx, &world.app, &event)?));
    recorded.unwrap();
}

fn exists(world: &World) -> bool {
    world.passgate.find_features(&world.app).unwrap().is_some()
}

/// The application's host: its keys are refused once it is marked for deletion.
fn caller(world: &World) -> Caller {
    world.passgate.embedded_caller(&world.app, world.env()).unwrap()
}

/// A token that lives as long as tokens may.
fn long_lived_token(world: &World) -> String {
    let input = RegisterTokenInput {
        expires_at: Some(world.now().plus(days(30))),
        ..registration_of("alice")
    };
    world
        .passgate
        .register_token(&caller(world), input, world.env())
        .unwrap()
}

fn opens(world: &World, token: &str) -> bool {
    let input = RegisterBeginInput {
        token: Some(token.to_owned()),
        relying_party: page(),
    };
    let begun = world
        .passgate
        .register_begin(&caller(world), input, &world.client, world.env());
    begun.is_ok()
}

#[test]
fn nothing_is_destroyed_early_by_a_clock_that_is_wrong_for_less_than_an_hour() {
    World::on_each(|world| {
        let delete_at = world.now().plus(days(40));
        let retention = days(30);
        world.set_features(|features| {
            features.event_logging = true;
            features.event_retention_days = 30;
        });
        let marked: Result<bool, Failure> = world.passgate.store().write(|tx| {
            let state = ApplicationState::DeletionScheduled {
                delete_at,
                requested_by: "fry".to_owned(),
            };
            Ok(applications::set_state(tx, &world.app, &state)?)
        });
        assert!(marked.unwrap());
        let token = long_lived_token(&world);
        let token_dies = world.now().plus(days(30));
        let dice = Dice(SeededEntropy::new(7));
        let mut recorded = Vec::new();
        run_due_jobs(&world);
        for round in 0.. {
            // The clock is wrong for less than an hour, and every node looks at what is due every ten minutes.
            if dice.roll(2) == 0 {
                let truth = world.now();
                let wrong = 86_400 * dice.pick(&[-90, -5, 4, 33, 60, 90]);
                world
                    .clock
                    .set(Timestamp::from_micros(truth.as_micros() + wrong * 1_000_000));
                let looks = 1 + dice.roll(5);
                for _ in 0..looks {
                    run_due_jobs(&world);
                    // Sealing under such a clock makes a key of that time.
                    long_lived_token(&world);
                    world.clock.advance(seconds(600));
                }
                world.clock.set(truth.plus(seconds(600 * looks)));
            }
            world.pass(hours(1 + dice.roll(30)));
            run_due_jobs(&world);
            let now = world.now();
            if !exists(&world) {
                assert!(now.plus(BELIEVED) >= delete_at, "deleted {round} rounds in");
                break;
            }
            assert!(now < delete_at.plus(days(2)), "a right clock deletes what is due");
            assert_eq!(opens(&world, &token), now <= token_dies, "round {round}");
            record(&world, u128::from(dice.roll(u64::MAX)));
            recorded.push(now);
            let kept = world
                .events()
                .iter()
                .filter(|event| event.kind == EventKind::ApiManagementAppFrozen)
                .count();
            let young = |age: Duration| recorded.iter().filter(|at| now.since(**at) <= age).count();
            assert!(kept >= young(retention - BELIEVED), "{kept} in round {round}");
            assert!(
                kept <= young(retention + days(2)),
                "a right clock purges what is due"
            );
        }
    });
}

#[test]
fn after_a_long_stop_what_is_due_is_done_within_an_hour_or_so() {
    World::on_each(|world| {
        let due = |outcomes: Vec<JobOutcome>| {
            outcomes
                .iter()
                .filter(|outcome| matches!(outcome, JobOutcome::ClockInDoubt(_)))
                .count()
        };
        assert_eq!(due(run_due_jobs(&world)), 0);
        let marked: Result<bool, Failure> = world.passgate.store().write(|tx| {
            let state = ApplicationState::DeletionScheduled {
                delete_at: world.now().plus(days(30)),
                requested_by: "fry".to_owned(),
            };
            Ok(applications::set_state(tx, &world.app, &state)?)
        });
        assert!(marked.unwrap());
        world.pass(days(60));
        for _ in 0..6 {
            // All but the reports, which a right run replaces.
            assert_eq!(due(run_due_jobs(&world)), 6);
            assert!(exists(&world));
            world.pass(seconds(600));
        }
        assert_eq!(due(run_due_jobs(&world)), 0);
        assert!(!exists(&world));
    });
}
