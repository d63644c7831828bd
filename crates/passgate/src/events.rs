//! Events: recording them beside what they describe, and reading them back.

use passgate_core::{
    api_key::ApiKeyId,
    application::Application,
    event::{Event, Occurrence, id_at},
};
use passgate_store::{StoreError, Tx, events};
use uuid::Uuid;

use crate::{Caller, Client, Env, Failure, Passgate, failure::from_store_error};

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventsQuery {
    /// The page, from 1.
    pub page: u32,
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
    /// Something failed that is not the caller's doing.
    #[error(transparent)]
    Failure(#[from] Failure),
}

from_store_error!(ListEventsError);

impl Passgate {
    /// A page of an application's events, newest first.
    ///
    /// # Errors
    /// [`ListEventsError::Disabled`] if the application stores none.
    pub fn list_events(&self, caller: &Caller, query: &EventsQuery) -> Result<EventsPage, ListEventsError> {
        if !caller.features().event_logging {
            return Err(ListEventsError::Disabled);
        }
        let app = caller.app_id();
        self.store().read(|tx| {
            Ok(EventsPage {
                events: events::list(tx, app, query.page, query.page_size, &query.filter)?,
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
    ) -> Result<Vec<Event>, ListEventsError> {
        if !caller.features().event_logging {
            return Err(ListEventsError::Disabled);
        }
        self.store()
            .read(|tx| Ok(events::list_after(tx, caller.app_id(), after, limit, filter)?))
    }

    /// Records something that changes nothing else.
    pub(crate) fn record_alone(
        &self,
        actor: &impl Actor,
        env: Env<'_>,
        what: &Occurrence<'_>,
    ) -> Result<(), Failure> {
        if !actor.application().features.event_logging {
            return Ok(());
        }
        self.store().write(|tx| Ok(record(tx, actor, env, what)?))
    }

    /// Records a refused ceremony, with where it came from if the application allows that.
    pub(crate) fn record_refusal(
        &self,
        caller: &Caller,
        client: &Client,
        env: Env<'_>,
        what: &Occurrence<'_>,
    ) {
        let application = &caller.snapshot().application;
        self.record_refusal_with(application, caller.key_id(), env, what, Some(client));
    }

    /// Records a refusal, also of a key that makes nobody a caller. Anybody can be refused without end, so only so many of a
    /// kind are recorded, and with where they came from if the application allows that. The refusal stands even if that
    /// fails, which is for the log then.
    pub(crate) fn record_refusal_with(
        &self,
        application: &Application,
        key: Option<&ApiKeyId>,
        env: Env<'_>,
        what: &Occurrence<'_>,
        client: Option<&Client>,
    ) {
        if !application.features.event_logging {
            return;
        }
        let Some(left_out) = self.refusals().take(&application.id, what.kind(), env.now) else {
            return;
        };
        let client = client.filter(|_| application.features.record_failed_ceremonies);
        let event = Event::record(env.now, id_at(env.now, env.random()), &application.id, key, what)
            .standing_for(left_out);
        let event = match client {
            Some(client) => event.from_client(client.ip.clone(), client.user_agent.as_deref()),
            None => event,
        };
        let recorded: Result<(), Failure> = self
            .store()
            .write(|tx| Ok(events::record(tx, &application.id, &event)?));
        if let Err(failure) = recorded {
            let causes =
                std::iter::successors(Some(&failure as &dyn std::error::Error), |error| error.source());
            let causes: Vec<String> = causes.map(ToString::to_string).collect();
            tracing::error!(
                app = application.id.as_str(),
                key = key.map(ApiKeyId::as_str),
                event = what.kind().as_str(),
                reason = what.reason(),
                client = client.and_then(|client| client.ip.as_deref()),
                cause = causes.join(": "),
                "the event of a refusal could not be recorded"
            );
        }
    }
}

/// Who does what is recorded: a caller with its key, or management, which is only known by the application.
pub(crate) trait Actor {
    fn application(&self) -> &Application;

    fn key_id(&self) -> Option<&ApiKeyId>;
}

impl Actor for Caller {
    fn application(&self) -> &Application {
        &self.snapshot().application
    }

    fn key_id(&self) -> Option<&ApiKeyId> {
        self.key_id()
    }
}

impl Actor for Application {
    fn application(&self) -> &Application {
        self
    }

    fn key_id(&self) -> Option<&ApiKeyId> {
        None
    }
}

/// Records what somebody did, in the transaction that does it, if the application stores events.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    actor: &impl Actor,
    env: Env<'_>,
    what: &Occurrence<'_>,
) -> Result<(), StoreError> {
    let application = actor.application();
    if !application.features.event_logging {
        return Ok(());
    }
    let id = id_at(env.now, env.random());
    let event = Event::record(env.now, id, &application.id, actor.key_id(), what);
    events::record(tx, &application.id, &event)
}
