//! Opening connections for the pool and for single purposes.

use std::{
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use diesel::{Connection, connection::InstrumentationEvent};

use super::{Conn, Health, postgres, role::Role, sqlite};
use crate::{
    error::StoreError,
    options::StoreSettings,
    statistics::Statements,
    url::{DatabaseUrl, Location},
};

/// Opens connections: picks the database by the address, and sets what every connection needs.
#[derive(Clone)]
pub(crate) struct Opener {
    pub(crate) url: DatabaseUrl,
    pub(crate) settings: StoreSettings,
    pub(crate) role: Role,
    pub(crate) statements: Arc<Statements>,
    pub(crate) health: Arc<Health>,
}

/// Between two attempts to reach a database that is away.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

impl Opener {
    pub(crate) fn new(
        url: DatabaseUrl,
        settings: StoreSettings,
        role: Role,
        statements: Arc<Statements>,
    ) -> Self {
        Self {
            url,
            settings,
            role,
            statements,
            health: Arc::default(),
        }
    }

    /// The same for another purpose.
    pub(crate) fn with_role(&self, role: Role) -> Self {
        Self { role, ..self.clone() }
    }

    /// Opens a connection.
    pub(crate) fn open(&self) -> Result<Conn, StoreError> {
        let mut conn = match &self.url.0 {
            Location::Sqlite(path) => Conn::Sqlite(sqlite::open(path, self.role, &self.settings)?),
            Location::Postgres(address) => {
                Conn::Postgres(postgres::open(address, self.role, &self.settings)?)
            }
        };
        let statements = Arc::clone(&self.statements);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
            InstrumentationEvent::StartQuery { .. } => {
                statements.sent.fetch_add(1, Ordering::Relaxed);
            }
            InstrumentationEvent::CacheQuery { .. } => {
                statements.prepared.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        });
        Ok(conn)
    }
}

/// A pooled connection. It is thrown away unless its last transaction ended in an orderly way.
pub(crate) struct Pooled {
    pub(crate) conn: Conn,
    pub(crate) in_doubt: bool,
    /// When, in the order of fail-overs, it was made.
    pub(crate) era: u64,
}

impl r2d2::ManageConnection for Opener {
    type Connection = Pooled;
    type Error = StoreError;

    /// Opens a connection. While a server is away this goes on trying, on the pool's own threads: the pool's pauses
    /// between its attempts grow to seconds, which is too long after a fail-over.
    fn connect(&self) -> Result<Pooled, StoreError> {
        let (mut pause, longest) = PAUSES;
        loop {
            let era = self.health.era();
            match self.open() {
                Ok(conn) => {
                    self.health.note_success();
                    return Ok(Pooled {
                        conn,
                        in_doubt: false,
                        era,
                    });
                }
                Err(error) => {
                    self.health.note_failure(&error);
                    if self.url.sqlite_path().is_some() || self.health.is_closed() {
                        return Err(error);
                    }
                    thread::sleep(pause);
                    pause = (pause * 2).min(longest);
                }
            }
        }
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), StoreError> {
        if self.is_there(pooled) {
            return Ok(());
        }
        Err(StoreError::unavailable(
            "check the connection",
            "the connection ended",
        ))
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        if let Conn::Postgres(conn) = &pooled.conn
            && conn.has_met_a_standby()
        {
            // The others lead to the same server.
            self.health.end_era(pooled.era);
        }
        let is_spent = match &pooled.conn {
            Conn::Postgres(conn) => conn.is_spent(),
            Conn::Sqlite(_) => false,
        };
        pooled.in_doubt || is_spent || pooled.era != self.health.era()
    }
}

impl Opener {
    /// Whether a connection that was idle can be used, as far as can be told without asking the server.
    pub(crate) fn is_there(&self, pooled: &mut Pooled) -> bool {
        match &mut pooled.conn {
            Conn::Postgres(conn) => pooled.era == self.health.era() && conn.is_there(),
            Conn::Sqlite(_) => true,
        }
    }
}
