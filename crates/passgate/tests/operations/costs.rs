//! What a warm sign-in costs, counted: what is counted does not depend on the machine, and cannot creep back.

use allocation_counter::measure;
use passgate::{Caller, sign_in::SignedIn};
use passgate_store::Statistics;
use passgate_testkit::SoftAuthenticator;

use crate::world::{ORIGIN, World, discoverable, json, signed};

/// What one step asked of the store, and allocated on the thread that called it.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    transactions: u64,
    statements: u64,
    prepared: u64,
    round_trips: u64,
}

/// Begin, complete and verify.
struct Costs {
    steps: [Cost; 3],
    allocations: [u64; 3],
}

fn cost<T>(world: &World, step: impl FnOnce() -> T) -> (T, Cost, u64) {
    let count = || world.passgate.store().statistics();
    let before = count();
    let mut done = None;
    let allocations = measure(|| done = Some(step())).count_total;
    let after = count();
    let of = |total: fn(Statistics) -> u64| total(after) - total(before);
    let cost = Cost {
        transactions: of(|total| total.reads + total.writes),
        statements: of(|total| total.statements),
        prepared: of(|total| total.prepared),
        round_trips: of(|total| total.round_trips),
    };
    (done.unwrap(), cost, allocations)
}

fn sign_in(world: &World, browser: &Caller, backend: &Caller, device: &mut SoftAuthenticator) -> Costs {
    let (passgate, client) = (&world.passgate, &world.client);
    let (begun, begin, begin_allocations) = cost(world, || {
        passgate
            .sign_in_begin(browser, discoverable(), client, world.env())
            .unwrap()
    });
    let response = device.authenticate(ORIGIN, &json(&begun.data)).unwrap();
    let input = signed(&begun.session, &response);
    let (SignedIn { token, .. }, complete, complete_allocations) = cost(world, || {
        passgate
            .sign_in_complete(browser, input, client, world.env())
            .unwrap()
    });
    let (_, verify, verify_allocations) = cost(world, || {
        passgate
            .verify_sign_in_token(backend, Some(&token), client, world.env())
            .unwrap()
    });
    Costs {
        steps: [begin, complete, verify],
        allocations: [begin_allocations, complete_allocations, verify_allocations],
    }
}

#[test]
fn a_warm_sign_in_costs_what_it_costs() {
    World::on_each(|world| costs_what_it_costs(&world));
}

fn costs_what_it_costs(world: &World) {
    let mut device = SoftAuthenticator::new();
    world.register("alice", &mut device);
    let (browser, backend) = (world.browser(), world.backend());
    // Every pooled connection prepares its statements once, the first sign-in of a minute says so in its purpose, and
    // the callers know of that only afterwards.
    for _ in 0..20 {
        sign_in(world, &browser, &backend, &mut device);
    }
    let (browser, backend) = (world.browser(), world.backend());
    for _ in 0..20 {
        sign_in(world, &browser, &backend, &mut device);
    }

    let costs = sign_in(world, &browser, &backend, &mut device);
    let step = |transactions, statements, round_trips| Cost {
        transactions,
        statements,
        prepared: 0,
        round_trips,
    };
    let (complete, verify, most_allocations) = if world.passgate.store().is_sqlite() {
        // Complete reads (begin, select, commit) and writes: begin and commit, two words for the savepoint, the session
        // (which asks for what was forgotten), the credential, the event. Verify writes the same without the credential.
        (step(2, 11, 0), step(1, 7, 0), [35, 115, 25])
    } else {
        // There each transaction begins with its first statement, an event travels with the commit, and nobody waits for
        // the end of a read.
        (step(2, 9, 5), step(1, 5, 3), [35, 270, 120])
    };
    assert_eq!(costs.steps, [step(0, 0, 0), complete, verify]);
    for (allocations, most) in costs.allocations.into_iter().zip(most_allocations) {
        assert!(allocations <= most, "{:?}", costs.allocations);
    }
}
