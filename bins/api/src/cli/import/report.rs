//! What an import did, or would do, in words and in JSON.

use passgate::transfer::{Count, ImportReport};
use passgate_core::application::AppId;
use serde_json::{Value, json};

use crate::cli::answer::{Answer, table};

/// The report of one application.
pub(super) struct Reported {
    pub(super) app: AppId,
    pub(super) report: ImportReport,
}

impl Reported {
    /// For people.
    pub(super) fn text(&self) -> String {
        let mut rows = vec![
            ["RECORDS", "NEW", "THERE ALREADY", "REFUSED", "LEFT OUT"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (
            kind,
            Count {
                added,
                present,
                refused,
                left_out,
            },
        ) in &self.report.counts
        {
            rows.push(vec![
                kind.as_str().to_owned(),
                added.to_string(),
                present.to_string(),
                refused.to_string(),
                left_out.to_string(),
            ]);
        }
        let mut text = format!("Application {}\n{}\n", self.app, table(&rows));
        for note in &self.report.notes {
            text.push_str(&format!("Note: {note}\n"));
        }
        for problem in &self.report.problems {
            text.push_str(&format!("Refused: {problem}\n"));
        }
        let listed = u64::try_from(self.report.problems.len()).unwrap_or(u64::MAX);
        if self.report.refused() > listed {
            text.push_str(&format!("… and {} more.\n", self.report.refused() - listed));
        }
        text
    }

    fn json(&self) -> Value {
        let counts = self.report.counts.iter().map(|(kind, count)| {
            let counts = json!({ "new": count.added, "present": count.present, "refused": count.refused, "left_out": count.left_out });
            (
                kind.as_str().replace([' ', '-'], "_").to_ascii_lowercase(),
                counts,
            )
        });
        let records: serde_json::Map<String, Value> = counts.collect();
        let texts = |texts: Vec<String>| Value::from(texts);
        json!({
            "application": self.app.as_str(),
            "records": records,
            "notes": texts(self.report.notes.iter().map(ToString::to_string).collect()),
            "problems": texts(self.report.problems.iter().map(ToString::to_string).collect()),
        })
    }
}

/// The answer of the command.
pub(super) fn answer(reports: &[Reported], problems: &[String], refused: u64, applied: bool) -> Answer {
    let added: u64 = reports.iter().map(|reported| reported.report.added()).sum();
    let names = reports
        .iter()
        .map(|reported| reported.app.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let text = match (applied, refused) {
        (true, 0) => format!("Imported {names}: {added} new records."),
        (true, refused) => format!("Imported {names}: {added} new records; {refused} were left out."),
        (false, 0) if reports.is_empty() => "There is nothing to import.".to_owned(),
        (false, 0) => format!("{names} can be imported: {added} new records. Nothing was changed."),
        (false, refused) => format!(
            "{names}: {added} new records, and {refused} that cannot be imported. Nothing was changed."
        ),
    };
    let json = json!({
        "applied": applied, "new": added, "refused": refused, "problems": problems,
        "applications": reports.iter().map(Reported::json).collect::<Vec<_>>(),
    });
    Answer::new(text, json)
}
