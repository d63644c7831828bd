//! Backups that somebody else made or changed: what is taken over of them, and what is refused.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use passgate_core::credential::Credential;
use passgate_store::{
    BackupContents, BackupFileError, DatabaseUrl, Store, StoreError, StoreSettings, copy_backup, credentials,
    events,
};
use passgate_testkit::database::run_sqlite_script;
use tempfile::TempDir;

use crate::fixture::{credential, credential_id, demo, event, on_sqlite, read};

/// A backup in a folder, with enough in it that its tables have inner pages.
struct Backup {
    folder: TempDir,
    file: PathBuf,
}

impl Backup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it's 100% a backup?.db");
        on_sqlite(|store| {
            store
                .write(|tx| -> Result<(), StoreError> {
                    for number in 1..=250 {
                        let long = Credential {
                            nickname: Some("n".repeat(600)),
                            ..credential(number, "ann")
                        };
                        credentials::insert(tx, &demo(), &long).unwrap();
                        events::record(tx, &demo(), &event(number))?;
                    }
                    Ok(())
                })
                .unwrap();
            store.backup(&file).unwrap();
        });
        Self { folder, file }
    }

    /// Runs what a stranger would.
    fn with(sql: &str) -> Self {
        let backup = Self::new();
        run_sqlite_script(&backup.file, &format!("PRAGMA foreign_keys = OFF; {sql}"));
        backup
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target.db")
    }

    fn copy(&self) -> Result<BackupContents, BackupFileError> {
        copy_to(&self.file, &self.target())
    }
}

fn copy_to(file: &Path, target: &Path) -> Result<BackupContents, BackupFileError> {
    drop(fs::remove_file(target));
    let started = Instant::now();
    let outcome = copy_backup(file, target);
    assert!(started.elapsed().as_secs() < 25, "it did not end by itself");
    outcome
}

fn open(file: &Path) -> Store {
    let store = Store::connect(&DatabaseUrl::sqlite(file).unwrap(), StoreSettings::default()).unwrap();
    store.migrate().unwrap();
    store
}

fn credentials_in(store: &Store) -> Vec<Credential> {
    (1..=250)
        .filter_map(|number| read(store, |tx| credentials::find(tx, &demo(), &credential_id(number))))
        .collect()
}

#[test]
fn everything_of_ours_is_taken_over_and_the_file_stays_as_it_is() {
    let backup = Backup::new();
    let before = fs::read(&backup.file).unwrap();
    let contents = backup.copy().unwrap();
    assert_eq!(
        (contents.rows["credentials"], contents.rows["events"]),
        (250, 250)
    );
    assert_eq!(contents.rows["applications"], 2);
    assert!(contents.left_out.is_empty());
    let store = open(&backup.target());
    assert_eq!(credentials_in(&store).len(), 250);
    assert_eq!(read(&store, passgate_store::applications::list_ids).len(), 2);
    assert_eq!(fs::read(&backup.file).unwrap(), before);
    let beside: Vec<_> = fs::read_dir(backup.folder.path()).unwrap().collect();
    assert!(
        beside.iter().all(|entry| !entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("it's 100% a backup?.db-")),
        "no file is made beside it: {beside:?}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(backup.target()).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn an_older_backup_comes_with_its_own_schema_and_is_brought_up_to_date() {
    let backup = Backup::with(
        "DROP TABLE well_known; DELETE FROM __diesel_schema_migrations \
         WHERE version = (SELECT MAX(version) FROM __diesel_schema_migrations WHERE version <= '20261121000031');",
    );
    let contents = backup.copy().unwrap();
    assert!(!contents.rows.contains_key("well_known"));
    let store = open(&backup.target());
    assert!(store.schema_state().unwrap().pending.is_empty());
    assert_eq!(credentials_in(&store).len(), 250);
}

#[test]
fn triggers_views_and_tables_of_others_are_left_out() {
    let backup = Backup::with(
        "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
         CREATE TRIGGER audit AFTER INSERT ON events BEGIN DELETE FROM credentials; END;
         CREATE TRIGGER gone AFTER UPDATE ON credentials BEGIN DELETE FROM applications; END;
         CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n;",
    );
    let contents = backup.copy().unwrap();
    assert_eq!(
        contents.left_out,
        [
            "table _litestream_seq",
            "trigger audit",
            "trigger gone",
            "view endless"
        ]
    );
    let store = open(&backup.target());
    store
        .write(|tx| events::record(tx, &demo(), &event(255)))
        .unwrap();
    assert_eq!(credentials_in(&store).len(), 250, "no trigger came along");
}

#[test]
fn a_schema_that_is_not_ours_is_refused() {
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT ";
    let columns = "app_id, id, user_id, user_handle, public_key, sign_count, transports, attestation_format, aaguid, \
                   created_at, last_used_at, rp_id, origin, country, device, nickname, backup_state, \
                   backup_eligible, discoverable, uv_initialized, suspended_at";
    let ones = columns.split(',').map(|_| "i").collect::<Vec<_>>().join(", ");
    for (sql, refused) in [
        (
            format!("DROP TABLE credentials; CREATE VIEW credentials ({columns}) AS {endless} {ones} FROM n;"),
            "view credentials",
        ),
        (
            "ALTER TABLE credentials ADD COLUMN slow AS (hex(zeroblob(100000000)));".to_owned(),
            "table credentials",
        ),
        (
            "CREATE TABLE copy AS SELECT * FROM aliases; DROP TABLE aliases; ALTER TABLE copy RENAME TO aliases;".to_owned(),
            "table aliases",
        ),
        ("DROP TABLE aliases;".to_owned(), "table aliases"),
        ("ALTER TABLE features DROP COLUMN allowed_top_origins;".to_owned(), "table features"),
        (
            "DROP INDEX credentials_by_user; CREATE INDEX credentials_by_user ON credentials (hex(zeroblob(100000000)));"
                .to_owned(),
            "index credentials_by_user",
        ),
    ] {
        let sql = sql.replace("DROP INDEX", "DELETE FROM events; DELETE FROM credentials; DROP INDEX");
        let error = Backup::with(&sql).copy().unwrap_err();
        assert!(
            matches!(&error, BackupFileError::Altered(what) if what == refused),
            "{sql}: {error:?}"
        );
    }
    let newer = Backup::with("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000');");
    assert!(matches!(newer.copy(), Err(BackupFileError::Newer(version)) if version == "29990101000000"));
    for sql in [
        "DELETE FROM __diesel_schema_migrations;",
        "DROP TABLE __diesel_schema_migrations;",
        "DROP TABLE __diesel_schema_migrations; CREATE VIEW __diesel_schema_migrations AS \
         WITH RECURSIVE n(version) AS (SELECT '1' UNION ALL SELECT version FROM n) SELECT version FROM n;",
    ] {
        assert!(
            matches!(Backup::with(sql).copy(), Err(BackupFileError::NotOurs)),
            "{sql}"
        );
    }
}

#[test]
fn rows_that_belong_to_nothing_or_are_of_another_kind_are_refused() {
    let dangling = Backup::with(
        "UPDATE credentials SET app_id = 'nobody' WHERE id = (SELECT MIN(id) FROM credentials);",
    );
    assert!(matches!(
        dangling.copy(),
        Err(BackupFileError::Dangling { table, rows: 1 }) if table == "credentials"
    ));
    for sql in [
        "UPDATE credentials SET public_key = 'text' WHERE id = (SELECT MIN(id) FROM credentials);",
        "UPDATE credentials SET sign_count = 'many' WHERE id = (SELECT MIN(id) FROM credentials);",
        "UPDATE credentials SET user_id = x'FF' WHERE id = (SELECT MIN(id) FROM credentials);",
        "UPDATE credentials SET nickname = x'FF' WHERE id = (SELECT MIN(id) FROM credentials);",
        "UPDATE credentials SET sign_count = 1.5 WHERE id = (SELECT MIN(id) FROM credentials);",
    ] {
        let error = Backup::with(sql).copy().unwrap_err();
        assert!(
            matches!(&error, BackupFileError::Foreign { table, rows: 1 } if table == "credentials"),
            "{sql}: {error:?}"
        );
    }
}

/// Pages of a database are numbered from 1; the first hundred bytes of the file are its header.
fn pages(file: &[u8]) -> usize {
    let size = usize::from(u16::from_be_bytes([file[16], file[17]]));
    assert!(size >= 512, "{size}");
    size
}

#[test]
fn a_zeroed_page_is_noticed_or_does_not_matter() {
    let backup = Backup::new();
    let whole = fs::read(&backup.file).unwrap();
    let size = pages(&whole);
    let expected = backup.copy().unwrap();
    let broken = backup.folder.path().join("broken.db");
    let (mut refused, mut taken) = (0, 0);
    for page in 0..whole.len() / size {
        let mut bytes = whole.clone();
        bytes[page * size..(page + 1) * size].fill(0);
        fs::write(&broken, &bytes).unwrap();
        match copy_to(&broken, &backup.target()) {
            // An index is made anew.
            Ok(contents) => {
                assert_eq!(contents, expected, "page {page}");
                taken += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 20, "{refused} refused, {taken} taken");
}

#[test]
fn pages_that_lead_to_each_other_for_ever_are_refused() {
    let backup = Backup::new();
    let whole = fs::read(&backup.file).unwrap();
    let size = pages(&whole);
    let broken = backup.folder.path().join("broken.db");
    let mut inner = 0;
    for page in 1..whole.len() / size {
        // 2 and 5 are the inner pages of indexes and tables: their last child is named at byte 8.
        let start = page * size;
        if !matches!(whole[start], 2 | 5) || whole[start + 1..start + 8].iter().all(|byte| *byte == 0) {
            continue;
        }
        inner += 1;
        let mut bytes = whole.clone();
        bytes[start + 8..start + 12].copy_from_slice(&u32::try_from(page + 1).unwrap().to_be_bytes());
        fs::write(&broken, &bytes).unwrap();
        let error = copy_to(&broken, &backup.target()).unwrap_err();
        assert!(
            matches!(
                error,
                BackupFileError::Damaged { .. } | BackupFileError::Unreadable(_)
            ),
            "{error:?}"
        );
    }
    assert!(inner >= 1, "there is no inner page to break");
}

#[test]
fn what_is_no_database_is_told_so() {
    let backup = Backup::new();
    let folder = backup.folder.path();
    assert!(matches!(
        copy_to(folder, &backup.target()),
        Err(BackupFileError::NotAFile)
    ));
    #[cfg(unix)]
    assert!(matches!(
        copy_to(Path::new("/dev/zero"), &backup.target()),
        Err(BackupFileError::NotAFile)
    ));
    let other = folder.join("other");
    fs::write(&other, "").unwrap();
    assert!(matches!(
        copy_to(&other, &backup.target()),
        Err(BackupFileError::NotOurs)
    ));
    fs::write(
        &other,
        "no database at all, and longer than the header of one would be".repeat(20),
    )
    .unwrap();
    assert!(matches!(
        copy_to(&other, &backup.target()),
        Err(BackupFileError::Unreadable(_))
    ));
    let whole = fs::read(&backup.file).unwrap();
    fs::write(&other, &whole[..whole.len() / 2]).unwrap();
    copy_to(&other, &backup.target()).unwrap_err();
    let log = folder.join("it's 100% a backup?.db-wal");
    fs::write(&log, "changes").unwrap();
    assert!(matches!(backup.copy(), Err(BackupFileError::Live("-wal"))));
}
