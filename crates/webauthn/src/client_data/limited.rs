//! The limited verification algorithm (§5.8.1.2), for relying parties without a JSON parser.
//!
//! It is stricter than the JSON path: it relies on the order and spelling that clients must produce. Here it
//! serves as a second, independent reading; it must never be the only one, since clients may add members.

use crate::base64url;
use crate::credential::Challenge;

/// What the relying party expects about framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopOrigin<'a> {
    /// Same-origin use only.
    SameOrigin,
    /// Cross-origin use framed by this origin; the client must say so.
    Required(&'a str),
    /// Cross-origin use framed by this origin, where the client may be too old to name it.
    Optional(&'a str),
}

/// Whether client data begins as the limited serialisation of these values does and ends or goes on after it.
pub fn verify(
    client_data: &[u8],
    ceremony_type: &str,
    challenge: &Challenge,
    origin: &str,
    top_origin: TopOrigin<'_>,
) -> bool {
    let mut expected = String::with_capacity(client_data.len());
    expected.push_str("{\"type\":");
    push_escaped(&mut expected, ceremony_type);
    expected.push_str(",\"challenge\":");
    push_escaped(&mut expected, &base64url::encode(challenge.as_bytes()));
    expected.push_str(",\"origin\":");
    push_escaped(&mut expected, origin);
    expected.push_str(",\"crossOrigin\":");
    match top_origin {
        TopOrigin::SameOrigin => expected.push_str("false"),
        TopOrigin::Required(top_origin) => push_top_origin(&mut expected, top_origin),
        TopOrigin::Optional(top_origin) => {
            let length = expected.len() + "true".len();
            push_top_origin(&mut expected, top_origin);
            let named = client_data
                .get(length..)
                .is_some_and(|rest| rest.starts_with(b",\"topOrigin\":"));
            if !named {
                expected.truncate(length);
            }
        }
    }
    client_data
        .strip_prefix(expected.as_bytes())
        .and_then(<[u8]>::first)
        .is_some_and(|next| matches!(next, b'}' | b','))
}

fn push_top_origin(text: &mut String, top_origin: &str) {
    text.push_str("true,\"topOrigin\":");
    push_escaped(text, top_origin);
}

/// CCDToString: quotes and backslashes get a backslash, control characters four hexadecimal digits.
fn push_escaped(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{20}'.. => text.push(c),
            control => text.push_str(&format!("\\u{:04x}", u32::from(control))),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "AAECAwQFBgcICQoLDA0ODw";

    fn check(json: &str, top_origin: TopOrigin<'_>) -> bool {
        let challenge = Challenge::new((0..16).collect::<Vec<u8>>()).unwrap();
        verify(
            json.as_bytes(),
            "webauthn.get",
            &challenge,
            "https://example.org",
            top_origin,
        )
    }

    fn client_data(rest: &str) -> String {
        format!(r#"{{"type":"webauthn.get","challenge":"{CHALLENGE}","origin":"https://example.org",{rest}"#)
    }

    #[test]
    fn accepts_what_clients_write() {
        let top = "https://example.com";
        assert!(check(
            &client_data(r#""crossOrigin":false}"#),
            TopOrigin::SameOrigin
        ));
        assert!(check(
            &client_data(r#""crossOrigin":false,"x":1}"#),
            TopOrigin::SameOrigin
        ));
        let framed = client_data(r#""crossOrigin":true,"topOrigin":"https://example.com"}"#);
        assert!(check(&framed, TopOrigin::Required(top)) && check(&framed, TopOrigin::Optional(top)));
        let old = client_data(r#""crossOrigin":true}"#);
        assert!(check(&old, TopOrigin::Optional(top)) && !check(&old, TopOrigin::Required(top)));
    }

    #[test]
    fn refuses_everything_else() {
        let top = TopOrigin::Optional("https://example.com");
        for (rest, expected) in [
            (r#""crossOrigin":true}"#, TopOrigin::SameOrigin),
            (r#""crossOrigin":false}"#, top),
            (r#""crossOrigin":false"#, TopOrigin::SameOrigin),
            (r#""crossOrigin":falsey}"#, TopOrigin::SameOrigin),
            (r#" "crossOrigin":false}"#, TopOrigin::SameOrigin),
            (r#""crossOrigin":true,"topOrigin":"https://evil.example"}"#, top),
        ] {
            assert!(!check(&client_data(rest), expected), "{rest}");
        }
    }

    #[test]
    fn escapes_as_the_specification_says() {
        let mut text = String::new();
        push_escaped(&mut text, "a\"\\\u{1}ü\u{7f}");
        assert_eq!(text, "\"a\\\"\\\\\\u0001ü\u{7f}\"");
    }
}
