//! The statements around a transaction on SQLite, prepared once for each connection.
//!
//! diesel's `batch_execute` parses its text each time. A sign-in says ten of these statements, so SQLite's parser was
//! among the first rows of its profile.

use diesel::{
    QueryResult, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    query_builder::{AstPass, QueryFragment, QueryId},
    sqlite::Sqlite,
};

use super::Conn;

/// A statement without parameters.
pub(crate) trait Statement: QueryFragment<Sqlite> + QueryId + RunQueryDsl<SqliteConnection> {
    const SQL: &'static str;
}

/// Says it to SQLite, prepared; another database is sent its text.
pub(crate) fn say<S: Statement>(conn: &mut Conn, statement: S) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(conn) => statement.execute(conn).map(drop),
        Conn::Postgres(conn) => conn.batch_execute(S::SQL),
    }
}

/// Defines statements without parameters as types: by its type, diesel knows a statement among the prepared ones.
macro_rules! statements {
    ($($name:ident = $sql:literal;)*) => {$(
        #[doc = concat!("`", $sql, "`")]
        #[derive(Clone, Copy, QueryId)]
        pub(crate) struct $name;

        impl QueryFragment<Sqlite> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                out.push_sql($sql);
                Ok(())
            }
        }

        impl RunQueryDsl<SqliteConnection> for $name {}

        impl Statement for $name {
            const SQL: &'static str = $sql;
        }
    )*};
}

statements! {
    BeginRead = "BEGIN DEFERRED";
    BeginWrite = "BEGIN IMMEDIATE";
    Commit = "COMMIT";
    Rollback = "ROLLBACK";
    SetSavepoint = "SAVEPOINT member";
    ReleaseSavepoint = "RELEASE member";
    RollbackToSavepoint = "ROLLBACK TO member";
}
