//! Decoding the parts of an address: percent-encoded texts, and ports.

use percent_encoding::percent_decode_str;

use super::InvalidAddress;

pub(super) fn decode(text: &str) -> Result<String, InvalidAddress> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let is_encoded = after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        if !is_encoded {
            return Err(InvalidAddress::Percent);
        }
        rest = after;
    }
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| InvalidAddress::Percent)?;
    // PostgreSQL's messages end texts with NUL.
    if decoded.contains('\0') {
        return Err(InvalidAddress::Percent);
    }
    Ok(decoded.into_owned())
}

pub(super) fn port(text: &str) -> Result<u16, InvalidAddress> {
    text.parse()
        .ok()
        .filter(|port| *port != 0 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or(InvalidAddress::Port)
}
