//! TLS to a server: whom we trust, what we show, and the binding of a log-in to the channel.

use std::{
    io::{self, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error as TlsError,
    RootCertStore, SignatureScheme, StreamOwned,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use x509_cert::{
    Certificate,
    der::{Decode, oid::ObjectIdentifier},
};

use crate::{
    address::{Address, Encryption, Endpoint, Host, Roots, SslMode},
    error::ConnectError,
};

/// Reads the files of certificates and keys that an address names.
///
/// # Errors
///
/// [`ConnectError::Certificates`] with the file and what is wrong with it.
pub fn check_files(address: &Address) -> Result<(), ConnectError> {
    if address.encryption.mode == SslMode::Disable {
        return Ok(());
    }
    config(&address.encryption).map(drop)
}

/// Speaks TLS on a connected stream.
pub(crate) fn wrap(
    stream: TcpStream,
    encryption: &Encryption,
    endpoint: &Endpoint,
) -> Result<Box<StreamOwned<ClientConnection, TcpStream>>, ConnectError> {
    let failed = |error: &dyn std::error::Error| ConnectError::Tls {
        endpoint: endpoint.clone(),
        explanation: error.to_string(),
    };
    let config = config(encryption)?;
    let name = server_name(endpoint).map_err(|error| failed(&error))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| failed(&error))?;
    let mut stream = Box::new(StreamOwned::new(connection, stream));
    match handshake(&mut stream) {
        Ok(()) => Ok(stream),
        Err(error) => Err(explain(error, endpoint)),
    }
}

fn handshake(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> io::Result<()> {
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    stream.flush()
}

fn server_name(endpoint: &Endpoint) -> Result<ServerName<'static>, rustls::pki_types::InvalidDnsNameError> {
    match &endpoint.host {
        Host::Tcp { name, .. } => ServerName::try_from(name.clone()),
        Host::Unix(_) => ServerName::try_from("localhost"),
    }
}

fn explain(error: io::Error, endpoint: &Endpoint) -> ConnectError {
    let endpoint = endpoint.clone();
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        // Not TLS at all, or a silent peer.
        return ConnectError::Unreachable {
            endpoint,
            source: error,
        };
    };
    let explanation = match tls {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate comes from an authority that is not trusted: name the authority's certificate with sslrootcert"
                .to_owned()
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "its certificate is for another name (subject alternative names count, the common name does not); \
              sslmode=verify-ca does without the name"
            .to_owned(),
        TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired".to_owned()
        }
        other => other.to_string(),
    };
    ConnectError::Tls {
        endpoint,
        explanation,
    }
}

fn config(encryption: &Encryption) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let versions: &[_] = if encryption.only_tls13 {
        &[&rustls::version::TLS13]
    } else {
        rustls::ALL_VERSIONS
    };
    let unusable = |path: &Path, explanation: String| ConnectError::Certificates {
        path: path.display().to_string(),
        explanation,
    };
    let verifier = Arc::new(ServerIdentity::new(encryption, &provider)?);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .map_err(|error| unusable(Path::new("-"), error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &encryption.client {
        Some(files) => {
            let chain = read_certificates(&files.chain)?;
            let key = PrivateKeyDer::from_pem_file(&files.key)
                .map_err(|error| unusable(&files.key, error.to_string()))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(&files.key, error.to_string()))?
        }
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = encryption.sends_server_name;
    if encryption.is_direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let unusable = |explanation: String| ConnectError::Certificates {
        path: path.display().to_string(),
        explanation,
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in it".to_owned()));
    }
    Ok(certificates)
}

/// Decides whether a server is who it should be, as strictly as `sslmode` says.
#[derive(Debug)]
struct ServerIdentity {
    provider: Arc<CryptoProvider>,
    /// None: anybody will do.
    chains: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates that were named themselves. A server that shows one of them needs no authority.
    named: Vec<CertificateDer<'static>>,
    checks_name: bool,
}

impl ServerIdentity {
    fn new(encryption: &Encryption, provider: &Arc<CryptoProvider>) -> Result<Self, ConnectError> {
        let (roots, named, origin) = match &encryption.roots {
            // Like libpq: with an authority named, `require` checks it.
            Some(Roots::File(path)) => (
                Some(read_certificates(path)?),
                read_certificates(path)?,
                path.display().to_string(),
            ),
            _ if encryption.mode >= SslMode::VerifyCa => (
                Some(rustls_native_certs::load_native_certs().certs),
                Vec::new(),
                "the machine's certificates".to_owned(),
            ),
            _ => (None, Vec::new(), String::new()),
        };
        let chains = roots
            .map(|certificates| {
                let mut store = RootCertStore::empty();
                store.add_parsable_certificates(certificates);
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build()
            })
            .transpose()
            .map_err(|error| ConnectError::Certificates {
                path: origin,
                explanation: error.to_string(),
            })?;
        Ok(Self {
            provider: Arc::clone(provider),
            chains,
            named,
            checks_name: encryption.mode == SslMode::VerifyFull,
        })
    }

    fn check_named(
        &self,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let parsed = Certificate::from_der(certificate)
            .map_err(|_| TlsError::InvalidCertificate(CertificateError::BadEncoding))?;
        let validity = parsed.tbs_certificate().validity();
        let now = UNIX_EPOCH + Duration::from_secs(now.as_secs());
        if now > validity.not_after.to_system_time() {
            return Err(TlsError::InvalidCertificate(CertificateError::Expired));
        }
        if now < validity.not_before.to_system_time() {
            return Err(TlsError::InvalidCertificate(CertificateError::NotValidYet));
        }
        if self.checks_name {
            verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        }
        Ok(())
    }
}

impl ServerCertVerifier for ServerIdentity {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(chains) = &self.chains else {
            return Ok(ServerCertVerified::assertion());
        };
        if self.named.iter().any(|named| named == end_entity) {
            self.check_named(end_entity, server_name, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        // The chain is checked before the name.
        match chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// What a log-in is bound to (RFC 5929, `tls-server-end-point`): the digest of the server's certificate, with the hash
/// of its signature, or SHA-256 for MD5 and SHA-1. None for signatures without such a hash.
pub(crate) fn end_point(connection: &ClientConnection) -> Option<Vec<u8>> {
    let certificate = connection.peer_certificates()?.first()?;
    let parsed = Certificate::from_der(certificate).ok()?;
    let algorithm = hash_of_signature(parsed.signature_algorithm().oid)?;
    Some(::ring::digest::digest(algorithm, certificate).as_ref().to_vec())
}

fn hash_of_signature(signature: ObjectIdentifier) -> Option<&'static ::ring::digest::Algorithm> {
    use ::ring::digest::{SHA256, SHA384, SHA512};
    match signature.to_string().as_str() {
        // RSA with MD5, SHA-1, SHA-256; ECDSA with SHA-1, SHA-256.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => Some(&SHA256),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Some(&SHA384),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Some(&SHA512),
        _ => None,
    }
}
