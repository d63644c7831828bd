//! Deletion as an application asks for it itself, with its secret key: its administrators are warned at once, its keys
//! are frozen after a day, its data goes after two weeks, and until then a mailed link aborts everything.

use std::time::Duration;

use crate::{
    application::ApplicationState,
    time::{DAY, Timestamp},
};

/// How long after the request the keys are frozen.
pub const FREEZE_AFTER: Duration = DAY;

/// How long after the request the data goes.
pub const DELETE_AFTER: Duration = Duration::from_secs(14 * DAY.as_secs());

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

    /// What is due now. An application that is frozen or scheduled for deletion by an operator is frozen already.
    pub fn step(&self, state: &ApplicationState, now: Timestamp) -> Step {
        if self.delete_at <= now {
            Step::Delete
        } else if self.freeze_at <= now && *state == ApplicationState::Active {
            Step::Freeze
        } else {
            Step::Wait
        }
    }

    /// The state that the application has once the deletion is aborted: a freeze that came with the deletion goes with
    /// it, an operator's stays.
    pub fn abort(&self, state: ApplicationState) -> ApplicationState {
        match state {
            ApplicationState::Frozen { at } if at >= self.freeze_at => ApplicationState::Active,
            ApplicationState::Active
            | ApplicationState::Frozen { .. }
            | ApplicationState::DeletionScheduled { .. } => state,
        }
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

    fn scheduled_by_operator() -> ApplicationState {
        ApplicationState::DeletionScheduled {
            delete_at: hours(720),
            requested_by: "operator".to_owned(),
        }
    }

    #[test]
    fn keys_freeze_after_a_day_and_data_goes_after_two_weeks() {
        let frozen = ApplicationState::Frozen { at: hours(24) };
        for (hour, state, step) in [
            (0, ApplicationState::Active, Step::Wait),
            (23, ApplicationState::Active, Step::Wait),
            (24, ApplicationState::Active, Step::Freeze),
            (25, frozen.clone(), Step::Wait),
            (335, frozen.clone(), Step::Wait),
            (336, frozen, Step::Delete),
            // The job did not run for two weeks.
            (400, ApplicationState::Active, Step::Delete),
            (30, scheduled_by_operator(), Step::Wait),
        ] {
            assert_eq!(schedule().step(&state, hours(hour)), step, "after {hour} hours");
        }
    }

    #[test]
    fn an_abort_lifts_only_the_freeze_of_the_deletion() {
        let ours = ApplicationState::Frozen { at: hours(24) };
        assert_eq!(schedule().abort(ours), ApplicationState::Active);
        for state in [
            ApplicationState::Active,
            ApplicationState::Frozen { at: hours(2) },
            scheduled_by_operator(),
        ] {
            assert_eq!(schedule().abort(state.clone()), state);
        }
    }
}
