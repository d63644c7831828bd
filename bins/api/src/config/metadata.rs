//! Where FIDO metadata comes from, and who must have signed it.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use passgate_webauthn::certificate::TrustAnchor;
use url::Url;

use super::{
    readers::{download_address, host_name, needed, optional, path},
    section::section,
    settings::plain,
};

/// The name in the certificate that signs the public BLOB.
const PUBLIC_SIGNER: &str = "mds.fidoalliance.org";

section! {
    /// Where FIDO metadata comes from, and who must have signed it.
    #[derive(PartialEq, Eq)]
    MetadataConfig {
        "File with the FIDO metadata BLOB; without it and metadata_url, no authenticator model is known."
        file: Option<PathBuf> = plain("metadata_file", ""), optional(path);
        "Address to download the FIDO metadata BLOB from when one is due, such as https://mds3.fidoalliance.org/; without it, nothing is called."
        address: Option<Url> = plain("metadata_url", ""), optional(download_address);
        "Files with certificates (PEM or DER) that the metadata's signer may lead to; without any, those of the FIDO Alliance's service."
        anchors: Vec<TrustAnchor> = plain("metadata_anchors", ""), needed(anchors);
        "Host name in the certificate that signs the metadata."
        signer: String = plain("metadata_signer", PUBLIC_SIGNER), needed(host_name);
    }
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

/// Reads the certificates in these files, whose names are separated by commas.
///
/// # Errors
/// What is wrong, to be put after the name of the setting.
fn anchors(text: &str) -> Result<Vec<TrustAnchor>, String> {
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

    use passgate_webauthn::certificate::well_known;

    use super::*;

    #[test]
    fn anchors_are_read_from_der_and_pem() {
        let directory = tempfile::tempdir().unwrap();
        let [first, second] = [well_known::METADATA[0], well_known::METADATA[1]];
        let (der, both) = (directory.path().join("a.der"), directory.path().join("both.pem"));
        fs::write(&der, first.der).unwrap();
        let block = |der: &[u8]| format!("text before\n{BEGIN}\n{}\n{END}\n", STANDARD.encode(der));
        fs::write(&both, block(first.der) + &block(second.der)).unwrap();
        let read = anchors(&format!("{}, {}", der.display(), both.display())).unwrap();
        assert_eq!(read, [first.anchor(), first.anchor(), second.anchor()]);
        assert_eq!(anchors(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_certificate_is_a_problem() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchor");
        let problem = |content: &str| {
            fs::write(&path, content).unwrap();
            anchors(&path.display().to_string()).unwrap_err()
        };
        assert!(problem("certainly not").contains("which holds no certificate"));
        assert!(problem(BEGIN).ends_with("which is not PEM"));
        assert!(
            anchors("/nowhere/to/be/found")
                .unwrap_err()
                .contains("cannot be read")
        );
    }
}
