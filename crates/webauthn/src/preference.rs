//! The enumerations of WebAuthn's options, each under the specification's spelling (§5.4–§5.8).

use serde::{Deserialize, Serialize};

use crate::words::words;

/// The text is none of the values that the specification has here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} value")]
pub struct UnknownValue {
    /// Which enumeration was meant.
    pub what: &'static str,
}

/// Defines an enumeration with its exact spellings, on the wire as well.
macro_rules! spelled {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        words! {
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
            pub enum $name {
                $($(#[$variant_meta])* #[serde(rename = $text)] $variant = $text,)+
            }
        }

        impl $name {
            /// Reads the specification's spelling, exactly.
            ///
            /// # Errors
            /// [`UnknownValue`].
            pub fn parse(text: &str) -> Result<Self, UnknownValue> {
                Self::from_name(text).ok_or(UnknownValue { what: $what })
            }
        }
    };
}

spelled! {
    /// How much user verification is wanted (§5.8.6).
    #[derive(Default)]
    UserVerification, "user verification" {
        /// It must happen; a response without it is refused.
        Required = "required",
        /// It is wanted where the authenticator can.
        #[default]
        Preferred = "preferred",
        /// It is not wanted.
        Discouraged = "discouraged",
    }
}

spelled! {
    /// Whether the credential shall be discoverable without naming it (§5.4.6).
    #[derive(Default)]
    ResidentKey, "resident key" {
        /// The credential must be discoverable.
        Required = "required",
        /// It should be, where the authenticator has room.
        Preferred = "preferred",
        /// It need not be.
        #[default]
        Discouraged = "discouraged",
    }
}

spelled! {
    /// What the relying party wants to learn about the authenticator (§5.4.7).
    #[derive(Default)]
    AttestationConveyance, "attestation conveyance" {
        /// No attestation.
        #[default]
        None = "none",
        /// An attestation, possibly anonymised by the client.
        Indirect = "indirect",
        /// The authenticator's own attestation.
        Direct = "direct",
        /// One that may identify the single authenticator, within an enterprise.
        Enterprise = "enterprise",
    }
}

spelled! {
    /// Where an authenticator sits (§5.4.5).
    AuthenticatorAttachment, "authenticator attachment" {
        /// In the client device.
        Platform = "platform",
        /// It can move between devices.
        CrossPlatform = "cross-platform",
    }
}

spelled! {
    /// Which authenticator the relying party expects to be used (§5.8.7).
    Hint, "hint" {
        /// `security-key`: a token that is plugged in or held close.
        SecurityKey = "security-key",
        /// The device the client runs on.
        ClientDevice = "client-device",
        /// A phone or the like next to it.
        Hybrid = "hybrid",
    }
}

impl Hint {
    /// What older clients that do not know hints have to be told instead.
    pub const fn attachment(self) -> AuthenticatorAttachment {
        match self {
            Self::SecurityKey | Self::Hybrid => AuthenticatorAttachment::CrossPlatform,
            Self::ClientDevice => AuthenticatorAttachment::Platform,
        }
    }
}

spelled! {
    /// How the page asks for the credential. The response does not tell, so the server has to remember.
    #[derive(Default)]
    Mediation, "mediation" {
        /// With a dialogue.
        #[default]
        Modal = "optional",
        /// Conditionally: autofill at sign-in, a silent upgrade at registration.
        Conditional = "conditional",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_exact() {
        assert_eq!(
            UserVerification::parse("required"),
            Ok(UserVerification::Required)
        );
        assert!(UserVerification::parse("Required").is_err());
        assert_eq!(AuthenticatorAttachment::CrossPlatform.as_str(), "cross-platform");
        assert_eq!(
            serde_json::to_string(&Hint::SecurityKey).unwrap(),
            "\"security-key\""
        );
        assert_eq!(
            serde_json::from_str::<Mediation>("\"conditional\"").unwrap(),
            Mediation::Conditional
        );
    }
}
