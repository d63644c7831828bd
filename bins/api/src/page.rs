//! The few pages for people who follow a link in a mail: a title, some sentences, at most one button.
//!
//! A page asks for nothing from elsewhere, runs no script, and its content policy says so.

use std::fmt::Write as _;

use actix_web::http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};

use crate::{answer::Answer, html::escape, problem::Problem};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f7f6f2;color:#1b211f;\
font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}\
main{box-sizing:border-box;width:min(30rem,calc(100vw - 2rem));padding:2.5rem;border-radius:1rem;background:#fff;\
box-shadow:0 1px 3px #1b211f26}\
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25;overflow-wrap:anywhere}\
p{margin:0 0 1rem;overflow-wrap:anywhere}\
button{width:100%;margin-top:.5rem;padding:.85rem 1.5rem;border:0;border-radius:.5rem;background:#0b6b5d;color:#fff;\
font:inherit;font-weight:600;cursor:pointer}\
button:hover{background:#09584d}button:focus-visible{outline:3px solid #4ec9b0;outline-offset:2px}\
@media(prefers-color-scheme:dark){body{background:#101413;color:#eceee9}main{background:#181d1b}}";

/// What stands behind a link of a letter: HTML without a script.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// Text for the window and the heading; it is escaped here.
    pub title: &'a str,
    /// Its sentences.
    pub paragraphs: &'a [&'a str],
    /// The label of a button that posts to the page's own address.
    pub button: Option<&'a str>,
    /// Whether the button's answer forwards to another place on the web.
    pub forwards: bool,
}

impl Page<'_> {
    /// The page as an answer that nobody keeps.
    ///
    /// # Errors
    /// 500 if the policy cannot be a header.
    pub fn answer(&self, status: StatusCode) -> Result<Answer, Problem> {
        let policy =
            HeaderValue::try_from(self.policy()).map_err(|error| Problem::unexpected(error.to_string()))?;
        Ok(Answer::html(self.to_html())
            .with_status(status)
            .with_header(CONTENT_SECURITY_POLICY, policy)
            .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
    }

    /// Browsers hold every redirect that follows a form to `form-action` as well, also those of the place that was
    /// forwarded to: where these lead is that place's to decide. The form itself posts to the page's own address, and
    /// nothing on the page could make it post elsewhere.
    fn policy(&self) -> String {
        let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        let targets = if self.forwards { " http: https:" } else { "" };
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'{targets}; base-uri 'none'; \
             frame-ancestors 'none'"
        )
    }

    fn to_html(&self) -> String {
        let title = escape(self.title);
        let mut body = format!("<h1>{title}</h1>\n");
        for paragraph in self.paragraphs {
            // Writing to a String cannot fail.
            let _ = writeln!(body, "<p>{}</p>", escape(paragraph));
        }
        if let Some(label) = self.button {
            let _ = writeln!(
                body,
                "<form method=\"post\"><button>{}</button></form>",
                escape(label)
            );
        }
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_foreign_is_escaped() {
        let page = Page {
            title: "<b>&\"'",
            paragraphs: &["<script>alert(1)</script>"],
            button: Some("</button>"),
            forwards: true,
        };
        let html = page.to_html();
        assert_eq!(html.matches("<h1>&lt;b&gt;&amp;&quot;&#39;</h1>").count(), 1);
        assert!(!html.contains("<script") && !html.contains("<b>"));
        assert!(html.contains("<button>&lt;/button&gt;</button>"));
        let policy = page.policy();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(
            policy.contains("form-action 'self' http: https:; base-uri 'none'"),
            "{policy}"
        );
        let stays = Page {
            forwards: false,
            ..page
        };
        assert!(stays.policy().contains("form-action 'self'; base-uri 'none'"));
    }
}
