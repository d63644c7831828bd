//! `passgate job …`: running jobs by hand.

use clap::Subcommand;
use passgate::jobs::JobOutcome;
use serde_json::{Value, json};

use super::{
    Answer, CommandError,
    answer::{instant, moment, table},
    place::Place,
};
use crate::{
    config::Sources,
    env::SystemClock,
    jobs::{JOBS, Job, Means},
    server::{OpenError, assemble},
};

/// What can be done with jobs. A server runs them by itself; they may run beside it.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// List the jobs: when each is due, and when it last ran.
    List,
    /// Run a job now, unless it is running somewhere.
    Run {
        /// The job's name.
        name: String,
    },
}

pub(super) fn perform(command: JobCommand, sources: &Sources) -> Result<Answer, CommandError> {
    match command {
        JobCommand::List => list(&Place::open(sources)?),
        JobCommand::Run { name } => {
            let job = Job::find(&name).ok_or(CommandError::NoSuchJob { name })?;
            let means = assemble::means(&assemble::load(sources)?).map_err(OpenError::from)?;
            run(&Place::open(sources)?, &means, &job)
        }
    }
}

fn list(place: &Place) -> Result<Answer, CommandError> {
    let mut rows = vec![
        ["JOB", "DUE", "LAST RUN", "WHAT IT DOES"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut listed: Vec<Value> = Vec::new();
    for job in JOBS {
        let last = place.passgate().last_job_run(job.name)?;
        rows.push(vec![
            job.name.to_owned(),
            job.schedule(),
            last.map_or_else(|| "never".to_owned(), moment),
            job.about.to_owned(),
        ]);
        listed.push(json!({
            "name": job.name, "due": job.schedule(), "lastRunAt": last.map(instant), "about": job.about,
        }));
    }
    Ok(Answer::new(table(&rows), json!({ "jobs": listed })))
}

fn run(place: &Place, means: &Means, job: &Job) -> Result<Answer, CommandError> {
    match job.run_by_hand(place.passgate(), means, &SystemClock, place.env())? {
        // Nobody stops jobs of this process, and by hand no job is done already, nor is the clock doubted.
        JobOutcome::Done { count } | JobOutcome::Stopped { count } => Ok(Answer::new(
            format!("{}: done, {count} changed", job.name),
            json!({ "name": job.name, "count": count }),
        )),
        JobOutcome::Off => Err(CommandError::JobOff { name: job.name }),
        JobOutcome::HeldElsewhere | JobOutcome::DoneAlready | JobOutcome::ClockInDoubt(_) => {
            Err(CommandError::JobRuns { name: job.name })
        }
    }
}
