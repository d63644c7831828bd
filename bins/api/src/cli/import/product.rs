//! `passgate import PRODUCT SOURCE`: a command for each product that passkeys move in from.

use std::{env, ffi::OsString, path::PathBuf};

use clap::{ArgMatches, Args as _, Command, FromArgMatches, Subcommand, error::ErrorKind};
use passgate::transfer::{
    ForeignSource, Item, JsonSource, Note, PRODUCTS, PasskeyDefaults, Product, Source, Unreadable, query_of,
};
use passgate_core::application::AppId;
use passgate_store::foreign_database::{ForeignDatabase, ForeignDatabaseError};
use url::Url;

use super::{How, Passkeys, Run, import, open, parse_app};
use crate::cli::{Answer, CommandError, error::TransferError, place::Place};

/// The variable that may hold the source: an address with a password does not belong on a command line.
const SOURCE_VARIABLE: &str = "IMPORT_SOURCE";

/// An import from a product.
#[derive(Clone, Debug)]
pub struct ProductImport {
    product: &'static Product,
    options: Options,
}

#[derive(Clone, Debug, clap::Args)]
struct Options {
    /// A SQLite file, an address of PostgreSQL, or a file of JSON or CSV; without it, the variable IMPORT_SOURCE.
    source: Option<String>,
    /// The application that is added to.
    #[arg(long)]
    app: String,
    /// The table of the passkeys, where it has another name than the product gives it, or the product gives it none.
    #[arg(long)]
    table: Option<String>,
    #[command(flatten)]
    passkeys: Passkeys,
    #[command(flatten)]
    how: How,
}

impl Subcommand for ProductImport {
    fn augment_subcommands(command: Command) -> Command {
        PRODUCTS.iter().fold(command, |command, product| {
            command.subcommand(Options::augment_args(
                Command::new(product.name).about(product.about),
            ))
        })
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        named(name).is_some()
    }
}

impl FromArgMatches for ProductImport {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (product, matches) = matches
            .subcommand()
            .and_then(|(name, matches)| Some((named(name)?, matches)))
            .ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        let options = Options::from_arg_matches(matches)?;
        Ok(Self { product, options })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn named(name: &str) -> Option<&'static Product> {
    PRODUCTS.into_iter().find(|product| product.name == name)
}

impl ProductImport {
    pub(super) const fn how(&self) -> How {
        self.options.how
    }

    /// Whether there is a source, and it can be read at all.
    pub(super) fn check_source(&self) -> Result<(), TransferError> {
        self.opened().map(drop)
    }

    fn opened(&self) -> Result<Opened, TransferError> {
        let source = match &self.options.source {
            Some(source) => {
                // Other users of the machine see what stands on a command line.
                if Url::parse(source).is_ok_and(|url| url.password().is_some()) {
                    return Err(TransferError::Usage(format!(
                        "an address with a password belongs into the variable {SOURCE_VARIABLE}, where other users of \
                         the machine do not see it"
                    )));
                }
                source.clone()
            }
            None => env::var_os(SOURCE_VARIABLE)
                .filter(|source| !source.is_empty())
                .map(OsString::into_string)
                .transpose()
                .map_err(|_| TransferError::Usage(format!("{SOURCE_VARIABLE} is not valid Unicode")))?
                .ok_or_else(|| {
                    TransferError::Usage(format!(
                        "say where the passkeys are: a file or an address, here or in the variable {SOURCE_VARIABLE}"
                    ))
                })?,
        };
        match ForeignDatabase::named(&source) {
            Ok(Some(database)) => Ok(Opened::Database(database)),
            Ok(None) => Ok(Opened::File(source.into())),
            Err(ForeignDatabaseError::File(cause)) => Err(TransferError::File {
                action: "read",
                path: source.into(),
                source: cause,
            }),
            Err(error @ ForeignDatabaseError::Address(_)) => Err(TransferError::Usage(error.to_string())),
        }
    }

    /// The query for the passkeys in a database.
    fn query(&self) -> Result<String, TransferError> {
        let Options { table, passkeys, .. } = &self.options;
        match (table, &self.product.table) {
            (Some(table), _) => Ok(query_of(table)),
            (None, Some(table)) => table
                .query(&passkeys.aliases)
                .map_err(|error| TransferError::Usage(error.to_string())),
            (None, None) => Err(TransferError::Usage(format!(
                "say which table the passkeys are in: --table NAME ({} has none of its own)",
                self.product.name
            ))),
        }
    }

    fn records(&self, opened: &Opened, defaults: PasskeyDefaults) -> Result<Records, TransferError> {
        let aliases = self.options.passkeys.aliases.clone();
        Ok(match opened {
            Opened::Database(database) => {
                let rows = database.rows(&self.query()?);
                let source = ForeignSource::new(rows, self.product, defaults);
                Records::Database(Box::new(source.with_aliases(aliases)))
            }
            Opened::File(path) => {
                let input = || Ok::<_, TransferError>(Box::new(std::io::BufReader::new(open(path)?)));
                let unreadable = |source| TransferError::Json {
                    path: path.clone(),
                    source,
                };
                let mut source =
                    JsonSource::of_product(input()?, self.product, defaults).map_err(unreadable)?;
                if self.product.tells_handles() {
                    source = source.hearing(input()?).map_err(unreadable)?;
                }
                Records::File(Box::new(source.with_aliases(aliases)))
            }
        })
    }
}

/// Where the passkeys are.
enum Opened {
    Database(ForeignDatabase),
    File(PathBuf),
}

/// What reads them.
enum Records {
    Database(Box<ForeignSource>),
    File(Box<JsonSource>),
}

impl Iterator for Records {
    type Item = Result<Item, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Database(source) => source.next(),
            Self::File(source) => source.next(),
        }
    }
}

impl Source for Records {
    fn notes(&self) -> Vec<Note> {
        match self {
            Self::Database(source) => source.notes(),
            Self::File(source) => source.notes(),
        }
    }
}

/// Does what it says.
pub(super) fn perform(command: &ProductImport, place: &Place) -> Result<Answer, CommandError> {
    let app: AppId = parse_app(&command.options.app)?;
    let defaults = command.options.passkeys.defaults(place)?;
    let opened = command.opened()?;
    import(Run::new(place, command.how()), || {
        let records = command.records(&opened, defaults.clone())?;
        Ok((app.clone(), Vec::new(), records))
    })
}
