//! What was read so far, in a file: an interrupted import goes on where it was, and a large one needs no memory.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use passgate_core::{
    application::AppId,
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::error::JournalError;

/// Raised when older lines would be misread.
const VERSION: u32 = 1;

/// What was read longer ago than this is read anew: passkeys may have been deleted since.
const KEPT_FOR: Duration = DAY;

/// The first line: what the others were read from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    journal: String,
    version: u32,
    base_url: String,
    app: AppId,
}

/// Everything the other server shows of a user.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct UserLine {
    /// The user's id.
    pub(super) user: String,
    /// As answered.
    pub(super) credentials: Vec<Value>,
    /// As answered.
    pub(super) aliases: Vec<Value>,
}

/// The file, open and locked.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    read: HashSet<String>,
}

impl Journal {
    /// Opens the journal of an application: the one that an interrupted import left, if it is of the same server and
    /// fresh, or an empty one.
    pub(super) fn open(
        path: PathBuf,
        base_url: &str,
        app: &AppId,
        anew: bool,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let header = Header {
            journal: "passwordless-api".to_owned(),
            version: VERSION,
            base_url: base_url.to_owned(),
            app: app.clone(),
        };
        let usable = !anew && is_fresh(&file, now).map_err(failed)?;
        let kept = if usable {
            kept(&mut file, &header).map_err(failed)?
        } else {
            None
        };
        let (read, length) = kept.unwrap_or_default();
        file.set_len(length).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut journal = Self { path, file, read };
        if length == 0 {
            journal.line(&header)?;
        }
        Ok(journal)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many users were read before.
    pub(super) fn users(&self) -> usize {
        self.read.len()
    }

    /// Whether a user was read before.
    pub(super) fn has(&self, user: &str) -> bool {
        self.read.contains(user)
    }

    /// Keeps what was read of a user.
    pub(super) fn add(&mut self, line: &UserLine) -> Result<(), JournalError> {
        self.line(line)?;
        self.read.insert(line.user.clone());
        Ok(())
    }

    /// What was read, from the beginning. Nothing is added any more.
    pub(super) fn lines(&self) -> Result<impl Iterator<Item = io::Result<UserLine>> + use<>, JournalError> {
        let from_the_beginning = || {
            let mut file = self.file.try_clone()?;
            file.seek(SeekFrom::Start(0))?;
            Ok(BufReader::new(file))
        };
        let reader = from_the_beginning().map_err(|source| self.failed(source))?;
        let lines = reader.lines().skip(1);
        Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
    }

    /// Removes the file: what it holds has arrived, or is to be read anew.
    pub(super) fn remove(self) -> Result<(), JournalError> {
        fs::remove_file(&self.path).map_err(|source| self.failed(source))
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), JournalError> {
        // One write, so that a killed process leaves whole lines as a rule, and at most one torn one.
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut text| {
                text.push(b'\n');
                self.file.write_all(&text)
            });
        written.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn is_fresh(file: &File, now: Timestamp) -> io::Result<bool> {
    let changed = file.metadata()?.modified()?;
    let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Duration::from_micros(u64::try_from(now.as_micros()).unwrap_or_default());
    Ok(now.saturating_sub(changed) < KEPT_FOR)
}

/// The users in a file with this header, and the length of its whole lines; none if it has another header.
fn kept(file: &mut File, header: &Header) -> io::Result<Option<(HashSet<String>, u64)>> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let (mut users, mut length, mut line) = (HashSet::new(), 0, Vec::new());
    loop {
        line.clear();
        let bytes = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            break;
        }
        if length == 0 {
            if serde_json::from_slice::<Header>(&line).ok().as_ref() != Some(header) {
                return Ok(None);
            }
        } else {
            let Ok(user) = serde_json::from_slice::<UserLine>(&line) else {
                break;
            };
            users.insert(user.user);
        }
        length += u64::try_from(bytes).unwrap_or_default();
    }
    Ok((length > 0).then_some((users, length)))
}

/// Where the journal of an application is.
pub(super) fn path(data_dir: &Path, app: &AppId) -> PathBuf {
    data_dir.join(format!("import-{app}.partial"))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_735_689_600);

    fn app() -> AppId {
        AppId::parse("demoapp").unwrap()
    }

    fn line(user: &str) -> UserLine {
        UserLine {
            user: user.to_owned(),
            credentials: vec![json!({ "nickname": "a\nb" })],
            aliases: Vec::new(),
        }
    }

    fn open(folder: &tempfile::TempDir, base_url: &str, anew: bool) -> Result<Journal, JournalError> {
        Journal::open(path(folder.path(), &app()), base_url, &app(), anew, NOW)
    }

    fn set_age(folder: &tempfile::TempDir, age: Duration) {
        let file = File::options()
            .write(true)
            .open(path(folder.path(), &app()))
            .unwrap();
        let written: SystemTime = UNIX_EPOCH + Duration::from_secs(1_735_689_600) - age;
        file.set_modified(written).unwrap();
    }

    #[test]
    fn goes_on_after_the_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(&folder, "https://a.example", false).unwrap();
        for user in ["alice", "bob"] {
            journal.add(&line(user)).unwrap();
        }
        drop(journal);
        let file = path(folder.path(), &app());
        let mut torn = fs::read(&file).unwrap();
        torn.extend_from_slice(br#"{"user":"carol","creden"#);
        fs::write(&file, torn).unwrap();

        let mut journal = open(&folder, "https://a.example", false).unwrap();
        assert_eq!(journal.users(), 2);
        assert!(journal.has("bob") && !journal.has("carol"));
        journal.add(&line("carol")).unwrap();
        let lines: Vec<_> = journal.lines().unwrap().map(Result::unwrap).collect();
        assert_eq!(lines, ["alice", "bob", "carol"].map(line));
        journal.remove().unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn another_server_or_an_old_journal_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let fill = || {
            open(&folder, "https://a.example", true)
                .unwrap()
                .add(&line("alice"))
                .unwrap()
        };
        fill();
        assert_eq!(open(&folder, "https://b.example", false).unwrap().users(), 0);
        fill();
        assert_eq!(open(&folder, "https://a.example", true).unwrap().users(), 0);
        fill();
        set_age(&folder, KEPT_FOR - Duration::from_secs(1));
        assert_eq!(open(&folder, "https://a.example", false).unwrap().users(), 1);
        set_age(&folder, KEPT_FOR);
        let empty = open(&folder, "https://a.example", false).unwrap();
        assert_eq!((empty.users(), empty.lines().unwrap().count()), (0, 0));
    }

    #[test]
    fn one_import_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(&folder, "https://a.example", false).unwrap();
        assert!(matches!(
            open(&folder, "https://a.example", false),
            Err(JournalError::InUse { .. })
        ));
        drop(first);
        open(&folder, "https://a.example", false).unwrap();
    }
}
