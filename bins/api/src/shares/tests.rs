use std::future::Future;

use actix_web::rt::System;
use futures_util::FutureExt as _;

use super::*;

fn app(name: &str) -> Share {
    Share::App(AppId::parse(name).unwrap())
}

fn limits() -> ShareLimits {
    ShareLimits {
        places: 8,
        places_of_one: 4,
        here_for: Duration::from_secs(60),
        heavy: 2,
        waiting: 20,
        waiting_of_one: 10,
        patience: Duration::from_secs(60),
        bytes: 100,
        bytes_of_one: 60,
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    System::new().block_on(test)
}

type Entering<'s> = std::pin::Pin<Box<dyn Future<Output = Result<Place, Exceeded>> + 's>>;

/// Asks for a place, once: the place if there is one, else the future that waits for it.
fn ask(shares: &Arc<Shares>, share: Share, work: Work) -> Result<Place, Entering<'_>> {
    let mut entering: Entering<'_> = Box::pin(shares.enter(share, work));
    match (&mut entering).now_or_never() {
        Some(outcome) => Ok(outcome.unwrap()),
        None => Err(entering),
    }
}

fn place(shares: &Arc<Shares>, share: Share, work: Work) -> Place {
    ask(shares, share, work).unwrap_or_else(|_| panic!("there is no place"))
}

fn waits(shares: &Arc<Shares>, share: Share, work: Work) -> Entering<'_> {
    match ask(shares, share, work) {
        Ok(_) => panic!("there is a place"),
        Err(waiting) => waiting,
    }
}

#[test]
fn alone_an_application_has_all_places_and_beside_others_a_part() {
    run(async {
        let shares = Shares::new(limits());
        let all: Vec<_> = (0..8)
            .map(|_| place(&shares, app("greedy"), Work::Light))
            .collect();
        let waiting = waits(&shares, app("greedy"), Work::Light);
        assert_eq!((shares.usage().running, shares.usage().waiting), (8, 1));
        drop((all, waiting));

        let shares = Shares::new(limits());
        let _neighbour = place(&shares, app("neighbour"), Work::Light);
        let _some: Vec<_> = (0..4)
            .map(|_| place(&shares, app("greedy"), Work::Light))
            .collect();
        let _waiting = waits(&shares, app("greedy"), Work::Light);
        // However many the greedy one asks for, the neighbour finds a place at once.
        for _ in 0..3 {
            drop(place(&shares, app("neighbour"), Work::Light));
        }
    });
}

#[test]
fn the_next_place_goes_to_whoever_had_least_time() {
    run(async {
        let shares = Shares::new(ShareLimits {
            places: 1,
            places_of_one: 1,
            ..limits()
        });
        let first = place(&shares, app("greedy"), Work::Light);
        let mut greedy: Vec<_> = (0..5)
            .map(|_| waits(&shares, app("greedy"), Work::Light))
            .collect();
        let mut neighbour = waits(&shares, app("neighbour"), Work::Light);
        // Long enough to be more than what a beginning costs.
        leave_after(first, Duration::from_millis(50));
        let place = (&mut neighbour).now_or_never().unwrap().unwrap();
        assert!(greedy.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        leave_after(place, Duration::from_millis(1));
        // Nobody else is left, so the greedy one goes on, in the order of asking.
        let place = (&mut greedy[0]).now_or_never().unwrap().unwrap();
        leave_after(place, Duration::from_millis(1));
        (&mut greedy[1]).now_or_never().unwrap().unwrap();
    });
}

/// Leaves as if the operation had taken so long.
fn leave_after(mut place: Place, took: Duration) {
    place.since -= took;
}

#[test]
fn lines_are_bounded_and_only_whoever_fills_them_is_refused() {
    run(async {
        let shares = Shares::new(limits());
        let _places: Vec<_> = (0..8)
            .map(|_| place(&shares, app("greedy"), Work::Light))
            .collect();
        let line: Vec<_> = (0..10)
            .map(|_| waits(&shares, app("greedy"), Work::Light))
            .collect();
        let refused = shares.enter(app("greedy"), Work::Light).await.unwrap_err();
        assert_eq!(refused, Exceeded::Share);
        let _others: Vec<_> = (0..10)
            .map(|number| waits(&shares, app(&format!("other{number}")), Work::Light))
            .collect();
        let refused = shares.enter(app("another"), Work::Light).await.unwrap_err();
        assert_eq!(refused, Exceeded::Server);
        assert_eq!(shares.usage().waiting, 20);
        // Those whose client has gone make room.
        drop(line);
        let _waiting = waits(&shares, app("another"), Work::Light);
        assert_eq!(shares.usage().waiting, 11);
    });
}

#[test]
fn heavy_work_is_bounded_and_leaves_places() {
    run(async {
        let shares = Shares::new(limits());
        let first = place(&shares, app("greedy"), Work::Heavy);
        let _second = place(&shares, app("greedy"), Work::Heavy);
        let mut third = waits(&shares, app("greedy"), Work::Heavy);
        // Its own light work goes on meanwhile.
        drop(place(&shares, app("greedy"), Work::Light));
        drop(first);
        let third = (&mut third).now_or_never().unwrap().unwrap();
        assert_eq!(shares.usage().heavy, 2);
        drop(third);

        // Beside others, one application has half of it.
        let shares = Shares::new(limits());
        drop(place(&shares, app("neighbour"), Work::Light));
        let _one = place(&shares, app("greedy"), Work::Heavy);
        let _waiting = waits(&shares, app("greedy"), Work::Heavy);
        let _other = place(&shares, app("neighbour"), Work::Heavy);
        assert_eq!(shares.usage().heavy, 2);
    });
}

#[test]
fn strangers_share_one_line_and_never_have_all_places() {
    run(async {
        let shares = Shares::new(limits());
        let _some: Vec<_> = (0..4)
            .map(|_| place(&shares, Share::Strangers, Work::Light))
            .collect();
        let _waiting = waits(&shares, Share::Strangers, Work::Light);
        // They do not count among the applications that are here, so that a monitor costs nobody anything.
        let _all: Vec<_> = (0..4).map(|_| place(&shares, app("only"), Work::Light)).collect();
        assert_eq!(shares.usage().running, 8);
    });
}

#[test]
fn whoever_waits_too_long_is_told() {
    run(async {
        let shares = Shares::new(ShareLimits {
            places: 1,
            places_of_one: 1,
            patience: Duration::from_millis(10),
            ..limits()
        });
        let place = place(&shares, app("greedy"), Work::Light);
        let refused = shares.enter(app("neighbour"), Work::Light).await.unwrap_err();
        assert_eq!(refused, Exceeded::Patience);
        drop(place);
        assert_eq!(shares.usage(), Usage::default(), "nothing is left behind");
    });
}

#[test]
fn bytes_are_held_against_one_and_against_all() {
    let shares = Shares::new(limits());
    let mut greedy = shares.room(app("greedy"));
    greedy.hold(40).unwrap();
    greedy.hold(20).unwrap();
    assert_eq!(greedy.hold(1), Err(Exceeded::Share));
    let mut other = shares.room(app("other"));
    other.hold(40).unwrap();
    assert_eq!(shares.room(app("third")).hold(1), Err(Exceeded::Server));
    assert_eq!(shares.usage().bytes, 100);
    drop(greedy);
    shares.room(app("third")).hold(60).unwrap();
    drop(other);
    assert_eq!(shares.usage().bytes, 0);
}

#[test]
fn limits_fit_the_machine() {
    let small = ShareLimits::of(32, 8, 2, 1 << 20);
    assert_eq!((small.places, small.places_of_one, small.heavy), (32, 4, 1));
    let large = ShareLimits::of(32, 8, 32, 1 << 20);
    assert_eq!((large.places_of_one, large.heavy), (16, 4));
    let least = ShareLimits::of(1, 1, 1, 64 << 20);
    assert_eq!((least.places, least.places_of_one, least.heavy), (1, 1, 1));
    assert_eq!((least.bytes, least.bytes_of_one), (256 << 20, 64 << 20));
}

/// `docs/limits.md` says what the program does.
#[test]
fn the_table_of_limits_is_true() {
    let table = include_str!("../../../../docs/limits.md");
    let of = ShareLimits::of(32, 1000, 100, 1);
    let mib = |bytes: usize| bytes >> 20;
    for (what, limit) in [
        ("Values in a body, members and items", crate::json::VALUES),
        ("Nesting of a body", crate::json::DEPTH),
        (
            "Bytes of a `User-Agent` that are read for the device",
            crate::device::LONGEST_READ,
        ),
        ("Rules asked about a `User-Agent`", crate::device::MOST_ASKED),
        ("Heavy operations at once, for each two processors", of.heavy / 50),
        ("Operations of one application that wait", of.waiting_of_one),
        ("Operations that wait, in all", of.waiting),
        (
            "MiB of bodies and unread documents of one application",
            mib(of.bytes_of_one),
        ),
        ("MiB of bodies and unread documents, in all", mib(of.bytes)),
        (
            "Demo applications of the playground in an hour",
            crate::api::DEMOS_PER_HOUR as usize,
        ),
    ] {
        let row = format!("| {what} | {limit} |");
        assert!(table.contains(&row), "{row}");
    }
    let seconds = format!("| Seconds that an operation waits | {} |", of.patience.as_secs());
    assert!(table.contains(&seconds), "{seconds}");
    assert_eq!(ShareLimits::of(32, 8, 4, 1).places_of_one, 2 * 4);
}
