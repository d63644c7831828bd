//! Several servers side by side in one run: rounds in turn, server and load on cores of their own, medians as ratios.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Args;
use serde_json::Value;

/// Measures servers in turn, and prints what each costs beside the first.
#[derive(Args)]
pub struct Compare {
    /// The servers, each `name=binary`. The first is what the others are measured against.
    #[arg(required = true, value_parser = server)]
    servers: Vec<(String, PathBuf)>,
    /// Connections; several are measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "8,32")]
    connections: Vec<usize>,
    /// How often each is measured. The median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement, without its two seconds of warm-up.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The database of the servers, if not SQLite; tables stay behind.
    #[arg(long)]
    database_url: Option<String>,
}

fn server(text: &str) -> Result<(String, PathBuf), String> {
    let (name, binary) = text.split_once('=').ok_or("name=binary")?;
    Ok((name.to_owned(), PathBuf::from(binary)))
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A measurement could not be started.
    #[error("a measurement could not be started")]
    Start(#[from] io::Error),
    /// A measurement failed.
    #[error("{server} could not be measured:\n{output}")]
    Failed {
        /// The server's name.
        server: String,
        /// What the measurement printed.
        output: String,
    },
}

/// What one measurement says.
struct Sample {
    /// Processor time of the server for each sign-in, in microseconds.
    processor: f64,
    per_second: f64,
    /// MiB.
    resident: f64,
    /// Milliseconds, of completing a sign-in.
    p50: f64,
    p99: f64,
    /// Milliseconds until the first connection was accepted.
    start: f64,
    /// Cores that others kept busy.
    others: f64,
}

/// All measurements of a server with so many connections.
struct Row {
    server: String,
    connections: usize,
    samples: Vec<Sample>,
}

impl Compare {
    /// Measures, and prints a table.
    pub fn run(&self) -> Result<(), CompareError> {
        let mut rows: Vec<_> = self
            .connections
            .iter()
            .flat_map(|connections| {
                self.servers.iter().map(|(server, _)| Row {
                    server: server.clone(),
                    connections: *connections,
                    samples: Vec::new(),
                })
            })
            .collect();
        for round in 1..=self.rounds {
            for (number, row) in rows.iter_mut().enumerate() {
                let (name, binary) = &self.servers[number % self.servers.len()];
                eprintln!(
                    "round {round} of {}: {name}, {} connections",
                    self.rounds, row.connections
                );
                row.samples.push(self.measure(name, binary, row.connections)?);
            }
        }
        println!("{}", Table(&rows));
        Ok(())
    }

    /// One measurement, by this program in a process of its own: server on the first core, load on the second.
    fn measure(&self, name: &str, binary: &Path, connections: usize) -> Result<Sample, CompareError> {
        let mut command = Command::new("taskset");
        command
            .args(["--cpu-list", "1"])
            .arg(std::env::current_exe()?)
            .args(["--pin", "0", "--json", "--start"])
            .arg(binary)
            .args(["--connections", &connections.to_string()])
            .args(["--seconds", &self.seconds.to_string()])
            .stdin(Stdio::null());
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        let output = command.output()?;
        // A noisy machine is an objection and a failure, and is told in the table.
        Sample::read(&output.stdout).ok_or_else(|| CompareError::Failed {
            server: name.to_owned(),
            output: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        })
    }
}

impl Sample {
    fn read(json: &[u8]) -> Option<Self> {
        let report: Value = serde_json::from_slice(json).ok()?;
        let complete = &report["endpoints"]["/signin/complete"];
        Some(Self {
            processor: report["serverProcessorPerCeremony"].as_f64()?,
            per_second: report["perSecond"].as_f64()?,
            resident: report["serverMemoryKiB"].as_f64()? / 1024.0,
            p50: complete["p50"].as_f64()? / 1000.0,
            p99: complete["p99"].as_f64()? / 1000.0,
            start: report["startMillis"].as_f64()?,
            others: report["othersCores"].as_f64()?,
        })
    }
}

impl Row {
    /// The quartiles of a figure: a quarter of the measurements lie below the first, half below the second.
    fn quartiles(&self, figure: fn(&Sample) -> f64) -> [f64; 3] {
        let mut values: Vec<_> = self.samples.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        [0.25, 0.5, 0.75].map(|share| {
            let last = values.len().saturating_sub(1);
            values
                .get((last as f64 * share).round() as usize)
                .copied()
                .unwrap_or(f64::NAN)
        })
    }

    fn median(&self, figure: fn(&Sample) -> f64) -> f64 {
        self.quartiles(figure)[1]
    }
}

/// Rows as a Markdown table. Ratios are to the first server with as many connections.
struct Table<'a>(&'a [Row]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| server | connections | processor per sign-in | spread | sign-ins per second | complete p50 / p99 | resident | start | others |"
        )?;
        writeln!(
            f,
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        )?;
        for row in self.0 {
            let first = self.0.iter().find(|first| first.connections == row.connections);
            let ratio = |figure: fn(&Sample) -> f64| {
                first.map_or(f64::NAN, |first| row.median(figure) / first.median(figure))
            };
            let [low, middle, high] = row.quartiles(|sample| sample.processor);
            writeln!(
                f,
                "| {} | {} | {middle:.0} µs = {:.2} × | {low:.0}–{high:.0} µs | {:.0} = {:.2} × | {:.1} / {:.1} ms | {:.1} MiB = {:.2} × | {:.0} ms | {:.2} cores |",
                row.server,
                row.connections,
                ratio(|sample| sample.processor),
                row.median(|sample| sample.per_second),
                ratio(|sample| sample.per_second),
                row.median(|sample| sample.p50),
                row.median(|sample| sample.p99),
                row.median(|sample| sample.resident),
                ratio(|sample| sample.resident),
                row.median(|sample| sample.start),
                row.median(|sample| sample.others),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: &str, processor: &[f64]) -> Row {
        let samples = processor.iter().map(|processor| Sample {
            processor: *processor,
            per_second: 1e6 / processor,
            resident: 10.0,
            p50: 1.0,
            p99: 2.0,
            start: 20.0,
            others: 0.0,
        });
        Row {
            server: server.to_owned(),
            connections: 8,
            samples: samples.collect(),
        }
    }

    #[test]
    fn ratios_are_of_medians_to_the_first_server() {
        let rows = [
            row("floor", &[200.0, 100.0, 190.0, 210.0, 900.0]),
            row("passgate", &[410.0, 390.0, 400.0, 402.0, 300.0]),
        ];
        let table = Table(&rows).to_string();
        let lines: Vec<_> = table.lines().collect();
        assert!(
            lines[2].starts_with("| floor | 8 | 200 µs = 1.00 × | 190–210 µs |"),
            "{table}"
        );
        assert!(
            lines[3].starts_with("| passgate | 8 | 400 µs = 2.00 × | 390–402 µs |"),
            "{table}"
        );
        assert!(lines[3].contains("| 2500 = 0.50 × |"), "{table}");
    }

    #[test]
    fn a_server_has_a_name() {
        assert_eq!(
            server("old=target/old").unwrap(),
            ("old".to_owned(), PathBuf::from("target/old"))
        );
        assert!(server("target/old").is_err());
    }
}
