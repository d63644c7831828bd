//! `passgate import`: moving in, from a file or from another server.
//!
//! Every import is rehearsed first: the report says what would happen. Then each application is imported in one
//! transaction, so that an interrupted import leaves whole applications behind, and is simply started again.

pub(super) mod passwordless_api;
mod product;
mod report;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufReader, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use passgate::transfer::{
    HandleRule, ImportMode, ImportReport, JsonSource, Note, OfficialSource, PasskeyDefaults, Silent, Source,
    plan_official,
};
use passgate_core::application::AppId;
use passgate_store::official_database::OfficialDatabase;
use passgate_webauthn::{Origin, RpId};

use self::{product::ProductImport, report::Reported};
use super::{Answer, CommandError, error::TransferError, place::Place, progress::Progress};
use crate::config::Sources;

/// Where an import comes from.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// A file made by `passgate export`, or passkeys of any library: JSON objects, one array, or a table (CSV).
    Json {
        /// Path of the file, as it was given or configured.
        file: PathBuf,
        /// The application that is imported, or added to. A file never decides that.
        #[arg(long)]
        app: Option<String>,
        /// Take over API keys, and the key of the alias digests, too: whoever made the file then holds keys to the
        /// application.
        #[arg(long)]
        with_keys: bool,
        #[command(flatten)]
        passkeys: Passkeys,
        #[command(flatten)]
        how: How,
    },
    /// The passkeys of a product, from its own store or export.
    #[command(flatten)]
    Product(ProductImport),
    /// An application of a Passwordless.dev server, read over its API with the application's secret key.
    PasswordlessApi {
        /// Where that server is.
        #[arg(long, default_value = "https://v4.passwordless.dev", value_name = "URL")]
        base_url: String,
        /// A file that holds the secret key; without it, the variable PASSWORDLESS_API_SECRET.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// The application's public key, so that browsers can go on using it.
        #[arg(long, value_name = "KEY")]
        public_key: Option<String>,
        /// A file of user ids to read beside those that the server lists, one a line or a JSON array: it lists the
        /// first thousand only.
        #[arg(long, value_name = "FILE")]
        user_ids: Option<PathBuf>,
        /// How often a question is asked again that the server was too busy or broken to answer.
        #[arg(long, value_name = "NUMBER", default_value_t = 9)]
        retries: u32,
        /// Read everything anew, even if an import was interrupted less than a day ago.
        #[arg(long)]
        anew: bool,
        #[command(flatten)]
        how: How,
    },
    /// Applications of a self-hosted Passwordless.dev server, read from its SQLite database.
    PasswordlessSqlite {
        /// The database file; it is not changed.
        file: PathBuf,
        /// Only this application; may be repeated.
        #[arg(long)]
        app: Vec<String>,
        #[command(flatten)]
        how: How,
    },
}

impl ImportCommand {
    const fn how(&self) -> How {
        match self {
            Self::Product(import) => import.how(),
            Self::Json { how, .. }
            | Self::PasswordlessApi { how, .. }
            | Self::PasswordlessSqlite { how, .. } => *how,
        }
    }

    /// Whether the file to import can be read at all.
    fn check_source(&self) -> Result<(), TransferError> {
        match self {
            Self::Json { file, .. } | Self::PasswordlessSqlite { file, .. } => open(file).map(drop),
            Self::Product(import) => import.check_source(),
            Self::PasswordlessApi { .. } => Ok(()),
        }
    }
}

/// How the records of other products are read.
#[derive(Clone, Debug, Args)]
pub struct Passkeys {
    /// The RP ID of passkeys that name none.
    #[arg(long, value_name = "DOMAIN")]
    rp_id: Option<String>,
    /// The origin of passkeys that name none; https:// and the RP ID if absent.
    #[arg(long)]
    origin: Option<String>,
    /// How user handles were made, whatever records say: unknown, user-id, uuid-bytes, base36, or hex:MEMBER. Unknown
    /// ones are learned from the first sign-in.
    #[arg(long, value_name = "RULE")]
    user_handle: Option<HandleRule>,
    /// Texts of hex digits are bytes. Without this they are refused, since as base64 they would be other bytes.
    #[arg(long)]
    hex: bool,
    /// Members whose values become aliases of the user, such as email,username.
    #[arg(long, value_name = "MEMBERS", value_delimiter = ',')]
    aliases: Vec<String>,
}

impl Passkeys {
    fn defaults(&self, place: &Place) -> Result<PasskeyDefaults, TransferError> {
        Ok(PasskeyDefaults {
            rp_id: self
                .rp_id
                .as_deref()
                .map(RpId::parse_any)
                .transpose()
                .map_err(|error| usage("--rp-id", error))?,
            origin: self
                .origin
                .as_deref()
                .map(Origin::parse)
                .transpose()
                .map_err(|error| usage("--origin", error))?,
            created_at: place.env().now,
            user_handle: self.user_handle.clone(),
            hex: self.hex,
        })
    }
}

/// How carefully.
#[derive(Clone, Copy, Debug, Args)]
pub struct How {
    /// Say what would happen, and change nothing; the exit status is that of the import.
    #[arg(long)]
    dry_run: bool,
    /// Import what can be imported, and leave out the rest.
    #[arg(long)]
    skip_problems: bool,
}

/// Does what it says.
pub(super) fn perform(command: ImportCommand, sources: &Sources) -> Result<Answer, CommandError> {
    // Before anything is made for it.
    command.check_source()?;
    let place = if command.how().dry_run {
        Place::open_or_pretend(sources)?
    } else {
        Place::open_or_create(sources)?
    };
    match command {
        ImportCommand::Json {
            file,
            app,
            with_keys,
            passkeys,
            how,
        } => {
            let defaults = passkeys.defaults(&place)?;
            let named = open_json(&file, &defaults)?.application().cloned();
            let app = target(app.as_deref(), named.as_ref())?;
            import(Run::new(&place, how), || {
                let source = open_json(&file, &defaults)?.with_aliases(passkeys.aliases.clone());
                let source = if with_keys { source } else { source.without_keys() };
                Ok((app.clone(), Vec::new(), source))
            })
        }
        ImportCommand::Product(import) => product::perform(&import, &place),
        ImportCommand::PasswordlessApi {
            base_url,
            secret_file,
            public_key,
            user_ids,
            retries,
            anew,
            how,
        } => {
            let secret = passwordless_api::secret(secret_file.as_deref(), sources)?;
            let user_ids = match user_ids {
                Some(file) => passwordless_api::user_ids(&file)?,
                None => BTreeSet::new(),
            };
            let order = passwordless_api::Order {
                base_url: &base_url,
                secret: &secret,
                public_key: public_key.as_deref(),
                user_ids: &user_ids,
                retries,
                anew,
                data_dir: place.data_dir()?,
            };
            let listed = passwordless_api::read(&order, &|| place.env().now).map_err(TransferError::from)?;
            let mut run = Run::new(&place, how);
            run.problems.extend(listed.missing.clone());
            let imported = import(run, || {
                let records = Silent(listed.records()?);
                Ok((listed.app.clone(), listed.notes.clone(), records))
            });
            // The next import is to see the other server as it is then, unless this one was only interrupted.
            if matches!(
                imported,
                Ok(_) | Err(CommandError::Transfer(TransferError::Refused { .. }))
            ) {
                listed.forget()?;
            }
            imported
        }
        ImportCommand::PasswordlessSqlite { file, app, how } => import_database(&place, &file, &app, how),
    }
}

/// The application that the operator names. What the file says of itself is compared, and decides nothing.
fn target(app: Option<&str>, named: Option<&AppId>) -> Result<AppId, CommandError> {
    let Some(app) = app else {
        let said = match named {
            Some(named) => {
                format!("the file says that it holds '{named}': if that is meant, add --app {named}")
            }
            None => "say which application the passkeys belong to: --app NAME".to_owned(),
        };
        return Err(TransferError::Usage(said).into());
    };
    let app = parse_app(app)?;
    match named {
        Some(named) if app != *named => Err(TransferError::Usage(format!(
            "the file holds application '{named}', which cannot be imported as '{app}': its keys and aliases name it"
        ))
        .into()),
        Some(_) | None => Ok(app),
    }
}

fn usage(option: &str, error: impl std::fmt::Display) -> TransferError {
    TransferError::Usage(format!("{option}: {error}"))
}

fn parse_app(text: &str) -> Result<AppId, CommandError> {
    AppId::parse(text).map_err(|source| CommandError::AppName {
        text: text.to_owned(),
        source,
    })
}

fn open(path: &Path) -> Result<File, TransferError> {
    File::open(path).map_err(|source| TransferError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

fn open_json(path: &Path, defaults: &PasskeyDefaults) -> Result<JsonSource, TransferError> {
    JsonSource::open(Box::new(BufReader::new(open(path)?)), defaults.clone()).map_err(|source| {
        TransferError::Json {
            path: path.to_owned(),
            source,
        }
    })
}

fn import_database(place: &Place, file: &Path, only: &[String], how: How) -> Result<Answer, CommandError> {
    let unusable = |source| TransferError::Official {
        path: file.to_owned(),
        source,
    };
    let mut database = OfficialDatabase::open(file).map_err(unusable)?;
    let (mut apps, mut problems) = plan_official(&mut database).map_err(|error| unusable(error.into()))?;
    if !only.is_empty() {
        for name in only {
            let app = parse_app(name)?;
            if !apps.contains(&app) {
                return Err(TransferError::Usage(format!("the database has no application '{app}'")).into());
            }
        }
        apps.retain(|app| only.iter().any(|name| name == app.as_str()));
        problems.clear();
    }
    let mut run = Run::new(place, how);
    run.problems.extend(problems.iter().map(ToString::to_string));
    run.say_problems();
    for rehearsal in [true, false] {
        for app in &apps {
            let mut source = OfficialSource::new(&mut database, app.clone());
            let notes = source.colliding_users().map_err(|error| unusable(error.into()))?;
            run.turn(rehearsal, app, notes, source)?;
        }
        if rehearsal && !run.may_apply()? {
            break;
        }
    }
    Ok(run.answer())
}

/// Imports one application. `open` gives it and its records, from the beginning each time.
fn import<I>(
    mut run: Run<'_>,
    open: impl Fn() -> Result<(AppId, Vec<Note>, I), TransferError>,
) -> Result<Answer, CommandError>
where
    I: Source,
{
    run.say_problems();
    for rehearsal in [true, false] {
        let (app, notes, records) = open()?;
        run.turn(rehearsal, &app, notes, records)?;
        if rehearsal && !run.may_apply()? {
            break;
        }
    }
    Ok(run.answer())
}

/// An import under way.
struct Run<'p> {
    place: &'p Place,
    how: How,
    reports: Vec<Reported>,
    /// What cannot be imported at all, beside the records that the reports name.
    problems: Vec<String>,
    refused: u64,
    applied: bool,
}

impl<'p> Run<'p> {
    const fn new(place: &'p Place, how: How) -> Self {
        Self {
            place,
            how,
            reports: Vec::new(),
            problems: Vec::new(),
            refused: 0,
            applied: false,
        }
    }

    /// Says what is known before the first record.
    fn say_problems(&self) {
        for problem in &self.problems {
            say(&format!("Refused: {problem}\n"));
        }
    }

    /// How much cannot be imported.
    fn refused(&self) -> u64 {
        self.refused + u64::try_from(self.problems.len()).unwrap_or(u64::MAX)
    }

    /// Rehearses an application and says what would happen, or imports it.
    fn turn(
        &mut self,
        rehearsal: bool,
        app: &AppId,
        notes: Vec<Note>,
        mut records: impl Source,
    ) -> Result<(), CommandError> {
        let (mode, doing) = match (rehearsal, self.how.skip_problems) {
            (true, _) => (ImportMode::Rehearse, "Rehearsing"),
            (false, true) => (ImportMode::SkipProblems, "Importing"),
            (false, false) => (ImportMode::Whole, "Importing"),
        };
        let report = {
            let mut progress = Progress::of(format!("{doing} {app}"));
            self.place
                .passgate()
                .import(
                    app,
                    &mut records,
                    mode,
                    &mut |records| progress.at(records),
                    self.place.env(),
                )
                .map_err(|source| TransferError::Import {
                    app: app.clone(),
                    source: Box::new(source),
                })?
        };
        if rehearsal {
            self.refused += report.refused();
            let report = ImportReport {
                notes: [report.notes, notes, records.notes()].concat(),
                ..report
            };
            let reported = Reported {
                app: app.clone(),
                report,
            };
            say(&reported.text());
            self.reports.push(reported);
        } else {
            self.applied = true;
        }
        Ok(())
    }

    /// Whether the rehearsal is to be followed by the import.
    fn may_apply(&self) -> Result<bool, CommandError> {
        if self.how.dry_run {
            Ok(false)
        } else if self.refused() > 0 && !self.how.skip_problems {
            Err(TransferError::Refused {
                refused: self.refused(),
            }
            .into())
        } else {
            Ok(true)
        }
    }

    fn answer(&self) -> Answer {
        let answer = report::answer(&self.reports, &self.problems, self.refused(), self.applied);
        // A rehearsal ends as the import would.
        if self.applied || self.how.skip_problems || self.refused() == 0 {
            answer
        } else {
            answer.with_exit_code(TransferError::REFUSED)
        }
    }
}

/// Says something while the command goes on; its answer comes at the end, on standard output.
fn say(text: &str) {
    // Whoever does not listen misses only this.
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
