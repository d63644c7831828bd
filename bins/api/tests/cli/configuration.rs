//! `passgate config check`, and what is said about a wrong configuration.

use crate::{Place, Said};

#[test]
fn prints_what_is_in_force_and_why() {
    let place = Place::new();
    std::fs::write(
        place.path("passgate.toml"),
        "listen = \"127.0.0.1:7000\"\nmanagement_key = \"a management key\"\n",
    )
    .unwrap();
    let output = place
        .command(&["config", "check", "--config", "passgate.toml"])
        .env("PASSGATE_LOG_LEVEL", "debug")
        .output()
        .unwrap();
    let said = Said::from(output).succeeded();
    assert!(said.contains("127.0.0.1:7000"), "{said}");
    assert!(said.contains("PASSGATE_LOG_LEVEL"), "{said}");
    assert!(!said.contains("a management key"), "{said}");
    assert!(!place.data().exists(), "checking makes nothing");
}

#[test]
fn a_master_key_that_no_server_starts_with_is_a_problem() {
    let place = Place::new();
    for (variable, value, problem) in [
        ("PASSGATE_MASTER_KEY", "abc", "must be base64 of exactly 32 bytes"),
        ("PASSGATE_DATABASE_URL", "postgres://a@b/c", "needs a master key"),
    ] {
        for arguments in [&["config", "check"][..], &["serve"]] {
            let output = place.command(arguments).env(variable, value).output().unwrap();
            let said = Said::from(output).failed_with(2);
            assert!(said.contains(problem), "{said}");
        }
    }
}

#[test]
fn programs_can_read_it() {
    let place = Place::new();
    let settings = place.json(&["config", "check"])["settings"].clone();
    let listen = settings
        .as_array()
        .unwrap()
        .iter()
        .find(|setting| setting["name"] == "listen")
        .cloned();
    assert_eq!(listen.unwrap()["value"], "127.0.0.1:5701");
}

#[test]
fn all_problems_are_named_at_once() {
    let place = Place::new();
    for arguments in [&["config", "check"][..], &["serve"], &["app", "list"]] {
        let output = place
            .command(arguments)
            .env("PASSGATE_LISTEN", "everywhere")
            .env("PASSGATE_COLOUR", "red")
            .output()
            .unwrap();
        let said = Said::from(output).failed_with(2);
        assert!(
            said.contains("PASSGATE_LISTEN") && said.contains("PASSGATE_COLOUR"),
            "{said}"
        );
    }
}

#[test]
fn errors_are_for_programs_too() {
    let place = Place::new();
    let said = place.run(&["app", "list", "--json"]).failed_with(3);
    let error: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(error["error"].as_str().unwrap().contains("there is no database"));
}
