use passgate_core::event::{Event, EventKind, Severity};
use passgate_store::{Store, events, events::EventFilter};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, demo, event, read, write};

fn fill(store: &Store, numbers: impl IntoIterator<Item = u8>) {
    write(store, |tx| {
        for number in numbers {
            events::record(tx, &demo(), &event(number))?;
        }
        events::record(tx, &app("other"), &event(1))
    });
}

fn list(store: &Store, filter: &EventFilter) -> Vec<Event> {
    let listed = read(store, |tx| events::list(tx, &demo(), 1, 100, filter));
    assert_eq!(
        read(store, |tx| events::count(tx, &demo(), filter)),
        listed.len() as u64
    );
    listed
}

#[test]
fn an_event_reads_back_as_it_was_recorded() {
    with_store(|store| {
        let full = Event {
            kind: EventKind::SignInFailed,
            severity: Severity::Warning,
            reason: Some("wrong_origin".to_owned()),
            ip: Some("2001:db8::1".to_owned()),
            user_agent: Some("Mozilla/5.0".to_owned()),
            ..event(2)
        };
        write(store, |tx| {
            events::record(tx, &demo(), &event(1))?;
            events::record(tx, &demo(), &full)
        });
        assert_eq!(list(store, &EventFilter::default()), [full, event(1)]);
    });
}

#[test]
fn pages_are_newest_first() {
    with_store(|store| {
        fill(store, [3, 1, 5, 2, 4]);
        let page = |page| {
            read(store, |tx| {
                events::list(tx, &demo(), page, 2, &EventFilter::default())
            })
        };
        assert_eq!(page(1), [event(5), event(4)]);
        assert_eq!(page(2), [event(3), event(2)]);
        assert_eq!(page(3), [event(1)]);
        assert_eq!(page(4), []);
    });
}

#[test]
fn filters_can_be_combined() {
    with_store(|store| {
        fill(store, 1..=4);
        let odd = Event {
            kind: EventKind::ApiUserDeleted,
            severity: Severity::Alert,
            subject: "ann".to_owned(),
            performed_by: "System".to_owned(),
            ..event(9)
        };
        write(store, |tx| events::record(tx, &demo(), &odd));
        let all = EventFilter::default();
        let kinds = vec![EventKind::ApiUserDeleted, EventKind::ApiUserSetAliases];
        assert_eq!(
            list(store, &EventFilter { kinds, ..all.clone() }),
            std::slice::from_ref(&odd)
        );
        assert_eq!(
            list(
                store,
                &EventFilter {
                    severities: vec![Severity::Alert],
                    ..all.clone()
                }
            ),
            std::slice::from_ref(&odd)
        );
        assert_eq!(
            list(
                store,
                &EventFilter {
                    subject: Some("ann".to_owned()),
                    ..all.clone()
                }
            ),
            std::slice::from_ref(&odd)
        );
        assert_eq!(
            list(
                store,
                &EventFilter {
                    performed_by: Some("System".to_owned()),
                    ..all.clone()
                }
            ),
            [odd]
        );
        let span = EventFilter {
            from: Some(event(2).performed_at),
            until: Some(event(4).performed_at),
            ..all.clone()
        };
        assert_eq!(list(store, &span), [event(3), event(2)]);
        assert_eq!(
            list(
                store,
                &EventFilter {
                    kinds: vec![EventKind::ApiUserDeleted],
                    ..span
                }
            ),
            []
        );
        assert_eq!(
            list(
                store,
                &EventFilter {
                    subject: Some("\0".to_owned()),
                    ..all
                }
            ),
            []
        );
    });
}

#[test]
fn an_export_reads_oldest_first_from_where_it_stopped() {
    with_store(|store| {
        fill(store, 1..=5);
        let after = |id| {
            read(store, |tx| {
                events::list_after(tx, &demo(), id, 2, &EventFilter::default())
            })
        };
        assert_eq!(after(None), [event(1), event(2)]);
        assert_eq!(after(Some(event(4).id)), [event(5)]);
        assert_eq!(after(Some(event(5).id)), []);
    });
}

#[test]
fn pages_begin_behind_an_event_also_among_those_of_one_moment() {
    with_store(|store| {
        fill(store, 1..=3);
        for number in 20..25 {
            let simultaneous = Event {
                performed_at: NOW,
                ..event(number)
            };
            write(store, |tx| events::record(tx, &demo(), &simultaneous));
        }
        let all = EventFilter::default();
        let mut paged = read(store, |tx| events::list(tx, &demo(), 1, 2, &all));
        // What arrives meanwhile is newer, and on no page.
        write(store, |tx| events::record(tx, &demo(), &event(200)));
        loop {
            let last = events::Position::of(&paged[paged.len() - 1]);
            let next = read(store, |tx| events::list_before(tx, &demo(), last, 2, &all));
            if next.is_empty() {
                break;
            }
            paged.extend(next);
        }
        let listed: Vec<Event> = list(store, &all)
            .into_iter()
            .filter(|it| it.id != event(200).id)
            .collect();
        assert_eq!(paged, listed);
    });
}

#[test]
fn a_purge_goes_in_steps_and_spares_what_is_new() {
    with_store(|store| {
        fill(store, 1..=9);
        // Three of one moment, more than a step.
        for number in 20..23 {
            let simultaneous = Event {
                performed_at: NOW,
                ..event(number)
            };
            write(store, |tx| events::record(tx, &demo(), &simultaneous));
        }
        let before = NOW.plus(SECOND * 8);
        let mut deleted = 0;
        loop {
            let step = write(store, |tx| events::purge(tx, &demo(), before, 2));
            assert!(step <= 3, "a step of {step}");
            if step == 0 {
                break;
            }
            deleted += step;
        }
        assert_eq!(deleted, 10);
        assert_eq!(list(store, &EventFilter::default()), [event(9), event(8)]);
        assert_eq!(
            read(store, |tx| events::count(
                tx,
                &app("other"),
                &EventFilter::default()
            )),
            1
        );
    });
}

#[test]
fn text_that_postgres_cannot_hold_is_marked_rather_than_lost() {
    with_store(|store| {
        write(store, |tx| {
            events::record(
                tx,
                &demo(),
                &Event {
                    message: "a\0b".to_owned(),
                    ..event(1)
                },
            )
        });
        assert_eq!(list(store, &EventFilter::default())[0].message, "a\u{FFFD}b");
    });
}
