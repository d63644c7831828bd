//! TLS to a server with an authority of the test's own.

use std::path::{Path, PathBuf};

use passgate_testkit::PostgresCluster;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P384_SHA384,
};

use super::{chain, get, open};

/// An authority, and what it signed.
struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// A certificate for a name, and its key.
    fn certify(&self, name: &str, subject: &str, key: &KeyPair) -> String {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, subject);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.signed_by(key, &self.issuer).unwrap().pem()
    }

    /// A certificate for a client, as files.
    fn client(&self, role: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let (chain, path) = (
            self.folder.path().join("client.pem"),
            self.folder.path().join("client.key"),
        );
        std::fs::write(&chain, self.certify("client.example", role, &key)).unwrap();
        std::fs::write(&path, key.serialize_pem()).unwrap();
        (chain, path)
    }
}

const ONLY_TLS: &str = "hostnossl all all 127.0.0.1/32 reject\nhostssl all postgres 127.0.0.1/32 trust\n\
                        hostssl all scram 127.0.0.1/32 scram-sha-256\n\
                        hostssl all certified 127.0.0.1/32 cert\n";

/// A server that takes nothing but TLS, with a certificate for `name`.
fn server(authority: &Authority, name: &str, key: &KeyPair) -> Option<PostgresCluster> {
    let certificate = authority.certify(name, "a server", key);
    PostgresCluster::start_with(
        &[
            "ssl = on",
            "ssl_cert_file = 'server.crt'",
            "ssl_key_file = 'server.key'",
            "ssl_ca_file = 'root.crt'",
            "password_encryption = 'scram-sha-256'",
        ],
        &["--encoding=UTF8"],
        &[
            ("server.crt", &certificate),
            ("server.key", &key.serialize_pem()),
            ("root.crt", &authority.issuer.pem()),
            ("pg_hba.conf", ONLY_TLS),
        ],
    )
}

fn url(server: &PostgresCluster, user: &str, parameters: &str) -> String {
    format!(
        "postgres://{user}@127.0.0.1:{}/postgres?{parameters}",
        server.port()
    )
}

fn root(path: &Path) -> String {
    format!("sslrootcert={}", path.display())
}

#[test]
fn every_mode_asks_for_as_much_as_it_says() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("another"));
    let Some(server) = server(&authority, "127.0.0.1", &KeyPair::generate().unwrap()) else {
        return;
    };
    let (ours, another) = (root(&authority.root()), root(&stranger.root()));
    for parameters in [
        "sslmode=allow".to_owned(),
        "sslmode=prefer".to_owned(),
        String::new(),
        "sslmode=require".to_owned(),
        "sslmode=require&ssl_min_protocol_version=TLSv1.3".to_owned(),
        format!("sslmode=require&{ours}"),
        format!("sslmode=verify-ca&{ours}"),
        format!("sslmode=verify-full&{ours}"),
    ] {
        let store = open(&url(&server, "postgres", &parameters))
            .unwrap_or_else(|error| panic!("{parameters}: {}", chain(&error)));
        store.migrate().unwrap();
        assert_eq!(get(&store, "absent").unwrap(), None);
    }
    for (parameters, reason) in [
        ("sslmode=disable".to_owned(), "28000"),
        (
            format!("sslmode=require&{another}"),
            "authority that is not trusted",
        ),
        (
            format!("sslmode=verify-ca&{another}"),
            "authority that is not trusted",
        ),
        (
            format!("sslmode=verify-full&{another}"),
            "authority that is not trusted",
        ),
        // The machine does not know our authority.
        ("sslmode=verify-full&sslrootcert=system".to_owned(), "not trusted"),
        (
            "sslmode=verify-ca&sslrootcert=/does/not/exist".to_owned(),
            "/does/not/exist",
        ),
    ] {
        let error = open(&url(&server, "postgres", &parameters))
            .err()
            .unwrap_or_else(|| panic!("{parameters}"));
        assert!(chain(&error).contains(reason), "{parameters}: {}", chain(&error));
        assert!(!error.may_pass(), "{parameters}");
    }
}

#[test]
fn a_name_is_checked_by_verify_full_alone() {
    let authority = Authority::new("ours");
    let Some(server) = server(&authority, "db.example", &KeyPair::generate().unwrap()) else {
        return;
    };
    let ours = root(&authority.root());
    open(&url(&server, "postgres", &format!("sslmode=verify-ca&{ours}"))).unwrap();
    let error = open(&url(&server, "postgres", &format!("sslmode=verify-full&{ours}")))
        .err()
        .unwrap();
    assert!(chain(&error).contains("is for another name"), "{}", chain(&error));
    // The name in the address counts, wherever it leads.
    let by_name = format!(
        "postgres://postgres@db.example:{}/postgres?hostaddr=127.0.0.1&sslmode=verify-full&{ours}",
        server.port()
    );
    open(&by_name).unwrap();
}

#[test]
fn a_server_that_is_its_own_authority_is_trusted_when_it_is_named() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap().pem();
    let Some(server) = PostgresCluster::start_with(
        &["ssl = on"],
        &["--encoding=UTF8"],
        &[
            ("server.crt", &certificate),
            ("server.key", &key.serialize_pem()),
            ("pg_hba.conf", ONLY_TLS),
        ],
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.pem");
    std::fs::write(&path, certificate).unwrap();
    open(&url(
        &server,
        "postgres",
        &format!("sslmode=verify-full&{}", root(&path)),
    ))
    .unwrap();
}

#[test]
fn a_password_log_in_is_bound_to_the_channel() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384] {
        let authority = Authority::new("ours");
        let Some(server) = server(
            &authority,
            "127.0.0.1",
            &KeyPair::generate_for(algorithm).unwrap(),
        ) else {
            return;
        };
        let admin = open(&url(&server, "postgres", "sslmode=require")).unwrap();
        drop(admin);
        run(&server, "CREATE ROLE scram LOGIN PASSWORD 'p@ss/w?rd'");
        for (parameters, is_fine) in [
            ("sslmode=require&channel_binding=require", true),
            ("sslmode=require", true),
            ("sslmode=require&channel_binding=disable", true),
        ] {
            let outcome = open(&url(&server, "scram:p%40ss%2Fw%3Frd", parameters));
            assert_eq!(outcome.is_ok(), is_fine, "{parameters}: {:?}", outcome.err());
        }
        let error = open(&url(&server, "scram:wrong", "sslmode=require"))
            .err()
            .unwrap();
        assert!(
            chain(&error).contains("28P01") && !chain(&error).contains("wrong"),
            "{}",
            chain(&error)
        );
        assert!(!error.may_pass());
        let error = open(&url(&server, "scram", "sslmode=require")).err().unwrap();
        assert!(chain(&error).contains("asks for a password"), "{}", chain(&error));
        // A log-in without a password binds nothing.
        let error = open(&url(
            &server,
            "postgres",
            "sslmode=require&channel_binding=require",
        ))
        .err()
        .unwrap();
        assert!(
            chain(&error).contains("channel_binding=require"),
            "{}",
            chain(&error)
        );
    }
}

#[test]
fn a_certificate_of_the_client_is_shown() {
    let authority = Authority::new("ours");
    let Some(server) = server(&authority, "127.0.0.1", &KeyPair::generate().unwrap()) else {
        return;
    };
    run(&server, "CREATE ROLE certified LOGIN");
    let (chain_file, key) = authority.client("certified");
    let shown = format!(
        "sslmode=require&sslcert={}&sslkey={}",
        chain_file.display(),
        key.display()
    );
    open(&url(&server, "certified", &shown)).unwrap();
    assert!(open(&url(&server, "certified", "sslmode=require")).is_err());
    let (chain_file, key) = authority.client("somebody");
    let shown = format!(
        "sslmode=require&sslcert={}&sslkey={}",
        chain_file.display(),
        key.display()
    );
    assert!(open(&url(&server, "certified", &shown)).is_err());
}

#[test]
fn a_server_without_tls_is_reached_unless_tls_is_asked_for() {
    let Some(server) = PostgresCluster::start(&[]) else {
        return;
    };
    for parameters in ["", "sslmode=disable", "sslmode=allow", "sslmode=prefer"] {
        open(&url(&server, "postgres", parameters)).unwrap();
    }
    for parameters in ["sslmode=require", "sslmode=verify-full"] {
        let error = open(&url(&server, "postgres", parameters)).err().unwrap();
        assert!(chain(&error).contains("does not offer TLS"), "{}", chain(&error));
    }
}

#[test]
fn tls_without_asking_first_where_the_server_can() {
    let authority = Authority::new("ours");
    let Some(server) = server(&authority, "127.0.0.1", &KeyPair::generate().unwrap()) else {
        return;
    };
    let parameters = format!(
        "sslmode=verify-full&{}&sslnegotiation=direct",
        root(&authority.root())
    );
    let outcome = open(&url(&server, "postgres", &parameters));
    if server.version() >= 17 {
        outcome.unwrap();
    } else {
        assert!(outcome.is_err());
    }
}

fn run(server: &PostgresCluster, sql: &str) {
    use diesel::{Connection as _, connection::SimpleConnection as _};
    let url = url(server, "postgres", "sslmode=require");
    passgate_postgres::PostgresConnection::establish(&url)
        .unwrap()
        .batch_execute(sql)
        .unwrap();
}
