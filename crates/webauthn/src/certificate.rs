//! X.509 certificates as attestation uses them: strict parsing, keys, extensions, paths to an anchor.
//!
//! A certificate is read in place, and signatures are checked over the bytes that were received.
//! Anchors come from the caller or from metadata, never from the statement (§7.1 step 23).

mod anchor;
pub(crate) mod der;
mod error;
mod extensions;
mod key;
mod name;
mod parsed;
mod path;
mod revocation;
pub mod well_known;

pub use self::{
    anchor::TrustAnchor,
    error::CertificateError,
    key::SpkiError,
    path::PathError,
    revocation::{RevocationList, RevocationListError},
};
pub(crate) use self::{
    extensions::{ExtensionForm, GeneralName, oids},
    key::{read_spki, write_spki},
    name::Name,
    parsed::Certificate,
    path::{PathRules, Sha1Links, build_path, key_identifier},
};
