//! The yardstick of the benchmarks: what a sign-in costs when nothing but its promises is paid for.
//!
//! A bare server that answers the requests of the load generator. It keeps the promises that cost something: a session and
//! a token are sealed and spent once, a signature is checked, the credential's sign count is updated if it still is what
//! was checked against, an event is stored, and an answer is given after its transaction is on disk (SQLite, FULL). One
//! writer thread commits what has queued; results reach the request as a future; the application is cached. Everything
//! else that a server owes its users is left out: it is to be measured against, and never to be used.
//!
//! With `--echo` it checks and keeps nothing: what HTTP and the messages alone cost.

mod echo;
mod floor;
mod message;
mod sealed;
mod storage;

use std::{io, path::PathBuf, process::ExitCode};

use actix_web::{App, HttpServer, web};
use clap::Parser;

/// A bare sign-in server to measure against.
#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, env = "PASSGATE_LISTEN", default_value = "127.0.0.1:5702")]
    listen: String,
    /// The folder of the database file, which is made if it does not exist.
    #[arg(long, env = "PASSGATE_DATA_DIR", default_value = "floor-data")]
    data_dir: PathBuf,
    /// Threads that answer requests.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Answer without checking or keeping anything.
    #[arg(long)]
    echo: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if arguments.echo {
        serve(arguments, echo::configure)?;
    } else {
        std::fs::create_dir_all(&arguments.data_dir)?;
        let floor = web::Data::new(floor::Floor::open(&arguments.data_dir.join("floor.db"))?);
        serve(arguments, move |app| {
            floor::configure(app.app_data(floor.clone()));
        })?;
    }
    Ok(())
}

fn serve(
    arguments: &Arguments,
    configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let server = HttpServer::new(move || App::new().configure(configure.clone()))
        .workers(arguments.workers)
        .bind(&arguments.listen)?;
    actix_web::rt::System::new().block_on(server.run())
}
