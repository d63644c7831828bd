# Recipes for working on Passgate. `just` alone lists them; none is needed to build, run or test.

set shell := ["bash", "-euo", "pipefail", "-c"]

[private]
default:
    @{{ just_executable() }} --list --unsorted

# Start the server; the playground is at the address it prints
serve *arguments:
    cargo run --release -- {{ arguments }}

# Run every test this machine can run
test *arguments:
    cargo test --workspace {{ arguments }}

# Install the official clients that tests/clients drives
clients:
    tests/clients/install

# Everything a change must pass, as CI runs it
ci:
    .ci/run

# Format; what no `mod` names is not found by cargo
fmt:
    cargo fmt --all
    rustfmt bins/api/tests/it/routes/*.rs

# Lint as CI does
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Build the API documentation; warnings are errors
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Micro-benchmarks (criterion), all of them or those matching a name
bench-micro *filter:
    cargo bench --workspace --benches -- {{ filter }}

# What a sign-in costs beside a bare server with the same promises, on SQLite; another binary as `old=path` beside it
bench *others:
    cargo build --release -p passgate-api -p passgate-loadgen -p passgate-floor
    target/release/passgate-loadgen compare floor=target/release/passgate-floor passgate=target/release/passgate {{ others }}

# Complete sign-ins per second against a release build on SQLite
bench-http *arguments:
    cargo build --release -p passgate-api -p passgate-loadgen
    target/release/passgate-loadgen --start target/release/passgate {{ arguments }}

# Apply the migrations to the configured database, without starting the server
migrate *arguments:
    cargo run --release -- migrate {{ arguments }}

# Take the ua-parser project's latest rules for user agents, or those of one of its releases (needs Python 3.11)
refresh-user-agents *release:
    bins/api/src/device/refresh {{ release }}
