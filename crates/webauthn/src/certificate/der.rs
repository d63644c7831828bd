//! A cursor over DER: one element after the other, nothing skipped, nothing re-encoded.
//!
//! Tags, lengths and their canonical form are read by the `der` crate; this adds what the certificate, Android
//! and Apple structures need, namely the raw bytes of each element next to its contents.

use x509_cert::der::{Decode, Header, Reader, SliceReader, Tag, TagNumber, oid::ObjectIdentifier};

/// The bytes are not the DER that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed DER")]
pub struct DerError;

/// One DER element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Tag with class and number.
    pub tag: Tag,
    /// The contents octets.
    pub value: &'a [u8],
    /// Identifier, length and contents octets as they were received.
    pub encoded: &'a [u8],
}

impl<'a> Element<'a> {
    /// A cursor over the contents of a constructed element.
    pub const fn contents(&self) -> Cursor<'a> {
        Cursor { rest: self.value }
    }

    /// The number of a context-specific tag.
    pub const fn context_number(&self) -> Option<u32> {
        match self.tag {
            Tag::ContextSpecific { number, .. } => Some(number.0),
            _ => None,
        }
    }
}

/// Reads elements from the front of a byte string.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything has been read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Fails unless everything has been read.
    pub const fn finish(self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError)
        }
    }

    /// The next element, whatever its tag.
    pub fn any(&mut self) -> Result<Element<'a>, DerError> {
        let mut reader = SliceReader::new(self.rest).map_err(|_| DerError)?;
        let header = Header::decode(&mut reader).map_err(|_| DerError)?;
        let value = reader.read_slice(header.length()).map_err(|_| DerError)?;
        let left = usize::try_from(reader.remaining_len()).map_err(|_| DerError)?;
        let (encoded, rest) = self.rest.split_at(self.rest.len() - left);
        self.rest = rest;
        Ok(Element {
            tag: header.tag(),
            value,
            encoded,
        })
    }

    /// The next element, which must have this tag.
    pub fn expect(&mut self, tag: Tag) -> Result<Element<'a>, DerError> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(DerError)
        }
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, DerError> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = *self;
        let element = ahead.any()?;
        if element.tag == tag {
            *self = ahead;
            Ok(Some(element))
        } else {
            Ok(None)
        }
    }

    /// Contents of the next element, which must be a SEQUENCE.
    pub fn sequence(&mut self) -> Result<Self, DerError> {
        Ok(self.expect(Tag::Sequence)?.contents())
    }

    /// Contents of the next element, which must be a SET.
    pub fn set(&mut self) -> Result<Self, DerError> {
        Ok(self.expect(Tag::Set)?.contents())
    }

    /// Contents of the next element, which must be an OCTET STRING.
    pub fn octet_string(&mut self) -> Result<&'a [u8], DerError> {
        Ok(self.expect(Tag::OctetString)?.value)
    }

    /// Contents of the next element, which must be an INTEGER in its shortest form (two's complement).
    pub fn integer(&mut self) -> Result<&'a [u8], DerError> {
        shortest_integer(self.expect(Tag::Integer)?.value)
    }

    /// The next element as a non-negative INTEGER that fits 64 bits.
    pub fn unsigned(&mut self) -> Result<u64, DerError> {
        unsigned(self.integer()?)
    }

    /// The next element, which must be an OBJECT IDENTIFIER.
    pub fn oid(&mut self) -> Result<ObjectIdentifier, DerError> {
        oid(self.expect(Tag::ObjectIdentifier)?.value)
    }

    /// The next element, which must be a BIT STRING: the number of unused bits and the octets.
    ///
    /// The value of the unused bits is not looked at: some early security keys got the count wrong in their
    /// certificate signature, and the octets are what is signed.
    pub fn bit_string(&mut self) -> Result<(u8, &'a [u8]), DerError> {
        match self.expect(Tag::BitString)?.value {
            [unused @ 0..=7, octets @ ..] if *unused == 0 || !octets.is_empty() => Ok((*unused, octets)),
            _ => Err(DerError),
        }
    }
}

/// Exactly one element, with nothing after it.
pub fn single(bytes: &[u8]) -> Result<Element<'_>, DerError> {
    let mut cursor = Cursor::new(bytes);
    let element = cursor.any()?;
    cursor.finish()?;
    Ok(element)
}

/// A context-specific tag.
pub const fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific {
        constructed,
        number: TagNumber(number),
    }
}

/// Reads INTEGER contents as an unsigned number of at most 64 bits.
pub fn unsigned(value: &[u8]) -> Result<u64, DerError> {
    let value = shortest_integer(value)?;
    if value[0] & 0x80 != 0 {
        return Err(DerError);
    }
    let magnitude = if value[0] == 0 { &value[1..] } else { value };
    if magnitude.len() > 8 {
        return Err(DerError);
    }
    Ok(magnitude
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Reads INTEGER contents as the magnitude of a non-negative number, without leading zero.
pub fn magnitude(value: &[u8]) -> Result<&[u8], DerError> {
    let value = shortest_integer(value)?;
    if value[0] & 0x80 != 0 {
        return Err(DerError);
    }
    Ok(if value[0] == 0 { &value[1..] } else { value })
}

fn shortest_integer(value: &[u8]) -> Result<&[u8], DerError> {
    match value {
        [] => Err(DerError),
        [0x00, second, ..] if second & 0x80 == 0 => Err(DerError),
        [0xff, second, ..] if second & 0x80 != 0 => Err(DerError),
        _ => Ok(value),
    }
}

fn oid(value: &[u8]) -> Result<ObjectIdentifier, DerError> {
    ObjectIdentifier::from_bytes(value).map_err(|_| DerError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_elements_in_order_and_keeps_their_bytes() {
        let bytes = [0x30, 0x05, 0x02, 0x01, 0x2a, 0x05, 0x00];
        let element = single(&bytes).unwrap();
        assert_eq!(element.encoded, bytes);
        let mut contents = element.contents();
        assert_eq!(contents.unsigned(), Ok(42));
        assert_eq!(contents.optional(Tag::Boolean), Ok(None));
        assert!(contents.expect(Tag::Null).is_ok());
        assert_eq!(contents.finish(), Ok(()));
    }

    #[test]
    fn reads_tag_numbers_of_more_than_one_octet() {
        let element = single(&[0xbf, 0x85, 0x3e, 0x03, 0x02, 0x01, 0x00]).unwrap();
        assert_eq!(element.context_number(), Some(702));
    }

    #[test]
    fn refuses_what_is_not_der() {
        for bytes in [
            &[0x30, 0x80, 0x00, 0x00][..], // indefinite length
            &[0x30, 0x81, 0x01, 0x00],     // length not in its shortest form
            &[0x30, 0x02, 0x05],           // truncated
            &[0x05, 0x00, 0x00],           // bytes left over
            &[],
        ] {
            assert_eq!(single(bytes), Err(DerError), "{bytes:02x?}");
        }
        assert_eq!(Cursor::new(&[0x02, 0x02, 0x00, 0x01]).integer(), Err(DerError));
        assert_eq!(Cursor::new(&[0x02, 0x00]).integer(), Err(DerError));
        assert_eq!(Cursor::new(&[0x02, 0x01, 0x80]).unsigned(), Err(DerError));
    }
}
