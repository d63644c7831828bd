use chrono::{Days, NaiveDate};
use passgate_store::{
    credentials,
    reports::{self, ActiveUserReport, CredentialReport},
};

use super::with_store;
use crate::fixture::{NOW, SECOND, app, credential, demo, read, write};

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(number)
}

#[test]
fn a_second_report_of_a_day_replaces_the_first() {
    with_store(|store| {
        let report = CredentialReport {
            day: day(0),
            users: 1,
            credentials: 2,
        };
        let corrected = CredentialReport { users: 5, ..report };
        write(store, |tx| reports::record_credentials(tx, &demo(), &report));
        write(store, |tx| reports::record_credentials(tx, &demo(), &corrected));
        assert_eq!(
            read(store, |tx| reports::list_credentials(tx, &demo(), None, None)),
            [corrected]
        );
        let report = ActiveUserReport {
            day: day(0),
            daily_users: 1,
            weekly_users: 2,
            total_users: 3,
        };
        let corrected = ActiveUserReport {
            total_users: 4,
            ..report
        };
        write(store, |tx| reports::record_active_users(tx, &demo(), &report));
        write(store, |tx| reports::record_active_users(tx, &demo(), &corrected));
        assert_eq!(
            read(store, |tx| reports::list_active_users(tx, &demo(), None, None)),
            [corrected]
        );
        assert_eq!(
            read(store, |tx| reports::list_active_users(
                tx,
                &app("other"),
                None,
                None
            )),
            []
        );
    });
}

#[test]
fn both_ends_of_a_span_are_included() {
    with_store(|store| {
        for number in (0..5).rev() {
            write(store, |tx| {
                let report = CredentialReport {
                    day: day(number),
                    users: number,
                    credentials: number,
                };
                reports::record_credentials(tx, &demo(), &report)?;
                let report = ActiveUserReport {
                    day: day(number),
                    daily_users: 0,
                    weekly_users: 0,
                    total_users: number,
                };
                reports::record_active_users(tx, &demo(), &report)
            });
        }
        let users = |from: Option<u64>, to: Option<u64>| {
            let (from, to) = (from.map(day), to.map(day));
            let held = read(store, |tx| reports::list_credentials(tx, &demo(), from, to));
            let active = read(store, |tx| reports::list_active_users(tx, &demo(), from, to));
            let held: Vec<u64> = held.iter().map(|report| report.users).collect();
            let active: Vec<u64> = active.iter().map(|report| report.total_users).collect();
            assert_eq!(held, active);
            held
        };
        assert_eq!(users(None, None), [0, 1, 2, 3, 4]);
        assert_eq!(users(Some(1), Some(3)), [1, 2, 3]);
        assert_eq!(users(Some(4), None), [4]);
        assert_eq!(users(None, Some(0)), [0]);
    });
}

#[test]
fn live_counts_are_of_the_last_day_and_week() {
    with_store(|store| {
        let hour = SECOND * 3600;
        store
            .write(|tx| {
                for (number, age) in [(1, 1), (2, 30), (3, 24 * 8)] {
                    let mut used = credential(number, &format!("user{number}"));
                    used.last_used_at = NOW.minus(hour * age);
                    credentials::insert(tx, &demo(), &used)?;
                }
                credentials::insert(tx, &demo(), &credential(4, "user1"))
            })
            .unwrap();
        let today = NOW.to_naive().date();
        let expected = ActiveUserReport {
            day: today,
            daily_users: 1,
            weekly_users: 2,
            total_users: 3,
        };
        assert_eq!(
            read(store, |tx| reports::count_active_users(tx, &demo(), NOW)),
            expected
        );
        let expected = CredentialReport {
            day: today,
            users: 3,
            credentials: 4,
        };
        assert_eq!(
            read(store, |tx| reports::count_credentials(tx, &demo(), NOW)),
            expected
        );
    });
}
