//! A DER writer: whatever it is told, right or wrong.

/// One element: identifier octet, length, contents.
pub fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    tagged(&[tag], contents)
}

/// One element with identifier octets of any length.
pub fn tagged(tag: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut der = tag.to_vec();
    let length = contents.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    match significant {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            der.extend(long);
        }
    }
    der.extend(contents);
    der
}

/// SEQUENCE.
pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

/// SET.
pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x31, &parts.concat())
}

/// INTEGER of a non-negative number.
pub fn integer(number: u64) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// INTEGER of a non-negative number given as big-endian bytes.
pub fn unsigned(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let mut contents = number[zeros..].to_vec();
    if contents.first().is_none_or(|first| first & 0x80 != 0) {
        contents.insert(0, 0);
    }
    element(0x02, &contents)
}

/// ENUMERATED.
pub fn enumerated(number: u8) -> Vec<u8> {
    element(0x0a, &[number])
}

/// BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    element(0x01, &[if value { 0xff } else { 0x00 }])
}

/// NULL.
pub fn null() -> Vec<u8> {
    element(0x05, &[])
}

/// OCTET STRING.
pub fn octets(contents: &[u8]) -> Vec<u8> {
    element(0x04, contents)
}

/// BIT STRING without unused bits.
pub fn bits(contents: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], contents].concat())
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    element(0x0c, text.as_bytes())
}

/// PrintableString.
pub fn printable(text: &str) -> Vec<u8> {
    element(0x13, text.as_bytes())
}

/// OBJECT IDENTIFIER from its dotted form.
///
/// # Panics
/// When the text is not an object identifier.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').filter_map(|arc| arc.parse().ok()).collect();
    assert!(arcs.len() >= 2, "{dotted} is no object identifier");
    let mut contents = base128(arcs[0] * 40 + arcs[1]);
    for arc in &arcs[2..] {
        contents.extend(base128(*arc));
    }
    element(0x06, &contents)
}

/// A constructed context-specific element around others.
pub fn context(number: u64, contents: &[u8]) -> Vec<u8> {
    if number < 31 {
        element(0xa0 | u8::try_from(number).unwrap_or(0), contents)
    } else {
        let mut tag = vec![0xbf];
        tag.extend(base128(number));
        tagged(&tag, contents)
    }
}

fn base128(mut number: u64) -> Vec<u8> {
    let mut digits = vec![(number & 0x7f) as u8];
    number >>= 7;
    while number > 0 {
        digits.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    digits.reverse();
    digits
}
