//! `passgate doctor`: would a browser accept this origin with this RP ID?

use passgate_webauthn::{
    Origin,
    doctor::{Diagnosis, Severity, diagnose},
};
use serde_json::json;

use super::{Answer, CommandError, error::TransferError};

/// Judges a pair.
pub(super) fn perform(origin: &str, rp_id: &str, related: &[String]) -> Result<Answer, CommandError> {
    let related = related
        .iter()
        .map(|text| {
            Origin::parse(text).map_err(|error| TransferError::Usage(format!("--related {text}: {error}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let Diagnosis { accepted, findings } = diagnose(origin, rp_id, &related);
    let mut text = if accepted {
        format!("Yes: a browser accepts the RP ID `{rp_id}` at `{origin}`.\n")
    } else {
        format!("No: a browser refuses the RP ID `{rp_id}` at `{origin}`.\n")
    };
    for finding in &findings {
        let mark = match finding.severity {
            Severity::Error => "✗",
            Severity::Warning => "!",
            Severity::Info => "·",
        };
        text.push_str(&format!("{mark} {}\n", finding.message));
        if let Some(advice) = &finding.advice {
            text.push_str(&format!("  → {advice}\n"));
        }
    }
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code, "severity": finding.severity.as_str(),
                "message": finding.message, "advice": finding.advice,
            })
        })
        .collect();
    Ok(Answer::new(
        text,
        json!({ "accepted": accepted, "findings": findings }),
    ))
}
