//! What settings and deployments do, seen from outside: two servers on one database, a log without secrets, a limit of
//! connections, and nobody who is called.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use passgate_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::server::{MASTER_KEY, Server};

#[test]
fn two_servers_on_one_database_are_one_service_on_sqlite() {
    are_one_service(&TestDatabase::sqlite());
}

#[test]
fn two_servers_on_one_database_are_one_service_on_postgres() {
    if let Some(database) = TestDatabase::postgres() {
        are_one_service(&database);
    }
}

fn are_one_service(database: &TestDatabase) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = Server::start(here.path(), database.url());
    let other = Server::start(there.path(), database.url());
    let app = one.create_app("shop");
    let elsewhere = other.reopen(&app);

    let (status, made) = app
        .backend("/signin/generate-token", &json!({ "userId": "user-1" }))
        .unwrap();
    assert_eq!(status, 200, "{made}");
    let token = json!({ "token": made["token"] });
    let (status, verified) = elsewhere.backend("/signin/verify", &token).unwrap();
    assert_eq!((status, &verified["userId"]), (200, &json!("user-1")));
    for app in [&app, &elsewhere] {
        let (status, refused) = app.backend("/signin/verify", &token).unwrap();
        assert_eq!(
            (status, &refused["errorCode"]),
            (400, &json!("token_already_used"))
        );
    }

    let aliases = json!({ "userId": "user-1", "aliases": ["fry"], "hashing": false });
    assert_eq!(elsewhere.backend("/alias", &aliases).unwrap().0, 204);
    assert_eq!(app.list("/alias/list?userId=user-1")[0]["plaintext"], "fry");
    one.stop();
    other.stop();
}

#[test]
fn the_log_is_json_and_holds_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let database = TestDatabase::sqlite();
    let server = Server::start(home.path(), database.url());
    let app = server.create_app("shop");
    let mut secrets = vec![MASTER_KEY.to_owned(), app.secret_key().to_owned()];
    let mut answered = |path: &str, body: Value, status: u16| {
        let (answered, answer) = app.backend(path, &body).unwrap();
        assert_eq!(answered, status, "{path}: {answer}");
        let token = answer["token"].as_str().unwrap_or_default().to_owned();
        secrets.extend((!token.is_empty()).then(|| token.clone()));
        token
    };
    answered(
        "/register/token",
        json!({ "userId": "user-1", "username": "fry" }),
        200,
    );
    let token = answered("/signin/generate-token", json!({ "userId": "user-1" }), 200);
    answered("/signin/verify", json!({ "token": token }), 200);
    answered("/signin/verify", json!({ "token": token }), 400);
    answered("/signin/verify", json!({ "token": "verify_nonsense" }), 400);
    let log = home.path().join("server.log");
    server.stop();

    let log = fs::read_to_string(log).unwrap();
    let served = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .filter(|line| line["message"] == "served")
        .count();
    assert!(served >= 6, "{log}");
    for secret in secrets {
        // Its middle is enough: nothing of it may be there.
        let middle = &secret[secret.len() / 3..secret.len() * 2 / 3];
        assert!(!log.contains(middle), "the log holds {secret}:\n{log}");
    }
}

/// Asks whether the server is there, and whether it said so within a moment.
fn asks(connection: &mut TcpStream, moment: Duration) -> bool {
    connection.set_read_timeout(Some(moment)).unwrap();
    connection
        .write_all(b"GET /health/http HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    is_told(connection)
}

fn is_told(connection: &mut TcpStream) -> bool {
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    while !answer.ends_with(b"Healthy") {
        match connection.read(&mut part) {
            Ok(read @ 1..) => answer.extend_from_slice(&part[..read]),
            Ok(0) | Err(_) => return false,
        }
    }
    true
}

#[test]
fn one_connection_too_many_waits_until_another_ends() {
    let home = tempfile::tempdir().unwrap();
    let database = TestDatabase::sqlite();
    let limits = [("PASSGATE_MAX_CONNECTIONS", "16"), ("PASSGATE_WORKERS", "1")];
    let server = Server::start_with(home.path(), database.url(), &limits);
    let connect = || TcpStream::connect(server.address()).unwrap();
    // Connections that stay open though nothing is asked on them any more. Those of the start may not have ended yet.
    let mut open = Vec::new();
    let late = loop {
        let mut connection = connect();
        if !asks(&mut connection, Duration::from_millis(700)) {
            break connection;
        }
        open.push(connection);
        assert!(open.len() <= 16, "{} connections at once", open.len());
    };
    assert!(open.len() >= 14, "{} connections at once", open.len());
    let mut late = late;
    open.pop();
    late.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(is_told(&mut late), "it is served when another ends");
    drop((open, late));
    server.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_is_called_by_default() {
    use std::{collections::HashSet, thread};

    /// The remote ends, in hexadecimal, of the sockets of a process; those that listen have none.
    fn remote_ends(process: u32) -> HashSet<String> {
        let sockets: HashSet<String> = fs::read_dir(format!("/proc/{process}/fd"))
            .unwrap()
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .filter_map(|target| {
                let target = target.to_str()?.to_owned();
                Some(target.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
            })
            .collect();
        ["tcp", "tcp6", "udp", "udp6"]
            .iter()
            .filter_map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")).ok())
            .flat_map(|table| table.lines().skip(1).map(str::to_owned).collect::<Vec<_>>())
            .filter_map(|line| {
                let cells: Vec<&str> = line.split_whitespace().collect();
                let (remote, inode) = (*cells.get(2)?, *cells.get(9)?);
                let (address, port) = remote.split_once(':')?;
                (sockets.contains(inode) && port != "0000").then(|| address.to_owned())
            })
            .collect()
    }

    let home = tempfile::tempdir().unwrap();
    let database = TestDatabase::sqlite();
    let server = Server::start(home.path(), database.url());
    let app = server.create_app("shop");
    let mut seen = HashSet::new();
    for number in 0..40 {
        let user = json!({ "userId": format!("user-{number}"), "username": "fry" });
        assert_eq!(app.backend("/register/token", &user).unwrap().0, 200);
        seen.extend(remote_ends(server.id()));
        thread::sleep(Duration::from_millis(25));
    }
    // 127.0.0.1, in the order of the machine's bytes; of the requests above.
    let here = format!("{:08X}", u32::from_ne_bytes([127, 0, 0, 1]));
    seen.remove(&here);
    assert_eq!(seen, HashSet::new());
    server.stop();
}
