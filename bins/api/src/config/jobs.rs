//! Whether this node runs jobs.

use super::{
    readers::{needed, switch},
    section::section,
    settings::plain,
};

section! {
    /// Whether this node runs jobs.
    JobConfig {
        "Whether this node runs jobs: purges, reports, key rotation, due deletions, metadata."
        run: bool = plain("jobs", "true"), needed(switch);
    }
}
