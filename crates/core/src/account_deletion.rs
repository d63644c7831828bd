//! Deletion as an application asks for it itself, with its secret key: its administrators are warned at once, its keys
//! are frozen after a day, its data goes after two weeks, and until then a mailed link aborts everything.

use std::time::Duration;

use crate::{
    application::{ApplicationState, FrozenBy},
    time::{DAY, Timestamp},
};

/// How long after the request the keys are frozen.
pub const FREEZE_AFTER: Duration = DAY;

/// How long after the request the data goes.
pub const DELETE_AFTER: Duration = Duration::from_secs(14 * DAY.as_secs());

/// How often a warning is tried again where the first did not reach an administrator: hourly, until the keys freeze.
pub const WARNING_ATTEMPTS: u32 = 24;

/// When what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the deletion was asked for.
    pub requested_at: Timestamp,
    /// When the keys are frozen.
    pub freeze_at: Timestamp,
    /// When the data goes.
    pub delete_at: Timestamp,
}

/// What is to be done with an application on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet, or nothing more for now.
    Wait,
    /// Its keys are to be frozen.
    Freeze,
    /// Its data is to be deleted.
    Delete,
}

impl Schedule {
    /// The schedule of a deletion that is asked for now.
    pub fn from_request(requested_at: Timestamp) -> Self {
        Self {
            requested_at,
            freeze_at: requested_at.plus(FREEZE_AFTER),
            delete_at: requested_at.plus(DELETE_AFTER),
        }
    }

    /// What is due now. An application that an operator froze is frozen already; one that an operator marked for
    /// deletion goes when the operator said.
    pub fn step(&self, state: &ApplicationState, now: Timestamp) -> Step {
        match state {
            ApplicationState::DeletionScheduled { .. } => Step::Wait,
            ApplicationState::Active | ApplicationState::Frozen { .. } if self.delete_at <= now => {
                Step::Delete
            }
            ApplicationState::Active if self.freeze_at <= now => Step::Freeze,
            ApplicationState::Active | ApplicationState::Frozen { .. } => Step::Wait,
        }
    }
}

/// The state that an application has once its own deletion is aborted: a freeze that came with the deletion goes with
/// it, what an operator did stays.
#[must_use]
pub fn abort(state: ApplicationState) -> ApplicationState {
    match state {
        ApplicationState::Frozen {
            by: FrozenBy::AccountDeletion,
            ..
        } => ApplicationState::Active,
        ApplicationState::Active
        | ApplicationState::Frozen {
            by: FrozenBy::Operator,
            ..
        }
        | ApplicationState::DeletionScheduled { .. } => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUESTED: Timestamp = Timestamp::from_seconds(1_735_689_600);

    fn schedule() -> Schedule {
        Schedule::from_request(REQUESTED)
    }

    fn hours(hours: u64) -> Timestamp {
        REQUESTED.plus(Duration::from_secs(hours * 3600))
    }

    fn frozen_by(by: FrozenBy) -> ApplicationState {
        ApplicationState::Frozen { at: hours(24), by }
    }

    fn scheduled_by_operator() -> ApplicationState {
        ApplicationState::DeletionScheduled {
            delete_at: hours(720),
            requested_by: "operator".to_owned(),
        }
    }

    #[test]
    fn keys_freeze_after_a_day_and_data_goes_after_two_weeks() {
        let frozen = frozen_by(FrozenBy::AccountDeletion);
        for (hour, state, step) in [
            (0, ApplicationState::Active, Step::Wait),
            (23, ApplicationState::Active, Step::Wait),
            (24, ApplicationState::Active, Step::Freeze),
            (25, frozen.clone(), Step::Wait),
            (335, frozen.clone(), Step::Wait),
            (336, frozen, Step::Delete),
            (25, frozen_by(FrozenBy::Operator), Step::Wait),
            (336, frozen_by(FrozenBy::Operator), Step::Delete),
            // The job did not run for two weeks.
            (400, ApplicationState::Active, Step::Delete),
            // The operator's date stands.
            (30, scheduled_by_operator(), Step::Wait),
            (400, scheduled_by_operator(), Step::Wait),
        ] {
            assert_eq!(schedule().step(&state, hours(hour)), step, "after {hour} hours");
        }
    }

    #[test]
    fn an_abort_lifts_only_the_freeze_of_the_deletion() {
        assert_eq!(
            abort(frozen_by(FrozenBy::AccountDeletion)),
            ApplicationState::Active
        );
        for state in [
            ApplicationState::Active,
            frozen_by(FrozenBy::Operator),
            scheduled_by_operator(),
        ] {
            assert_eq!(abort(state.clone()), state);
        }
    }
}
