//! Modules in storeys (docs/architecture.md), read from the source, so that the rule holds without a reviewer: no crate
//! has modules that use each other in a circle, and those of the server stand in one column.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test a panic is the failure"
)]

mod graph;
mod source;

use std::path::PathBuf;

use graph::{Arrows, Modules, circles, reach};

/// The root files of our crates, from the workspace.
const CRATES: [&str; 9] = [
    "crates/webauthn/src/lib.rs",
    "crates/core/src/lib.rs",
    "crates/postgres/src/lib.rs",
    "crates/store/src/lib.rs",
    "crates/passgate/src/lib.rs",
    "crates/testkit/src/lib.rs",
    "bins/api/src/lib.rs",
    "bins/loadgen/src/main.rs",
    "bins/floor/src/main.rs",
];

/// The server's modules, the top storey first: each may use what stands below it, and nothing beside or above it. What is
/// not named here is a leaf: it uses leaves only.
const STOREYS: [&[&str]; 15] = [
    &["cli"],
    &["server"],
    &["middleware", "playground"],
    &["routes"],
    &["openapi"],
    &["paths"],
    &["endpoint"],
    &["auth"],
    &["api"],
    &["jobs"],
    &["mail", "metadata"],
    &["operations"],
    &["page"],
    &["answer", "body", "input", "storage_probe"],
    &["problem"],
];

/// The maps from errors to HTTP: conversions, which nobody imports. They know the means and the wire form of refusals.
const MAPS: &str = "refusals";
const MAPS_STAND_ON: &str = "mail";

/// What puts together the parts of `crates/passgate`, and the parts that must not know it.
const WHOLE: &str = "passgate";
const PARTS: [&str; 13] = [
    "call",
    "caller",
    "failure",
    "leases",
    "post",
    "provider_names",
    "record",
    "refusals",
    "snapshots",
    "stopped",
    "tokens",
    "trust",
    "vault",
];

/// What works in the background, and what only serves a request.
const BACKGROUND: [&str; 3] = ["jobs", "mail", "metadata"];
const OF_REQUESTS: [&str; 10] = [
    "middleware",
    "routes",
    "openapi",
    "endpoint",
    "auth",
    "api",
    "answer",
    "body",
    "input",
    "problem",
];

fn modules(root: &str) -> Modules {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    Modules::of(&workspace.join(root))
}

#[test]
fn no_crate_has_a_circle_of_modules() {
    let mut found = Vec::new();
    for root in CRATES {
        for (level, arrows) in modules(root).arrows() {
            for circle in circles(&arrows) {
                found.push(format!("{root}, in '{}': {circle:?}", level.join("::")));
                let inside = arrows
                    .iter()
                    .filter(|((user, used), _)| circle.contains(user) && circle.contains(used));
                found.extend(inside.map(|((user, used), place)| format!("    {user} -> {used}: {place}")));
            }
        }
    }
    assert!(found.is_empty(), "modules in circles:\n{}", found.join("\n"));
}

#[test]
fn the_server_stands_in_one_column() {
    let levels = modules("bins/api/src/lib.rs").arrows();
    let up: Vec<_> = levels[&Vec::new()]
        .iter()
        .filter(|((user, used), _)| !leads_down(user, used))
        .map(|((user, used), place)| format!("    {user} -> {used}: {place}"))
        .collect();
    assert!(up.is_empty(), "arrows that do not lead down:\n{}", up.join("\n"));
}

/// The arrows between a crate's modules, which these must be among, so that a rule does not outlive a name.
fn arrows_among(root: &str, named: &[&str]) -> Arrows {
    let arrows = modules(root).arrows().remove(&Vec::new()).unwrap();
    for module in named {
        let known = arrows.keys().any(|(user, used)| user == module || used == module);
        assert!(known, "{root} has no module {module}");
    }
    arrows
}

#[test]
fn the_parts_know_nothing_of_the_whole() {
    let arrows = arrows_among("crates/passgate/src/lib.rs", &PARTS);
    for part in PARTS {
        assert!(!reach(&arrows, part).contains(WHOLE), "{part} knows {WHOLE}");
    }
}

#[test]
fn background_work_does_not_speak_http() {
    let arrows = arrows_among("bins/api/src/lib.rs", &[&BACKGROUND[..], &OF_REQUESTS].concat());
    for ((user, used), place) in &arrows {
        let speaks = BACKGROUND.contains(&user.as_str()) && OF_REQUESTS.contains(&used.as_str());
        assert!(!speaks, "{user} -> {used}: {place}");
    }
}

/// Whether the server's module may use the other.
fn leads_down(user: &str, used: &str) -> bool {
    match (storey(user), storey(used)) {
        // The crate's root puts the tour together; nobody looks up to it.
        _ if user == graph::ROOT => true,
        _ if used == graph::ROOT || used == MAPS => false,
        (None, None) => true,
        (Some(_), None) => true,
        (None, Some(used)) => user == MAPS && used >= storey(MAPS_STAND_ON).unwrap(),
        (Some(user), Some(used)) => user < used,
    }
}

/// How far down a module stands; none for a leaf.
fn storey(module: &str) -> Option<usize> {
    STOREYS.iter().position(|storey| storey.contains(&module))
}
