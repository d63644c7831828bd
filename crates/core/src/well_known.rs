//! Documents under `/.well-known/` of an RP ID's site, in which the site says what belongs to it: other origins, apps,
//! and the pages where its users manage passkeys.
//!
//! Browsers and phones read them without a key, so nothing in them is a secret.

#[cfg(test)]
mod tests;

use std::fmt;

use passgate_webauthn::{Origin, related_origins::RelatedOrigins};
use serde::{Deserialize, Serialize};
use url::Url;

/// What an application publishes beside its related origins, which are its allowed origins.
///
/// Serialised, it is a document of its fields: one that lacks a field reads as if nothing were published there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WellKnown {
    /// Where users make and manage passkeys; none if that is not published.
    pub passkey_endpoints: Option<PasskeyEndpoints>,
    /// Apps of Apple's systems that may use the site's passkeys.
    pub apple_apps: Vec<AppleAppId>,
    /// Android apps that may use the site's passkeys.
    pub android_apps: Vec<AndroidApp>,
}

impl WellKnown {
    /// Most apps of a kind: the documents are fetched whole, and Apple reads no more than 128 KB.
    pub const MAX_APPS: usize = 100;
}

/// A document under `/.well-known` that platforms fetch, each in its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// `webauthn`: the origins that may use the site's RP ID.
    RelatedOrigins,
    /// `passkey-endpoints`: where users make and manage passkeys.
    PasskeyEndpoints,
    /// `apple-app-site-association`: apps on Apple's systems.
    AppleAppSiteAssociation,
    /// `assetlinks.json`: apps on Android.
    AssetLinks,
}

impl Document {
    /// The last part of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RelatedOrigins => "webauthn",
            Self::PasskeyEndpoints => "passkey-endpoints",
            Self::AppleAppSiteAssociation => "apple-app-site-association",
            Self::AssetLinks => "assetlinks.json",
        }
    }

    /// The document as it is served; none if there is nothing to say in it.
    pub fn publish(self, allowed_origins: &[Origin], well_known: &WellKnown) -> Option<Published> {
        match self {
            Self::RelatedOrigins => allowed_origins
                .iter()
                .any(Origin::is_web)
                .then(|| Published::RelatedOrigins(RelatedOrigins::new(allowed_origins))),
            Self::PasskeyEndpoints => well_known
                .passkey_endpoints
                .clone()
                .map(Published::PasskeyEndpoints),
            Self::AppleAppSiteAssociation => {
                let apps = &well_known.apple_apps;
                (!apps.is_empty()).then(|| {
                    Published::AppleAppSiteAssociation(AppleAppSiteAssociation {
                        webcredentials: WebCredentials { apps: apps.clone() },
                    })
                })
            }
            Self::AssetLinks => {
                let apps = &well_known.android_apps;
                (!apps.is_empty())
                    .then(|| Published::AssetLinks(apps.iter().map(AssetStatement::new).collect()))
            }
        }
    }
}

/// A document as it is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Published {
    /// Related origins (WebAuthn Level 3, section 5.11).
    RelatedOrigins(RelatedOrigins),
    /// Passkey endpoints (W3C, *A Well-Known URL for Relying Party Passkey Endpoints*).
    PasskeyEndpoints(PasskeyEndpoints),
    /// The association of apps on Apple's systems.
    AppleAppSiteAssociation(AppleAppSiteAssociation),
    /// Digital Asset Links.
    AssetLinks(Vec<AssetStatement>),
}

/// Where a site's users make and manage passkeys. One without any page still says that the site has passkeys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyEndpoints {
    /// Where a passkey is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enroll: Option<PageUrl>,
    /// Where passkeys are managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manage: Option<PageUrl>,
    /// What the site derives from passkeys (the extension `prf`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prf_usage_details: Option<PageUrl>,
}

/// Which apps of Apple's systems may use the site's passkeys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppleAppSiteAssociation {
    webcredentials: WebCredentials,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct WebCredentials {
    apps: Vec<AppleAppId>,
}

/// That an Android app may use the site's passkeys, and open its links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssetStatement {
    relation: [&'static str; 2],
    target: AssetTarget,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AssetTarget {
    namespace: &'static str,
    package_name: PackageName,
    sha256_cert_fingerprints: Vec<CertificateFingerprint>,
}

impl AssetStatement {
    fn new(app: &AndroidApp) -> Self {
        Self {
            relation: [
                "delegate_permission/common.get_login_creds",
                "delegate_permission/common.handle_all_urls",
            ],
            target: AssetTarget {
                namespace: "android_app",
                package_name: app.package_name.clone(),
                sha256_cert_fingerprints: app.fingerprints.clone(),
            },
        }
    }
}

/// An Android app: its name, and who may have signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AndroidApp {
    /// Such as `com.example.app`, from the app's manifest.
    pub package_name: PackageName,
    /// The certificates that it is signed with.
    pub fingerprints: Vec<CertificateFingerprint>,
}

impl AndroidApp {
    /// Most certificates of one app.
    pub const MAX_FINGERPRINTS: usize = 20;

    /// Adds a certificate of an app to a list in which every app is named once.
    pub fn add(apps: &mut Vec<Self>, package_name: PackageName, fingerprint: CertificateFingerprint) {
        match apps.iter_mut().find(|app| app.package_name == package_name) {
            Some(app) if app.fingerprints.contains(&fingerprint) => {}
            Some(app) => app.fingerprints.push(fingerprint),
            None => apps.push(Self {
                package_name,
                fingerprints: vec![fingerprint],
            }),
        }
    }
}

/// Defines a text that is checked when it is made.
macro_rules! checked_text {
    ($(#[$meta:meta])* $name:ident, $error:ty) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The URL as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

checked_text! {
    /// The address of a page: `https`, or `http` on this very machine.
    PageUrl, InvalidPageUrl
}

impl PageUrl {
    /// Most characters of the URL.
    pub const MAX_CHARS: usize = 2048;

    /// Reads an address; it is kept in the spelling that browsers give it.
    ///
    /// # Errors
    /// [`InvalidPageUrl`].
    pub fn parse(text: &str) -> Result<Self, InvalidPageUrl> {
        let url = Url::parse(text).map_err(|_| InvalidPageUrl::NotAnUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(InvalidPageUrl::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidPageUrl::NamesUser);
        }
        if Origin::parse(&url.origin().ascii_serialization()).is_err() {
            return Err(InvalidPageUrl::NotHttps);
        }
        if url.as_str().len() > Self::MAX_CHARS {
            return Err(InvalidPageUrl::TooLong);
        }
        Ok(Self(url.into()))
    }
}

/// Why a text is not the address of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPageUrl {
    /// No absolute address.
    #[error("it is not an absolute URL, such as https://example.com/account/passkeys")]
    NotAnUrl,
    /// Not encrypted, or nothing that a browser opens.
    #[error("it does not begin with https://")]
    NotHttps,
    /// It holds a user name or a password, for everybody to read.
    #[error("it names a user or a password")]
    NamesUser,
    /// Longer than any address that is meant seriously.
    #[error("it is longer than {} characters", PageUrl::MAX_CHARS)]
    TooLong,
}

checked_text! {
    /// An app of Apple's systems: team id (or an older prefix) and bundle id, such as `ABCDE12345.com.example.app`.
    AppleAppId, InvalidAppleAppId
}

impl AppleAppId {
    /// Characters of a team id.
    pub const TEAM_CHARS: usize = 10;
    /// Most characters of a bundle id.
    pub const MAX_BUNDLE_CHARS: usize = 155;

    /// Reads an app's id.
    ///
    /// # Errors
    /// [`InvalidAppleAppId`].
    pub fn parse(text: &str) -> Result<Self, InvalidAppleAppId> {
        let (team, bundle) = text.split_once('.').ok_or(InvalidAppleAppId::NoTeam)?;
        let is_team = team.len() == Self::TEAM_CHARS
            && team
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_team {
            return Err(InvalidAppleAppId::NoTeam);
        }
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if bundle.len() > Self::MAX_BUNDLE_CHARS || !bundle.split('.').all(is_label) {
            return Err(InvalidAppleAppId::NoBundle);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Why a text is not the id of an app of Apple's systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAppleAppId {
    /// It does not begin with a team id.
    #[error("it does not begin with a team id of ten capital letters and digits and a dot")]
    NoTeam,
    /// What follows the team id is no bundle id.
    #[error("no bundle id of letters, digits, hyphens and dots follows the team id")]
    NoBundle,
}

checked_text! {
    /// The name of an Android app, such as `com.example.app`.
    PackageName, InvalidPackageName
}

impl PackageName {
    /// Most characters: Android installs no app with a longer name.
    pub const MAX_CHARS: usize = 223;

    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidPackageName`].
    pub fn parse(text: &str) -> Result<Self, InvalidPackageName> {
        let is_segment = |segment: &str| {
            segment.starts_with(|first: char| first.is_ascii_alphabetic())
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if text.len() <= Self::MAX_CHARS && text.contains('.') && text.split('.').all(is_segment) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPackageName)
        }
    }
}

/// The text is not the name of an Android app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not the name of an Android app, such as com.example.app")]
pub struct InvalidPackageName;

/// The SHA-256 of a certificate that signs an Android app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateFingerprint([u8; 32]);

impl CertificateFingerprint {
    /// Reads 32 bytes in hexadecimal, whatever the case, with or without colons between them.
    ///
    /// # Errors
    /// [`InvalidFingerprint`].
    pub fn parse(text: &str) -> Result<Self, InvalidFingerprint> {
        let mut bytes = [0; 32];
        let read = if text.contains(':') {
            let parts: Vec<&str> = text.split(':').collect();
            parts.len() == bytes.len()
                && parts
                    .iter()
                    .zip(bytes.chunks_mut(1))
                    .all(|(part, byte)| hex::decode_to_slice(part, byte).is_ok())
        } else {
            hex::decode_to_slice(text, &mut bytes).is_ok()
        };
        if read {
            Ok(Self(bytes))
        } else {
            Err(InvalidFingerprint)
        }
    }

    /// The origin that apps signed with this certificate have in ceremonies.
    pub fn origin(&self) -> Origin {
        Origin::of_android_certificate(&self.0)
    }
}

impl fmt::Display for CertificateFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let colon = if place == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for CertificateFingerprint {
    type Error = InvalidFingerprint;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CertificateFingerprint> for String {
    fn from(fingerprint: CertificateFingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// The text is not the fingerprint of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a SHA-256 fingerprint: 32 bytes in hexadecimal, as keytool -list -v prints them")]
pub struct InvalidFingerprint;
