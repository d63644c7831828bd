//! What `passgate app show` prints and `passgate app set` changes of the documents under `/.well-known/`.

use passgate_core::well_known::{
    AndroidApp, AppleAppId, CertificateFingerprint, PackageName, PageUrl, PasskeyEndpoints, WellKnown,
};

use super::setting::{Setting, join, list};

/// Every document but that of the related origins, which are the allowed origins.
pub(super) const SETTINGS: &[Setting<WellKnown>] = &[
    Setting {
        name: "passkey-endpoints",
        about: "pages that /.well-known/passkey-endpoints names, such as 'manage=https://… enroll=https://…'; none: no such document",
        show: |published| {
            published
                .passkey_endpoints
                .as_ref()
                .map_or_else(|| "none".to_owned(), show_pages)
        },
        set: |published, text| {
            published.passkey_endpoints = if text == "none" {
                None
            } else {
                Some(read_pages(text)?)
            };
            Ok(())
        },
    },
    Setting {
        name: "apple-apps",
        about: "apps that may use the passkeys on Apple's systems, such as ABCDE12345.com.example.app",
        show: |published| join(&published.apple_apps, ToString::to_string),
        set: |published, text| {
            list(text, |part| {
                AppleAppId::parse(part).map_err(|error| error.to_string())
            })
            .and_then(|apps| {
                at_most(apps.len(), WellKnown::MAX_APPS, "apps")?;
                published.apple_apps = apps;
                Ok(())
            })
        },
    },
    Setting {
        name: "android-apps",
        about: "apps that may use the passkeys on Android, such as com.example.app=14:6D:…, once per certificate",
        show: |published| {
            let certificates = published.android_apps.iter().flat_map(|app| {
                app.fingerprints
                    .iter()
                    .map(|fingerprint| format!("{}={fingerprint}", app.package_name))
            });
            certificates.collect::<Vec<_>>().join(",")
        },
        set: |published, text| {
            let mut apps = Vec::new();
            for (name, fingerprint) in list(text, certificate)? {
                AndroidApp::add(&mut apps, name, fingerprint);
            }
            at_most(apps.len(), WellKnown::MAX_APPS, "apps")?;
            for app in &apps {
                at_most(
                    app.fingerprints.len(),
                    AndroidApp::MAX_FINGERPRINTS,
                    "certificates per app",
                )?;
            }
            published.android_apps = apps;
            Ok(())
        },
    },
];

fn certificate(text: &str) -> Result<(PackageName, CertificateFingerprint), String> {
    let (name, fingerprint) = text
        .split_once('=')
        .ok_or_else(|| "it is not of the form com.example.app=14:6D:…".to_owned())?;
    Ok((
        PackageName::parse(name.trim()).map_err(|error| error.to_string())?,
        CertificateFingerprint::parse(fingerprint.trim()).map_err(|error| error.to_string())?,
    ))
}

fn show_pages(endpoints: &PasskeyEndpoints) -> String {
    let pages = [
        ("enroll", &endpoints.enroll),
        ("manage", &endpoints.manage),
        ("prf", &endpoints.prf_usage_details),
    ];
    let pages = pages
        .into_iter()
        .filter_map(|(name, page)| page.as_ref().map(|page| format!("{name}={page}")));
    pages.collect::<Vec<_>>().join(" ")
}

/// Pages apart by white space, which no address contains. Without any, the document is there all the same: it says
/// that the site has passkeys.
fn read_pages(text: &str) -> Result<PasskeyEndpoints, String> {
    let mut endpoints = PasskeyEndpoints::default();
    for part in text.split_whitespace() {
        let (name, address) = part.split_once('=').unwrap_or((part, ""));
        let page = match name {
            "enroll" => &mut endpoints.enroll,
            "manage" => &mut endpoints.manage,
            "prf" => &mut endpoints.prf_usage_details,
            _ => return Err(format!("'{part}' does not begin with enroll=, manage= or prf=")),
        };
        *page = Some(PageUrl::parse(address).map_err(|error| format!("'{part}': {error}"))?);
    }
    Ok(endpoints)
}

fn at_most(count: usize, limit: usize, what: &str) -> Result<(), String> {
    if count > limit {
        Err(format!("more than {limit} {what}"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINGERPRINT: &str =
        "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF";

    fn set(published: &mut WellKnown, name: &str, value: &str) -> Result<(), String> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name).unwrap();
        (setting.set)(published, value)
    }

    #[test]
    fn what_is_shown_can_be_set() {
        let mut published = WellKnown::default();
        let endpoints =
            "enroll=https://example.com/new manage=https://example.com/a?b=c prf=https://example.com/prf";
        let android = format!(
            "com.example.app={FINGERPRINT},com.example.app={},com.example.other={FINGERPRINT}",
            FINGERPRINT.replace("FF", "00")
        );
        for (name, value) in [
            ("passkey-endpoints", endpoints),
            (
                "apple-apps",
                "ABCDE12345.com.example.app,ABCDE12345.com.example.other",
            ),
            ("android-apps", &android),
            ("android-apps", ""),
            ("passkey-endpoints", ""),
            ("passkey-endpoints", "none"),
        ] {
            set(&mut published, name, value).unwrap();
            let setting = SETTINGS.iter().find(|setting| setting.name == name).unwrap();
            assert_eq!((setting.show)(&published), value);
        }
    }

    #[test]
    fn mistakes_are_named() {
        let mut published = WellKnown::default();
        let many = (0..101)
            .map(|number| format!("ABCDE12345.app{number}"))
            .collect::<Vec<_>>()
            .join(",");
        for (name, value, part) in [
            (
                "passkey-endpoints",
                "https://example.com",
                "does not begin with enroll=, manage= or prf=",
            ),
            (
                "passkey-endpoints",
                "enroll=http://example.com",
                "'enroll=http://example.com': it does not begin with https://",
            ),
            (
                "apple-apps",
                "com.example.app",
                "'com.example.app': it does not begin with a team id",
            ),
            ("apple-apps", &many, "more than 100 apps"),
            ("android-apps", "com.example.app", "not of the form"),
            ("android-apps", "com.example.app=00", "SHA-256 fingerprint"),
            (
                "android-apps",
                &format!("app={FINGERPRINT}"),
                "name of an Android app",
            ),
        ] {
            let problem = set(&mut published, name, value).unwrap_err();
            assert!(problem.contains(part), "{value}: {problem}");
        }
        assert_eq!(published, WellKnown::default());
    }
}
