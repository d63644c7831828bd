//! Mail addresses, as a mail server takes them.

use lettre::{Message, message::Mailbox};

/// Whether mail can be sent to an address: the rule of every door that takes one.
pub fn is_deliverable(address: &str) -> bool {
    recipient(address).is_some()
}

/// An address as a recipient. Some that may be written are read differently, or not at all, once they stand in a letter
/// (a quoted name with a space, an address literal).
pub fn recipient(address: &str) -> Option<Mailbox> {
    let parsed: lettre::Address = address.parse().ok()?;
    let to = Mailbox::from(parsed.clone());
    let letter = Message::builder()
        .from(to.clone())
        .to(to.clone())
        .body(String::new())
        .ok()?;
    (letter.envelope().to() == [parsed]).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::is_deliverable;

    #[test]
    fn addresses_that_mail_can_be_sent_to() {
        for (address, deliverable) in [
            ("alice@example.com", true),
            ("alice+tag@example.com", true),
            ("o'neil@example.com", true),
            ("a@b", true),
            ("grüße@example.com", true),
            ("alice@żółw.example", true),
            ("", false),
            ("alice", false),
            ("@example.com", false),
            ("alice@", false),
            ("\"x y\"@b.c", false),
            ("a@[127.0.0.1]", false),
            ("alice@exa mple.com", false),
            ("alice@example.com, bob@example.com", false),
            ("Alice <alice@example.com>", false),
            ("alice@example.com\r\nBcc: bob@example.com", false),
        ] {
            assert_eq!(is_deliverable(address), deliverable, "{address:?}");
        }
    }
}
