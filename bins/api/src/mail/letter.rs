//! What is written: every letter as text and as HTML, in our own words, with everything foreign escaped.

use passgate_core::time::Timestamp;

use super::senders::Channel;
use crate::html::escape;

/// A letter, complete but for its sender's address.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Which sender it comes from.
    pub channel: Channel,
    /// The sender's display name, where the letter decides it.
    pub from_name: Option<String>,
    /// The recipient's address.
    pub to: String,
    /// The subject: one line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Without what was written: it holds links that sign people in.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("to", &self.to)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl Letter {
    /// A link that signs in to a site.
    pub fn magic_link(to: &str, site: &str, link: &str) -> Self {
        let subject = format!("Sign in to {site}");
        let why = format!("You, or someone who knows your address, asked to sign in to {site}.");
        let otherwise = "If it was not you, ignore this mail: nobody is signed in unless the link is opened.";
        Self {
            channel: Channel::MagicLinks,
            from_name: Some(subject.clone()),
            to: to.to_owned(),
            text: format!(
                "{why}\n\nTo sign in, click this link or copy it into your browser:\n\n{link}\n\n\
                 The link is meant for you alone. {otherwise}\n"
            ),
            html: html(
                &subject,
                &[&why, "To sign in, press the button."],
                Some(("Sign in", link)),
                &["The link is meant for you alone.", otherwise],
            ),
            subject,
        }
    }

    /// The warning to an administrator that an application asked to be deleted.
    pub fn deletion_warning(
        to: &str,
        app: &str,
        freeze_at: Timestamp,
        delete_at: Timestamp,
        abort: &str,
    ) -> Self {
        let subject = format!("The application {app} is going to be deleted");
        let why = format!("With one of its secret keys, the application {app} asked to be deleted.");
        let keys = format!("Its API keys stop working on {}.", moment(freeze_at));
        let data = format!(
            "Its users, passkeys and everything else are deleted for good on {}.",
            moment(delete_at)
        );
        let otherwise = "If this is what you want, there is nothing to do.";
        Self {
            channel: Channel::Default,
            from_name: None,
            to: to.to_owned(),
            text: format!(
                "{why}\n\n{keys}\n{data}\n\nTo keep the application, click this link or copy it into your browser, \
                 and confirm there:\n\n{abort}\n\nThe link works once, until the data is gone. {otherwise}\n"
            ),
            html: html(
                &subject,
                &[
                    &why,
                    &keys,
                    &data,
                    "To keep the application, press the button and confirm on the page it opens.",
                ],
                Some(("Keep the application", abort)),
                &["The link works once, until the data is gone.", otherwise],
            ),
            subject,
        }
    }

    /// The letter of `passgate mail test`.
    pub fn test(to: &str) -> Self {
        let subject = "A test mail from Passgate".to_owned();
        let line =
            "Somebody with access to a Passgate server sent this mail to see whether mail arrives. It does.";
        Self {
            channel: Channel::Default,
            from_name: None,
            to: to.to_owned(),
            text: format!("{line}\n"),
            html: html(&subject, &[line], None, &[]),
            subject,
        }
    }
}

/// A point in time for people of every country.
pub fn moment(time: Timestamp) -> String {
    time.to_utc().format("%Y-%m-%d at %H:%M UTC").to_string()
}

/// Styles stand on the elements, since many mail readers drop style sheets.
fn html(title: &str, before: &[&str], button: Option<(&str, &str)>, after: &[&str]) -> String {
    const TEXT: &str = "margin:0 0 16px;font-size:16px;line-height:24px;color:#1b211f";
    const SMALL: &str = "margin:0 0 12px;font-size:13px;line-height:20px;color:#55605b";
    let paragraphs = |texts: &[&str], style: &str| {
        let paragraph = |text: &&str| format!("<p style=\"{style}\">{}</p>\n", escape(text));
        texts.iter().map(paragraph).collect::<String>()
    };
    let button = button.map_or_else(String::new, |(label, link)| {
        let (label, link) = (escape(label), escape(link));
        format!(
            "<p style=\"margin:24px 0\"><a href=\"{link}\" style=\"display:inline-block;padding:12px 24px;border-radius:8px;\
             background:#0b6b5d;color:#ffffff;font-size:16px;text-decoration:none\">{label}</a></p>\n\
             <p style=\"{SMALL}\">Or copy this address into your browser:<br>\
             <span style=\"word-break:break-all\">{link}</span></p>\n"
        )
    });
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n</head>\n\
         <body style=\"margin:0;padding:32px 16px;background:#f7f6f2;font-family:system-ui,-apple-system,'Segoe UI',sans-serif\">\n\
         <div style=\"max-width:520px;margin:0 auto;padding:32px;border-radius:12px;background:#ffffff\">\n\
         {}{button}{}</div>\n</body>\n</html>\n",
        escape(title),
        paragraphs(before, TEXT),
        paragraphs(after, SMALL),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magic_link_is_in_both_parts_and_escaped_in_one() {
        let link = "https://example.com/?a=1&t=verify_x\"'><script>";
        let letter = Letter::magic_link("alice@example.com", "example.com", link);
        assert_eq!(letter.subject, "Sign in to example.com");
        assert_eq!(letter.from_name.as_deref(), Some("Sign in to example.com"));
        assert_eq!(letter.channel, Channel::MagicLinks);
        assert!(letter.text.contains(&format!("\n{link}\n")), "{}", letter.text);
        let escaped = "https://example.com/?a=1&amp;t=verify_x&quot;&#39;&gt;&lt;script&gt;";
        assert_eq!(letter.html.matches(escaped).count(), 2, "{}", letter.html);
        assert!(!letter.html.contains("<script"));
        assert!(!format!("{letter:?}").contains("verify_x"));
    }

    #[test]
    fn a_warning_says_what_happens_when() {
        let at = Timestamp::from_seconds(1_735_689_600);
        let letter = Letter::deletion_warning("a@b.c", "demoapp", at, at, "https://id.example.com/abort");
        for part in [&letter.text, &letter.html] {
            assert!(
                part.contains("the application demoapp asked to be deleted"),
                "{part}"
            );
            assert!(part.contains("2025-01-01 at 00:00 UTC"), "{part}");
            assert!(part.contains("https://id.example.com/abort"), "{part}");
        }
        assert_eq!(letter.channel, Channel::Default);
    }
}
