//! SQLite: a connection to read for each thread that answers, and one thread that writes and commits what has queued.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::oneshot;

use crate::{message::Refused, sealed::now};

/// The most that one commit takes.
const GROUP: usize = 256;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS credentials (id BLOB PRIMARY KEY, user TEXT NOT NULL, point BLOB NOT NULL, sign_count INTEGER NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS credentials_by_user ON credentials (user);
    CREATE TABLE IF NOT EXISTS spent (id TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, user TEXT NOT NULL, message TEXT NOT NULL);
";

/// What is kept of a passkey: the public key as an uncompressed point.
pub struct Stored {
    pub user: String,
    pub point: Vec<u8>,
    pub sign_count: u32,
}

/// What is written together.
pub enum Write {
    Register {
        id: Vec<u8>,
        user: String,
        point: Vec<u8>,
        spent: String,
        expires: u64,
    },
    SignIn {
        id: Vec<u8>,
        user: String,
        seen: u32,
        count: u32,
        spent: String,
        expires: u64,
    },
    Verify {
        user: String,
        spent: String,
        expires: u64,
    },
}

type Waiting = (Write, oneshot::Sender<Result<(), Refused>>);

/// The database.
pub struct Storage {
    path: PathBuf,
    writes: Sender<Waiting>,
}

thread_local! {
    static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

impl Storage {
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = connect(path)?;
        connection.execute_batch(SCHEMA)?;
        let (writes, queue) = channel();
        thread::spawn(move || write_all(connection, &queue));
        Ok(Self {
            path: path.to_owned(),
            writes,
        })
    }

    /// Resolves when the write is on disk.
    pub async fn write(&self, write: Write) -> Result<(), Refused> {
        let (tell, told) = oneshot::channel();
        self.writes.send((write, tell)).map_err(|_| Refused::Wrong)?;
        told.await.map_err(|_| Refused::Wrong)?
    }

    pub fn find(&self, id: &[u8]) -> Result<Stored, Refused> {
        let sql = "SELECT user, point, sign_count FROM credentials WHERE id = ?";
        let found = self.read(|connection| {
            connection
                .prepare_cached(sql)?
                .query_row([id], |row| {
                    Ok(Stored {
                        user: row.get(0)?,
                        point: row.get(1)?,
                        sign_count: row.get(2)?,
                    })
                })
                .optional()
        })?;
        found.ok_or(Refused::Wrong)
    }

    pub fn ids_of(&self, user: &str) -> Result<Vec<Vec<u8>>, Refused> {
        let sql = "SELECT id FROM credentials WHERE user = ?";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let ids = statement.query_map([user], |row| row.get(0))?;
            ids.collect()
        })
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Refused> {
        READER.with_borrow_mut(|reader| {
            let connection = match reader.take() {
                Some(connection) => connection,
                None => connect(&self.path)?,
            };
            let outcome = query(&connection);
            *reader = Some(connection);
            Ok(outcome?)
        })
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "busy_timeout", 5000)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Takes what waits, writes each in a savepoint of its own, and answers when all of it is on disk.
fn write_all(mut connection: Connection, queue: &Receiver<Waiting>) {
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        group.extend(queue.try_iter().take(GROUP - 1));
        let (writes, tell): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        match commit(&mut connection, &writes) {
            Ok(outcomes) => {
                for (outcome, tell) in outcomes.into_iter().zip(tell) {
                    // Whoever no longer waits needs no answer.
                    let _ = tell.send(outcome);
                }
            }
            Err(error) => eprintln!("a group of writes was lost: {error}"),
        }
    }
}

fn commit(connection: &mut Connection, writes: &[Write]) -> rusqlite::Result<Vec<Result<(), Refused>>> {
    let transaction = connection.transaction()?;
    let outcomes = writes
        .iter()
        .map(|write| {
            transaction.prepare_cached("SAVEPOINT one")?.execute([])?;
            let outcome = apply(&transaction, write);
            if outcome.is_err() {
                transaction.prepare_cached("ROLLBACK TO one")?.execute([])?;
            }
            transaction.prepare_cached("RELEASE one")?.execute([])?;
            Ok(outcome)
        })
        .collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(outcomes)
}

fn apply(connection: &Connection, write: &Write) -> Result<(), Refused> {
    let (kind, user, message) = match write {
        Write::Register {
            id,
            user,
            point,
            spent,
            expires,
        } => {
            spend(connection, spent, *expires)?;
            connection
                .prepare_cached("INSERT INTO credentials VALUES (?, ?, ?, 0, ?)")?
                .execute(params![id, user, point, now() as i64])?;
            (1, user, "registered")
        }
        Write::SignIn {
            id,
            user,
            seen,
            count,
            spent,
            expires,
        } => {
            spend(connection, spent, *expires)?;
            let updated = connection
                .prepare_cached(
                    "UPDATE credentials SET sign_count = ?, used_at = ? WHERE id = ? AND sign_count = ?",
                )?
                .execute(params![count, now() as i64, id, seen])?;
            if updated != 1 {
                return Err(Refused::Wrong);
            }
            (2, user, "signed in")
        }
        Write::Verify { user, spent, expires } => {
            spend(connection, spent, *expires)?;
            (3, user, "verified")
        }
    };
    connection
        .prepare_cached("INSERT INTO events (at, kind, user, message) VALUES (?, ?, ?, ?)")?
        .execute(params![now() as i64, kind, user, message])?;
    Ok(())
}

fn spend(connection: &Connection, id: &str, expires: u64) -> Result<(), Refused> {
    let spent = connection
        .prepare_cached("INSERT OR IGNORE INTO spent VALUES (?, ?)")?
        .execute(params![id, expires as i64])?;
    if spent == 1 { Ok(()) } else { Err(Refused::Spent) }
}
