//! Outgoing mail: a message, the providers that are tried in order, and the threads they run on.
//!
//! A message counts as sent only when a provider has accepted it. Sending blocks, sometimes for seconds, so it happens in
//! a [`MailRoom`] with threads of its own and never holds up a ceremony.

mod file;
mod letter;
mod look;
mod post;
mod room;
mod room_error;
mod senders;
mod smtp;

use std::{path::Path, sync::Arc};

use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

pub use self::{
    letter::{Letter, moment},
    post::Post,
    room::MailRoom,
    room_error::RoomError,
    senders::{Channel, MailConfigError},
};

use self::{file::FileProvider, senders::Senders, smtp::SmtpProvider};
use crate::{
    config::{FileConfig, MailConfig, ProviderConfig},
    mail_address::recipient,
};

/// Why a letter was not delivered. It was delivered to nobody: a letter has one recipient.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    /// There is no provider.
    #[error("no mail provider is configured")]
    NotConfigured,
    /// The letter has a link to this server, and nobody said where people reach it.
    #[error("public_url is not set, so that no link leads to this server")]
    NoPublicUrl,
    /// The address is none, or the message cannot be written.
    #[error("the message cannot be written: {reason}")]
    Message {
        /// What the library that writes messages says.
        reason: String,
    },
    /// The provider refuses the recipient, the sender or the message for good.
    #[error("the mail was refused: {reason}")]
    Refused {
        /// The provider's words.
        reason: String,
    },
    /// The provider did not answer in time.
    #[error("the mail provider did not answer in time")]
    Timeout,
    /// The connection could not be protected as configured.
    #[error("TLS with the mail provider failed: {reason}")]
    Tls {
        /// What the TLS library, the system or the server says.
        reason: String,
    },
    /// The provider cannot be reached, or cannot take the message now.
    #[error("the mail provider cannot be reached: {reason}")]
    Unreachable {
        /// What the TLS library, the system or the server says.
        reason: String,
    },
}

/// Someone who delivers letters.
pub trait Deliver: Send + Sync {
    /// Delivers one letter; blocks until a provider has accepted it.
    ///
    /// # Errors
    /// What the last provider that was tried said. Nothing was sent then.
    fn deliver(&self, letter: &Letter) -> Result<(), DeliverError>;

    /// Whether letters can be handed over now, for the health check; none if there is nothing to check.
    fn check(&self) -> Option<Result<(), DeliverError>>;

    /// Whether somebody chose where letters go. Those that go to the file of a server without any configuration reach
    /// nobody, so that nothing may depend on them.
    fn is_configured(&self) -> bool;
}

/// Delivers through the configured providers, tried in their order until one accepts.
pub struct Mailer {
    providers: Vec<Provider>,
    is_configured: bool,
}

struct Provider {
    name: String,
    transport: Transport,
    senders: Senders,
}

enum Transport {
    Smtp(SmtpProvider),
    File(FileProvider),
}

impl Mailer {
    /// Builds the providers of a configuration. Without any, letters are appended to `mail.txt` in the data directory,
    /// and every one of them is a warning in the log.
    ///
    /// # Errors
    /// The first provider that cannot be used.
    pub fn new(config: &MailConfig, data_dir: &Path) -> Result<Self, MailConfigError> {
        let mut providers = config.in_order();
        let is_configured = !providers.is_empty();
        if !is_configured {
            providers.push(ProviderConfig::File(FileConfig::fallback(data_dir)));
        }
        let build = |provider: &ProviderConfig| {
            let transport = match provider {
                ProviderConfig::Smtp(smtp) => Transport::Smtp(SmtpProvider::new(smtp)?),
                ProviderConfig::File(file) => Transport::File(FileProvider::new(file)),
            };
            Ok(Provider {
                name: provider.to_string(),
                transport,
                senders: Senders::new(config, provider)?,
            })
        };
        Ok(Self {
            providers: providers.iter().map(build).collect::<Result<_, _>>()?,
            is_configured,
        })
    }

    /// Sends through one provider after the other; tells `tried` about each one's name and outcome.
    ///
    /// # Errors
    /// What the last provider said.
    pub fn deliver_telling(
        &self,
        letter: &Letter,
        mut tried: impl FnMut(&str, &Result<(), DeliverError>),
    ) -> Result<(), DeliverError> {
        let to = recipient(&letter.to).ok_or_else(|| DeliverError::Message {
            reason: "the recipient's address is none that mail can be sent to".to_owned(),
        })?;
        let mut outcome = Err(DeliverError::NotConfigured);
        for provider in &self.providers {
            outcome = provider.deliver(letter, to.clone());
            tried(&provider.name, &outcome);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

impl Deliver for Mailer {
    fn deliver(&self, letter: &Letter) -> Result<(), DeliverError> {
        self.deliver_telling(letter, |provider, outcome| match outcome {
            Ok(()) => tracing::debug!(provider, "a mail was handed over"),
            Err(error) => tracing::warn!(provider, %error, "a mail provider failed"),
        })
    }

    /// One SMTP server that answers is enough. A file needs no check.
    fn check(&self) -> Option<Result<(), DeliverError>> {
        let mut last = None;
        for provider in &self.providers {
            if let Transport::Smtp(smtp) = &provider.transport {
                let outcome = smtp.check();
                if outcome.is_ok() {
                    return Some(outcome);
                }
                last = Some(outcome);
            }
        }
        last
    }

    fn is_configured(&self) -> bool {
        self.is_configured
    }
}

impl Provider {
    fn deliver(&self, letter: &Letter, to: Mailbox) -> Result<(), DeliverError> {
        let message = self.message(letter, to)?;
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(&message),
            Transport::File(file) => file.append(&message, &letter.text),
        }
    }

    fn message(&self, letter: &Letter, to: Mailbox) -> Result<Message, DeliverError> {
        let mut from = self.senders.of(letter.channel).clone();
        if let Some(name) = &letter.from_name {
            from.name = Some(name.clone());
        }
        Message::builder()
            .from(from)
            .to(to)
            .subject(letter.subject.clone())
            .message_id(None)
            // Answering machines stay silent.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|error| DeliverError::Message {
                reason: error.to_string(),
            })
    }
}

/// Delivers nothing: for a server without mail.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMail;

impl Deliver for NoMail {
    fn deliver(&self, _: &Letter) -> Result<(), DeliverError> {
        Err(DeliverError::NotConfigured)
    }

    fn check(&self) -> Option<Result<(), DeliverError>> {
        None
    }

    fn is_configured(&self) -> bool {
        false
    }
}

impl<T: Deliver + ?Sized> Deliver for Arc<T> {
    fn deliver(&self, letter: &Letter) -> Result<(), DeliverError> {
        self.as_ref().deliver(letter)
    }

    fn check(&self) -> Option<Result<(), DeliverError>> {
        self.as_ref().check()
    }

    fn is_configured(&self) -> bool {
        self.as_ref().is_configured()
    }
}
