//! The connection as diesel knows it.

use diesel::{
    QueryResult,
    connection::{
        AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, DefaultLoadingMode,
        DynInstrumentation, Instrumentation, InstrumentationEvent, LoadConnection, MultiConnectionHelper,
        SimpleConnection, StrQueryHelper, TransactionManager,
    },
    expression::QueryMetadata,
    migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection},
    pg::{GetPgMetadataCache, Pg, PgMetadataCache, PgMetadataLookup, PgQueryBuilder},
    query_builder::{Query, QueryBuilder, QueryFragment, QueryId, bind_collector::RawBytesBindCollector},
    result::{ConnectionError, ConnectionResult, Error as DieselError},
};

use crate::{
    address::Address,
    behaviour::Behaviour,
    error::ConnectError,
    row::PostgresRow,
    session::{Key, Outcome, Session, Statement},
    startup,
};

/// A connection to a PostgreSQL server. Statements that are [queued](Self::queue_begin) travel with the next one.
pub struct PostgresConnection {
    session: Box<Session>,
    transaction_manager: AnsiTransactionManager,
    instrumentation: DynInstrumentation,
    metadata_cache: PgMetadataCache,
}

impl std::fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresConnection")
    }
}

impl PostgresConnection {
    /// Connects to the first server that will do.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] of the server that has most to say.
    pub fn open(address: &Address, behaviour: &Behaviour) -> Result<Self, ConnectError> {
        Ok(Self {
            session: Box::new(startup::connect(address, behaviour)?),
            transaction_manager: AnsiTransactionManager::default(),
            instrumentation: DynInstrumentation::none(),
            metadata_cache: PgMetadataCache::new(),
        })
    }

    /// Puts `begin`, and the settings of a shared server, before the next statement: they travel and succeed or fail
    /// together. Nothing is sent.
    ///
    /// # Errors
    ///
    /// The reason why the connection ended, if it did.
    pub fn queue_begin(&mut self, begin: &str) -> QueryResult<()> {
        self.tell(begin);
        Ok(self.session.queue_begin(begin)?)
    }

    /// Puts a statement before the next one that is waited for. If it fails, that one fails with its error, and has
    /// not run. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If the statement cannot be written, or the connection ended.
    pub fn queue<T>(&mut self, source: &T) -> QueryResult<()>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.with_statement(source, |session, statement| Ok(session.queue(statement)?))
    }

    /// Ends a transaction so that what it did is kept, in one round trip with what is queued; in none, if there was
    /// nothing but its begin.
    ///
    /// # Errors
    ///
    /// The error of a queued statement or of the commit; also if the server rolled back because a statement had failed.
    pub fn commit(&mut self) -> QueryResult<()> {
        self.tell("COMMIT");
        if self.session.commit()? {
            Ok(())
        } else {
            Err(DieselError::RollbackTransaction)
        }
    }

    /// Ends a transaction that only read, and leaves the answer to whoever uses the connection next.
    ///
    /// # Errors
    ///
    /// If it cannot be sent.
    pub fn commit_and_go(&mut self) -> QueryResult<()> {
        self.tell("COMMIT");
        Ok(self.session.end_and_go("COMMIT")?)
    }

    /// Undoes a transaction, and leaves the answer to whoever uses the connection next.
    ///
    /// # Errors
    ///
    /// If it cannot be sent. The server undoes the transaction when the connection is dropped.
    pub fn rollback_and_go(&mut self) -> QueryResult<()> {
        self.tell("ROLLBACK");
        Ok(self.session.end_and_go("ROLLBACK")?)
    }

    /// Whether the connection is still there, as far as can be told without a round trip: for one that was idle.
    pub fn is_there(&mut self) -> bool {
        self.session.is_there()
    }

    /// Whether the connection should be thrown away: it broke, or what it leads to takes no writes any more.
    pub fn is_spent(&self) -> bool {
        self.session.end().is_some()
    }

    /// Whether the connection is spent because the server takes no writes any more: others to the same server are,
    /// too.
    pub fn has_met_a_standby(&self) -> bool {
        self.session
            .end()
            .is_some_and(|end| end.state == crate::SqlState::READ_ONLY_TRANSACTION)
    }

    /// Whether each transaction may meet another server connection, behind a pooler.
    pub const fn shares_server(&self) -> bool {
        self.session.shares_server()
    }

    /// How often something was sent and its answer waited for.
    pub const fn round_trips(&self) -> u64 {
        self.session.round_trips()
    }

    fn tell(&mut self, sql: &str) {
        let query = StrQueryHelper::new(sql);
        self.instrumentation
            .on_connection_event(InstrumentationEvent::start_query(&query));
    }

    fn with_statement<T, R>(
        &mut self,
        source: &T,
        work: impl FnOnce(&mut Session, &Statement<'_>) -> QueryResult<R>,
    ) -> QueryResult<R>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.instrumentation
            .on_connection_event(InstrumentationEvent::start_query(&diesel::debug_query::<Pg, _>(
                source,
            )));
        let mut collector = RawBytesBindCollector::<Pg>::new();
        source.collect_binds(&mut collector, self, &Pg)?;
        let types = collector
            .metadata
            .iter()
            .map(diesel::pg::PgTypeMetadata::oid)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| DieselError::SerializationError(Box::new(error)))?;
        let key = if self.session.shares_server() {
            None
        } else {
            key(source, &types)?
        };
        if let Some(key) = &key
            && !self.session.has_prepared(key)
        {
            let sql = text(source)?;
            self.instrumentation
                .on_connection_event(InstrumentationEvent::cache_query(&sql));
        }
        let statement = Statement {
            key,
            sql: &|| text(source),
            types,
            values: collector.binds,
        };
        let result = work(&mut self.session, &statement);
        if result.is_err() && self.session.is_in_failed_transaction() {
            AnsiTransactionManager::transaction_manager_status_mut(self)
                .set_requires_rollback_maybe_up_to_top_level(true);
        }
        result
    }

    fn run<T>(&mut self, source: &T) -> QueryResult<Outcome>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.with_statement(source, Session::run)
    }
}

/// By what a statement is kept prepared: its type, or else its text; none if it is different each time.
fn key<T>(source: &T, types: &[u32]) -> QueryResult<Option<Key>>
where
    T: QueryFragment<Pg> + QueryId,
{
    if !source.is_safe_to_cache_prepared(&Pg)? {
        return Ok(None);
    }
    Ok(Some(match T::query_id() {
        Some(id) => Key::Type(id),
        None => Key::Text(text(source)?, types.to_vec()),
    }))
}

fn text<T: QueryFragment<Pg>>(source: &T) -> QueryResult<String> {
    let mut builder = PgQueryBuilder::default();
    source.to_sql(&mut builder, &Pg)?;
    Ok(builder.finish())
}

impl SimpleConnection for PostgresConnection {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.tell(query);
        Ok(self.session.run_text(query)?)
    }
}

impl ConnectionSealed for PostgresConnection {}

impl Connection for PostgresConnection {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    /// For tests and tools; [`PostgresConnection::open`] says more about what went wrong.
    fn establish(database_url: &str) -> ConnectionResult<Self> {
        let address = Address::parse(database_url)
            .map_err(|error| ConnectionError::InvalidConnectionUrl(error.to_string()))?;
        Self::open(&address, &Behaviour::default()).map_err(|error| {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            ConnectionError::BadConnection(text)
        })
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.run(source).map(|outcome| outcome.affected)
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <Self::TransactionManager as TransactionManager<Self>>::TransactionStateData {
        &mut self.transaction_manager
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        &mut *self.instrumentation
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.instrumentation = instrumentation.into();
    }

    fn set_prepared_statement_cache_size(&mut self, _size: CacheSize) {}
}

impl LoadConnection<DefaultLoadingMode> for PostgresConnection {
    type Cursor<'conn, 'query> = Rows;
    type Row<'conn, 'query> = PostgresRow;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<T::SqlType>,
    {
        let outcome = self.run(&source)?;
        Ok(Rows(outcome.rows.into_iter()))
    }
}

/// The rows of a result, one after the other.
#[expect(missing_debug_implementations, reason = "rows may hold secrets")]
pub struct Rows(std::vec::IntoIter<crate::session::RawRow>);

impl Iterator for Rows {
    type Item = QueryResult<PostgresRow>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|row| Ok(PostgresRow(row)))
    }
}

impl GetPgMetadataCache for PostgresConnection {
    fn get_metadata_cache(&mut self) -> &mut PgMetadataCache {
        &mut self.metadata_cache
    }
}

impl MultiConnectionHelper for PostgresConnection {
    fn to_any<'a>(
        lookup: &mut <Self::Backend as diesel::sql_types::TypeMetadata>::MetadataLookup,
    ) -> &mut (dyn std::any::Any + 'a) {
        lookup.as_any()
    }

    fn from_any(
        lookup: &mut dyn std::any::Any,
    ) -> Option<&mut <Self::Backend as diesel::sql_types::TypeMetadata>::MetadataLookup> {
        lookup
            .downcast_mut::<Self>()
            .map(|connection| connection as &mut dyn PgMetadataLookup)
    }
}

impl MigrationConnection for PostgresConnection {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE).map(|()| 0)
    }
}
