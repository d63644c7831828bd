//! Who letters come from.

use std::{io, path::PathBuf};

use lettre::{Address, message::Mailbox};

use crate::config::{MailConfig, ProviderConfig};

/// Which sender a letter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Everything that has no channel of its own.
    Default,
    /// Magic links.
    MagicLinks,
}

/// Why the mail configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    /// A sender's address is none.
    #[error("the mail sender '{address}' is not an address")]
    Sender {
        /// The text that was configured as the address.
        address: String,
        /// What is wrong with it.
        #[source]
        source: lettre::address::AddressError,
    },
    /// A provider has no sender.
    #[error("the mail provider '{provider}' has no sender: set mail_from, or `from` of the provider")]
    NoSender {
        /// The provider as `smtp HOST:PORT` or `file PATH`, without credentials.
        provider: String,
    },
    /// A password is given twice.
    #[error("the mail provider '{provider}' has both `password` and `password_file`")]
    TwoPasswords {
        /// The provider as `smtp HOST:PORT` or `file PATH`, without credentials.
        provider: String,
    },
    /// A file cannot be read.
    #[error("cannot read {} for the mail provider '{provider}'", path.display())]
    Read {
        /// The provider as `smtp HOST:PORT` or `file PATH`, without credentials.
        provider: String,
        /// Path of the file, as it was given or configured.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// TLS cannot be set up.
    #[error("TLS with the mail provider '{provider}' cannot be set up")]
    Tls {
        /// The provider as `smtp HOST:PORT` or `file PATH`, without credentials.
        provider: String,
        /// What the TLS library says.
        #[source]
        source: lettre::transport::smtp::Error,
    },
}

/// The senders of one provider.
pub(super) struct Senders {
    default: Mailbox,
    magic_links: Mailbox,
}

impl Senders {
    pub(super) const fn of(&self, channel: Channel) -> &Mailbox {
        match channel {
            Channel::Default => &self.default,
            Channel::MagicLinks => &self.magic_links,
        }
    }
}

impl Senders {
    /// Who a provider's letters come from: what the provider says, else what holds for all of them.
    pub(super) fn new(config: &MailConfig, provider: &ProviderConfig) -> Result<Self, MailConfigError> {
        let (from, magic_links_from) = match provider {
            ProviderConfig::Smtp(smtp) => (&smtp.from, &smtp.magic_links_from),
            ProviderConfig::File(file) => (&file.from, &file.magic_links_from),
        };
        let default = from.as_ref().or(config.from.as_ref());
        let magic_links = magic_links_from
            .as_ref()
            .or(config.magic_links_from.as_ref())
            .or(default);
        let mailbox = |address: Option<&String>| {
            let address = address.ok_or_else(|| MailConfigError::NoSender {
                provider: provider.to_string(),
            })?;
            let parsed: Address = address.parse().map_err(|source| MailConfigError::Sender {
                address: address.clone(),
                source,
            })?;
            Ok(Mailbox::new(config.from_name.clone(), parsed))
        };
        Ok(Self {
            default: mailbox(default)?,
            magic_links: mailbox(magic_links)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SmtpConfig;

    #[test]
    fn a_provider_s_sender_wins_and_magic_links_fall_back() {
        let mut smtp = SmtpConfig::parse_url("smtp://h").unwrap();
        let config = MailConfig {
            from: Some("all@example.com".to_owned()),
            from_name: Some("All".to_owned()),
            ..MailConfig::default()
        };
        let senders = |config: &MailConfig, smtp: &SmtpConfig| {
            let senders = Senders::new(config, &ProviderConfig::Smtp(smtp.clone())).unwrap();
            [Channel::Default, Channel::MagicLinks].map(|channel| senders.of(channel).to_string())
        };
        assert_eq!(
            senders(&config, &smtp),
            ["All <all@example.com>", "All <all@example.com>"]
        );
        smtp.from = Some("one@example.com".to_owned());
        assert_eq!(
            senders(&config, &smtp),
            ["All <one@example.com>", "All <one@example.com>"]
        );
        smtp.magic_links_from = Some("links@example.com".to_owned());
        assert_eq!(
            senders(&config, &smtp),
            ["All <one@example.com>", "All <links@example.com>"]
        );

        smtp.from = None;
        smtp.magic_links_from = None;
        let nobody = Senders::new(&MailConfig::default(), &ProviderConfig::Smtp(smtp.clone()));
        assert!(matches!(nobody, Err(MailConfigError::NoSender { provider }) if provider == "smtp h:25"));
        smtp.from = Some("no address".to_owned());
        let wrong = Senders::new(&config, &ProviderConfig::Smtp(smtp));
        assert!(matches!(wrong, Err(MailConfigError::Sender { address, .. }) if address == "no address"));
    }
}
