//! How a section of the configuration is declared: each setting in one row, with its meaning, default and reader.

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
