//! Statements on a connection: queued without waiting, sent together, answered in order.
//!
//! Statements go in the extended protocol, and everything that is sent together ends with one `Sync`: when one of them
//! fails, the server skips the rest up to there. So a statement that was sent behind `BEGIN` never runs without it.

use std::{collections::HashMap, io, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    IsNull,
    message::{
        backend::{DataRowBody, Message, RowDescriptionBody},
        frontend,
    },
};

use crate::{
    address::{Address, Endpoint},
    behaviour::{Behaviour, Pooling},
    cancel,
    error::{ConnectError, ServerError, SqlState},
    random::random_number,
    wire::Wire,
};

/// Statements kept prepared. There are fewer in the program; a bound against a mistake.
const MOST_PREPARED: usize = 512;

/// Both the values we send and those we get are binary.
const BINARY: [i16; 1] = [1];

pub(crate) struct Session {
    wire: Wire,
    address: Address,
    endpoint: Endpoint,
    /// Number and key of the server's process, as we were told.
    process: (i32, i32),
    /// Whether every transaction may meet another server connection.
    shares_server: bool,
    /// Said at the begin of every transaction, where settings do not outlast it.
    settings: Vec<String>,
    statements: HashMap<Key, Prepared>,
    /// Names begin with it, so that those of two connections never meet.
    name_prefix: u64,
    names: u64,
    /// Statements in the buffer, not yet ended by a `Sync`, whose answers nobody waits for.
    queued: usize,
    /// How many of them belong to a `BEGIN` at the front.
    queued_with_begin: usize,
    /// `Sync`s sent whose answers were not read.
    owed: usize,
    transaction: u8,
    /// Why this connection is not to be used again.
    end: Option<ServerError>,
}

/// By what a prepared statement is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A type, which stands for one text.
    Type(std::any::TypeId),
    /// The text and the types of its values.
    Text(String, Vec<u32>),
}

struct Prepared {
    name: String,
    /// Whether the server said that it has it.
    is_parsed: bool,
    /// Known after the first run.
    columns: Option<Arc<Columns>>,
}

/// The columns of a result.
#[derive(Debug, Default)]
pub(crate) struct Columns(pub(crate) Vec<Column>);

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) type_oid: u32,
}

/// A row as it arrived.
pub(crate) struct RawRow {
    pub(crate) columns: Arc<Columns>,
    pub(crate) bytes: Bytes,
    pub(crate) values: Vec<Option<Range<usize>>>,
}

/// What a statement did.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<RawRow>,
    pub(crate) affected: usize,
    /// Whether it ended a transaction by undoing it.
    pub(crate) was_rolled_back: bool,
}

/// A statement with its values.
pub(crate) struct Statement<'s> {
    /// None: not worth keeping prepared.
    pub(crate) key: Option<Key>,
    pub(crate) sql: &'s dyn Fn() -> Result<String, diesel::result::Error>,
    pub(crate) types: Vec<u32>,
    pub(crate) values: Vec<Option<Vec<u8>>>,
}

impl Session {
    pub(crate) fn new(wire: Wire, address: Address, endpoint: Endpoint, process: (i32, i32)) -> Self {
        Self {
            wire,
            address,
            endpoint,
            process,
            shares_server: false,
            settings: Vec::new(),
            statements: HashMap::new(),
            name_prefix: random_number(),
            names: 0,
            queued: 0,
            queued_with_begin: 0,
            owed: 0,
            transaction: b'I',
            end: None,
        }
    }

    /// Whether every transaction may meet another server connection.
    pub(crate) const fn shares_server(&self) -> bool {
        self.shares_server
    }

    /// Why the connection is not to be used again, if so.
    pub(crate) const fn end(&self) -> Option<&ServerError> {
        self.end.as_ref()
    }

    pub(crate) fn has_prepared(&self, key: &Key) -> bool {
        self.statements.contains_key(key)
    }

    pub(crate) const fn round_trips(&self) -> u64 {
        self.wire.round_trips
    }

    pub(crate) const fn is_in_failed_transaction(&self) -> bool {
        self.transaction == b'E'
    }

    pub(crate) fn set_answer_timeout(&mut self, limit: Option<Duration>) {
        if let Err(error) = self.wire.socket().set_time_limit(limit) {
            self.end = Some(ServerError::broken(&error));
        }
    }

    /// Asks what kind of server this is, and takes the settings over.
    pub(crate) fn look_at_server(
        &mut self,
        behaviour: &Behaviour,
        must_write: bool,
    ) -> Result<(), ConnectError> {
        const QUESTION: &str = "SELECT pg_backend_pid()::text, current_setting('transaction_read_only'), \
                                current_setting('server_encoding')";
        let refused = |endpoint: &Endpoint, source| ConnectError::Refused {
            endpoint: endpoint.clone(),
            source: Box::new(source),
        };
        let answers = match self.ask(QUESTION) {
            Ok(answers) => answers,
            Err(error) if error.is_fatal => return Err(refused(&self.endpoint, error)),
            // Databases that only speak PostgreSQL's language need not know its functions.
            Err(_) => vec![None, None, None],
        };
        let [process, read_only, encoding] = answers.as_slice() else {
            return Err(refused(
                &self.endpoint,
                ServerError::protocol("an answer of another length"),
            ));
        };
        let same_process = process.as_deref() == Some(self.process.0.to_string().as_str());
        self.shares_server = match behaviour.pooling {
            Pooling::Auto => !same_process,
            Pooling::Session => false,
            Pooling::Transaction => true,
        };
        if must_write && read_only.as_deref() == Some("on") {
            return Err(ConnectError::ReadOnly {
                endpoint: self.endpoint.clone(),
            });
        }
        if let Some(encoding) = encoding
            .as_deref()
            .filter(|name| !name.eq_ignore_ascii_case("UTF8"))
        {
            return Err(ConnectError::Encoding {
                encoding: encoding.to_owned(),
            });
        }
        if behaviour.lifts_time_limits {
            self.lift_time_limits()
                .map_err(|error| refused(&self.endpoint, error))?;
        }
        let settings: Vec<_> = behaviour.settings.iter().chain(&self.address.settings).collect();
        if settings.is_empty() {
            return Ok(());
        }
        let calls = |scope: &str| {
            let calls = settings
                .iter()
                .map(|(name, value)| format!("set_config({}, {}, {scope})", quote(name), quote(value)));
            format!("SELECT {}", calls.collect::<Vec<_>>().join(", "))
        };
        if self.shares_server {
            self.settings.push(calls("true"));
            return Ok(());
        }
        let set = calls("false");
        self.ask(&set)
            .map(drop)
            .map_err(|error| refused(&self.endpoint, error))
    }

    /// No server knows all of them, so each says which it has.
    fn lift_time_limits(&mut self) -> Result<(), ServerError> {
        let lift = |scope: &str| {
            format!(
                "SELECT set_config(name, '0', {scope}) FROM pg_settings WHERE name IN ('statement_timeout', \
                 'idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout')"
            )
        };
        if self.shares_server {
            self.settings.push(lift("true"));
            return Ok(());
        }
        self.ask(&lift("false")).map(drop)
    }

    /// Asks one question whose only row consists of texts.
    fn ask(&mut self, sql: &str) -> Result<Vec<Option<String>>, ServerError> {
        frontend::query(sql, &mut self.wire.outgoing).map_err(|error| ServerError::broken(&error))?;
        self.owed += 1;
        self.send()?;
        self.pass_over_until(1)?;
        let (mut answers, mut failure) = (Vec::new(), None);
        loop {
            match self.receive()? {
                Message::DataRow(row) => {
                    let ranges: Vec<_> = row.ranges().collect().map_err(|error| self.break_off(&error))?;
                    answers = ranges
                        .into_iter()
                        .map(|range| {
                            range.map(|range| String::from_utf8_lossy(&row.buffer()[range]).into_owned())
                        })
                        .collect();
                }
                Message::ErrorResponse(body) => {
                    let error = self.note(ServerError::read(&body));
                    if error.is_fatal {
                        return Err(error);
                    }
                    failure = Some(error);
                }
                Message::ReadyForQuery(body) => {
                    self.ready(body.status());
                    return failure.map_or(Ok(answers), Err);
                }
                _ => {}
            }
        }
    }

    /// Whether the connection is still there, as far as can be told without asking the server.
    pub(crate) fn is_there(&mut self) -> bool {
        let looked = self.wire.read_what_is_there();
        let outcome = self
            .take_what_arrived()
            .and_then(|()| looked.map_err(|error| self.break_off(&error)));
        outcome.is_ok() && self.end.is_none()
    }

    fn take_what_arrived(&mut self) -> Result<(), ServerError> {
        loop {
            match self.wire.next_received() {
                Ok(Some(Message::ErrorResponse(body))) => {
                    let error = self.note(ServerError::read(&body));
                    if error.is_fatal {
                        return Err(error);
                    }
                }
                Ok(Some(Message::ReadyForQuery(body))) => self.ready(body.status()),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err(self.break_off(&error)),
            }
        }
    }

    /// Ends a transaction so that what it did is kept. False if the server rolled it back instead.
    pub(crate) fn commit(&mut self) -> Result<bool, ServerError> {
        self.usable()?;
        if self.nothing_but_begin() {
            self.forget_queue();
            return Ok(true);
        }
        self.queue_text("COMMIT")?;
        self.queued -= 1;
        self.wait(None).map(|outcome| !outcome.was_rolled_back)
    }

    /// Ends a transaction that changed nothing, or whose changes are to be undone, without waiting for the answer.
    pub(crate) fn end_and_go(&mut self, sql: &str) -> Result<(), ServerError> {
        self.usable()?;
        if self.nothing_but_begin() {
            self.forget_queue();
            return Ok(());
        }
        self.queue_text(sql)?;
        self.sync()
    }

    fn nothing_but_begin(&self) -> bool {
        self.queued > 0 && self.queued == self.queued_with_begin
    }

    fn forget_queue(&mut self) {
        self.wire.outgoing.clear();
        self.queued = 0;
        self.queued_with_begin = 0;
    }

    /// Puts `BEGIN`, and what has to be said with it, before the next statement. Nothing is sent.
    pub(crate) fn queue_begin(&mut self, begin: &str) -> Result<(), ServerError> {
        self.usable()?;
        self.queue_text(begin)?;
        for settings in self.settings.clone() {
            self.queue_text(&settings)?;
        }
        self.queued_with_begin = self.queued;
        Ok(())
    }

    fn queue_text(&mut self, sql: &str) -> Result<(), ServerError> {
        let statement = Statement {
            key: None,
            sql: &|| Ok(sql.to_owned()),
            types: Vec::new(),
            values: Vec::new(),
        };
        self.queue(&statement)
    }

    /// Puts a statement before the next one. Nothing is sent, and nobody learns what it did, unless it fails: then the
    /// next one that is waited for fails with its error.
    pub(crate) fn queue(&mut self, statement: &Statement<'_>) -> Result<(), ServerError> {
        self.usable()?;
        let before = self.wire.outgoing.len();
        let written = self.write(statement, None);
        if written.is_err() {
            self.wire.outgoing.truncate(before);
        }
        written?;
        self.queued += 1;
        Ok(())
    }

    /// Runs a statement, and everything queued before it, in one round trip.
    pub(crate) fn run(&mut self, statement: &Statement<'_>) -> Result<Outcome, diesel::result::Error> {
        self.usable()?;
        if self.shares_server || statement.key.is_none() {
            self.write(statement, None)?;
            return Ok(self.wait(None)?);
        }
        let Some(key) = statement.key.clone() else {
            return Err(ServerError::protocol("a statement without a key").into());
        };
        if !self.statements.contains_key(&key) && self.statements.len() >= MOST_PREPARED {
            self.write(statement, None)?;
            return Ok(self.wait(None)?);
        }
        self.write(statement, Some(&key))?;
        Ok(self.wait(Some(key))?)
    }

    /// Runs one statement without values whose rows nobody wants, and everything queued before it.
    pub(crate) fn run_text(&mut self, sql: &str) -> Result<(), ServerError> {
        self.usable()?;
        if sql.trim_end_matches([';', ' ', '\n']).contains(';') {
            return self.run_script(sql);
        }
        self.queue_text(sql)?;
        self.queued -= 1;
        self.wait(None).map(drop)
    }

    /// Runs several statements, each on its own unless they say `BEGIN`.
    fn run_script(&mut self, sql: &str) -> Result<(), ServerError> {
        if self.queued > 0 {
            self.queued -= 1;
            self.wait(None)?;
        }
        self.ask(sql).map(drop)
    }

    fn write(&mut self, statement: &Statement<'_>, key: Option<&Key>) -> Result<(), ServerError> {
        let prepared = key.and_then(|key| self.statements.get(key));
        let (name, is_prepared) = match (prepared, key) {
            (Some(prepared), _) => (prepared.name.clone(), true),
            (None, Some(_)) => {
                self.names += 1;
                (format!("p{:016x}_{}", self.name_prefix, self.names), false)
            }
            (None, None) => (String::new(), false),
        };
        let columns_are_known = prepared.is_some_and(|prepared| prepared.columns.is_some());
        let outgoing = &mut self.wire.outgoing;
        let written = (|| -> io::Result<()> {
            if !is_prepared {
                let sql = (statement.sql)().map_err(io::Error::other)?;
                frontend::parse(&name, &sql, statement.types.iter().copied(), outgoing)?;
            }
            let values = statement.values.iter();
            frontend::bind(
                "",
                &name,
                BINARY,
                values,
                |value, buffer| match value {
                    Some(bytes) => {
                        buffer.extend_from_slice(bytes);
                        Ok(IsNull::No)
                    }
                    None => Ok(IsNull::Yes),
                },
                BINARY,
                outgoing,
            )
            .map_err(|error| match error {
                frontend::BindError::Conversion(error) => io::Error::other(error),
                frontend::BindError::Serialization(error) => error,
            })?;
            if !columns_are_known {
                frontend::describe(b'P', "", outgoing)?;
            }
            frontend::execute("", 0, outgoing)
        })();
        written.map_err(|error| ServerError::new(SqlState::PROTOCOL_VIOLATION, &error.to_string()))?;
        if let Some(key) = key.filter(|_| !is_prepared) {
            self.statements.insert(
                key.clone(),
                Prepared {
                    name,
                    is_parsed: false,
                    columns: None,
                },
            );
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ServerError> {
        frontend::sync(&mut self.wire.outgoing);
        self.queued = 0;
        self.queued_with_begin = 0;
        self.owed += 1;
        self.send()
    }

    /// Ends what was written with a `Sync`, sends it, and reads what the last statement did.
    fn wait(&mut self, key: Option<Key>) -> Result<Outcome, ServerError> {
        let ahead = self.queued;
        self.sync()?;
        self.pass_over_until(1)?;
        let known = key.as_ref().and_then(|key| self.statements.get(key));
        let mut answer = Answer {
            ahead,
            is_parsed: known.is_some_and(|prepared| prepared.is_parsed),
            columns: known.and_then(|prepared| prepared.columns.clone()),
            outcome: Outcome::default(),
        };
        let read = self.read_answer(&mut answer);
        if let Some(key) = key {
            if answer.is_parsed {
                if let Some(prepared) = self.statements.get_mut(&key) {
                    prepared.is_parsed = true;
                    prepared.columns = answer.columns;
                }
            } else {
                self.statements.remove(&key);
            }
        }
        read.map(|()| answer.outcome)
    }

    fn read_answer(&mut self, answer: &mut Answer) -> Result<(), ServerError> {
        let mut failure: Option<ServerError> = None;
        loop {
            // What was said before the end says more than that it ended.
            let message = match self.receive() {
                Ok(message) => message,
                Err(end) => return Err(failure.unwrap_or(end)),
            };
            match message {
                Message::ErrorResponse(body) => {
                    let error = self.note(ServerError::read(&body));
                    if error.is_fatal {
                        return Err(error);
                    }
                    failure.get_or_insert(error);
                }
                Message::ReadyForQuery(body) => {
                    self.ready(body.status());
                    return failure.map_or(Ok(()), Err);
                }
                message => answer.take(message).map_err(|error| self.break_off(&error))?,
            }
        }
    }

    /// Reads the answers that nobody waited for, until only so many are left.
    fn pass_over_until(&mut self, left: usize) -> Result<(), ServerError> {
        while self.owed > left {
            match self.receive()? {
                Message::ErrorResponse(body) => {
                    let error = self.note(ServerError::read(&body));
                    if error.is_fatal {
                        return Err(error);
                    }
                }
                Message::ReadyForQuery(body) => self.ready(body.status()),
                _ => {}
            }
        }
        Ok(())
    }

    fn ready(&mut self, status: u8) {
        self.owed = self.owed.saturating_sub(1);
        self.transaction = status;
    }

    fn usable(&self) -> Result<(), ServerError> {
        match &self.end {
            Some(end) if end.is_fatal => Err(end.clone()),
            _ => Ok(()),
        }
    }

    fn send(&mut self) -> Result<(), ServerError> {
        // What the server said last, before it closed the connection, says more than that it did.
        self.wire.send().map_err(|error| self.break_off(&error))
    }

    fn receive(&mut self) -> Result<Message, ServerError> {
        self.wire.receive().map_err(|error| {
            if error.kind() == io::ErrorKind::TimedOut {
                cancel::request_in_background(&self.address, &self.endpoint, self.process);
            }
            self.break_off(&error)
        })
    }

    fn break_off(&mut self, error: &io::Error) -> ServerError {
        self.note(ServerError::broken(error))
    }

    fn note(&mut self, error: ServerError) -> ServerError {
        let replaces = self.end.as_ref().is_none_or(|end| !end.is_fatal);
        if error.ends_the_connection() && replaces {
            self.end = Some(error.clone());
        }
        error
    }
}

/// A connection that is dropped in order tells the server, which would log a broken one.
impl Drop for Session {
    fn drop(&mut self) {
        if self.usable().is_ok() {
            frontend::terminate(&mut self.wire.outgoing);
            // Nobody is left who could do anything about it.
            drop(self.wire.send());
        }
    }
}

/// What arrives in answer to what was sent together.
struct Answer {
    /// Statements whose answers come first and interest nobody.
    ahead: usize,
    is_parsed: bool,
    columns: Option<Arc<Columns>>,
    outcome: Outcome,
}

impl Answer {
    fn take(&mut self, message: Message) -> io::Result<()> {
        match message {
            Message::CommandComplete(_) | Message::EmptyQueryResponse if self.ahead > 0 => self.ahead -= 1,
            Message::CopyInResponse(_) | Message::CopyOutResponse(_) => {
                return Err(io::Error::other("COPY is not supported"));
            }
            _ if self.ahead > 0 => {}
            Message::ParseComplete => self.is_parsed = true,
            Message::RowDescription(body) => self.columns = Some(Arc::new(read_columns(&body)?)),
            Message::NoData => self.columns = Some(Arc::default()),
            Message::DataRow(body) => self.outcome.rows.push(read_row(&body, self.columns.as_ref())?),
            Message::CommandComplete(body) => {
                let tag = body.tag()?;
                self.outcome.affected = affected(tag);
                self.outcome.was_rolled_back = tag == "ROLLBACK";
            }
            _ => {}
        }
        Ok(())
    }
}

fn read_columns(body: &RowDescriptionBody) -> io::Result<Columns> {
    let mut columns = Vec::new();
    let mut fields = body.fields();
    while let Some(field) = fields.next()? {
        columns.push(Column {
            name: field.name().to_owned(),
            type_oid: field.type_oid(),
        });
    }
    Ok(Columns(columns))
}

fn read_row(body: &DataRowBody, columns: Option<&Arc<Columns>>) -> io::Result<RawRow> {
    let columns = columns.ok_or_else(|| io::Error::other("a row without a description"))?;
    let mut values = Vec::with_capacity(columns.0.len());
    let mut ranges = body.ranges();
    while let Some(range) = ranges.next()? {
        values.push(range);
    }
    if values.len() != columns.0.len() {
        return Err(io::Error::other("a row of another length than its description"));
    }
    Ok(RawRow {
        columns: Arc::clone(columns),
        bytes: body.buffer_bytes().clone(),
        values,
    })
}

/// The number at the end of `UPDATE 3` or `INSERT 0 1`; zero for what counts nothing.
fn affected(tag: &str) -> usize {
    tag.rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// A text as a literal. The escape form stands for itself whatever `standard_conforming_strings` says.
fn quote(text: &str) -> String {
    format!(" E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
