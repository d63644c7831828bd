//! A PostgreSQL server of a test's own, and a PgBouncer before one: for what cannot be tried on a shared server.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection as _, connection::SimpleConnection as _};
use passgate_postgres::PostgresConnection;
use tempfile::TempDir;

use crate::{REQUIRE_POSTGRES, say_skipped};

/// The variable that names the folder of PostgreSQL's programs; without it, the newest of Debian's is taken.
pub const POSTGRES_PROGRAMS: &str = "TEST_POSTGRES_PROGRAMS";

/// A PostgreSQL server that ends with this value. Its superuser is `postgres`, its database `postgres`; who comes from
/// this machine is trusted unless `pg_hba.conf` is [replaced](Self::start_with).
#[derive(Debug)]
pub struct PostgresCluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl PostgresCluster {
    /// Makes and starts a server; `None`, said on standard error, where PostgreSQL's programs are not installed.
    ///
    /// # Panics
    /// When they are required, or the server does not start.
    pub fn start(settings: &[&str]) -> Option<Self> {
        Self::start_with(settings, &["--encoding=UTF8"], &[])
    }

    /// Makes and starts a server with arguments for `initdb`, and with files in its data folder.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_with(settings: &[&str], initdb: &[&str], files: &[(&str, &str)]) -> Option<Self> {
        let mut cluster = Self::empty()?;
        cluster.run_program(
            "initdb",
            &[
                &["--auth=trust", "--username=postgres", "--locale=C", "--no-sync"],
                initdb,
            ]
            .concat(),
            &["-D"],
        );
        for (name, text) in files {
            let path = cluster.data().join(name);
            fs::write(&path, text).unwrap_or_else(|error| panic!("{name}: {error}"));
            // PostgreSQL insists on it for keys.
            set_mode(&path, 0o600);
            hand_over(&path);
        }
        cluster.set(settings);
        cluster.launch();
        Some(cluster)
    }

    /// Makes a standby of this server and starts it; `None` without `pg_basebackup`.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn standby(&self) -> Option<Self> {
        let mut standby = Self::empty()?;
        if !self.programs.join("pg_basebackup").exists() {
            say_skipped("a standby: there is no pg_basebackup");
            return None;
        }
        let from = format!("--dbname={}", self.url());
        standby.run_program(
            "pg_basebackup",
            &[&from, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
            &["-D"],
        );
        set_mode(&standby.data(), 0o700);
        standby.launch();
        Some(standby)
    }

    fn empty() -> Option<Self> {
        let Some(programs) = programs() else {
            #[expect(
                clippy::disallowed_methods,
                reason = "a test is told by its environment what it may leave out"
            )]
            let is_required = std::env::var(REQUIRE_POSTGRES).as_deref() == Ok("1");
            assert!(
                !is_required,
                "{REQUIRE_POSTGRES}=1, but PostgreSQL's programs are not here"
            );
            say_skipped("on a server of its own: PostgreSQL's programs are not here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        hand_over(folder.path());
        Some(Self {
            folder,
            programs,
            port: free_port(),
            server: None,
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run_program(&self, name: &str, arguments: &[&str], before_data: &[&str]) {
        let output = as_server(Command::new(self.programs.join(name)).current_dir(self.folder.path()))
            .args(arguments)
            .args(before_data)
            .arg(self.data())
            .output()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Writes settings, for the next start.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn set(&self, settings: &[&str]) {
        let path = self.data().join("postgresql.auto.conf");
        let mut text = fs::read_to_string(&path).unwrap_or_default();
        for setting in settings {
            text.push_str(setting);
            text.push('\n');
        }
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Starts the server again after [`Self::stop`], on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn launch(&mut self) {
        let log = fs::File::create(self.folder.path().join("log"))
            .unwrap_or_else(|error| panic!("no log: {error}"));
        let mut command = Command::new(self.programs.join("postgres"));
        as_server(command.current_dir(self.folder.path()))
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
            .stdout(Stdio::null())
            .stderr(log);
        self.server = Some(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("postgres: {error}")),
        );
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.is_answering() {
            assert!(
                Instant::now() < deadline,
                "the server does not start: {}",
                self.log()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether it lets clients in, or says why not: a server that refuses has started.
    fn is_answering(&self) -> bool {
        match PostgresConnection::establish(&self.url()) {
            Ok(_) => true,
            Err(error) => {
                let text = error.to_string();
                !text.contains("cannot be reached") && !text.contains("57P03")
            }
        }
    }

    /// What the server wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The address of its database `postgres`, for its superuser.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/postgres?target_session_attrs=any",
            self.port
        )
    }

    /// Where it listens, on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The version of its programs, such as 17.
    ///
    /// # Panics
    /// When it does not say.
    pub fn version(&self) -> u32 {
        let path = self.data().join("PG_VERSION");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.trim()
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Runs statements as its superuser.
    ///
    /// # Panics
    /// When they fail.
    pub fn run(&self, sql: &str) {
        let mut connection =
            PostgresConnection::establish(&self.url()).unwrap_or_else(|error| panic!("{error}"));
        for statement in sql.split(";\n").filter(|statement| !statement.trim().is_empty()) {
            connection
                .batch_execute(statement)
                .unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// Ends all its processes at once, as a crash would.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            signal_all(&server, "KILL");
            // It was killed, whatever it says.
            drop(server.wait());
            // A crash leaves it behind, and the next start looks at it.
            drop(fs::remove_file(self.data().join("postmaster.pid")));
        }
    }

    /// Stops all its processes where they are, without ending them.
    ///
    /// # Panics
    /// When it does not run.
    pub fn freeze(&self) {
        let server = self
            .server
            .as_ref()
            .unwrap_or_else(|| panic!("the server does not run"));
        signal_all(server, "STOP");
    }

    /// Lets them go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self) {
        let server = self
            .server
            .as_ref()
            .unwrap_or_else(|| panic!("the server does not run"));
        signal_all(server, "CONT");
    }
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A PgBouncer that ends with this value.
#[derive(Debug)]
pub struct PgBouncer {
    _folder: TempDir,
    port: u16,
    process: Child,
}

impl PgBouncer {
    /// Starts one before a server, with at most so many connections to it; `None`, said on standard error, where it is
    /// not installed.
    ///
    /// # Panics
    /// When it is required, or does not start.
    pub fn start(before: &PostgresCluster, pool_mode: &str, server_connections: u32) -> Option<Self> {
        let Some(program) = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists())
        else {
            #[expect(
                clippy::disallowed_methods,
                reason = "a test is told by its environment what it may leave out"
            )]
            let is_required = std::env::var(REQUIRE_POSTGRES).as_deref() == Ok("1");
            assert!(!is_required, "{REQUIRE_POSTGRES}=1, but PgBouncer is not here");
            say_skipped("behind PgBouncer: it is not here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let port = free_port();
        let users = folder.path().join("users");
        let configuration = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = trust\nauth_file = {}\npool_mode = {pool_mode}\ndefault_pool_size = {server_connections}\n\
             max_client_conn = 200\nunix_socket_dir =\nlogfile = {}\n",
            before.port,
            users.display(),
            folder.path().join("log").display(),
        );
        for (path, text) in [(&users, "\"postgres\" \"\"\n"), (&configuration, text.as_str())] {
            fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            hand_over(path);
        }
        hand_over(folder.path());
        let mut command = Command::new(program);
        let process = as_server(command.current_dir(folder.path()))
            .arg("-q")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("pgbouncer: {error}"));
        let bouncer = Self {
            _folder: folder,
            port,
            process,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(error) = PostgresConnection::establish(&bouncer.url()) {
            assert!(Instant::now() < deadline, "pgbouncer does not start: {error}");
            thread::sleep(Duration::from_millis(50));
        }
        Some(bouncer)
    }

    /// The address of the server's database `postgres`, through it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn programs() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told by its environment where programs are"
    )]
    if let Ok(folder) = std::env::var(POSTGRES_PROGRAMS) {
        return Some(PathBuf::from(folder));
    }
    let mut folders: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    folders.sort();
    folders.pop().map(|(_, folder)| folder)
}

/// Servers refuse to run as root: then they run as the user `postgres`.
fn server_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !is_root {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn as_server(command: &mut Command) -> &mut Command {
    match server_user() {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

fn hand_over(path: &Path) {
    if let Some((user, group)) = server_user() {
        chown(path, Some(user), Some(group)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Signals a server and the processes it started, each of which leads a group of its own.
fn signal_all(server: &Child, signal: &str) {
    let id = server.id().to_string();
    let mut ids = vec![id.clone()];
    let processes = fs::read_dir("/proc").unwrap_or_else(|error| panic!("/proc: {error}"));
    for process in processes.flatten() {
        // A process may end meanwhile.
        let status = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let parent = status
            .rsplit(')')
            .next()
            .and_then(|rest| rest.split_whitespace().nth(1));
        if parent == Some(&id) {
            ids.push(process.file_name().to_string_lossy().into_owned());
        }
    }
    // One that ended meanwhile is no reason to fail.
    drop(
        Command::new("kill")
            .args(["-s", signal])
            .args(ids)
            .stderr(Stdio::null())
            .status(),
    );
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap_or_else(|error| panic!("no free port: {error}"))
        .port()
}
