//! `passgate config from-passwordless`

use std::fs;

use crate::{Place, Said, text};

const CONFIG: &str = r#"{
  // A self-hosted server's.
  "SelfHosted": true,
  "ConnectionStrings": { "sqlite": { "api": "Data Source=/etc/bitwarden_passwordless/api.db" } },
  "PasswordlessManagement": { "ManagementKey": "0123456789abcdef0123456789abcdef" },
  "ASPNETCORE_URLS": "http://localhost:5000",
  "Mail": {
    "From": "login@example.com",
    "FromName": "Example",
    "Providers": [
      { "Name": "smtp", "Host": "mail.example.com", "Port": 587, "Username": "me", "Password": "smtp-hunter2", "StartTls": true },
      { "Name": "sendgrid", "ApiKey": "SG.hunter2" },
    ],
  },
  "MagicLinks": { "NewAccountTimeout": "00:00:00" },
  "ApplicationOverrides": { "admin": { "IsRateLimitBypassEnabled": true, "IsMagicLinkQuotaBypassEnabled": true } },
  "Unheard": "of\nlisten = \"evil\"",
}"#;

const SECRETS: [&str; 3] = ["0123456789abcdef0123456789abcdef", "smtp-hunter2", "SG.hunter2"];

fn place() -> Place {
    let place = Place::new();
    fs::write(place.path("config.json"), CONFIG).unwrap();
    place
}

#[test]
fn what_is_printed_is_a_configuration_without_secrets() {
    let place = place();
    let printed = place
        .run(&["config", "from-passwordless", "config.json"])
        .succeeded();
    for secret in SECRETS {
        assert!(!printed.contains(secret), "{printed}");
    }
    fs::write(place.path("passgate.toml"), &printed).unwrap();
    let settings = place.json(&["config", "check", "--config", "passgate.toml"])["settings"].clone();
    let value = |name: &str| {
        let mut settings = settings.as_array().unwrap().iter();
        let found = settings.find(|setting| text(setting, "name") == name).unwrap();
        text(found, "value").to_owned()
    };
    assert_eq!(value("listen"), "127.0.0.1:5000");
    assert_eq!(value("mail_from"), "login@example.com");
    assert_eq!(value("magic_link_new_application_age"), "0");
    assert_eq!(value("magic_link_unlimited_apps"), "admin");
    assert_eq!(value("management_key"), "(not set)");
    assert!(printed.contains("# management_key_file = "), "{printed}");
    assert!(printed.contains("Unheard: has no counterpart"), "{printed}");
}

#[test]
fn secrets_go_into_files_of_their_own() {
    let place = place();
    let command = ["config", "from-passwordless", "config.json", "--out", "new"];
    let said = place.run(&command);
    let printed = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, 0, "{printed}");
    for secret in SECRETS {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(
        printed
            .contains("passgate import passwordless-sqlite '/etc/bitwarden_passwordless/api.db' --dry-run"),
        "{printed}"
    );
    let files = ["management-key", "mail-password-1", "mail-password-2"];
    for (file, secret) in files.into_iter().zip(SECRETS) {
        let path = place.path("new").join(file);
        assert_eq!(fs::read_to_string(&path).unwrap().trim(), secret);
        #[cfg(unix)]
        assert_eq!(crate::mode(&path), 0o600);
    }
    let config = place.path("new").join("passgate.toml");
    let checked = place
        .run(&["config", "check", "--config", config.to_str().unwrap()])
        .succeeded();
    assert!(checked.contains("(set, not shown)"), "{checked}");

    // Nothing is replaced.
    assert!(place.run(&command).failed_with(4).contains("exists already"));
}

#[test]
fn what_would_not_start_is_said() {
    let place = Place::new();
    fs::write(
        place.path("config.json"),
        r#"{ "Mail": { "Providers": [{ "Name": "smtp", "Host": "mail.example.com" }] } }"#,
    )
    .unwrap();
    let written = place.json(&["config", "from-passwordless", "config.json", "--out", "new"]);
    let problems = written["problems"].to_string();
    assert!(problems.contains("has no sender"), "{problems}");
}

#[test]
fn variables_are_read_from_a_file_and_from_the_process() {
    let place = Place::new();
    fs::write(
        place.path("container.env"),
        "BWP_DOMAIN=id.example.com\nMail__From=login@example.com\n",
    )
    .unwrap();
    let mut command = place.command(&[
        "config",
        "from-passwordless",
        "--env-file",
        "container.env",
        "--environment",
    ]);
    let said = Said::from(command.env("Mail__FromName", "Example").output().unwrap()).succeeded();
    for part in [
        "path_prefix = \"/api\"",
        "mail_from = \"login@example.com\"",
        "mail_from_name = \"Example\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("PATH"), "{said}");
}

#[test]
fn a_file_that_is_no_configuration_is_refused_without_being_repeated() {
    let place = Place::new();
    fs::write(
        place.path("config.json"),
        "{ \"PasswordlessManagement\": { \"ManagementKey\": hunter2 } }",
    )
    .unwrap();
    let said = place
        .run(&["config", "from-passwordless", "config.json"])
        .failed_with(2);
    assert!(
        said.contains("config.json") && !said.contains("hunter2"),
        "{said}"
    );
    place.run(&["config", "from-passwordless"]).failed_with(2);
    place
        .run(&["config", "from-passwordless", "missing.json"])
        .failed_with(1);
}
