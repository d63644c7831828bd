use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use passgate_core::time::Entropy;

use super::{
    Access, Config, ConfigError, DatabaseConfig, Durability, MailConfig, Playground, PrepareError, Sources,
    effective, prepare, settings,
};

/// Whether mail can be sent is told by whoever sends it.
fn anything(_: &MailConfig, _: &Path) -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

fn read(sources: &Sources) -> Result<Config, ConfigError> {
    Config::load(sources, anything)
}

fn sources(variables: &[(&str, &str)]) -> Sources {
    let environment: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Sources {
        file: None,
        environment,
        development: false,
    }
}

fn file(directory: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes
            .iter_mut()
            .zip(0..)
            .for_each(|(byte, number)| *byte = number);
    }
}

#[test]
fn defaults_alone_are_a_configuration() {
    let config = read(&sources(&[("HOME", "/nowhere")])).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:5701");
    assert_eq!(config.database.data_dir, PathBuf::from("./passgate-data"));
    assert_eq!(config.http.body_limit, 1_048_576);
    assert_eq!(config.database.durability, Durability::Full);
    assert_eq!(config.playground_access(), Some(Access::ThisMachine));
    assert!(config.keys.master.is_none() && config.database.url.is_none());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(
        &directory,
        "passgate.toml",
        "listen = \"0.0.0.0:80\"\nworkers = 3\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\nplayground = true\n[database]\npool_size = 5\ndurability = \"normal\"\n",
    );
    let config = read(&sources(&[("PASSGATE_CONFIG", &path), ("PASSGATE_WORKERS", "4")])).unwrap();
    assert_eq!(config.http.listen.to_string(), "0.0.0.0:80");
    assert_eq!(config.http.workers, 4);
    assert_eq!(config.database.pool_size, 5);
    assert_eq!(config.database.durability, Durability::Normal);
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert_eq!(config.playground.served, Playground::On);
}

#[test]
fn all_problems_are_reported_at_once_and_secrets_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(
        &directory,
        "passgate.toml",
        "colour = \"red\"\n[mail]\nhost = 1.5\n",
    );
    let error = read(&sources(&[
        ("PASSGATE_CONFIG", &path),
        ("PASSGATE_LISTEN", "everywhere"),
        ("PASSGATE_WORKERS", "0"),
        ("PASSGATE_DATABASE_URL", "mysql://user:hunter2@db/x"),
        ("PASSGATE_MASTER_KEY_FILE", "/does/not/exist"),
        ("PASSGATE_LISTEN_FILE", "/listen/is/no/secret"),
        ("PASSGATE_SHUTDOWN_TIMEOUT", "soon"),
        ("PASSGATE_TRUSTED_PROXIES", "10.0.0.0/8, nearby"),
        ("PASSGATE_MANAGEMENT_KEY", ""),
        ("PASSGATE_TYPO", "1"),
    ]))
    .unwrap_err();
    let text = error.to_string();
    for part in [
        "colour (in ",
        "mail_host (in ",
        "PASSGATE_LISTEN must be an address and a port",
        "PASSGATE_WORKERS must be a whole number from 1 to 1024",
        "PASSGATE_DATABASE_URL must be sqlite:PATH",
        "PASSGATE_MASTER_KEY_FILE: cannot read /does/not/exist",
        "PASSGATE_LISTEN_FILE is not a setting of Passgate",
        "PASSGATE_SHUTDOWN_TIMEOUT must be a duration",
        "PASSGATE_TRUSTED_PROXIES 'nearby' is not an address",
        "PASSGATE_MANAGEMENT_KEY must not be empty",
        "PASSGATE_TYPO is not a setting of Passgate",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(error.problems.len(), 11, "{text}");
    assert!(!text.contains("hunter2"));
}

#[test]
fn whatever_speaks_of_a_proxy_switches_the_playground_off() {
    let access = |variables: &[(&str, &str)]| read(&sources(variables)).unwrap().playground_access();
    for (name, value, expected) in [
        ("PASSGATE_TRUSTED_PROXIES", "127.0.0.1", None),
        ("PASSGATE_PATH_PREFIX", "/api", None),
        ("PASSGATE_PUBLIC_URL", "https://id.example.com", None),
        ("PASSGATE_PUBLIC_URL", "http://localhost:5701/passgate", None),
        (
            "PASSGATE_PUBLIC_URL",
            "http://localhost:5701",
            Some(Access::ThisMachine),
        ),
        ("PASSGATE_LISTEN", "0.0.0.0:5701", None),
        ("PASSGATE_LISTEN", "[::1]:5701", Some(Access::ThisMachine)),
    ] {
        assert_eq!(access(&[(name, value)]), expected, "{name}={value}");
        let on = [(name, value), ("PASSGATE_PLAYGROUND", "true")];
        assert_eq!(access(&on), Some(Access::Everybody));
    }
}

#[test]
fn a_management_key_is_not_short() {
    let load = |key: &str, development: &str| {
        read(&sources(&[
            ("PASSGATE_MANAGEMENT_KEY", key),
            ("PASSGATE_DEVELOPMENT", development),
        ]))
    };
    let error = load("fifteen letters", "false").unwrap_err().to_string();
    assert!(
        error.contains("PASSGATE_MANAGEMENT_KEY must have at least 16 characters"),
        "{error}"
    );
    assert!(!error.contains("fifteen"), "{error}");
    assert!(load("sixteen letters!", "false").is_ok());
    assert!(load("mine", "true").is_ok());
    let directory = tempfile::tempdir().unwrap();
    file(&directory, "management.key", "short\n");
    let config = read(&sources(&[(
        "PASSGATE_DATA_DIR",
        directory.path().to_str().unwrap(),
    )]));
    assert!(matches!(
        prepare(&config.unwrap(), &Counting),
        Err(PrepareError::ShortManagementKey { .. })
    ));
}

#[test]
fn links_in_mails_lead_to_a_path_that_is_served() {
    let load = |variables: &[(&str, &str)]| {
        let config = read(&sources(variables)).unwrap();
        (config.http.path_prefix.clone(), config.warnings().len())
    };
    let public = ("PASSGATE_PUBLIC_URL", "https://example.com/passgate/");
    assert_eq!(load(&[]), (String::new(), 0));
    assert_eq!(load(&[public]), ("/passgate".to_owned(), 0));
    let same = ("PASSGATE_PATH_PREFIX", "/passgate");
    assert_eq!(load(&[public, same]), ("/passgate".to_owned(), 0));
    let other = ("PASSGATE_PATH_PREFIX", "/api");
    assert_eq!(load(&[public, other]), ("/api".to_owned(), 1));
    let none = ("PASSGATE_PUBLIC_URL", "https://example.com");
    assert_eq!(load(&[none, other]), ("/api".to_owned(), 0));
}

#[test]
fn metadata_comes_from_a_file_an_address_both_or_nowhere() {
    let address = ("PASSGATE_METADATA_URL", "https://mds.example/");
    let file = ("PASSGATE_METADATA_FILE", "/elsewhere/blob");
    let load = |variables: &[(&str, &str)]| read(&sources(variables)).unwrap().metadata;
    let downloaded = load(&[address]);
    assert_eq!(downloaded.file, None);
    assert_eq!(downloaded.address.unwrap().as_str(), "https://mds.example/");
    let both = load(&[address, file]);
    assert_eq!(both.file, Some(PathBuf::from("/elsewhere/blob")));
    assert!(both.address.is_some());
    let off = load(&[]);
    assert_eq!((off.file, off.address), (None, None));
    for (variable, value) in [
        ("PASSGATE_METADATA_URL", "ftp://mds.example/"),
        ("PASSGATE_METADATA_SIGNER", "https://mds.example"),
        ("PASSGATE_METADATA_ANCHORS", "/nowhere/to/be/found"),
    ] {
        let error = read(&sources(&[(variable, value)])).unwrap_err();
        assert!(error.problems[0].starts_with(variable), "{error}");
    }
}

#[test]
fn what_kubernetes_says_of_a_service_of_the_same_name_is_no_setting() {
    let linked = [
        ("PASSGATE_SERVICE_HOST", "10.0.0.1"),
        ("PASSGATE_SERVICE_PORT", "5701"),
        ("PASSGATE_SERVICE_PORT_HTTP", "5701"),
        ("PASSGATE_PORT", "tcp://10.0.0.1:5701"),
        ("PASSGATE_PORT_5701_TCP", "tcp://10.0.0.1:5701"),
        ("PASSGATE_PORT_5701_TCP_ADDR", "10.0.0.1"),
    ];
    read(&sources(&linked)).unwrap();
    for mistake in [("PASSGATE_PORT", "8080"), ("PASSGATE_PORT_RANGE", "1")] {
        let error = read(&sources(&[mistake])).unwrap_err();
        assert!(error.problems[0].starts_with(mistake.0), "{error}");
    }
}

#[test]
fn secrets_come_from_files_and_are_never_printed() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "key", "s3cret-value-of-a-file\n");
    let sources = sources(&[("PASSGATE_MANAGEMENT_KEY_FILE", &path)]);
    let config = read(&sources).unwrap();
    assert_eq!(
        config.keys.management.as_ref().unwrap().expose(),
        "s3cret-value-of-a-file"
    );
    assert!(!format!("{config:?}").contains("s3cret"));
    let settings = effective(&sources, anything).unwrap();
    assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
    let find = |name| {
        settings
            .iter()
            .find(|setting| setting.name == name)
            .map(|found| (found.value.as_str(), found.origin.as_str()))
    };
    assert_eq!(
        find("management_key"),
        Some(("(set, not shown)", "PASSGATE_MANAGEMENT_KEY_FILE"))
    );
    assert_eq!(find("listen"), Some(("127.0.0.1:5701", "the default")));
    assert_eq!(settings.len(), super::settings().count());
}

#[test]
fn the_documentation_names_every_setting() {
    let page = include_str!("../../../../docs/configuration.md");
    for setting in settings() {
        assert!(
            page.contains(&format!("`{}`", setting.variable())),
            "{} is not documented",
            setting.name
        );
        assert!(
            page.contains(&format!("`{}`", setting.name)),
            "{} is not documented",
            setting.name
        );
        assert!(
            page.contains(setting.about),
            "{} is documented with another meaning",
            setting.name
        );
        if setting.secret {
            assert!(
                page.contains(&format!("`{}_FILE`", setting.variable())),
                "{}_file is not documented",
                setting.name
            );
        }
        if !setting.default.is_empty() {
            assert!(
                page.contains(&format!("`{}`", setting.default)),
                "the default of {} is not documented",
                setting.name
            );
        }
    }
}

#[test]
fn a_first_start_makes_directory_and_keys_for_the_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = read(&sources(&[("PASSGATE_DATA_DIR", data.to_str().unwrap())])).unwrap();
    let prepared = prepare(&config, &Counting).unwrap();
    assert_eq!(
        prepared.created,
        [data.join("master.key"), data.join("management.key")]
    );
    assert_eq!(
        prepared.management_key.expose(),
        "000102030405060708090a0b0c0d0e0f"
    );
    assert!(prepared.database.sqlite_path().is_some());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join("master.key")), 0o600);
        assert_eq!(mode(&data.join("management.key")), 0o600);
    }
    let again = prepare(&config, &Counting).unwrap();
    assert!(again.created.is_empty());
    assert_eq!(again.management_key.expose(), prepared.management_key.expose());
    assert_eq!(fs::read_dir(&data).unwrap().count(), 2, "no draft is left behind");
}

#[test]
fn a_database_without_its_key_is_not_given_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    file(&directory, "passgate.db", "");
    let config = read(&sources(&[(
        "PASSGATE_DATA_DIR",
        directory.path().to_str().unwrap(),
    )]))
    .unwrap();
    assert!(matches!(
        prepare(&config, &Counting),
        Err(PrepareError::MasterKeyLost { .. })
    ));
    assert!(!directory.path().join("master.key").exists());
}

#[test]
fn postgres_refuses_to_start_without_a_master_key() {
    let directory = tempfile::tempdir().unwrap();
    let config = read(&sources(&[
        ("PASSGATE_DATA_DIR", directory.path().to_str().unwrap()),
        ("PASSGATE_DATABASE_URL", "postgres://passgate@localhost/passgate"),
    ]))
    .unwrap();
    assert!(matches!(
        prepare(&config, &Counting),
        Err(PrepareError::MasterKeyRequired)
    ));
}

#[test]
fn a_malformed_master_key_is_named_but_not_shown() {
    let config = read(&sources(&[("PASSGATE_MASTER_KEY", "c2hvcnQ=")])).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = Config {
        database: DatabaseConfig {
            data_dir: directory.path().to_owned(),
            ..config.database.clone()
        },
        ..config
    };
    let error = prepare(&config, &Counting).unwrap_err();
    assert!(matches!(error, PrepareError::MalformedMasterKey { .. }));
    assert!(!error.to_string().contains("c2hvcnQ"));
}

#[test]
fn an_empty_database_address_is_a_problem_and_not_another_database() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("database.url");
    fs::write(&file, "\n").unwrap();
    for (name, value) in [
        ("PASSGATE_DATABASE_URL", ""),
        ("PASSGATE_DATABASE_URL", "  "),
        ("PASSGATE_DATABASE_URL_FILE", file.to_str().unwrap()),
    ] {
        let error = read(&sources(&[(name, value)])).unwrap_err();
        assert_eq!(error.problems, [format!("{name} must not be empty")]);
    }
}

#[test]
fn nothing_of_a_database_password_is_repeated() {
    for value in [
        "host=db.example password=hunter2",
        "Host=db.example;Password=hunter2",
        "postgres://passgate:hunter2@@db.example/passgate",
        "postgres://passgate:hun/ter2@db.example/passgate?hunter2",
        "postgres://passgate@db.example/passgate?password=hunter2%",
        "/hunter2@db.example:5432/passgate",
        "hunter2",
    ] {
        for name in ["PASSGATE_DATABASE_URL", "PASSGATE_DATABASE_URL_FILE"] {
            if (name, value) == ("PASSGATE_DATABASE_URL", "hunter2") {
                // A plain path: the name of a file.
                continue;
            }
            let error = read(&sources(&[(name, value)])).unwrap_err();
            assert!(error.to_string().contains(name));
            assert!(!error.to_string().contains("ter2"), "{error}");
        }
    }
}

#[test]
fn where_to_listen_may_be_a_name_or_a_port_alone() {
    for (text, address) in [
        ("localhost:5701", "127.0.0.1:5701"),
        ("LOCALHOST:80", "127.0.0.1:80"),
        (":5701", "[::]:5701"),
        ("[::1]:5701", "[::1]:5701"),
        ("127.0.0.1:0", "127.0.0.1:0"),
    ] {
        let config = read(&sources(&[("PASSGATE_LISTEN", text)])).unwrap();
        assert_eq!(config.http.listen.to_string(), address, "{text}");
    }
    for text in ["localhost", ":", "5701", "everywhere", "localhost:x", "::"] {
        let error = read(&sources(&[("PASSGATE_LISTEN", text)])).unwrap_err();
        assert!(
            error.to_string().contains("must be an address and a port"),
            "{text}"
        );
    }
}
