//! `passgate webauthn verify`: one ceremony from a file, or many from standard input, without a server.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use passgate_webauthn::offline::{self, Outcome};

/// The most one document may have: a response within the verifier's own limits, with room for trust roots.
const MAX_DOCUMENT_BYTES: u64 = 4 * 1024 * 1024;

/// What can be done offline with WebAuthn responses.
#[derive(Debug, Subcommand)]
pub enum WebauthnCommand {
    /// Verify one ceremony described by a JSON file, or one per line of standard input.
    ///
    /// Prints one line of JSON per ceremony. Exit code 0: verified; 1: refused; 2: not a usable description.
    /// Of several lines the worst decides.
    Verify {
        /// A JSON file, or `-` for JSON lines on standard input.
        file: PathBuf,
    },
}

impl WebauthnCommand {
    /// Runs the command; `now` is the time of verification for documents that name none.
    pub fn run(&self, now: DateTime<Utc>) -> ExitCode {
        let Self::Verify { file } = self;
        let mut output = io::stdout().lock();
        let outcome = if file == Path::new("-") {
            verify_lines(io::stdin().lock(), &mut output, now)
        } else {
            File::open(file).and_then(|file| verify_whole(file, &mut output, now))
        };
        match outcome {
            Ok(outcome) => ExitCode::from(outcome.exit_code()),
            Err(error) => {
                eprintln!("passgate: {}: {error}", file.display());
                ExitCode::from(Outcome::Unusable.exit_code())
            }
        }
    }
}

/// Verifies the one document that the input holds.
fn verify_whole(input: impl Read, output: &mut impl Write, now: DateTime<Utc>) -> io::Result<Outcome> {
    let mut document = Vec::new();
    input.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut document)?;
    answer(&document, output, now)
}

/// Verifies each line; blank ones are skipped. No line at all is unusable.
fn verify_lines(input: impl Read, output: &mut impl Write, now: DateTime<Utc>) -> io::Result<Outcome> {
    let mut input = BufReader::new(input);
    let mut worst = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limited = &mut (&mut input).take(MAX_DOCUMENT_BYTES + 1);
        if limited.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 > MAX_DOCUMENT_BYTES && line.last() != Some(&b'\n') {
            input.skip_until(b'\n')?;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        worst = worst.max(Some(answer(&line, output, now)?));
    }
    output.flush()?;
    Ok(worst.unwrap_or(Outcome::Unusable))
}

fn answer(document: &[u8], output: &mut impl Write, now: DateTime<Utc>) -> io::Result<Outcome> {
    // An oversized document arrives cut off, so it cannot be read as JSON.
    let (outcome, answer) = offline::verify_document(document, now);
    writeln!(output, "{answer}")?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &str) -> (Outcome, Vec<String>) {
        let mut output = Vec::new();
        let outcome = verify_lines(input.as_bytes(), &mut output, DateTime::UNIX_EPOCH).unwrap();
        let output = String::from_utf8(output).unwrap();
        (outcome, output.lines().map(str::to_owned).collect())
    }

    const REFUSED: &str = r#"{"kind":"registration","expected_challenge":"AAECAw","expected_origin":["https://example.org"],"expected_rp_id":["example.org"],"require_user_verification":false,"require_user_presence":true,"allowed_algs":null,"app_id":null,"verification_time":null,"credential":{},"trust_roots":null,"allow_cross_origin":false,"top_origins":[],"allow":[]}"#;

    #[test]
    fn every_line_is_answered_and_the_worst_decides() {
        let (outcome, answers) = run(&format!("{REFUSED}\n\n{REFUSED}\n"));
        assert_eq!((outcome, answers.len()), (Outcome::Refused, 2));
        let (outcome, answers) = run(&format!("{REFUSED}\nnonsense\n{REFUSED}"));
        assert_eq!((outcome, answers.len()), (Outcome::Unusable, 3));
        assert!(answers[1].contains("unusable"));
        assert_eq!(run(""), (Outcome::Unusable, Vec::new()));
    }

    #[test]
    fn an_oversized_line_is_one_answer() {
        let long = format!("\"{}\"", "x".repeat(5 * 1024 * 1024));
        let (outcome, answers) = run(&format!("{long}\n{REFUSED}\n"));
        assert_eq!((outcome, answers.len()), (Outcome::Unusable, 2));
        assert!(answers[1].contains("refused"));
    }

    #[test]
    fn a_file_is_one_document_over_several_lines() {
        let pretty = REFUSED.replace(',', ",\n");
        let mut output = Vec::new();
        let outcome = verify_whole(pretty.as_bytes(), &mut output, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(outcome, Outcome::Refused);
        assert_eq!(output.iter().filter(|&&byte| byte == b'\n').count(), 1);
    }
}
