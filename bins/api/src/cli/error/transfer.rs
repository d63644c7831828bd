//! Errors of export and import, and of other commands that read or write a file for them.

use std::{io, path::PathBuf};

use passgate::{
    Stopped,
    transfer::{ExportError, ImportError, JsonSourceError},
};
use passgate_core::application::AppId;
use passgate_store::official_database::OfficialDatabaseError;

use super::ApiError;

/// Why nothing was exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A file could not be handled.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried, as a verb: `read`, `write`, `make`.
        action: &'static str,
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The file to write is there already.
    #[error("{} exists already; an export does not replace files", path.display())]
    FileExists {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
    },
    /// The application is not here.
    #[error("there is no application '{app}'; `passgate app list` shows what there is")]
    NoSuchApp {
        /// Id of the application.
        app: AppId,
    },
    /// The application was not exported.
    #[error("the export failed")]
    Export(#[source] Box<Stopped<ExportError<io::Error>>>),
    /// The file is not what an import reads.
    #[error("{} cannot be imported", path.display())]
    Json {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// The line that cannot be read, and why.
        #[source]
        source: JsonSourceError,
    },
    /// The file is not such a database.
    #[error("{} cannot be imported", path.display())]
    Official {
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// What the file lacks, or SQLite says.
        #[source]
        source: OfficialDatabaseError,
    },
    /// An option is missing or wrong.
    #[error("{0}")]
    Usage(String),
    /// The other server did not answer as it should.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Nothing was imported.
    #[error("nothing was imported into '{app}'")]
    Import {
        /// Id of the application.
        app: AppId,
        /// The rule that does not hold, or the failure of the storage.
        #[source]
        source: Box<Stopped<ImportError>>,
    },
    /// What cannot be imported was not to be skipped.
    #[error(
        "nothing was imported because of {refused} problems (see above); \
         repair them, or add --skip-problems to import everything else"
    )]
    Refused {
        /// Number of entries that cannot be imported.
        refused: u64,
    },
}

impl TransferError {
    /// The exit status of an import that was not done, or would not be, because of records that cannot be imported.
    pub(in crate::cli) const REFUSED: u8 = 4;

    /// What the process ends with.
    pub(in crate::cli) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::NoSuchApp { .. } => 3,
            Self::Import { source, .. } => match **source {
                Stopped::Refused(ImportError::NoSuchApplication { .. }) => 3,
                Stopped::Refused(ImportError::BeingRemoved { .. } | ImportError::Problems(_)) => 4,
                Stopped::Refused(ImportError::Source(_)) | Stopped::Failed(_) => 1,
            },
            Self::FileExists { .. } | Self::Refused { .. } | Self::Json { .. } | Self::Official { .. } => 4,
            Self::File { .. } | Self::Export(_) | Self::Api(_) => 1,
        }
    }
}
