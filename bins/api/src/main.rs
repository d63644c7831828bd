//! The `passgate` binary.
fn main() {}
