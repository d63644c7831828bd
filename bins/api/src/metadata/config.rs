//! What can be chosen about FIDO metadata.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use passgate_webauthn::{
    certificate::{TrustAnchor, well_known},
    metadata::BlobRules,
};
use url::Url;

/// The name in the certificate that signs the public BLOB.
pub(crate) const PUBLIC_SIGNER: &str = "mds.fidoalliance.org";

/// Where metadata comes from, and who must have signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataConfig {
    /// Where a BLOB is downloaded from when one is due; none to download nothing.
    pub address: Option<Url>,
    /// The file with a BLOB, if there is one.
    pub file: Option<PathBuf>,
    /// The authorities that the signer's certificate may lead to; empty for those of the public service.
    pub anchors: Vec<TrustAnchor>,
    /// The host name in the signer's certificate.
    pub signer: String,
}

impl Default for MetadataConfig {
    fn default() -> Self {
        Self {
            address: None,
            file: None,
            anchors: Vec::new(),
            signer: PUBLIC_SIGNER.to_owned(),
        }
    }
}

impl MetadataConfig {
    /// Whom a BLOB is accepted from.
    pub fn rules(&self) -> BlobRules {
        let anchors = if self.anchors.is_empty() {
            well_known::METADATA
                .iter()
                .map(well_known::WellKnownAnchor::anchor)
                .collect()
        } else {
            self.anchors.clone()
        };
        BlobRules::private(anchors, Some(self.signer.clone()))
    }
}

/// Reads the certificates in these files, whose names are separated by commas.
///
/// # Errors
/// What is wrong, to be put after the name of the setting.
pub fn parse_anchors(text: &str) -> Result<Vec<TrustAnchor>, String> {
    let mut anchors = Vec::new();
    for path in text.split(',').map(str::trim).filter(|path| !path.is_empty()) {
        anchors.extend(read(Path::new(path)).map_err(|problem| format!("names {path}, {problem}"))?);
    }
    Ok(anchors)
}

/// One DER certificate, or any number in PEM.
fn read(path: &Path) -> Result<Vec<TrustAnchor>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("which cannot be read: {error}"))?;
    let certificates = match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains(BEGIN) => pem(text).ok_or("which is not PEM")?,
        Ok(_) | Err(_) => vec![bytes],
    };
    certificates
        .into_iter()
        .map(|der| TrustAnchor::from_der(der).map_err(|error| format!("which holds no certificate: {error}")))
        .collect()
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

fn pem(text: &str) -> Option<Vec<Vec<u8>>> {
    text.split(BEGIN)
        .skip(1)
        .map(|block| {
            let (body, _) = block.split_once(END)?;
            let compact: String = body.split_ascii_whitespace().collect();
            STANDARD.decode(compact).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn anchors_are_read_from_der_and_pem() {
        let directory = tempfile::tempdir().unwrap();
        let [first, second] = [well_known::METADATA[0], well_known::METADATA[1]];
        let (der, both) = (directory.path().join("a.der"), directory.path().join("both.pem"));
        fs::write(&der, first.der).unwrap();
        let block = |der: &[u8]| format!("text before\n{BEGIN}\n{}\n{END}\n", STANDARD.encode(der));
        fs::write(&both, block(first.der) + &block(second.der)).unwrap();
        let anchors = parse_anchors(&format!("{}, {}", der.display(), both.display())).unwrap();
        assert_eq!(anchors, [first.anchor(), first.anchor(), second.anchor()]);
        assert_eq!(parse_anchors(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_certificate_is_a_problem() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchor");
        let problem = |content: &str| {
            fs::write(&path, content).unwrap();
            parse_anchors(&path.display().to_string()).unwrap_err()
        };
        assert!(problem("certainly not").contains("which holds no certificate"));
        assert!(problem(BEGIN).ends_with("which is not PEM"));
        assert!(
            parse_anchors("/nowhere/to/be/found")
                .unwrap_err()
                .contains("cannot be read")
        );
    }
}
