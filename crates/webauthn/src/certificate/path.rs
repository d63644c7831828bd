//! Paths from an attestation certificate to an anchor (RFC 5280, 6.1, as far as attestation needs it).
//!
//! The rules are those of the verifier, not of the certificate: nothing in a certificate is fetched, a
//! self-signed certificate that came with the statement is never an anchor, and certificates that are not
//! needed for the path do no harm.

use chrono::{DateTime, Utc};

use x509_cert::der::oid::ObjectIdentifier;

use super::{
    anchor::TrustAnchor,
    error::CertificateError,
    extensions::{ExtensionForm, GeneralName, NameConstraints, oids},
    key::{CertificateSignature, is_strong, read_key},
    parsed::Certificate,
    revocation::RevocationList,
};
use crate::{
    code::Code,
    crypto::{self, Hash, PublicKey, Scheme},
};

/// The most certificates a path may have between leaf and anchor: eight in all.
const MAX_INTERMEDIATES: usize = 6;
/// The most signatures that are checked while looking for a path.
const MAX_SIGNATURE_CHECKS: usize = 64;

/// Critical extensions that the path builder or a format procedure deals with (rule T7).
const UNDERSTOOD: [ObjectIdentifier; 12] = [
    oids::BASIC_CONSTRAINTS,
    oids::KEY_USAGE,
    oids::EXTENDED_KEY_USAGE,
    // Any policy is acceptable: Windows marks the extension critical.
    oids::CERTIFICATE_POLICIES,
    oids::SUBJECT_ALT_NAME,
    oids::NAME_CONSTRAINTS,
    oids::FIDO_AAGUID,
    oids::FIDO_SERIAL,
    oids::FIDO_FIRMWARE,
    oids::FIDO_TRANSPORTS,
    oids::ANDROID_KEY_DESCRIPTION,
    oids::APPLE_NONCE,
];

/// Why certificates do not lead to an anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The path ends at a root that is not an anchor, or there are no anchors.
    #[error("the certificate path does not lead to an anchor")]
    NoAnchor,
    /// An issuer is missing.
    #[error("there is no path to an anchor")]
    NoPath,
    /// More certificates than a path may have.
    #[error("the certificate path is too long")]
    PathTooLong,
    /// Finding a path would take too many signature checks.
    #[error("the certificates need too many signature checks")]
    TooManySignatures,
    /// The signature of a certificate is not its issuer's.
    #[error("the signature of a certificate is invalid")]
    BadSignature,
    /// A certificate is signed with an algorithm that is not known.
    #[error("the signature algorithm of a certificate is not supported")]
    SignatureAlgorithm,
    /// A certificate is signed with MD5, or with SHA-1 where that is not accepted.
    #[error("a certificate is signed with a weak hash")]
    WeakHash,
    /// An issuer is not a certificate authority.
    #[error("an issuer is not a certificate authority")]
    NotACa,
    /// More authorities follow than an issuer allows.
    #[error("an issuer does not allow a path of this length")]
    PathLengthExceeded,
    /// A name lies outside what an issuer may vouch for.
    #[error("a name violates the constraints of an issuer")]
    NameConstraint,
    /// A certificate is no longer valid.
    #[error("a certificate has expired")]
    Expired,
    /// A certificate is not valid yet.
    #[error("a certificate is not valid yet")]
    NotYetValid,
    /// A critical extension is not understood; its identifier.
    #[error("critical extension {0} is not understood")]
    UnknownCriticalExtension(String),
    /// A certificate of the path is malformed.
    #[error("a certificate is malformed")]
    MalformedCertificate(#[from] CertificateError),
    /// A certificate or key of the path is on the revocation list.
    #[error("a certificate is revoked")]
    Revoked,
    /// A key is too small.
    #[error("a certificate key is too weak")]
    WeakKey,
}

impl PathError {
    /// The reason in the register.
    pub const fn code(&self) -> Code {
        match self {
            Self::NoAnchor => Code::TrustNoAnchor,
            Self::NoPath => Code::TrustNoPath,
            Self::PathTooLong => Code::TrustPathTooLong,
            Self::TooManySignatures => Code::TrustTooManySignatures,
            Self::BadSignature => Code::TrustBadSignature,
            Self::SignatureAlgorithm => Code::TrustSignatureAlgorithm,
            Self::WeakHash => Code::TrustWeakHash,
            Self::NotACa => Code::TrustNotACa,
            Self::PathLengthExceeded => Code::TrustPathLengthExceeded,
            Self::NameConstraint => Code::TrustNameConstraint,
            Self::Expired => Code::TrustExpired,
            Self::NotYetValid => Code::TrustNotYetValid,
            Self::UnknownCriticalExtension(_) => Code::TrustUnknownCriticalExtension,
            Self::MalformedCertificate(_) => Code::TrustMalformedCertificate,
            Self::Revoked => Code::TrustRevoked,
            Self::WeakKey => Code::TrustWeakKey,
        }
    }
}

/// Where signatures with SHA-1 are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sha1Links {
    /// Nowhere.
    #[default]
    Refuse,
    /// On the leaf, when an anchor itself signed it: an early U2F key has such a certificate.
    LeafUnderAnchor,
}

/// How a path is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathRules<'r> {
    /// When the path has to be valid.
    pub(crate) now: DateTime<Utc>,
    /// Where SHA-1 is accepted.
    pub(crate) sha1: Sha1Links,
    /// Malformed extension values.
    pub(crate) form: ExtensionForm,
    /// Keys and serial numbers that must not occur.
    pub(crate) revoked: &'r RevocationList,
}

/// Finds a path from the first of `certificates` to one of `anchors`.
///
/// The rest of `certificates` may be in any order, may contain the root or leave it out, and may hold
/// certificates the path does not need. Returns the position of the anchor in `anchors`.
///
/// # Errors
/// The most specific [`PathError`] met on any path that was tried.
pub(crate) fn build_path(
    certificates: &[&[u8]],
    anchors: &[TrustAnchor],
    rules: PathRules<'_>,
) -> Result<usize, PathError> {
    let (leaf, others) = certificates.split_first().ok_or(PathError::NoPath)?;
    if let Some(position) = anchors.iter().position(|anchor| anchor.der() == *leaf) {
        return if rules.revoked.contains(&Certificate::parse(leaf, rules.form)?) {
            Err(PathError::Revoked)
        } else {
            Ok(position)
        };
    }
    let leaf = Certificate::parse(leaf, rules.form)?;
    let mut pool = Vec::with_capacity(others.len());
    for der in others {
        pool.push(Certificate::parse(der, rules.form)?);
    }
    if anchors.is_empty() {
        return Err(PathError::NoAnchor);
    }
    check_certificate(&leaf, rules)?;
    let mut search = Search {
        anchors,
        pool: &pool,
        rules,
        checks: 0,
        error: PathError::NoPath,
    };
    search.extend(&mut vec![&leaf]).ok_or(search.error)
}

/// The key identifier of a certificate by method 1 of RFC 5280, 4.2.1.2: SHA-1 of the key's octets.
pub(crate) fn key_identifier(certificate: &Certificate<'_>) -> [u8; 20] {
    let mut identifier = [0; 20];
    identifier.copy_from_slice(Hash::Sha1.digest(&[certificate.key_bits()]).as_ref());
    identifier
}

struct Search<'s, 'c> {
    anchors: &'s [TrustAnchor],
    pool: &'s [Certificate<'c>],
    rules: PathRules<'s>,
    checks: usize,
    error: PathError,
}

impl<'s, 'c> Search<'s, 'c> {
    /// Looks for the issuer of the last certificate of `path`, first among anchors, then in the pool.
    fn extend(&mut self, path: &mut Vec<&'s Certificate<'c>>) -> Option<usize> {
        let current = *path.last()?;
        let above_leaf = path.len() > 1;
        let (anchors, pool) = (self.anchors, self.pool);
        for (position, anchor) in anchors.iter().enumerate() {
            // A copy of the anchor that came with the statement: an anchor is a name and a key, whatever the
            // dates around them.
            if above_leaf && anchor.is_same_authority(current) {
                return Some(position);
            }
            if !anchor.may_have_issued(current) {
                continue;
            }
            let sha1 = !above_leaf && self.rules.sha1 == Sha1Links::LeafUnderAnchor;
            match self.check_signature(current, anchor.spki(), sha1) {
                Ok(()) => return Some(position),
                Err(error) => self.note(error),
            }
        }
        if current.is_self_issued() {
            self.note(PathError::NoAnchor);
        }
        if path.len() > MAX_INTERMEDIATES {
            self.note(PathError::PathTooLong);
            return None;
        }
        let mut candidates: Vec<&'s Certificate<'c>> = pool
            .iter()
            .filter(|candidate| candidate.subject().matches(&current.issuer()))
            .filter(|candidate| !path.iter().any(|used| same_authority(used, candidate)))
            .collect();
        candidates.sort_by_key(|candidate| !key_identifiers_agree(candidate, current));
        for candidate in candidates {
            let link = check_issuer(candidate, path, self.rules)
                .and_then(|()| self.check_signature(current, candidate.spki(), false));
            if let Err(error) = link {
                self.note(error);
                continue;
            }
            path.push(candidate);
            if let Some(anchor) = self.extend(path) {
                return Some(anchor);
            }
            path.pop();
        }
        None
    }

    fn check_signature(
        &mut self,
        certificate: &Certificate<'_>,
        issuer_spki: &[u8],
        sha1: bool,
    ) -> Result<(), PathError> {
        self.checks += 1;
        if self.checks > MAX_SIGNATURE_CHECKS {
            return Err(PathError::TooManySignatures);
        }
        let key = read_key(issuer_spki)?;
        let algorithm = certificate.signature_algorithm();
        if algorithm.is_sha1() && !sha1 {
            return Err(PathError::WeakHash);
        }
        let scheme = match (algorithm, key) {
            (CertificateSignature::Md5, _) => return Err(PathError::WeakHash),
            (CertificateSignature::Unknown, _) => return Err(PathError::SignatureAlgorithm),
            (CertificateSignature::Scheme(scheme), _) => scheme,
            (CertificateSignature::MlDsa(ours), PublicKey::MlDsa { parameters, .. })
                if ours == parameters =>
            {
                Scheme::MlDsa
            }
            (CertificateSignature::MlDsa(_), _) => return Err(PathError::BadSignature),
        };
        if !is_strong(&key) {
            return Err(PathError::WeakKey);
        }
        crypto::verify(&key, scheme, certificate.signed_part(), certificate.signature())
            .map_err(|_| PathError::BadSignature)
    }

    /// Keeps the error that says most about why no path was found.
    fn note(&mut self, error: PathError) {
        if rank(&error) > rank(&self.error) {
            self.error = error;
        }
    }
}

fn rank(error: &PathError) -> u8 {
    match error {
        PathError::NoPath => 0,
        PathError::BadSignature | PathError::SignatureAlgorithm => 1,
        PathError::NoAnchor => 2,
        PathError::PathTooLong | PathError::TooManySignatures => 3,
        _ => 4,
    }
}

fn same_authority(one: &Certificate<'_>, another: &Certificate<'_>) -> bool {
    one.spki() == another.spki() && one.subject().matches(&another.subject())
}

fn key_identifiers_agree(issuer: &Certificate<'_>, subject: &Certificate<'_>) -> bool {
    match (
        issuer.extensions().subject_key_identifier,
        subject.extensions().authority_key_identifier,
    ) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => true,
    }
}

/// What every certificate below the anchor has to fulfil.
fn check_certificate(certificate: &Certificate<'_>, rules: PathRules<'_>) -> Result<(), PathError> {
    if rules.revoked.contains(certificate) {
        return Err(PathError::Revoked);
    }
    if !certificate.has_begun(rules.now) {
        return Err(PathError::NotYetValid);
    }
    if certificate.has_ended(rules.now) {
        return Err(PathError::Expired);
    }
    if let Some(id) = certificate
        .extensions()
        .critical()
        .find(|id| !UNDERSTOOD.contains(id))
    {
        return Err(PathError::UnknownCriticalExtension(id.to_string()));
    }
    if !is_strong(&certificate.key()?) {
        return Err(PathError::WeakKey);
    }
    Ok(())
}

/// Whether `candidate` may stand above everything in `path`.
fn check_issuer(
    candidate: &Certificate<'_>,
    path: &[&Certificate<'_>],
    rules: PathRules<'_>,
) -> Result<(), PathError> {
    let extensions = candidate.extensions();
    let constraints = extensions.basic_constraints.filter(|constraints| constraints.ca);
    let Some(constraints) = constraints else {
        return Err(PathError::NotACa);
    };
    if candidate.version() != 3 || extensions.may_sign_certificates == Some(false) {
        return Err(PathError::NotACa);
    }
    let below = path
        .iter()
        .skip(1)
        .filter(|certificate| !certificate.is_self_issued())
        .count();
    if constraints.path_length.is_some_and(|limit| limit < below as u64) {
        return Err(PathError::PathLengthExceeded);
    }
    if let Some(constraints) = &extensions.name_constraints {
        for certificate in path {
            if !allows(constraints, certificate) {
                return Err(PathError::NameConstraint);
            }
        }
    }
    check_certificate(candidate, rules)
}

/// Whether all names of a certificate lie where the constraints want them (RFC 5280, 4.2.1.10).
fn allows(constraints: &NameConstraints<'_>, certificate: &Certificate<'_>) -> bool {
    let subject = certificate.subject();
    let mut names: Vec<GeneralName<'_>> = certificate
        .extensions()
        .alternative_names
        .clone()
        .unwrap_or_default();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject));
    }
    names.iter().all(|name| {
        let mut same_kind = constraints
            .permitted
            .iter()
            .filter(|base| is_same_kind(base, name))
            .peekable();
        let permitted = same_kind.peek().is_none() || same_kind.any(|base| lies_under(name, base));
        permitted && !constraints.excluded.iter().any(|base| is_excluded(name, base))
    })
}

const fn is_same_kind(base: &GeneralName<'_>, name: &GeneralName<'_>) -> bool {
    matches!(
        (base, name),
        (GeneralName::Dns(_), GeneralName::Dns(_))
            | (GeneralName::Directory(_), GeneralName::Directory(_))
            | (GeneralName::Other, GeneralName::Other)
    )
}

fn lies_under(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => {
            let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
            let base = base.strip_prefix('.').unwrap_or(&base);
            base.is_empty()
                || name == base
                || name.strip_suffix(base).is_some_and(|front| front.ends_with('.'))
        }
        (GeneralName::Directory(name), GeneralName::Directory(base)) => name.is_under(base),
        _ => false,
    }
}

/// A kind of name that is not looked into cannot be shown to lie outside an excluded tree.
fn is_excluded(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    matches!((name, base), (GeneralName::Other, GeneralName::Other)) || lies_under(name, base)
}
