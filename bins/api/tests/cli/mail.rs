//! `passgate mail test`.

use crate::{Place, Said};

#[test]
fn without_a_provider_a_file_takes_the_mail() {
    let place = Place::new();
    let said = place.run(&["mail", "test", "you@example.com"]).succeeded();
    assert!(said.contains("handed to file "), "{said}");
    let mail = std::fs::read_to_string(place.data().join("mail.txt")).unwrap();
    assert!(
        mail.contains("To: you@example.com") && mail.contains("From: passgate@localhost"),
        "{mail}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.data().join("mail.txt"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(
        !place.data().join("passgate.db").exists(),
        "no database is needed"
    );
}

#[test]
fn what_each_provider_said_is_told() {
    let place = Place::new();
    // A port that was free a moment ago, on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let output = place
        .command(&["mail", "test", "you@example.com"])
        .env("PASSGATE_MAIL_FROM", "me@example.com")
        .env(
            "PASSGATE_MAIL_SMTP_URL",
            format!("smtp://user:hunter2@127.0.0.1:{port}"),
        )
        .output()
        .unwrap();
    let said = Said::from(output).failed_with(1);
    assert!(said.contains("the mail was not sent"), "{said}");
    assert!(
        said.contains(&format!(
            "smtp 127.0.0.1:{port}: the mail provider cannot be reached"
        )),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");

    let said = place.run(&["mail", "test", "nobody"]).failed_with(1);
    assert!(said.contains("the message cannot be written"), "{said}");
}

#[test]
fn a_wrong_configuration_is_told_without_its_secrets() {
    let place = Place::new();
    for (name, value, part) in [
        (
            "PASSGATE_MAIL_SMTP_URL",
            "smtps://user:hunter2@mail.example.com",
            "has no sender",
        ),
        (
            "PASSGATE_MAIL_SMTP_URL",
            "ftp://user:hunter2@mail.example.com",
            "must be smtps://",
        ),
        (
            "PASSGATE_MAIL_PROVIDERS",
            "[{ kind = \"smtp\", host = \"h\", password = 5511 }]",
            "password must be a text",
        ),
        (
            "PASSGATE_MAIL_PROVIDERS",
            "[{ kind = \"pigeon\" }]",
            "unknown variant `pigeon`",
        ),
        (
            "PASSGATE_MAIL_PROVIDERS",
            "[{ kind = \"smtp\", host = \"h\", colour = \"red\" }]",
            "unknown field `colour`",
        ),
        ("PASSGATE_MAIL_FROM", "nobody", "'nobody' is not a mail address"),
        (
            "PASSGATE_PUBLIC_URL",
            "id.example.com",
            "must be an address such as https://id.example.com",
        ),
        (
            "PASSGATE_MAGIC_LINK_UNLIMITED_APPS",
            "Not-An-App",
            "'Not-An-App' is no application's name",
        ),
    ] {
        let output = place
            .command(&["config", "check"])
            .env(name, value)
            .output()
            .unwrap();
        let said = Said::from(output).failed_with(2);
        assert!(said.contains(part), "{name}={value}: {said}");
        assert!(!said.contains("hunter2") && !said.contains("5511"), "{said}");
    }
}

#[test]
fn providers_are_a_list_of_tables() {
    let place = Place::new();
    std::fs::write(place.path("password"), "hunter2\n").unwrap();
    std::fs::write(
        place.path("passgate.toml"),
        "[mail]\nfrom = \"me@example.com\"\n[[mail.providers]]\nkind = \"file\"\npath = \"one.txt\"\nfrom = \"one@example.com\"\n\
         [[mail.providers]]\nkind = \"smtp\"\nhost = \"mail.example.com\"\ntls = \"starttls\"\nusername = \"u\"\n\
         password_file = \"password\"\n",
    )
    .unwrap();
    let said = place
        .run(&["mail", "test", "you@example.com", "--config", "passgate.toml"])
        .succeeded();
    assert!(said.contains("handed to file one.txt"), "{said}");
    assert!(
        std::fs::read_to_string(place.path("one.txt"))
            .unwrap()
            .contains("From: one@example.com")
    );
    let checked = place
        .run(&["config", "check", "--config", "passgate.toml"])
        .succeeded();
    assert!(!checked.contains("mail.example.com"), "{checked}");
}
