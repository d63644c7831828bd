//! What a setting is.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the configuration file.
    pub name: &'static str,
    /// What holds when nothing is said; empty if it has no default.
    pub default: &'static str,
    /// Whether it must not be printed. Secrets have a twin whose name ends in `_file` and names a file to read.
    pub secret: bool,
    /// What it means, in one sentence.
    pub about: &'static str,
}

impl Setting {
    /// The environment variable of this setting.
    pub fn variable(&self) -> String {
        format!("PASSGATE_{}", self.name.to_ascii_uppercase())
    }
}

/// A setting that may be printed. It has no default if that is empty.
pub(super) const fn plain(name: &'static str, default: &'static str) -> Setting {
    Setting {
        name,
        default,
        secret: false,
        about: "",
    }
}

/// A setting that must not be printed.
pub(super) const fn secret(name: &'static str) -> Setting {
    Setting {
        name,
        default: "",
        secret: true,
        about: "",
    }
}
