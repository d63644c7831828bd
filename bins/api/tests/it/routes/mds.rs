//! `/mds`.

use serde_json::{Value, json};

use crate::{metadata::world, support::TestServer};

#[test]
fn operators_see_what_the_metadata_says() {
    for world in world() {
        let mut operator = world.server.operator();
        assert_eq!(
            operator.get("/mds/attestation-types").expect(200),
            json!(["attca", "basic_full", "basic_surrogate"])
        );
        assert_eq!(
            operator.get("/mds/certification-statuses").expect(200),
            json!([
                "FIDO_CERTIFIED",
                "FIDO_CERTIFIED_L1",
                "FIDO_CERTIFIED_L2",
                "UPDATE_AVAILABLE"
            ])
        );
        assert_eq!(
            operator.get("/mds/entries").expect(200),
            json!([
                {
                    "aaGuid": world.models[1],
                    "name": "Alpha key",
                    "certificationStatuses": ["FIDO_CERTIFIED", "UPDATE_AVAILABLE", "FIDO_CERTIFIED_L2"],
                    "attestationTypes": ["attca", "basic_surrogate"],
                    "icon": null,
                },
                {
                    "aaGuid": world.models[0],
                    "name": "Test model",
                    "certificationStatuses": ["FIDO_CERTIFIED_L1"],
                    "attestationTypes": ["basic_full"],
                    "icon": "data:image/png;base64,AAAA",
                },
            ])
        );
    }
}

#[test]
fn a_model_is_listed_if_both_filters_match_any_of_its_values() {
    for world in world() {
        let mut operator = world.server.operator();
        let mut names = |query: &str| -> Vec<String> {
            let listed: Value = operator.get(&format!("/mds/entries?{query}")).expect(200);
            let listed = listed.as_array().unwrap();
            listed
                .iter()
                .map(|model| model["name"].as_str().unwrap().to_owned())
                .collect()
        };
        for (query, expected) in [
            (
                "AttestationTypes=&CertificationStatuses=",
                &["Alpha key", "Test model"][..],
            ),
            ("AttestationTypes=basic_full", &["Test model"]),
            (
                "attestationtypes=basic_full&attestationtypes=attca",
                &["Alpha key", "Test model"],
            ),
            ("CertificationStatuses=FIDO_CERTIFIED", &["Alpha key"]),
            ("CertificationStatuses=fido_certified", &[]),
            (
                "AttestationTypes=basic_full&CertificationStatuses=FIDO_CERTIFIED_L2",
                &[],
            ),
            (
                "AttestationTypes=attca&CertificationStatuses=FIDO_CERTIFIED_L2",
                &["Alpha key"],
            ),
            ("AttestationTypes=unheard_of", &[]),
        ] {
            assert_eq!(names(query), expected, "{query}");
        }
    }
}

#[test]
fn filters_are_names() {
    let server = TestServer::start();
    let invalid = server
        .operator()
        .get("/mds/entries?AttestationTypes=basic_full&AttestationTypes=a-b&CertificationStatuses=%20")
        .invalid();
    assert_eq!(
        invalid,
        json!({
            "attestationTypes": ["The field AttestationTypes must match the regular expression '^[a-zA-Z0-9_]*$'."],
            "certificationStatuses": ["The field CertificationStatuses must match the regular expression '^[a-zA-Z0-9_]*$'."],
        })
    );
}

#[test]
fn without_metadata_there_is_nothing_to_see() {
    TestServer::each(|server| {
        for path in [
            "/mds/attestation-types",
            "/mds/certification-statuses",
            "/mds/entries",
        ] {
            server.operator().get(path).refusal(
                503,
                Some("metadata_unavailable"),
                "There is no FIDO metadata.",
            );
        }
    });
}
