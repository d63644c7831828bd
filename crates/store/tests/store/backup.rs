//! Backups of SQLite databases.

use passgate_store::{BackupError, credentials};
use passgate_testkit::TestDatabase;

use crate::fixture::{connect, credential, credential_id, demo, on_postgres, on_sqlite, read};

#[test]
fn a_backup_holds_everything_and_is_a_database() {
    on_sqlite(|store| {
        store
            .write(|tx| credentials::insert(tx, &demo(), &credential(1, "ann")))
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's a backup.db");
        store.backup(&path).unwrap();
        store
            .write(|tx| credentials::insert(tx, &demo(), &credential(2, "ann")))
            .unwrap();
        let url = passgate_store::DatabaseUrl::sqlite(&path).unwrap();
        let copy = passgate_store::Store::connect(&url, Default::default()).unwrap();
        assert!(copy.schema_state().unwrap().pending.is_empty());
        assert_eq!(
            read(&copy, |tx| credentials::find(tx, &demo(), &credential_id(1))),
            Some(credential(1, "ann"))
        );
        assert_eq!(
            read(&copy, |tx| credentials::find(tx, &demo(), &credential_id(2))),
            None
        );
    });
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_database_and_its_backup() {
    use std::os::unix::fs::PermissionsExt;
    let database = TestDatabase::sqlite();
    let store = connect(&database);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup.db");
    store.backup(&path).unwrap();
    let original = passgate_store::DatabaseUrl::parse(database.url()).unwrap();
    for file in [path.as_path(), original.sqlite_path().unwrap()] {
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn an_existing_file_is_not_overwritten() {
    on_sqlite(|store| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "precious").unwrap();
        assert!(matches!(store.backup(file.path()), Err(BackupError::File(_))));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "precious");
    });
}

#[test]
fn postgres_is_not_copied() {
    on_postgres(|store| {
        let path = std::env::temp_dir().join("never-made.db");
        assert!(matches!(store.backup(&path), Err(BackupError::NotSqlite)));
    });
}
