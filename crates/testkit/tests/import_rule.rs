//! Who may import whom (docs/architecture.md), read from `cargo metadata`, so that the rule holds without a reviewer.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the failure")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Our crates, innermost first: each may depend on those before it, and on nothing after it.
const ROOMS: [&str; 6] = [
    "passgate-webauthn",
    "passgate-core",
    "passgate-postgres",
    "passgate-store",
    "passgate",
    "passgate-api",
];

/// What must not be anywhere in the tree under a crate, however deep.
const NOWHERE_UNDER: [(&str, &[&str]); 5] = [
    (
        "passgate-postgres",
        &["actix-web", "actix-http", "tokio", "hyper", "aws-lc-rs"],
    ),
    (
        "passgate-webauthn",
        &["diesel", "actix-web", "actix-http", "tokio", "hyper"],
    ),
    (
        "passgate-core",
        &["diesel", "actix-web", "actix-http", "tokio", "hyper"],
    ),
    ("passgate-store", &["actix-web", "actix-http", "tokio", "hyper"]),
    ("passgate", &["actix-web", "actix-http", "tokio", "hyper"]),
];

/// What a crate must not name in its own manifest.
const NOT_DIRECTLY: [(&str, &[&str]); 2] = [
    ("passgate", &["diesel", "diesel_migrations"]),
    ("passgate-api", &["diesel", "diesel_migrations", "coset", "p256"]),
];

/// Libraries of the system that a build or the binary would need; the bundled ones replace them.
const SYSTEM_LIBRARIES: [&str; 5] = [
    "openssl-sys",
    "native-tls",
    "libz-sys",
    "mysqlclient-sys",
    "pq-sys",
];

/// Crates with a bundled C source, and the feature that selects it.
const BUNDLED: [(&str, &str); 1] = [("libsqlite3-sys", "bundled")];

#[test]
fn arrows_between_our_crates_point_one_way() {
    let workspace = Workspace::read();
    for (place, room) in ROOMS.iter().enumerate() {
        for dependency in workspace.direct(room) {
            if let Some(other) = ROOMS.iter().position(|name| *name == dependency) {
                assert!(other < place, "{room} must not depend on {dependency}");
            }
            assert_ne!(
                dependency, "passgate-testkit",
                "{room} may use the test kit as a dev-dependency only"
            );
        }
    }
}

#[test]
fn every_crate_of_ours_has_its_place() {
    let known: BTreeSet<_> = ROOMS
        .into_iter()
        .chain(["passgate-testkit", "passgate-loadgen", "passgate-floor"])
        .collect();
    for package in Workspace::read().members {
        assert!(
            known.contains(package.as_str()),
            "{package} has no place in the import rule yet"
        );
    }
}

#[test]
fn the_inner_crates_know_neither_http_nor_sql() {
    let workspace = Workspace::read();
    for (package, forbidden) in NOWHERE_UNDER {
        let tree = workspace.tree(package);
        for name in forbidden {
            assert!(!tree.contains(*name), "{name} is in the tree of {package}");
        }
    }
    for (package, forbidden) in NOT_DIRECTLY {
        for name in forbidden {
            assert!(
                !workspace.direct(package).contains(*name),
                "{package} must not depend on {name} itself"
            );
        }
    }
}

#[test]
fn the_server_needs_no_library_of_the_system() {
    let workspace = Workspace::read();
    let tree = workspace.tree("passgate-api");
    for name in SYSTEM_LIBRARIES {
        assert!(!tree.contains(name), "{name} is in the tree of the server");
    }
    for (package, feature) in BUNDLED {
        assert!(
            tree.contains(package),
            "{package} is not in the tree any more: strike it from this test"
        );
        assert!(
            workspace.features[package].contains(feature),
            "{package} is built without `{feature}`"
        );
    }
}

/// The resolved dependency graph for this machine, by package name, dev-dependencies left out.
struct Workspace {
    members: BTreeSet<String>,
    dependencies: BTreeMap<String, BTreeSet<String>>,
    features: BTreeMap<String, BTreeSet<String>>,
}

impl Workspace {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells its tests in the environment which programs it runs"
    )]
    fn read() -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version=1",
                "--locked",
                "--filter-platform",
                &host(),
            ])
            .args([
                "--manifest-path",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"),
            ])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();

        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let names: BTreeMap<_, _> = metadata["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let mut workspace = Self {
            members: metadata["workspace_members"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| names[id.as_str().unwrap()].clone())
                .collect(),
            dependencies: BTreeMap::new(),
            features: BTreeMap::new(),
        };
        for node in metadata["resolve"]["nodes"].as_array().unwrap() {
            let name = &names[node["id"].as_str().unwrap()];
            // Two versions of one crate share an entry: the rule is about names.
            let dependencies = workspace.dependencies.entry(name.clone()).or_default();
            for dependency in node["deps"].as_array().unwrap() {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                if kinds.iter().any(|kind| kind["kind"] != "dev") {
                    dependencies.insert(names[dependency["pkg"].as_str().unwrap()].clone());
                }
            }
            let features = node["features"].as_array().unwrap().iter().map(text);
            workspace
                .features
                .entry(name.clone())
                .or_default()
                .extend(features);
        }
        workspace
    }

    fn direct(&self, package: &str) -> &BTreeSet<String> {
        &self.dependencies[package]
    }

    fn tree(&self, package: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut ahead = vec![package.to_owned()];
        while let Some(name) = ahead.pop() {
            for dependency in self.direct(&name) {
                if seen.insert(dependency.clone()) {
                    ahead.push(dependency.clone());
                }
            }
        }
        seen
    }
}

/// The target triple of this machine: other platforms' dependencies are not what is built here.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells its tests in the environment which programs it runs"
)]
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap()
        .to_owned()
}
