//! Two at once: exactly one wins, the loser gets its documented error, nothing is half-written.

use passgate::Stopped;
use passgate_core::application::SignCountRegression;
use passgate_core::register::UserLimitReached;
use std::{sync::Barrier, thread};

use passgate::{
    aliases::{AliasesError, SetAliasesInput},
    applications::{CreateAppError, CreateAppInput},
    register::{RegisterBeginInput, RegisterCompleteError},
    sign_in::{GenerateSignInTokenInput, SignInCompleteError, SignInTokenError},
};
use passgate_core::{
    alias::{Alias, ClearText},
    application::AppId,
};
use passgate_testkit::{Alteration, SoftAuthenticator};

use crate::world::{ORIGIN, World, discoverable, json, page, registration_of, user};

/// How many try at once.
const RUNNERS: usize = 6;

/// Starts all runners at the same moment and returns what became of each.
fn race<T: Send>(run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(RUNNERS);
    let runner = |n: usize| {
        start.wait();
        run(n)
    };
    thread::scope(|scope| {
        let runners: Vec<_> = (0..RUNNERS).map(|n| scope.spawn(move || runner(n))).collect();
        runners.into_iter().map(|runner| runner.join().unwrap()).collect()
    })
}

/// Exactly one success, and every loser as described.
#[track_caller]
fn one_wins<T: std::fmt::Debug, R: std::fmt::Debug>(
    results: &[Result<T, Stopped<R>>],
    loses: impl Fn(&R) -> bool,
) {
    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        1,
        "{results:?}"
    );
    assert!(
        results.iter().all(|result| match result {
            Ok(_) => true,
            Err(Stopped::Refused(refusal)) => loses(refusal),
            Err(Stopped::Failed(_)) => false,
        }),
        "{results:?}"
    );
}

#[test]
fn one_credential_id_is_registered_once() {
    World::on_each(|world| {
        let ceremonies: Vec<_> = (0..RUNNERS)
            .map(|n| {
                let begun = world.begin_registration(&format!("user-{n}"));
                let mut device = SoftAuthenticator::new();
                let same_id = [Alteration::CredentialId(vec![5; 32])];
                (
                    begun.session,
                    device
                        .register_altered(ORIGIN, &json(&begun.data), &same_id)
                        .unwrap(),
                )
            })
            .collect();
        let results = race(|n| world.complete_registration(&ceremonies[n].0, &ceremonies[n].1));
        one_wins(&results, |error| {
            matches!(error, RegisterCompleteError::CredentialNotUnique)
        });
        assert_eq!(world.passgate.count_users(&world.backend()).unwrap(), 1);
    });
}

#[test]
fn one_session_registers_once() {
    World::on_each(|world| {
        let begun = world.begin_registration("alice");
        let mut device = SoftAuthenticator::new();
        let response = device.register(ORIGIN, &json(&begun.data)).unwrap();
        let results = race(|_| world.complete_registration(&begun.session, &response));
        one_wins(&results, |error| {
            matches!(error, RegisterCompleteError::SessionAlreadyUsed)
        });
    });
}

#[test]
fn one_session_signs_in_once() {
    World::on_each(|world| {
        for mut device in [
            SoftAuthenticator::new(),
            SoftAuthenticator::new().with_sign_count(),
        ] {
            world.register("alice", &mut device);
            let begun = world.begin_sign_in(discoverable());
            let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
            let results = race(|_| world.complete_sign_in(&begun.session, &response));
            one_wins(&results, |error| {
                matches!(error, SignInCompleteError::SessionAlreadyUsed)
            });
        }
        let completed = world
            .event_names()
            .iter()
            .filter(|name| **name == "ApiUserSignInCompleted")
            .count();
        assert_eq!(completed, 2);
    });
}

#[test]
fn one_device_signs_in_on_several_pages_at_once() {
    World::on_each(|world| {
        let mut device = SoftAuthenticator::new();
        world.register("alice", &mut device);
        let ceremonies: Vec<_> = (0..RUNNERS)
            .map(|_| {
                let begun = world.begin_sign_in(discoverable());
                let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
                (begun.session, response)
            })
            .collect();
        let results = race(|n| world.complete_sign_in(&ceremonies[n].0, &ceremonies[n].1));
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    });
}

#[test]
fn a_sign_count_is_accepted_once() {
    World::on_each(|world| {
        world.set_features(|features| features.sign_count_regression = SignCountRegression::Refuse);
        let mut device = SoftAuthenticator::new().with_sign_count();
        world.register("alice", &mut device);
        let ceremonies: Vec<_> = (0..RUNNERS)
            .map(|_| {
                let begun = world.begin_sign_in(discoverable());
                let same_count = [Alteration::SignCount(9)];
                let response = device
                    .authenticate_altered(ORIGIN, &json(&begun.data), &same_count)
                    .unwrap();
                (begun.session, response)
            })
            .collect();
        let results = race(|n| world.complete_sign_in(&ceremonies[n].0, &ceremonies[n].1));
        one_wins(&results, |error| {
            matches!(error, SignInCompleteError::Verification(_))
        });
        let stored = world
            .passgate
            .list_credentials(&world.backend(), &user("alice"))
            .unwrap();
        assert_eq!(stored[0].sign_count, 9);
    });
}

#[test]
fn one_token_verifies_once() {
    World::on_each(|world| {
        let input = GenerateSignInTokenInput {
            user_id: user("alice"),
            time_to_live: None,
            purpose: None,
            rp_id: None,
            origin: None,
        };
        let token = world
            .passgate
            .generate_sign_in_token(&world.backend(), input, world.env())
            .unwrap();
        let results = race(|_| {
            world
                .passgate
                .verify_sign_in_token(&world.backend(), Some(&token), &world.client, world.env())
        });
        one_wins(&results, |error| {
            matches!(error, SignInTokenError::TokenAlreadyUsed)
        });
    });
}

#[test]
fn one_alias_goes_to_one_user() {
    World::on_each(|world| {
        let results = race(|n| {
            let input = SetAliasesInput {
                user_id: user(&format!("user-{n}")),
                aliases: [
                    Alias::parse("shared").unwrap(),
                    Alias::parse(&format!("own-{n}")).unwrap(),
                ]
                .into(),
                clear_text: ClearText::Kept,
                keeps_sign_in_name: false,
            };
            world.passgate.set_aliases(&world.backend(), input, world.env())
        });
        one_wins(&results, |error| matches!(error, AliasesError::Conflict));
        let counts: Vec<_> = (0..RUNNERS)
            .map(|n| {
                world
                    .passgate
                    .list_aliases(&world.backend(), &user(&format!("user-{n}")))
                    .unwrap()
                    .len()
            })
            .collect();
        assert_eq!(counts.iter().sum::<usize>(), 2, "{counts:?}");
    });
}

#[test]
fn one_alias_goes_to_one_registration() {
    World::on_each(|world| {
        let ceremonies: Vec<_> = (0..RUNNERS)
            .map(|n| {
                let mut input = registration_of(&format!("user-{n}"));
                input.aliases.replacement = [Alias::parse("shared").unwrap()].into();
                let token = world
                    .passgate
                    .register_token(&world.backend(), input, world.env())
                    .unwrap();
                let input = RegisterBeginInput {
                    token: Some(token),
                    relying_party: page(),
                };
                let begun = world
                    .passgate
                    .register_begin(&world.browser(), input, &world.client, world.env())
                    .unwrap();
                let response = SoftAuthenticator::new()
                    .register(ORIGIN, &json(&begun.data))
                    .unwrap();
                (begun.session, response)
            })
            .collect();
        let results = race(|n| world.complete_registration(&ceremonies[n].0, &ceremonies[n].1));
        one_wins(&results, |error| {
            matches!(error, RegisterCompleteError::Aliases(AliasesError::Conflict))
        });
        // A loser has neither alias nor credential.
        assert_eq!(world.passgate.count_users(&world.backend()).unwrap(), 1);
    });
}

#[test]
fn the_user_limit_is_not_outrun() {
    World::on_each(|world| {
        let ceremonies: Vec<_> = (0..RUNNERS)
            .map(|n| {
                let begun = world.begin_registration(&format!("user-{n}"));
                let response = SoftAuthenticator::new()
                    .register(ORIGIN, &json(&begun.data))
                    .unwrap();
                (begun.session, response)
            })
            .collect();
        world.set_features(|features| features.max_users = Some(1));
        let results = race(|n| world.complete_registration(&ceremonies[n].0, &ceremonies[n].1));
        one_wins(&results, |error| {
            matches!(
                error,
                RegisterCompleteError::UserLimit(UserLimitReached { limit: 1 })
            )
        });
    });
}

#[test]
fn one_application_id_is_created_once() {
    World::on_each(|world| {
        let results = race(|_| {
            let input = CreateAppInput {
                app: AppId::parse("contested").unwrap(),
                admin_email: String::new(),
                event_logging: true,
                event_retention_days: 1,
                magic_link_monthly_quota: 0,
                max_users: None,
                allow_attestation: false,
            };
            world.passgate.create_app(input, world.env()).map(drop)
        });
        one_wins(&results, |error| {
            matches!(error, CreateAppError::NotAvailable { .. })
        });
    });
}
