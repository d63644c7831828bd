//! `passgate job …` and `passgate aaguids …`

use std::fs;

use crate::{Place, text};

#[test]
fn a_job_runs_by_hand_and_the_list_says_when() {
    Place::each(|place| {
        place.create("demoapp");
        let find = |name: &str| {
            let listed = place.json(&["job", "list"]);
            let jobs = listed["jobs"].as_array().unwrap();
            jobs.iter()
                .find(|job| text(job, "name") == name)
                .cloned()
                .unwrap()
        };
        assert_eq!(find("write_reports")["lastRunAt"], serde_json::Value::Null);
        assert_eq!(text(&find("write_reports"), "due"), "daily at 22:00 UTC");
        let ran = place.json(&["job", "run", "write-reports"]);
        assert_eq!(ran, serde_json::json!({ "name": "write_reports", "count": 1 }));
        assert!(text(&find("write_reports"), "lastRunAt").ends_with('Z'));
        for job in place.json(&["job", "list"])["jobs"].as_array().unwrap() {
            let name = text(job, "name");
            let said = place.run(&["job", "run", name]);
            if name == "refresh_metadata" {
                // Nothing says where it would come from.
                let said = said.failed_with(2);
                assert!(said.contains("nothing to do"), "{said}");
            } else {
                let said = said.succeeded();
                assert!(said.contains("done"), "{said}");
            }
        }
        assert!(place.run(&["job", "list"]).succeeded().contains("hourly at :10"));
    });
}

#[test]
fn an_unknown_job_is_no_job() {
    Place::each(|place| {
        place.create("demoapp");
        assert!(
            place
                .run(&["job", "run", "dance"])
                .failed_with(3)
                .contains("'dance'")
        );
    });
}

#[test]
fn names_of_authenticators_are_taken_from_a_file_or_not_at_all() {
    Place::each(|place| {
        place.create("demoapp");
        let write = |document: &str| fs::write(place.path("names.json"), document).unwrap();
        write(r#"{"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": {"name": "Fruit", "icon_light": "data:…"}}"#);
        let taken = place.json(&["aaguids", "refresh", "names.json"]);
        assert_eq!(taken, serde_json::json!({ "count": 1 }));
        for (document, problem) in [
            ("{}", "lists nothing"),
            ("[1]", "not a JSON object"),
            (r#"{"x": "y"}"#, "'x' is not an AAGUID"),
        ] {
            write(document);
            let said = place.run(&["aaguids", "refresh", "names.json"]).failed_with(4);
            assert!(said.contains(problem), "{said}");
        }
        place.run(&["aaguids", "refresh", "missing.json"]).failed_with(1);
    });
}
