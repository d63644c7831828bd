//! The SMTP provider.

use std::{fs, io};

use lettre::{
    Message, SmtpTransport, Transport as _,
    transport::smtp::{
        Error as SmtpError,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use passgate_webauthn::causes;

use super::{DeliverError, senders::MailConfigError};
use crate::config::{ProviderConfig, SmtpConfig, SmtpTls};

pub(super) struct SmtpProvider {
    transport: SmtpTransport,
}

impl SmtpProvider {
    pub(super) fn new(config: &SmtpConfig) -> Result<Self, MailConfigError> {
        let tls = match config.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Implicit => Tls::Wrapper(tls_parameters(config)?),
            // Required: a server that does not offer STARTTLS must not make us speak in clear.
            SmtpTls::Starttls => Tls::Required(tls_parameters(config)?),
        };
        let mut builder = SmtpTransport::builder_dangerous(&config.host)
            .port(config.port())
            .tls(tls)
            .timeout(Some(config.timeout()));
        if let (Some(user), Some(password)) = (&config.username, password(config)?) {
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
        })
    }

    pub(super) fn send(&self, message: &Message) -> Result<(), DeliverError> {
        self.transport
            .send(message)
            .map(drop)
            .map_err(|error| failure(&error))
    }

    /// Connects, greets, and asks whether the server is there.
    pub(super) fn check(&self) -> Result<(), DeliverError> {
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err(DeliverError::Unreachable {
                reason: "the server hung up".to_owned(),
            }),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn name(config: &SmtpConfig) -> String {
    ProviderConfig::Smtp(config.clone()).to_string()
}

fn password(config: &SmtpConfig) -> Result<Option<String>, MailConfigError> {
    match (&config.password, &config.password_file) {
        (Some(_), Some(_)) => Err(MailConfigError::TwoPasswords {
            provider: name(config),
        }),
        (Some(password), None) => Ok(Some(password.expose().clone())),
        (None, Some(path)) => {
            let text = fs::read_to_string(path).map_err(|source| MailConfigError::Read {
                provider: name(config),
                path: path.clone(),
                source,
            })?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        (None, None) => Ok(None),
    }
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, MailConfigError> {
    let unusable = |source| MailConfigError::Tls {
        provider: name(config),
        source,
    };
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let pem = fs::read(path).map_err(|source| MailConfigError::Read {
            provider: name(config),
            path: path.clone(),
            source,
        })?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(unusable)?);
    }
    builder.build().map_err(unusable)
}

/// What a failed exchange means. The server's own words are kept: they hold no secret of ours.
fn failure(error: &SmtpError) -> DeliverError {
    let reason = causes(error);
    if timed_out(error) {
        DeliverError::Timeout
    } else if error.is_permanent() {
        DeliverError::Refused { reason }
    } else if error.is_tls() || reason.contains("certificate") {
        // A refused certificate comes up only with the first byte, as an error of the connection.
        DeliverError::Tls { reason }
    } else {
        DeliverError::Unreachable { reason }
    }
}

/// A socket that waited too long says either, depending on the system.
fn timed_out(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(cause) = source {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)) {
            return true;
        }
        source = cause.source();
    }
    false
}
