//! `passgate app …`: applications from the command line.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Subcommand;
use passgate::{
    applications::Overview,
    features::{ApplicationSettings, Author},
};
use passgate_core::{
    api_key::PublicApiKey,
    application::{AppId, Application, ApplicationState},
};
use serde_json::{Value, json};

use super::{
    Answer, CommandError,
    answer::{instant, moment, table},
    feature_setting::{self, shown},
    key,
    place::{Place, app_id, demand},
};
use crate::{config::Sources, server::assemble, validation::is_deliverable};

/// Who changes things, as events tell it.
const PERFORMED_BY: &str = "command line";

/// What can be done with applications.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Create an application and print its keys, the secret ones this once.
    Create {
        /// 3 to 62 lower-case letters and digits, beginning with a letter.
        name: String,
        /// The address that administers it.
        #[arg(long, default_value = "", hide_default_value = true, value_parser = admin_email)]
        admin_email: String,
        /// A setting, as for `app set`; may be repeated.
        #[arg(long = "set", value_name = "NAME=VALUE")]
        settings: Vec<String>,
    },
    /// List all applications.
    List,
    /// Show one application: state, settings, keys.
    Show {
        /// Name of the application.
        name: String,
    },
    /// Change settings of an application.
    Set {
        /// Name of the application.
        name: String,
        /// What to change; `app show` prints names and values.
        #[arg(required_unless_present = "admin_emails", value_name = "NAME=VALUE")]
        settings: Vec<String>,
        /// An address that administers it, in place of those it has; may be repeated.
        #[arg(long = "admin-email", value_name = "ADDRESS")]
        admin_emails: Vec<String>,
    },
    /// Lock all keys of an application.
    Freeze {
        /// Name of the application.
        name: String,
    },
    /// Unlock what a freeze locked, and call off a deletion.
    Unfreeze {
        /// Name of the application.
        name: String,
    },
    /// Delete an application; one in use is locked and deleted a month later.
    Delete {
        /// Name of the application.
        name: String,
        /// Delete all of its data now.
        #[arg(long)]
        now: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn perform(command: AppCommand, sources: &Sources) -> Result<Answer, CommandError> {
    match command {
        AppCommand::Create {
            name,
            admin_email,
            settings,
        } => create(sources, &name, &admin_email, &settings),
        AppCommand::List => list(&Place::open(sources)?),
        AppCommand::Show { name } => show(&Place::open(sources)?, &app_id(&name)?),
        AppCommand::Set {
            name,
            settings,
            admin_emails,
        } => set(&Place::open(sources)?, &app_id(&name)?, &settings, &admin_emails),
        AppCommand::Freeze { name } => freeze(&Place::open(sources)?, &app_id(&name)?),
        AppCommand::Unfreeze { name } => unfreeze(&Place::open(sources)?, &app_id(&name)?),
        AppCommand::Delete { name, now, yes } => delete(&Place::open(sources)?, &app_id(&name)?, now, yes),
    }
}

/// The rule of the API: an address that mail can be sent to, or none.
fn admin_email(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || is_deliverable(text) {
        Ok(text.to_owned())
    } else {
        Err("mail cannot be sent to this address")
    }
}

/// What an application lacks that wants to mail magic links.
const NO_MAIL: &str = "\n\nNo mail server is set up: magic links stay in the file 'mail.txt' of the data directory, until \
                       'mail_smtp_url' and 'mail_from' are set.";

fn create(
    sources: &Sources,
    name: &str,
    admin_email: &str,
    pairs: &[String],
) -> Result<Answer, CommandError> {
    let app = app_id(name)?;
    let mut settings = ApplicationSettings::default();
    feature_setting::apply_all(&mut settings, pairs).map_err(CommandError::Feature)?;
    let sends_mail = !assemble::load(sources)?.mail.in_order().is_empty();
    let place = Place::open_or_create(sources)?;
    let created = place
        .passgate()
        .create_app_with_settings(app.clone(), admin_email, settings, place.env())
        .map_err(CommandError::from_create_app)?;
    let [public1, public2] = created.public_keys.each_ref().map(PublicApiKey::as_str);
    let [secret1, secret2] = created.secret_keys.each_ref().map(|key| key.expose().as_str());
    let text = format!(
        "Application {app} is ready.\n\n  Public keys   {public1}\n                {public2}\n  Secret keys   {secret1}\n                {secret2}\n\n\
         The secret keys are shown this once: the server keeps only their digests.\n\
         There are two of each, so that one can be replaced while the other is in use.{}",
        if sends_mail { "" } else { NO_MAIL }
    );
    let json = json!({ "appId": app.as_str(), "apiKey1": public1, "apiKey2": public2, "apiSecret1": secret1, "apiSecret2": secret2 });
    Ok(Answer::new(text, json))
}

fn list(place: &Place) -> Result<Answer, CommandError> {
    let found = place.passgate().list_overviews()?;
    if found.is_empty() {
        return Ok(Answer::new(
            "There are no applications yet; `passgate app create NAME` makes one.",
            json!({ "applications": [] }),
        ));
    }
    let mut rows = vec![
        ["NAME", "STATE", "CREATED", "USERS", "PASSKEYS"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(found.iter().map(|overview| {
        let application = &overview.application;
        vec![
            application.id.to_string(),
            state(application),
            moment(application.created_at),
            overview.users.to_string(),
            overview.credentials.to_string(),
        ]
    }));
    let json: Vec<_> = found.iter().map(summary).collect();
    Ok(Answer::new(table(&rows), json!({ "applications": json })))
}

fn show(place: &Place, app: &AppId) -> Result<Answer, CommandError> {
    let overview = place
        .passgate()
        .overview(app)?
        .ok_or_else(|| CommandError::NoSuchApp { app: app.clone() })?;
    let keys = place.passgate().list_keys(app, place.env())?;
    let settings = shown(&ApplicationSettings {
        features: overview.application.features.clone(),
        well_known: overview.well_known.clone(),
    });
    let application = &overview.application;
    let facts = [
        ("State", state(application)),
        ("Created", moment(application.created_at)),
        ("Administrators", administrators(&application.admin_emails)),
        ("Users", overview.users.to_string()),
        ("Passkeys", overview.credentials.to_string()),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    let rows: Vec<_> = settings
        .iter()
        .map(|(name, value, about)| vec![format!("{name}={value}"), format!("# {about}")])
        .collect();
    let text = format!(
        "{}\n\n{}\n\n{}",
        table(&facts),
        table(&rows),
        key::listing(app, &keys)
    );
    let mut json = summary(&overview);
    if let Value::Object(members) = &mut json {
        let settings = settings
            .into_iter()
            .map(|(name, value, _)| (name.to_owned(), Value::String(value)))
            .collect();
        members.insert("adminEmails".to_owned(), json!(application.admin_emails));
        members.insert("settings".to_owned(), Value::Object(settings));
        members.insert("keys".to_owned(), key::listing_json(app, &keys));
    }
    Ok(Answer::new(text, json))
}

fn set(
    place: &Place,
    app: &AppId,
    pairs: &[String],
    admin_emails: &[String],
) -> Result<Answer, CommandError> {
    if let Some(wrong) = admin_emails.iter().find(|address| !is_deliverable(address)) {
        return Err(CommandError::Feature(format!(
            "'{wrong}' is not an e-mail address"
        )));
    }
    let mut changes = Vec::new();
    if !pairs.is_empty() {
        let changed = place
            .passgate()
            .change_settings(
                app,
                Author::Named(PERFORMED_BY),
                |settings| feature_setting::apply_all(settings, pairs),
                place.env(),
            )
            .map_err(|error| CommandError::from_change_settings(app, error))?;
        let (before, after) = (shown(&changed.before), shown(&changed.after));
        changes.extend(
            before
                .into_iter()
                .zip(after)
                .map(|((name, old, _), (_, new, _))| (name, old, new)),
        );
    }
    if !admin_emails.is_empty() {
        let before = place
            .passgate()
            .set_admin_emails(app, admin_emails, PERFORMED_BY, place.env())?
            .ok_or_else(|| CommandError::NoSuchApp { app: app.clone() })?;
        changes.push((
            "admin-email",
            administrators(&before),
            administrators(admin_emails),
        ));
    }
    changes.retain(|(_, old, new)| old != new);
    let text = if changes.is_empty() {
        format!("Nothing to change: application {app} has these settings already.")
    } else {
        let rows: Vec<_> = changes
            .iter()
            .map(|(name, old, new)| vec![(*name).to_owned(), format!("{old} -> {new}")])
            .collect();
        format!(
            "Application {app} changed. Running servers follow within a second.\n\n{}",
            table(&rows)
        )
    };
    let json: Vec<_> = changes
        .iter()
        .map(|(name, old, new)| json!({ "name": name, "from": old, "to": new }))
        .collect();
    Ok(Answer::new(
        text,
        json!({ "appId": app.as_str(), "changes": json }),
    ))
}

fn administrators(emails: &[String]) -> String {
    if emails.is_empty() {
        "none".to_owned()
    } else {
        emails.join(", ")
    }
}

fn freeze(place: &Place, app: &AppId) -> Result<Answer, CommandError> {
    demand(place, app)?;
    place.passgate().freeze(app, place.env())?;
    Ok(Answer::new(
        format!(
            "Application {app} is frozen: all of its keys are locked. Running servers follow within a second."
        ),
        json!({ "appId": app.as_str(), "state": "frozen" }),
    ))
}

fn unfreeze(place: &Place, app: &AppId) -> Result<Answer, CommandError> {
    demand(place, app)?;
    place.passgate().unfreeze(app, place.env())?;
    Ok(Answer::new(
        format!("Application {app} is active. Keys that were locked one by one stay locked."),
        json!({ "appId": app.as_str(), "state": "active" }),
    ))
}

fn delete(place: &Place, app: &AppId, now: bool, yes: bool) -> Result<Answer, CommandError> {
    demand(place, app)?;
    if !yes && !confirmed(app)? {
        return Err(CommandError::NotConfirmed);
    }
    if now {
        place.passgate().delete_app_now(app)?;
        return Ok(gone(app));
    }
    let deletion = place
        .passgate()
        .mark_delete(app, PERFORMED_BY, place.env())
        .map_err(|error| CommandError::from_mark_delete(app, error))?;
    if deletion.deleted {
        return Ok(gone(app));
    }
    Ok(Answer::new(
        format!(
            "Application {app} is in use, so its keys are locked now and its data goes on {}.\n\
             `passgate app unfreeze {app}` calls that off.",
            moment(deletion.delete_at)
        ),
        json!({ "appId": app.as_str(), "deleted": false, "deleteAt": instant(deletion.delete_at) }),
    ))
}

fn gone(app: &AppId) -> Answer {
    Answer::new(
        format!("Application {app} and all of its data are gone."),
        json!({ "appId": app.as_str(), "deleted": true }),
    )
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirmed(app: &AppId) -> Result<bool, CommandError> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Ok(false);
    }
    let mut answer = String::new();
    let asked = write!(
        io::stderr(),
        "This deletes application {app}. Type its name to confirm: "
    )
    .and_then(|()| io::stderr().flush())
    .and_then(|()| stdin.lock().read_line(&mut answer));
    asked.map_err(|source| CommandError::Io {
        action: "ask on",
        path: "the terminal".into(),
        source,
    })?;
    Ok(answer.trim() == app.as_str())
}

fn state(application: &Application) -> String {
    match &application.state {
        ApplicationState::Active => "active".to_owned(),
        ApplicationState::Frozen { at, .. } => format!("frozen since {}", moment(*at)),
        ApplicationState::DeletionScheduled { delete_at, .. } => {
            format!("to be deleted on {}", moment(*delete_at))
        }
    }
}

fn summary(overview: &Overview) -> Value {
    let application = &overview.application;
    let (state, delete_at) = match &application.state {
        ApplicationState::Active => ("active", None),
        ApplicationState::Frozen { .. } => ("frozen", None),
        ApplicationState::DeletionScheduled { delete_at, .. } => {
            ("deletionScheduled", Some(instant(*delete_at)))
        }
    };
    json!({
        "appId": application.id.as_str(),
        "state": state,
        "deleteAt": delete_at,
        "createdAt": instant(application.created_at),
        "users": overview.users,
        "passkeys": overview.credentials,
    })
}
