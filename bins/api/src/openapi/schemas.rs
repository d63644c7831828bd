//! The shapes that answers are made of, and those nested in requests.

use serde_json::{Map, Value, json};

use super::notation::{self, Members};

/// Shapes of answers.
const ANSWERS: &[(&str, Members)] = &[
    ("Token", &[("token", "string")]),
    ("Data", &[("data", "string")]),
    (
        "BegunRegistration",
        &[("data", "CreationOptions"), ("session", "string")],
    ),
    (
        "BegunSignIn",
        &[("data", "RequestOptions"), ("session", "string")],
    ),
    (
        "FormerBegunRegistration",
        &[("data", "FormerCreationOptions"), ("sessionId", "string")],
    ),
    (
        "FormerBegunSignIn",
        &[("data", "FormerRequestOptions"), ("sessionId", "string")],
    ),
    ("CreationOptions", CREATION_OPTIONS),
    ("RequestOptions", REQUEST_OPTIONS),
    ("FormerCreationOptions", FORMER_CREATION_OPTIONS),
    ("FormerRequestOptions", FORMER_REQUEST_OPTIONS),
    ("RelyingParty", &[("id", "string"), ("name", "string")]),
    (
        "UserEntity",
        &[("id", "string"), ("name", "string"), ("displayName", "string")],
    ),
    (
        "CredentialParameters",
        &[("type", "\"public-key\""), ("alg", "integer")],
    ),
    (
        "CredentialDescriptor",
        &[
            ("type", "\"public-key\""),
            ("id", "string"),
            ("transports?", "[string]"),
        ],
    ),
    (
        "AuthenticatorSelection",
        &[
            ("authenticatorAttachment?", "string"),
            ("residentKey", "string"),
            ("requireResidentKey", "boolean"),
            ("userVerification", "string"),
        ],
    ),
    ("CreationExtensions", &[("credProps", "boolean")]),
    (
        "VerifiedToken",
        &[
            ("userId", "string"),
            ("timestamp", "string"),
            ("rpId", "string?"),
            ("origin", "string"),
            ("success", "boolean"),
            ("device", "string"),
            ("country", "string"),
            ("nickname", "string?"),
            ("credentialId", "string"),
            ("purpose", "string?"),
            ("expiresAt", "string"),
            ("tokenId", "string"),
            ("type", "string"),
        ],
    ),
    (
        "FormerVerifiedToken",
        &[
            ("success", "boolean"),
            ("username", "string"),
            ("timestamp", "string"),
            ("rpid", "string?"),
            ("origin", "string"),
            ("device", "string"),
            ("country", "string"),
            ("nickname", "string?"),
            ("credentialId", "string"),
            ("expiresAt", "string"),
        ],
    ),
    ("Aliases", &[("values", "[Alias]")]),
    (
        "Alias",
        &[
            ("userId", "string"),
            ("alias", "string"),
            ("plaintext", "string?"),
            ("tenant", "string"),
        ],
    ),
    ("Credentials", &[("values", "[Credential]")]),
    (
        "Credential",
        &[
            ("descriptor", "CredentialDescriptor"),
            ("publicKey", "string"),
            ("userHandle", "string"),
            ("signatureCounter", "integer"),
            ("attestationFmt", "string"),
            ("createdAt", "string"),
            ("aaGuid", "string"),
            ("lastUsedAt", "string"),
            ("rpid", "string"),
            ("origin", "string"),
            ("country", "string"),
            ("device", "string"),
            ("nickname", "string?"),
            ("userId", "string"),
            ("backupState", "boolean?"),
            ("isBackupEligible", "boolean?"),
            ("isDiscoverable", "boolean?"),
            ("authenticatorName?", "string?"),
            ("suspendedAt?", "string?"),
        ],
    ),
    (
        "FormerCredential",
        &[
            ("descriptor", "CredentialDescriptor"),
            ("publicKey", "string"),
            ("userHandle", "string"),
            ("signatureCounter", "integer"),
            ("credType", "string"),
            ("createdAt", "string"),
            ("aaGuid", "string"),
            ("lastUsedAt", "string"),
            ("rpid", "string"),
            ("origin", "string"),
            ("country", "string"),
            ("device", "string"),
            ("nickname", "string?"),
            ("userId", "string"),
        ],
    ),
    (
        "AllAcceptedCredentials",
        &[
            ("rpId", "string"),
            ("userId", "string"),
            ("allAcceptedCredentialIds", "[string]"),
            ("otherUserIds?", "[string]"),
        ],
    ),
    (
        "CurrentUserDetails",
        &[
            ("rpId", "string"),
            ("userId", "string"),
            ("name", "string"),
            ("displayName", "string"),
            ("otherUserIds?", "[string]"),
        ],
    ),
    (
        "UnknownCredential",
        &[("rpId", "string"), ("credentialId", "string")],
    ),
    ("Users", &[("values", "[User]"), ("nextCursor?", "string?")]),
    (
        "User",
        &[
            ("userId", "string"),
            ("aliasCount", "integer"),
            ("aliases", "[string?]"),
            ("credentialsCount", "integer"),
            ("lastUsedAt", "string?"),
        ],
    ),
    ("Count", &[("count", "integer")]),
    ("Configurations", &[("configurations", "[Configuration]")]),
    (
        "Configuration",
        &[
            ("purpose", "string"),
            ("userVerificationRequirement", "string"),
            ("timeToLive", "integer"),
            ("hints", "string"),
            ("createdBy", "string"),
            ("createdOn", "string?"),
            ("editedBy", "string?"),
            ("editedOn", "string?"),
            ("lastUsedOn", "string?"),
        ],
    ),
    ("Authenticator", &[("aaGuid", "string"), ("createdAt", "string")]),
    (
        "Events",
        &[
            ("tenantId", "string"),
            ("events", "[Event]"),
            ("totalEventCount", "integer"),
        ],
    ),
    (
        "Event",
        &[
            ("id", "string"),
            ("performedAt", "string"),
            ("message", "string"),
            ("performedBy", "string"),
            ("tenantId", "string"),
            ("eventType", "string"),
            ("severity", "string"),
            ("subject", "string"),
            ("apiKeyId", "string"),
            ("reason", "string?"),
            ("ip", "string?"),
            ("userAgent", "string?"),
        ],
    ),
    (
        "CredentialsOfDay",
        &[
            ("createdAt", "string"),
            ("users", "integer"),
            ("credentials", "integer"),
        ],
    ),
    (
        "ActiveUsersOfDay",
        &[
            ("createdAt", "string"),
            ("dailyActiveUsers", "integer"),
            ("weeklyActiveUsers", "integer"),
            ("totalUsers", "integer"),
        ],
    ),
    ("Availability", &[("available", "boolean")]),
    (
        "CreatedApplication",
        &[
            ("message", "string"),
            ("apiKey1", "string"),
            ("apiKey2", "string"),
            ("apiSecret1", "string"),
            ("apiSecret2", "string"),
        ],
    ),
    ("CreatedKey", &[("apiKey", "string")]),
    (
        "Key",
        &[
            ("id", "string"),
            ("createdAt", "string"),
            ("apiKey", "string"),
            ("type", "integer"),
            ("scopes", "[string]"),
            ("isLocked", "boolean"),
            ("lastLockedAt", "string?"),
        ],
    ),
    (
        "Features",
        &[
            ("eventLoggingIsEnabled", "boolean"),
            ("eventLoggingRetentionPeriod", "integer"),
            ("developerLoggingEndsAt", "string?"),
            ("maxUsers", "integer?"),
            ("allowAttestation", "boolean"),
            ("isGenerateSignInTokenEndpointEnabled", "boolean"),
            ("isMagicLinksEnabled", "boolean"),
            ("policy?", "any"),
        ],
    ),
    (
        "WellKnown",
        &[
            ("relatedOrigins", "[string]"),
            ("passkeyEndpoints", "PasskeyEndpoints?"),
            ("appleApps", "[string]"),
            ("androidApps", "[AndroidApp]"),
        ],
    ),
    (
        "AndroidApp",
        &[
            ("packageName", "string"),
            ("sha256CertFingerprints", "[string]"),
            ("origins", "[string]"),
        ],
    ),
    ("RelatedOrigins", &[("origins", "[string]")]),
    (
        "PasskeyEndpoints",
        &[
            ("enroll?", "string"),
            ("manage?", "string"),
            ("prfUsageDetails?", "string"),
        ],
    ),
    ("AppleAppSiteAssociation", &[("webcredentials", "WebCredentials")]),
    ("WebCredentials", &[("apps", "[string]")]),
    (
        "AssetStatement",
        &[("relation", "[string]"), ("target", "AssetTarget")],
    ),
    (
        "AssetTarget",
        &[
            ("namespace", "string"),
            ("package_name", "string"),
            ("sha256_cert_fingerprints", "[string]"),
        ],
    ),
    (
        "Diagnosis",
        &[
            ("origin", "string"),
            ("rpId", "string"),
            ("accepted", "boolean"),
            ("allowed", "boolean"),
            ("findings", "[Finding]"),
        ],
    ),
    (
        "Finding",
        &[
            ("code", "string"),
            ("severity", "string"),
            ("message", "string"),
            ("advice", "string?"),
        ],
    ),
    (
        "Deletion",
        &[
            ("message", "string"),
            ("isDeleted", "boolean"),
            ("deleteAt", "string"),
            ("adminEmails", "[string]"),
        ],
    ),
    ("Message", &[("message", "string")]),
    (
        "Model",
        &[
            ("aaGuid", "string"),
            ("name", "string"),
            ("certificationStatuses", "[string]"),
            ("attestationTypes", "[string]"),
            ("icon?", "string?"),
        ],
    ),
    (
        "Health",
        &[
            ("status", "string"),
            ("elapsedMilliseconds", "number"),
            ("results", "any"),
        ],
    ),
];

const CREATION_OPTIONS: Members = &[
    ("rp", "RelyingParty"),
    ("user", "UserEntity"),
    ("challenge", "string"),
    ("pubKeyCredParams", "[CredentialParameters]"),
    ("timeout", "integer"),
    ("attestation", "string"),
    ("attestationFormats?", "[string]"),
    ("authenticatorSelection", "AuthenticatorSelection"),
    ("hints", "[string]"),
    ("excludeCredentials", "[CredentialDescriptor]"),
    ("extensions", "CreationExtensions"),
];

const REQUEST_OPTIONS: Members = &[
    ("challenge", "string"),
    ("timeout", "integer"),
    ("rpId", "string"),
    ("allowCredentials", "[CredentialDescriptor]"),
    ("userVerification", "string"),
    ("hints", "[string]"),
];

const FORMER_CREATION_OPTIONS: Members = &[
    ("rp", "RelyingParty"),
    ("user", "UserEntity"),
    ("challenge", "string"),
    ("pubKeyCredParams", "[CredentialParameters]"),
    ("timeout", "integer"),
    ("attestation", "string"),
    ("attestationFormats?", "[string]"),
    ("authenticatorSelection", "AuthenticatorSelection"),
    ("hints", "[string]"),
    ("excludeCredentials", "[CredentialDescriptor]"),
    ("extensions", "CreationExtensions"),
    ("status", "\"ok\""),
    ("errorMessage", "string"),
];

const FORMER_REQUEST_OPTIONS: Members = &[
    ("challenge", "string"),
    ("timeout", "integer"),
    ("rpId", "string"),
    ("allowCredentials", "[CredentialDescriptor]"),
    ("userVerification", "string"),
    ("hints", "[string]"),
    ("status", "\"ok\""),
    ("errorMessage", "string"),
];

/// Shapes inside requests.
const REQUESTS: &[(&str, Members)] = &[
    (
        "RegistrationResponse",
        &[
            ("id!", "string"),
            ("rawId!", "string"),
            ("type", "string"),
            ("response!", "AttestationResponse"),
            ("clientExtensionResults", "any"),
        ],
    ),
    (
        "AttestationResponse",
        &[
            ("clientDataJSON!", "string"),
            ("attestationObject!", "string"),
            ("transports", "[string]?"),
        ],
    ),
    (
        "NewPasskeyEndpoints",
        &[
            ("enroll", "string?"),
            ("manage", "string?"),
            ("prfUsageDetails", "string?"),
        ],
    ),
    (
        "NewAndroidApp",
        &[
            ("packageName!", "string"),
            ("sha256CertFingerprints!", "[string]"),
        ],
    ),
    (
        "AuthenticationResponse",
        &[
            ("id!", "string"),
            ("rawId!", "string"),
            ("type", "string"),
            ("response!", "AssertionResponse"),
            ("clientExtensionResults", "any"),
        ],
    ),
    (
        "AssertionResponse",
        &[
            ("clientDataJSON!", "string"),
            ("authenticatorData!", "string"),
            ("signature!", "string"),
            ("userHandle", "string?"),
        ],
    ),
];

/// All of them, by name.
pub fn all() -> Map<String, Value> {
    let answers = ANSWERS
        .iter()
        .map(|(name, members)| (*name, notation::answer(members)));
    let requests = REQUESTS
        .iter()
        .map(|(name, members)| (*name, notation::request(members)));
    answers
        .chain(requests)
        .chain([("Problem", problem())])
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// A refusal. Rules may add members, so more of them are allowed.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "traceId"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "errorCode": { "type": ["string", "null"] },
            "errors": {
                "type": "object",
                "additionalProperties": { "type": "array", "items": { "type": "string" } },
            },
            "credentialId": { "type": "string" },
            "traceId": { "type": "string" },
        },
    })
}
