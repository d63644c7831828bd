//! Events: reading back what was recorded.

use passgate_core::{code::Code, event::Event};
use passgate_store::events;
use uuid::Uuid;

use crate::{Caller, Passgate, Refusal, Stopped};

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventsQuery {
    /// The page, from 1; not looked at with `before`.
    pub page: u32,
    /// Where the page begins: after this event, which is newer than those on it.
    pub before: Option<events::Position>,
    /// Events per page, 1 to 1000.
    pub page_size: u32,
    /// Which of them.
    pub filter: events::EventFilter,
}

/// A page of events, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsPage {
    /// The events of the page.
    pub events: Vec<Event>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Why events are not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListEventsError {
    /// The application's events are not stored.
    #[error("the application does not store events")]
    Disabled,
}

impl Refusal for ListEventsError {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Disabled => None,
        }
    }
}

impl Passgate {
    /// A page of an application's events, newest first.
    ///
    /// # Errors
    /// [`ListEventsError::Disabled`] if the application stores none.
    pub fn list_events(
        &self,
        caller: &Caller,
        query: &EventsQuery,
    ) -> Result<EventsPage, Stopped<ListEventsError>> {
        if !caller.features().event_logging {
            return Err(Stopped::Refused(ListEventsError::Disabled));
        }
        let app = caller.app_id();
        self.store().read(|tx| {
            let events = match query.before {
                Some(before) => events::list_before(tx, app, before, query.page_size, &query.filter)?,
                None => events::list(tx, app, query.page, query.page_size, &query.filter)?,
            };
            Ok(EventsPage {
                events,
                total: events::count(tx, app, &query.filter)?,
            })
        })
    }

    /// A part of an application's events, oldest first: at most `limit` of them that come after an event. The part that
    /// ends the export has fewer.
    ///
    /// # Errors
    /// [`ListEventsError::Disabled`] if the application stores none.
    pub fn export_events(
        &self,
        caller: &Caller,
        filter: &events::EventFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Event>, Stopped<ListEventsError>> {
        if !caller.features().event_logging {
            return Err(Stopped::Refused(ListEventsError::Disabled));
        }
        self.store()
            .read(|tx| Ok(events::list_after(tx, caller.app_id(), after, limit, filter)?))
    }
}
