//! Logging in: what the server asks for, and SCRAM bound to the TLS channel where both sides can.

use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{self, ScramSha256},
    },
    message::{
        backend::{AuthenticationSaslBody, Message},
        frontend,
    },
};

use crate::{
    address::{Address, ChannelBinding, Endpoint},
    error::{ConnectError, ServerError},
    socket::Socket,
    tls,
    wire::Wire,
};

/// Answers the server's questions until it says that we are in.
pub(crate) fn log_in(wire: &mut Wire, address: &Address, endpoint: &Endpoint) -> Result<(), ConnectError> {
    let in_clear = LogIn {
        wire,
        address,
        endpoint,
    };
    in_clear.run()
}

struct LogIn<'a> {
    wire: &'a mut Wire,
    address: &'a Address,
    endpoint: &'a Endpoint,
}

impl LogIn<'_> {
    fn run(mut self) -> Result<(), ConnectError> {
        let binding = self.address.channel_binding;
        let question = self.receive()?;
        // Everything but SCRAM with a bound channel could be passed on by somebody between us.
        if binding == ChannelBinding::Require && !matches!(question, Message::AuthenticationSasl(_)) {
            return Err(self.refuse(
                "it does not ask for a log-in with channel binding, and channel_binding=require asks for it",
            ));
        }
        match question {
            Message::AuthenticationOk => return Ok(()),
            Message::AuthenticationCleartextPassword => {
                let password = self.password()?.to_vec();
                self.say_password(&password)?;
            }
            Message::AuthenticationMd5Password(body) => {
                let hash = md5_hash(self.address.user.as_bytes(), self.password()?, body.salt());
                self.say_password(hash.as_bytes())?;
            }
            Message::AuthenticationSasl(body) => self.scram(&body)?,
            _ => {
                return Err(
                    self.refuse("it asks for a log-in of a kind that is not supported (Kerberos, SSPI)")
                );
            }
        }
        match self.receive()? {
            Message::AuthenticationOk => Ok(()),
            _ => Err(self.refuse("it does not end the log-in as it should")),
        }
    }

    fn scram(&mut self, offered: &AuthenticationSaslBody) -> Result<(), ConnectError> {
        let (mut plain, mut plus) = (false, false);
        let mut mechanisms = offered.mechanisms();
        while let Ok(Some(mechanism)) = mechanisms.next() {
            plain |= mechanism == sasl::SCRAM_SHA_256;
            plus |= mechanism == sasl::SCRAM_SHA_256_PLUS;
        }
        let wanted = self.address.channel_binding;
        let end_point = match self.wire.socket() {
            Socket::Tls(stream) if wanted != ChannelBinding::Disable => tls::end_point(&stream.conn),
            _ => None,
        };
        let (mechanism, binding) = match end_point {
            Some(digest) if plus => (
                sasl::SCRAM_SHA_256_PLUS,
                sasl::ChannelBinding::tls_server_end_point(digest),
            ),
            _ if wanted == ChannelBinding::Require => {
                return Err(self.refuse(
                    "it cannot bind the log-in to the TLS channel, and channel_binding=require asks for it",
                ));
            }
            // Tells the server that we could have: it notices if somebody struck its offer.
            Some(_) if plain => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unrequested()),
            None if plain => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unsupported()),
            _ => return Err(self.refuse("it offers no kind of password log-in that is supported")),
        };
        let mut scram = ScramSha256::new(self.password()?, binding);
        self.say(|buffer| frontend::sasl_initial_response(mechanism, scram.message(), buffer))?;
        let Message::AuthenticationSaslContinue(body) = self.receive()? else {
            return Err(self.refuse("it does not go on with the log-in as it should"));
        };
        scram
            .update(body.data())
            .map_err(|error| self.refuse(&error.to_string()))?;
        self.say(|buffer| frontend::sasl_response(scram.message(), buffer))?;
        let Message::AuthenticationSaslFinal(body) = self.receive()? else {
            return Err(self.refuse("it does not end the log-in as it should"));
        };
        // The server proves that it knows the password, too.
        scram
            .finish(body.data())
            .map_err(|error| self.refuse(&error.to_string()))
    }

    fn password(&self) -> Result<&[u8], ConnectError> {
        match &self.address.password {
            Some(password) => Ok(password.0.as_bytes()),
            None => Err(ConnectError::NoPassword {
                endpoint: self.endpoint.clone(),
            }),
        }
    }

    fn say_password(&mut self, password: &[u8]) -> Result<(), ConnectError> {
        self.say(|buffer| frontend::password_message(password, buffer))
    }

    fn say(
        &mut self,
        message: impl FnOnce(&mut bytes::BytesMut) -> std::io::Result<()>,
    ) -> Result<(), ConnectError> {
        message(&mut self.wire.outgoing)
            .and_then(|()| self.wire.send())
            .map_err(|source| self.unreachable(source))
    }

    fn receive(&mut self) -> Result<Message, ConnectError> {
        match self.wire.receive() {
            Ok(Message::ErrorResponse(body)) => Err(ConnectError::Refused {
                endpoint: self.endpoint.clone(),
                source: Box::new(ServerError::read(&body)),
            }),
            Ok(message) => Ok(message),
            Err(source) => Err(self.unreachable(source)),
        }
    }

    fn unreachable(&self, source: std::io::Error) -> ConnectError {
        ConnectError::Unreachable {
            endpoint: self.endpoint.clone(),
            source,
        }
    }

    fn refuse(&self, explanation: &str) -> ConnectError {
        ConnectError::Authentication {
            endpoint: self.endpoint.clone(),
            explanation: explanation.to_owned(),
        }
    }
}
