//! What operations write, as letters of this server.

use passgate::post::{self, Undelivered};
use url::Url;

use super::{Deliver, DeliverError, Letter};
use crate::links::abort_link;

/// Writes the letters of operations, and delivers them.
pub struct Post<'a> {
    /// How they are delivered.
    pub deliver: &'a dyn Deliver,
    /// Where the link in the warning of a deletion leads, but for its token. Without one nobody is warned.
    pub abort_page: Option<&'a Url>,
}

impl post::Post for Post<'_> {
    fn deliver(&self, letter: &post::Letter<'_>) -> Result<(), Undelivered> {
        let letter = self.write(letter).map_err(undelivered)?;
        self.deliver.deliver(&letter).map_err(undelivered)
    }

    fn reaches_people(&self) -> bool {
        self.deliver.is_configured()
    }
}

impl Post<'_> {
    fn write(&self, letter: &post::Letter<'_>) -> Result<Letter, DeliverError> {
        match *letter {
            post::Letter::MagicLink { to, site, link } => {
                Ok(Letter::magic_link(to, site, link.expose().as_str()))
            }
            post::Letter::DeletionWarning {
                to,
                app,
                abort_token,
                freeze_at,
                delete_at,
            } => {
                if !self.deliver.is_configured() {
                    return Err(DeliverError::NotConfigured);
                }
                let page = self.abort_page.ok_or(DeliverError::NoPublicUrl)?;
                let link = abort_link(page, abort_token);
                Ok(Letter::deletion_warning(
                    to,
                    app.as_str(),
                    freeze_at,
                    delete_at,
                    &link,
                ))
            }
        }
    }
}

fn undelivered(error: DeliverError) -> Undelivered {
    Undelivered(Box::new(error))
}
