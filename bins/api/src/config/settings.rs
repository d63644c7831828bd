//! What a setting is, and how a section of them is declared: each one once, with its meaning, default and reader.

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

/// Declares a section of the configuration: its struct, the list of its settings, and how all of them are read.
///
/// A row is the setting's meaning (which also documents the field and stands in `docs/configuration.md`), the field, the
/// setting's name and default, and the reader of its value.
macro_rules! section {
    ($(#[$doc:meta])* $section:ident {
        $($about:literal $field:ident: $type:ty = $setting:expr, $reader:expr;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $section {
            $(#[doc = $about] pub $field: $type,)*
        }

        impl $section {
            /// The settings of this section, in the order they are printed.
            pub const SETTINGS: &[$crate::config::Setting] = &[
                $($crate::config::Setting { about: $about, ..$setting },)*
            ];

            /// Reads all of them, and notes what is wrong with any.
            pub(super) fn read(values: &mut $crate::config::source::Values) -> Option<Self> {
                $(let $field = values.read($setting.name, $reader);)*
                Some(Self { $($field: $field?,)* })
            }
        }
    };
}

pub(super) use section;
