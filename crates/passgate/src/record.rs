//! The record: events beside what they describe, and refusals, which anybody can cause without end.

mod flood;

use passgate_core::{
    api_key::ApiKeyId,
    application::Application,
    event::{Event, Occurrence, id_at},
};
use passgate_store::{Store, StoreError, Tx, events};
use passgate_webauthn::causes;

use crate::{Client, Env, Failure, Refusal, Stopped};

/// Whoever does what is recorded: a caller with its key, or management, which is only known by the application.
pub(crate) trait Actor {
    fn application(&self) -> &Application;

    fn key_id(&self) -> Option<&ApiKeyId>;
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
    match event_of(actor, env, what) {
        Some(event) => events::record(tx, &actor.application().id, &event),
        None => Ok(()),
    }
}

/// What goes on record of it, for a transaction that owns all it writes; none if the application stores no events.
pub(crate) fn event_of(actor: &impl Actor, env: Env<'_>, what: &Occurrence<'_>) -> Option<Event> {
    let application = actor.application();
    if !application.features.event_logging {
        return None;
    }
    let id = id_at(env.now, env.random());
    Some(Event::record(env.now, id, &application.id, actor.key_id(), what))
}

/// Records what has no transaction of its own.
pub(crate) struct Record {
    store: Store,
    refusals: flood::Refusals,
}

impl Record {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            refusals: flood::Refusals::default(),
        }
    }

    /// Records something that changes nothing else.
    pub(crate) fn alone(
        &self,
        actor: &impl Actor,
        env: Env<'_>,
        what: &Occurrence<'_>,
    ) -> Result<(), Failure> {
        if !actor.application().features.event_logging {
            return Ok(());
        }
        self.store.write(|tx| Ok(record(tx, actor, env, what)?))
    }

    /// Records why a step of a ceremony stopped, if that is a refusal: a failure is nobody's doing.
    pub(crate) fn stopped<'o, R: Refusal>(
        &self,
        actor: &impl Actor,
        client: &Client,
        env: Env<'_>,
        stopped: &Stopped<R>,
        what: impl FnOnce(&'static str) -> Occurrence<'o>,
    ) {
        if let Some(reason) = stopped.reason() {
            self.refusal(actor, Some(client), env, &what(reason));
        }
    }

    /// Records a refusal, also of a key that makes nobody a caller. Anybody can be refused without end, so only so many
    /// of a kind are recorded, and with where they came from if the application allows that. The refusal stands even if
    /// that fails, which is for the log then.
    pub(crate) fn refusal(
        &self,
        actor: &impl Actor,
        client: Option<&Client>,
        env: Env<'_>,
        what: &Occurrence<'_>,
    ) {
        let Some(event) = self.refusal_event(actor, client, env, what) else {
            return;
        };
        let app = &actor.application().id;
        let recorded: Result<(), Failure> = self.store.write(|tx| Ok(events::record(tx, app, &event)?));
        if let Err(failure) = recorded {
            tell_unrecorded(actor, client, what, &failure);
        }
    }

    /// Like [`Record::stopped`], for a task.
    pub(crate) async fn stopped_async<'o, R: Refusal>(
        &self,
        actor: &impl Actor,
        client: &Client,
        env: Env<'_>,
        stopped: &Stopped<R>,
        what: impl FnOnce(&'static str) -> Occurrence<'o>,
    ) {
        let Some(reason) = stopped.reason() else {
            return;
        };
        let what = what(reason);
        let Some(event) = self.refusal_event(actor, Some(client), env, &what) else {
            return;
        };
        let app = actor.application().id.clone();
        let recorded: Result<(), Failure> = self
            .store
            .write_async(move |tx| Ok(events::record(tx, &app, &event)?))
            .await;
        if let Err(failure) = recorded {
            tell_unrecorded(actor, Some(client), &what, &failure);
        }
    }

    /// What goes on record of a refusal; none if the application stores no events, or enough of these.
    fn refusal_event(
        &self,
        actor: &impl Actor,
        client: Option<&Client>,
        env: Env<'_>,
        what: &Occurrence<'_>,
    ) -> Option<Event> {
        let application = actor.application();
        if !application.features.event_logging {
            return None;
        }
        let left_out = self.refusals.take(&application.id, what.kind(), env.now)?;
        let event = event_of(actor, env, what)?.standing_for(left_out);
        Some(
            match client.filter(|_| application.features.record_failed_ceremonies) {
                Some(client) => event.from_client(client.ip.clone(), client.user_agent.as_deref()),
                None => event,
            },
        )
    }
}

fn tell_unrecorded(actor: &impl Actor, client: Option<&Client>, what: &Occurrence<'_>, failure: &Failure) {
    let application = actor.application();
    let client = client.filter(|_| application.features.record_failed_ceremonies);
    tracing::error!(
        app = application.id.as_str(),
        key = actor.key_id().map(ApiKeyId::as_str),
        event = what.kind().as_str(),
        reason = what.reason(),
        client = client.and_then(|client| client.ip.as_deref()),
        cause = causes(failure),
        "the event of a refusal could not be recorded"
    );
}
