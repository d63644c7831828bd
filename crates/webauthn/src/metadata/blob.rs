//! The signed envelope of FIDO metadata: a compact JWS.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::{
    base64url,
    certificate::{
        Certificate, CertificateError, ExtensionForm, PathError, PathRules, RevocationList, Sha1Links,
        TrustAnchor, build_path, well_known,
    },
    code::Code,
    jws::{Jws, JwsAlgorithm, JwsError},
};

/// The largest BLOB that is read, in bytes.
const MAX_BLOB: usize = 64 * 1024 * 1024;
/// The name in the certificate that signs the public BLOB.
const FIDO_SIGNER: &str = "mds.fidoalliance.org";
/// The most certificates a header may carry.
const MAX_CERTIFICATES: usize = 8;

/// A BLOB cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Larger than 64 MiB.
    #[error("the metadata BLOB is too large")]
    TooLarge,
    /// Not a compact JWS over a BLOB payload.
    #[error("the metadata BLOB is malformed")]
    Malformed,
    /// The signature algorithm is not one of the asymmetric ones allowed, or does not fit the signer's key.
    #[error("the signature algorithm of the metadata BLOB is not acceptable")]
    Algorithm,
    /// The header names no certificates, or refers to them by address.
    #[error("the metadata BLOB carries no certificates")]
    NoCertificates,
    /// The signer's certificate is not for the metadata service.
    #[error("the signer of the metadata BLOB is not the metadata service")]
    WrongSigner,
    /// The signer's certificate leads to no anchor.
    #[error("the signer of the metadata BLOB is not trusted")]
    Untrusted(#[source] PathError),
    /// The signature is not the signer's.
    #[error("the signature of the metadata BLOB is invalid")]
    Signature,
    /// The BLOB is older than the one accepted before.
    #[error("the metadata BLOB {got} is older than {accepted}, accepted before")]
    Rollback {
        /// Number of the BLOB accepted before.
        accepted: u64,
        /// Number of this BLOB.
        got: u64,
    },
}

impl MetadataError {
    /// The reason in the register.
    pub const fn code(&self) -> Code {
        match self {
            Self::TooLarge => Code::MetadataTooLarge,
            Self::Malformed => Code::MetadataMalformed,
            Self::Algorithm => Code::MetadataAlgorithm,
            Self::NoCertificates => Code::MetadataNoCertificates,
            Self::WrongSigner => Code::MetadataWrongSigner,
            Self::Untrusted(_) => Code::MetadataUntrusted,
            Self::Signature => Code::MetadataSignature,
            Self::Rollback { .. } => Code::MetadataRollback,
        }
    }
}

/// Whom a BLOB is accepted from.
#[derive(Debug, Clone)]
pub struct BlobRules {
    anchors: Vec<TrustAnchor>,
    signer: Option<String>,
    revoked: RevocationList,
}

impl BlobRules {
    /// The public service: the roots its signer is known to chain to, and its name.
    pub fn fido_alliance() -> Self {
        Self {
            anchors: well_known::METADATA
                .iter()
                .map(well_known::WellKnownAnchor::anchor)
                .collect(),
            signer: Some(FIDO_SIGNER.to_owned()),
            revoked: RevocationList::new(),
        }
    }

    /// A private service: its anchors, and the dNSName its signer's certificate must carry.
    ///
    /// The name may be left out only when every certificate under the anchors is the service's.
    pub fn private(anchors: Vec<TrustAnchor>, signer: Option<String>) -> Self {
        Self {
            anchors,
            signer,
            revoked: RevocationList::new(),
        }
    }

    /// The name in the signer's certificate, if one is demanded.
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
    }

    /// The same rules with other anchors, for the day the service changes its authority.
    #[must_use]
    pub fn with_anchors(mut self, anchors: Vec<TrustAnchor>) -> Self {
        self.anchors = anchors;
        self
    }

    /// The same rules with certificates that must not occur in the signer's path.
    #[must_use]
    pub fn with_revoked(mut self, revoked: RevocationList) -> Self {
        self.revoked = revoked;
        self
    }
}

/// What was signed.
#[derive(Debug)]
pub(super) struct Payload {
    pub(super) number: u64,
    pub(super) next_update: NaiveDate,
    pub(super) legal_header: String,
    pub(super) entries: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    x5c: Vec<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct PayloadJson {
    no: u64,
    #[serde(rename = "nextUpdate")]
    next_update: String,
    #[serde(rename = "legalHeader", default)]
    legal_header: String,
    entries: Vec<serde_json::Value>,
}

/// Checks signer and signature (rules M1 to M7) and returns the payload.
pub(super) fn verify(blob: &str, rules: &BlobRules, now: DateTime<Utc>) -> Result<Payload, MetadataError> {
    if blob.len() > MAX_BLOB {
        return Err(MetadataError::TooLarge);
    }
    let jws = Jws::parse(blob.trim_end()).ok_or(MetadataError::Malformed)?;
    let header: Header = serde_json::from_slice(&jws.header).map_err(|_| MetadataError::Malformed)?;
    if header.crit.is_some() {
        return Err(MetadataError::Malformed);
    }
    let algorithm = JwsAlgorithm::from_name(&header.alg).ok_or(MetadataError::Algorithm)?;
    if header.x5c.is_empty() {
        return Err(MetadataError::NoCertificates);
    }
    if header.x5c.len() > MAX_CERTIFICATES {
        return Err(MetadataError::Malformed);
    }
    let certificates: Vec<Vec<u8>> = header
        .x5c
        .iter()
        .map(|text| base64url::decode_tolerant(text))
        .collect::<Option<_>>()
        .ok_or(MetadataError::Malformed)?;
    let path: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    let rules_for_path = PathRules {
        now,
        sha1: Sha1Links::Refuse,
        form: ExtensionForm::Strict,
        revoked: &rules.revoked,
    };
    build_path(&path, &rules.anchors, rules_for_path).map_err(MetadataError::Untrusted)?;

    let leaf = Certificate::parse(path[0], ExtensionForm::Strict).map_err(untrusted)?;
    if let Some(signer) = &rules.signer
        && !leaf
            .extensions()
            .dns_names()
            .any(|name| name.eq_ignore_ascii_case(signer))
    {
        return Err(MetadataError::WrongSigner);
    }
    algorithm
        .verify(&leaf.key().map_err(untrusted)?, jws.signed, &jws.signature)
        .map_err(|error| match error {
            JwsError::Algorithm => MetadataError::Algorithm,
            JwsError::Signature => MetadataError::Signature,
        })?;

    let payload = base64url::decode_strict(jws.payload).ok_or(MetadataError::Malformed)?;
    let payload: PayloadJson = serde_json::from_slice(&payload).map_err(|_| MetadataError::Malformed)?;
    let next_update =
        NaiveDate::parse_from_str(&payload.next_update, "%Y-%m-%d").map_err(|_| MetadataError::Malformed)?;
    Ok(Payload {
        number: payload.no,
        next_update,
        legal_header: payload.legal_header,
        entries: payload.entries,
    })
}

fn untrusted(error: CertificateError) -> MetadataError {
    MetadataError::Untrusted(error.into())
}
