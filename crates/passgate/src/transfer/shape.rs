//! How much a JSON text makes of itself when it is read into values.
//!
//! A value takes several times the memory of a short text (`[0,0,0…` most of all), so the values of a text are counted
//! before it is read: what is read costs at most about four times its own size, and a little.

/// Most values of a text, whatever its length. Keys and handles come as arrays of numbers, byte by byte.
const FREE: usize = 2048;

/// How many bytes of text each further value needs.
const BYTES_PER_VALUE: usize = 32;

/// Deepest nesting. The formats that are read need six.
const DEPTH: usize = 32;

/// Whether a text may be read into values. Texts that are no JSON at all are left to the reader.
pub(super) fn is_modest(text: &[u8]) -> bool {
    let most = FREE + text.len() / BYTES_PER_VALUE;
    let (mut values, mut depth) = (1_usize, 0_usize);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in text {
        match byte {
            _ if in_string => {
                in_string = is_escaped || *byte != b'"';
                is_escaped = !is_escaped && *byte == b'\\';
            }
            b'"' => in_string = true,
            b',' => values += 1,
            b'[' | b'{' => {
                values += 1;
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if values > most || depth > DEPTH {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_values_and_deep_nesting_are_refused_and_long_texts_are_not() {
        let list = |values: usize| format!("[{}0]", "0,".repeat(values));
        assert!(is_modest(list(FREE - 8).as_bytes()));
        assert!(!is_modest(list(4 * FREE).as_bytes()));
        assert!(is_modest(format!("[\"{}\"]", "[,".repeat(100_000)).as_bytes()));
        assert!(is_modest(br#"["\"[[[", "\\"]"#));
        assert!(is_modest("[".repeat(DEPTH).as_bytes()));
        assert!(!is_modest("[".repeat(DEPTH + 1).as_bytes()));
        assert!(is_modest("[]".repeat(DEPTH + 1).as_bytes()));
    }
}
