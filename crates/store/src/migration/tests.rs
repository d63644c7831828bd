//! Both trees tell the same story, forwards and backwards.

use std::{sync::Arc, thread};

use diesel::{QueryDsl, QueryableByName, sql_types::Text};
use passgate_testkit::TestDatabase;

use super::*;
use crate::{DatabaseUrl, StoreSettings, schema};

fn opener(database: &TestDatabase) -> Opener {
    Opener::new(
        DatabaseUrl::parse(database.url()).unwrap(),
        StoreSettings::default(),
        Role::Migrator,
        Arc::default(),
    )
}

fn names<DB: diesel::backend::Backend>(migrations: &EmbeddedMigrations) -> Vec<String>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations: Vec<Box<dyn Migration<DB>>> = migrations.migrations().unwrap();
    let mut names: Vec<_> = migrations
        .iter()
        .map(|migration| migration.name().to_string())
        .collect();
    names.sort();
    names
}

fn revert_all(opener: &Opener) {
    match opener.open().unwrap() {
        Conn::Sqlite(mut conn) => drop(conn.revert_all_migrations(SQLITE).unwrap()),
        Conn::Postgres(mut conn) => drop(conn.revert_all_migrations(POSTGRES).unwrap()),
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every table, column and index, except those of the migrations themselves.
fn description(opener: &Opener) -> Vec<String> {
    let mut conn = opener.open().unwrap();
    let query = match &conn {
        Conn::Sqlite(_) => "SELECT sql AS line FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
        Conn::Postgres(_) => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' \
                 || coalesce(collation_name, '') AS line \
             FROM information_schema.columns WHERE table_schema = current_schema() \
             UNION ALL SELECT indexdef AS line FROM pg_indexes WHERE schemaname = current_schema() \
             ORDER BY line"
        }
    };
    let lines: Vec<Line> = diesel::sql_query(query).load(&mut conn).unwrap();
    lines
        .into_iter()
        .map(|line| line.line)
        .filter(|line| !line.contains("__diesel_schema_migrations") && !line.contains("migration_lock"))
        .collect()
}

#[test]
fn both_trees_have_the_same_migrations() {
    let sqlite = names::<Sqlite>(&SQLITE);
    assert_eq!(sqlite, names::<Pg>(&POSTGRES));
    assert!(sqlite.len() >= 15);
}

#[test]
fn up_and_down_and_up_again_gives_the_same_schema() {
    for database in TestDatabase::each() {
        let opener = opener(&database);
        run(&opener, &mut patiently).unwrap();
        let schema = description(&opener);
        assert!(schema.len() >= 16, "{schema:?}");
        revert_all(&opener);
        assert_eq!(description(&opener), Vec::<String>::new());
        run(&opener, &mut patiently).unwrap();
        assert_eq!(description(&opener), schema);
    }
}

#[test]
fn every_table_of_the_schema_can_be_selected_from() {
    macro_rules! select_from {
        ($conn:expr, $($table:ident),+ $(,)?) => {
            $(schema::$table::table.select(schema::$table::all_columns).execute($conn).unwrap();)+
        };
    }
    for database in TestDatabase::each() {
        let opener = opener(&database);
        run(&opener, &mut patiently).unwrap();
        let mut conn = opener.open().unwrap();
        select_from!(
            &mut conn,
            account_deletion_warnings,
            account_deletions,
            active_user_reports,
            alias_keys,
            aliases,
            api_keys,
            applications,
            authentication_configs,
            authenticators,
            credential_reports,
            credentials,
            dispatched_emails,
            events,
            features,
            leases,
            metadata,
            metadata_parts,
            settings,
            spent_tokens,
            token_keys,
            well_known,
        );
    }
}

#[test]
fn nodes_that_start_at_once_migrate_once() {
    for database in TestDatabase::each() {
        let opener = opener(&database);
        thread::scope(|scope| {
            let nodes: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| run(&opener, &mut patiently)))
                .collect();
            for node in nodes {
                node.join().unwrap().unwrap();
            }
        });
        let after = state(&opener).unwrap();
        assert_eq!(
            after,
            SchemaState {
                pending: Vec::new(),
                unknown: Vec::new()
            }
        );
    }
}

#[test]
fn a_database_newer_than_the_program_is_refused() {
    for database in TestDatabase::each() {
        let opener = opener(&database);
        assert_eq!(state(&opener).unwrap().pending, names::<Sqlite>(&SQLITE));
        run(&opener, &mut patiently).unwrap();
        let mut conn = opener.open().unwrap();
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')")
            .execute(&mut conn)
            .unwrap();
        let result = run(&opener, &mut patiently);
        assert!(
            matches!(&result, Err(MigrateError::Newer { version }) if version == "29991231235959"),
            "{result:?}"
        );
        assert_eq!(state(&opener).unwrap().unknown, ["29991231235959"]);
    }
}

#[test]
fn a_failed_migration_says_what_failed() {
    for database in TestDatabase::each() {
        let opener = opener(&database);
        let mut conn = opener.open().unwrap();
        conn.batch_execute("CREATE TABLE aliases (in_the_way BIGINT)")
            .unwrap();
        let error = run(&opener, &mut patiently).unwrap_err();
        let MigrateError::Migration(cause) = error else {
            panic!("{error:?}")
        };
        assert!(cause.to_string().contains("create_aliases"), "{cause}");
        conn.batch_execute("DROP TABLE aliases").unwrap();
        run(&opener, &mut patiently).unwrap();
        assert_eq!(state(&opener).unwrap().pending, Vec::<String>::new());
    }
}
