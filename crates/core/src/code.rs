//! The register of stable codes: what clients compare in a refusal's `errorCode`, and watchers in an event's reason.
//!
//! Each is spelled here and nowhere else. The verifier has a register of its own: its codes say what is wrong with an
//! authenticator's response, and none of them is one of these.

/// Declares the codes once, so that [`Code::ALL`] misses none.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// The stable code of a refusal: a public contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code as it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// No token was sent.
    MissingToken = "missing_token",
    /// The token is of another kind or application, or not ours.
    InvalidToken = "invalid_token",
    /// What follows the token's prefix cannot be read.
    InvalidTokenFormat = "invalid_token_format",
    /// The token or session expired.
    ExpiredToken = "expired_token",
    /// The sign-in token was verified before.
    TokenAlreadyUsed = "token_already_used",
    /// The ceremony was completed before.
    SessionAlreadyUsed = "session_already_used",
    /// The token or the request names no user.
    MissingUserId = "missing_userid",
    /// A word that the endpoint does not know.
    InvalidArgument = "invalid_argument",
    /// An attestation that does not exist.
    InvalidAttestation = "invalid_attestation",
    /// Attestation is not among the application's features.
    AttestationNotSupportedOnPlan = "attestation_not_supported_on_plan",
    /// One user too many.
    MaxUsersReached = "max_users_reached",
    /// An alias belongs to another user.
    AliasConflict = "alias_conflict",
    /// The user has as many aliases as a user may have.
    TooManyAliases = "too_many_aliases",
    /// Origin and RP ID do not suit each other, the application or the session.
    OriginNotAllowed = "origin_not_allowed",
    /// The registration does not verify.
    Fido2InvalidRegistration = "fido2_invalid_registration",
    /// The model is blocked, or not on the allow list.
    AuthenticatorNotAllowed = "authenticator_not_allowed",
    /// There is an allow list, and no attestation was asked for.
    AttestationRequired = "attestation_required",
    /// No such credential.
    UnknownCredential = "unknown_credential",
    /// An operator or the user's backend has put it aside; it can be resumed.
    CredentialSuspended = "credential_suspended",
    /// The credential is not one of the user whom the sign-in named.
    UserMismatch = "user_mismatch",
    /// The sign-in does not verify.
    SigninCompleteError = "signin_complete_error",
    /// The credential that is to change is not one of the application.
    CredentialNotFound = "credential_not_found",
    /// The credential that is to be called unknown is one of the application.
    CredentialKnown = "credential_known",
    /// The application has nothing to say in the document.
    DocumentNotPublished = "document_not_published",
    /// No such application.
    AppNotFound = "app_not_found",
    /// The deletion was asked for already.
    AppPendingDeletion = "app_pending_deletion",
    /// The deletion was not asked for, or is not due.
    AppNotPendingDeletion = "app_not_pending_deletion",
    /// A key without scopes.
    CreateApiKeyScopesRequired = "create_api_key_scopes_required",
    /// No such key.
    ApiKeyNotFound = "api_key_not_found",
    /// Nobody could be warned of the deletion.
    AdminAddressMissing = "admin_address_missing",
    /// The server sends no mail that would reach anybody.
    MailNotConfigured = "mail_not_configured",
    /// The server does not know its own address.
    PublicUrlMissing = "public_url_missing",
    /// A magic link may not lead there.
    MagicLinkTargetNotAllowed = "magic_link_target_not_allowed",
    /// A young application writes to its administrators only.
    MagicLinkEmailAdminAddressOnly = "magic_link_email_admin_address_only",
    /// The application sent as many messages as it may.
    MagicLinkEmailQuotaExceeded = "magic_link_email_quota_exceeded",
    /// Too many requests in a short time.
    RateLimitExceeded = "rate_limit_exceeded",
    /// There is no FIDO metadata.
    MetadataUnavailable = "metadata_unavailable",
    /// The disk of the database is full, or it is read-only.
    StorageNotWritable = "storage_not_writable",
    /// Demo applications are made by the playground's own page.
    PlaygroundOnly = "playground_only",
    /// A drill.
    TestError = "test_error",
    /// No origin was sent.
    OriginRequired = "origin_required",
    /// No RP ID was sent.
    RpIdRequired = "rp_id_required",
    /// What was sent as the origin is none.
    InvalidOrigin = "invalid_origin",
    /// What was sent as the RP ID is none.
    InvalidRpId = "invalid_rp_id",
    /// The credential is registered already.
    CredentialNotUnique = "credential_not_unique",
}

impl Code {
    /// Those that are only told as the reason of an event: the answer to the client has a title and no code, or a
    /// wider one.
    pub const REASONS_ONLY: &[Self] = &[
        Self::OriginRequired,
        Self::RpIdRequired,
        Self::InvalidOrigin,
        Self::InvalidRpId,
        Self::CredentialNotUnique,
    ];

    /// The codes of the Passwordless.dev API; every other one is ours.
    const OF_THE_API: &[Self] = &[
        Self::MissingToken,
        Self::InvalidToken,
        Self::InvalidTokenFormat,
        Self::ExpiredToken,
        Self::MissingUserId,
        Self::InvalidArgument,
        Self::InvalidAttestation,
        Self::AttestationNotSupportedOnPlan,
        Self::MaxUsersReached,
        Self::AliasConflict,
        Self::Fido2InvalidRegistration,
        Self::AuthenticatorNotAllowed,
        Self::AttestationRequired,
        Self::UnknownCredential,
        Self::SigninCompleteError,
        Self::AppNotFound,
        Self::AppPendingDeletion,
        Self::AppNotPendingDeletion,
        Self::CreateApiKeyScopesRequired,
        Self::ApiKeyNotFound,
        Self::MagicLinkEmailAdminAddressOnly,
        Self::MagicLinkEmailQuotaExceeded,
        Self::TestError,
    ];

    /// Whether it is one of those, which that API's errors guide describes.
    pub fn is_of_the_api(self) -> bool {
        Self::OF_THE_API.contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_spelled_alike() {
        let spelled: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(spelled.len(), Code::ALL.len());
    }
}
