//! Everything that can stop a command, and the exit code that says which kind it was.

mod api;
mod transfer;

use std::{error::Error, io, path::PathBuf, process::ExitCode};

use passgate::{
    Failure, Stopped, WrongMasterKey,
    api_keys::{CreateKeyError, KeyChangeError},
    applications::CreateAppError,
    deletion::MarkDeleteError,
    features::ChangeSettingsError,
    master_key::RotateError,
};
use passgate_core::{
    application::{AppId, InvalidAppId},
    provider::InvalidProviderNames,
};
use passgate_store::{BackupError, BackupFileError, MigrateError, StoreError};

pub(super) use self::api::Seconds;
pub use self::{
    api::{ApiError, JournalError},
    transfer::TransferError,
};
use crate::{
    config::{ConfigError, NEW_MASTER_KEY_VARIABLE, PrepareError},
    database_lock::LockError,
    jobs::JobError,
    mail::DeliverError,
    server::OpenError,
};

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration has problems.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A name cannot be that of an application.
    #[error("'{text}' cannot be the name of an application")]
    AppName {
        /// The text that was given as the name.
        text: String,
        /// What is wrong with it.
        #[source]
        source: InvalidAppId,
    },
    /// A `name=value` pair of `app set` is wrong.
    #[error("{0}")]
    Feature(String),
    /// The keys or the data directory are not there and cannot be made.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The database does not open, or the server does not start.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Somebody else uses the database.
    #[error("{source}; stop it first")]
    Locked {
        /// How it is used.
        source: LockError,
    },
    /// There is no database to look into.
    #[error("there is no database at {}: `passgate` or `passgate app create NAME` makes one", path.display())]
    NoDatabase {
        /// Where it was expected.
        path: PathBuf,
    },
    /// The application does not exist.
    #[error("there is no application '{app}'; `passgate app list` shows what there is")]
    NoSuchApp {
        /// Id of the application.
        app: AppId,
    },
    /// The key does not exist.
    #[error("application '{app}' has no key '{id}'; `passgate key list {app}` shows what there is")]
    NoSuchKey {
        /// Id of the application.
        app: AppId,
        /// The last four characters of the key.
        id: String,
    },
    /// There is no such job.
    #[error("there is no job '{name}'; `passgate job list` shows what there is")]
    NoSuchJob {
        /// The text that was given as the name.
        name: String,
    },
    /// The job runs already, elsewhere.
    #[error("the job {name} is running: a server or another command runs it")]
    JobRuns {
        /// Name of the job.
        name: &'static str,
    },
    /// The job has nothing to do.
    #[error(
        "the configuration leaves the job {name} nothing to do; `passgate config check` shows what is set"
    )]
    JobOff {
        /// Name of the job.
        name: &'static str,
    },
    /// The job did not come to its end.
    #[error("the job did not come to its end")]
    Job(#[from] JobError),
    /// A file does not list authenticator models.
    #[error("{} is no list of authenticator models", path.display())]
    NotProviderNames {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// What the JSON lacks.
        #[source]
        source: InvalidProviderNames,
    },
    /// The master key is not replaced.
    #[error("the master key was not replaced")]
    MasterKey(#[from] Stopped<RotateError>),
    /// The new master key is not said.
    #[error(
        "say where the new master key is, or is to be made: --new-key-file FILE, {NEW_MASTER_KEY_VARIABLE} or \
         {NEW_MASTER_KEY_VARIABLE}_FILE"
    )]
    NewMasterKeyRequired,
    /// The application's name is taken.
    #[error("there already is an application '{app}'")]
    AppExists {
        /// Id of the application.
        app: AppId,
    },
    /// The application waits for its deletion already.
    #[error(
        "application '{app}' is to be deleted already; `passgate app unfreeze {app}` calls it off, --now deletes it now"
    )]
    DeletionPending {
        /// Id of the application.
        app: AppId,
    },
    /// Something irreversible was not confirmed.
    #[error("nothing was done: this needs a confirmation, add --yes")]
    NotConfirmed,
    /// A database would be replaced.
    #[error("there is a database at {}: add --force to replace it (it will be kept beside the new one)", path.display())]
    DatabaseExists {
        /// The database.
        path: PathBuf,
    },
    /// A file is no backup that this program can use.
    #[error("{} cannot be restored", path.display())]
    NotABackup {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// What the file lacks, or SQLite says.
        #[source]
        source: Box<BackupFileError>,
    },
    /// A backup without its master key opens nothing.
    #[error("the master key {} does not exist: put the one that belongs to the backup there first", path.display())]
    NoMasterKey {
        /// Where it was expected.
        path: PathBuf,
    },
    /// The command is for SQLite.
    #[error("{0}")]
    SqliteOnly(&'static str),
    /// A file could not be handled.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb: `read`, `write`, `make`.
        action: &'static str,
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The schema of the database is older than the program.
    #[error("the database is to be migrated:{}", migrations.iter().map(|name| format!("\n  {name}")).collect::<String>())]
    Pending {
        /// The migrations that the database does not have, oldest first.
        migrations: Vec<String>,
    },
    /// The server answers, and says that it is not healthy.
    #[error("{address} answers {status}: the server is not healthy; its log says why")]
    Unhealthy {
        /// What was asked.
        address: String,
        /// HTTP status code.
        status: u16,
    },
    /// The server does not answer.
    #[error("{address} does not answer")]
    NoAnswer {
        /// What was asked.
        address: String,
        /// What the HTTP client says: connection, time-out.
        #[source]
        source: Box<ureq::Error>,
    },
    /// No provider took a mail.
    #[error("the mail was not sent{}", tried.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Mail {
        /// What each provider said.
        tried: Vec<String>,
        /// What the last one said.
        #[source]
        source: DeliverError,
    },
    /// Nothing was exported or imported.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The schema could not be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The backup was not made.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Database and master key do not belong together.
    #[error(transparent)]
    Start(#[from] Stopped<WrongMasterKey>),
    /// An operation failed.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl CommandError {
    /// What the process ends with; `passgate --help` lists the meanings.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Config(_)
            | Self::AppName { .. }
            | Self::Feature(_)
            | Self::SqliteOnly(_)
            | Self::NewMasterKeyRequired
            | Self::JobOff { .. }
            | Self::Backup(BackupError::NotSqlite) => 2,
            Self::Prepare(error) | Self::Open(OpenError::Prepare(error)) => match error {
                PrepareError::MalformedMasterKey { .. }
                | PrepareError::MasterKeyRequired
                | PrepareError::UnusableDataDirectory { .. }
                | PrepareError::EmptyManagementKey { .. }
                | PrepareError::ShortManagementKey { .. } => 2,
                PrepareError::MasterKeyLost { .. } => 3,
                PrepareError::Io { .. } => 1,
            },
            Self::Transfer(error) => error.exit_code(),
            Self::MasterKey(error) => match error {
                Stopped::Refused(RotateError::SameKey) => 2,
                Stopped::Refused(RotateError::WrongMasterKey) | Stopped::Failed(_) => 1,
            },
            Self::NoDatabase { .. }
            | Self::NoMasterKey { .. }
            | Self::NoSuchApp { .. }
            | Self::NoSuchKey { .. }
            | Self::NoSuchJob { .. } => 3,
            Self::AppExists { .. }
            | Self::JobRuns { .. }
            | Self::DeletionPending { .. }
            | Self::NotConfirmed
            | Self::Locked {
                source: LockError::InUse { .. },
            }
            | Self::Open(OpenError::Lock(LockError::InUse { .. }))
            | Self::DatabaseExists { .. }
            | Self::NotABackup { .. }
            | Self::Pending { .. }
            | Self::NotProviderNames { .. } => 4,
            Self::Open(
                OpenError::Lock(LockError::Io { .. })
                | OpenError::Store { .. }
                | OpenError::Migrate { .. }
                | OpenError::ToldToStop
                | OpenError::Start(_)
                | OpenError::Mail(_)
                | OpenError::MailThreads(_)
                | OpenError::Listen { .. }
                | OpenError::Serve(_),
            )
            | Self::Locked {
                source: LockError::Io { .. },
            }
            | Self::Io { .. }
            | Self::Job(_)
            | Self::Mail { .. }
            | Self::Unhealthy { .. }
            | Self::NoAnswer { .. }
            | Self::Store(_)
            | Self::Migrate(_)
            | Self::Backup(BackupError::Path | BackupError::File(_) | BackupError::Store(_))
            | Self::Start(_)
            | Self::Failure(_) => 1,
        })
    }

    /// What is printed: the error, and what caused it.
    pub fn render(&self, as_json: bool) -> String {
        let causes = causes(self);
        if as_json {
            return format!(
                "{:#}",
                serde_json::json!({ "error": self.to_string(), "causes": causes })
            );
        }
        let mut text = format!("passgate: {self}");
        for cause in causes {
            text.push_str("\n  because ");
            text.push_str(&cause);
        }
        text
    }

    pub(super) fn from_create_app(stopped: Stopped<CreateAppError>) -> Self {
        match stopped {
            Stopped::Refused(CreateAppError::NotAvailable { app }) => Self::AppExists { app },
            Stopped::Failed(failure) => failure.into(),
        }
    }

    pub(super) fn from_change_settings(app: &AppId, stopped: Stopped<ChangeSettingsError<String>>) -> Self {
        match stopped {
            Stopped::Refused(ChangeSettingsError::AppNotFound) => Self::NoSuchApp { app: app.clone() },
            Stopped::Refused(ChangeSettingsError::Change(problem)) => Self::Feature(problem),
            Stopped::Failed(failure) => failure.into(),
        }
    }

    pub(super) fn from_mark_delete(app: &AppId, stopped: Stopped<MarkDeleteError>) -> Self {
        match stopped {
            Stopped::Refused(MarkDeleteError::AppNotFound) => Self::NoSuchApp { app: app.clone() },
            Stopped::Refused(MarkDeleteError::AlreadyPending) => Self::DeletionPending { app: app.clone() },
            Stopped::Failed(failure) => failure.into(),
        }
    }

    pub(super) fn from_create_key(app: &AppId, stopped: Stopped<CreateKeyError>) -> Self {
        match stopped {
            Stopped::Refused(CreateKeyError::AppNotFound) => Self::NoSuchApp { app: app.clone() },
            Stopped::Refused(
                error @ (CreateKeyError::ScopesRequired | CreateKeyError::ForeignScope { .. }),
            ) => Self::Feature(error.to_string()),
            Stopped::Failed(failure) => failure.into(),
        }
    }

    pub(super) fn from_key_change(app: &AppId, id: &str, stopped: Stopped<KeyChangeError>) -> Self {
        match stopped {
            Stopped::Refused(KeyChangeError::NotFound) => Self::NoSuchKey {
                app: app.clone(),
                id: id.to_owned(),
            },
            Stopped::Failed(failure) => failure.into(),
        }
    }
}

/// The chain of causes, without those that only repeat what stands above them.
fn causes(error: &dyn Error) -> Vec<String> {
    let mut above = error.to_string();
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !above.contains(&text) {
            causes.push(text.clone());
        }
        above = text;
        next = cause.source();
    }
    causes
}
