//! How long texts may be that others choose.
//!
//! A character is a UTF-16 code unit, as the API and browsers count, so that a text has at most three bytes of UTF-8
//! for each.

use crate::{alias, authentication_config::Purpose, credential, user, well_known};

/// The limits of one kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimit {
    /// Most UTF-16 code units.
    pub chars: usize,
    /// Most bytes of UTF-8.
    pub bytes: usize,
}

impl TextLimit {
    /// At most so many characters, and what bytes these have.
    pub const fn chars(chars: usize) -> Self {
        Self {
            chars,
            bytes: 3 * chars,
        }
    }

    /// At most so many bytes, which are no more characters.
    pub const fn bytes(bytes: usize) -> Self {
        Self { chars: bytes, bytes }
    }

    /// Whether a text is within both limits.
    pub fn fits(self, text: &str) -> bool {
        // A text has at least as many bytes as characters.
        text.len() <= self.chars.min(self.bytes)
            || (text.len() <= self.bytes && text.encode_utf16().count() <= self.chars)
    }
}

/// A user's id, wherever it is looked up.
pub const USER_ID: TextLimit = TextLimit::bytes(user::MAX_BYTES);
/// What an authenticator shows of a user: it may cut both names to 64 bytes (WebAuthn Level 3, section 6.4.1).
pub const USER_NAME: TextLimit = TextLimit::chars(512);
/// An alias.
pub const ALIAS: TextLimit = TextLimit::chars(alias::MAX_CHARS);
/// What a user calls a passkey.
pub const NICKNAME: TextLimit = TextLimit::chars(credential::MAX_NICKNAME_CHARS);
/// Who did something, for its event.
pub const PERFORMED_BY: TextLimit = TextLimit::chars(512);
/// A purpose.
pub const PURPOSE: TextLimit = TextLimit::chars(Purpose::MAX_CHARS);
/// A mail address: 64 before the sign and 255 behind it (RFC 5321, section 4.5.3.1).
pub const EMAIL: TextLimit = TextLimit::chars(320);
/// An origin, or an RP ID. A domain has at most 253 characters (RFC 1035).
pub const ORIGIN: TextLimit = TextLimit::chars(512);
/// A credential's id in base64: 1023 bytes (WebAuthn Level 3, section 5.8.3).
pub const CREDENTIAL_ID: TextLimit = TextLimit::bytes(1364);
/// A way to reach an authenticator. The longest that is known has 10 letters.
pub const TRANSPORT: TextLimit = TextLimit::chars(32);
/// The address of a page.
pub const ADDRESS: TextLimit = TextLimit::chars(well_known::PageUrl::MAX_CHARS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_code_units_and_bytes_count_too() {
        let four = TextLimit::chars(4);
        assert_eq!(four.bytes, 12);
        for (text, fits) in [
            ("", true),
            ("abcd", true),
            ("abcde", false),
            ("\u{ffee}\u{ffee}\u{ffee}\u{ffee}", true),
            // Two code units each.
            ("\u{1f511}\u{1f511}", true),
            ("\u{1f511}\u{1f511}a", false),
        ] {
            assert_eq!(four.fits(text), fits, "{text}");
        }
        let bytes = TextLimit::bytes(4);
        assert!(bytes.fits("abcd") && bytes.fits("ää"));
        assert!(!bytes.fits("ääa"));
    }
}
