//! GUIDs as requests carry them.

use uuid::Uuid;

/// Reads the 8-4-4-4-12 hexadecimal form, whatever its case; braces and undashed forms are errors.
pub fn parse_guid(text: &str) -> Option<Uuid> {
    if text.len() == 36 {
        Uuid::try_parse(text).ok()
    } else {
        None
    }
}
