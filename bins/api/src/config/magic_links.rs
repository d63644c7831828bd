//! What applications may do with magic links.

use std::{collections::BTreeSet, time::Duration};

use passgate_core::application::AppId;

use super::{
    readers::{apps, duration, duration_or_none, needed, number},
    section::section,
    settings::plain,
};

section! {
    /// What applications may do with magic links.
    #[derive(PartialEq, Eq)]
    MagicLinkConfig {
        "Age below which an application may mail magic links to its administrators only; 0 for none."
        new_application_age: Duration = plain("magic_link_new_application_age", "0"), needed(duration_or_none);
        "Magic links that an application may ask for per window, on each node; 0 for any number."
        rate: u32 = plain("magic_link_rate", "10"), needed(|text| number(text, 0, 1_000_000));
        "The window of magic_link_rate."
        window: Duration = plain("magic_link_window", "5m"), needed(duration);
        "Applications without rate, quota and new-application rule for magic links."
        unlimited_apps: BTreeSet<AppId> = plain("magic_link_unlimited_apps", ""), needed(apps);
        "Applications without rate for magic links."
        rate_exempt_apps: BTreeSet<AppId> = plain("magic_link_rate_exempt_apps", ""), needed(apps);
        "Applications without quota and new-application rule for magic links."
        quota_exempt_apps: BTreeSet<AppId> = plain("magic_link_quota_exempt_apps", ""), needed(apps);
    }
}

impl Default for MagicLinkConfig {
    fn default() -> Self {
        Self {
            new_application_age: Duration::ZERO,
            rate: 10,
            window: Duration::from_secs(300),
            unlimited_apps: BTreeSet::new(),
            rate_exempt_apps: BTreeSet::new(),
            quota_exempt_apps: BTreeSet::new(),
        }
    }
}
