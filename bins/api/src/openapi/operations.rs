//! What each endpoint reads and answers, one entry per row of the route table.
//!
//! What follows from the row is not repeated here: 401 for a key, 403 for a scope, 400, 408, 413 and 415 for the body,
//! 500 and 503 for the server itself.

use actix_web::http::Method;

use super::notation::Members;

/// What an endpoint reads and answers.
#[derive(Debug)]
pub struct Operation {
    /// Method and path, as in the route table.
    pub endpoint: &'static str,
    /// The group it is listed in.
    pub tag: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else there is to know.
    pub about: &'static str,
    /// Its query parameters.
    pub query: Members,
    /// The members of its body; none if it reads no body.
    pub body: Members,
    /// The statuses that are no refusals, with what they carry.
    pub answers: &'static [(u16, Body)],
    /// Refusals of its own, beside those that follow from its row.
    pub refusals: &'static [(u16, &'static str)],
}

/// What an answer carries.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// JSON of a type in the short notation.
    Json(&'static str),
    /// A document of another media type.
    Other(&'static str),
}

/// The groups.
pub const TAGS: &[(&str, &str)] = &[
    ("browsers", "Ceremonies, with the public key"),
    (
        "backends",
        "Tokens, users and their passkeys, with the secret key",
    ),
    (
        "third generation",
        "The messages of v3, for integrations that never moved on",
    ),
    ("operators", "Applications and keys, with the management key"),
    ("everybody", "No key"),
];

/// Every entry, by group.
pub const ALL: &[&[Operation]] = &[BROWSERS, BACKENDS, FORMER, OPERATORS, EVERYBODY];

/// The entry of an endpoint.
pub fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    let is_it = |entry: &&Operation| entry.endpoint.split_once(' ') == Some((method.as_str(), path));
    ALL.iter().flat_map(|entries| entries.iter()).find(is_it)
}

/// What most entries leave out.
const PLAIN: Operation = Operation {
    endpoint: "",
    tag: "",
    summary: "",
    about: "",
    query: &[],
    body: &[],
    answers: &[],
    refusals: &[],
};

const BROWSERS: &[Operation] = &[
    Operation {
        endpoint: "POST /register/begin",
        tag: "browsers",
        summary: "Options for navigator.credentials.create()",
        body: &[("token!", "string"), ("Origin!", "string"), ("RPID!", "string")],
        answers: &[(200, Body::Json("BegunRegistration"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /register/complete",
        tag: "browsers",
        summary: "The authenticator's answer becomes a credential",
        about: "A session works for an hour, once.",
        body: &[
            ("session!", "string"),
            ("response!", "RegistrationResponse"),
            ("nickname", "string?"),
            ("Origin!", "string"),
            ("RPID!", "string"),
        ],
        answers: &[(200, Body::Json("Token"))],
        refusals: &[
            (403, "the session expired"),
            (409, "an alias belongs to another user"),
        ],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signin/begin",
        tag: "browsers",
        summary: "Options for navigator.credentials.get()",
        about: "Without user and alias the authenticator offers what it has.",
        body: &[
            ("userId", "string?"),
            ("alias", "string?"),
            ("purpose", "string?"),
            ("Origin!", "string"),
            ("RPID!", "string"),
        ],
        answers: &[(200, Body::Json("BegunSignIn"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signin/complete",
        tag: "browsers",
        summary: "The authenticator's answer becomes a sign-in token",
        about: "A session works for 24 hours, once.",
        body: &[
            ("session!", "string"),
            ("response!", "AuthenticationResponse"),
            ("Origin!", "string"),
            ("RPID!", "string"),
        ],
        answers: &[(200, Body::Json("Token"))],
        refusals: &[(403, "the session expired")],
        ..PLAIN
    },
];

const BACKENDS: &[Operation] = &[
    Operation {
        endpoint: "POST /register/token",
        tag: "backends",
        summary: "Allows a user to register",
        body: &[
            ("userId!", "string"),
            ("username!", "string"),
            ("displayName", "string?"),
            ("attestation", "string?"),
            ("authenticatorType", "string?"),
            ("discoverable", "boolean"),
            ("userVerification", "string?"),
            ("aliases", "[string]?"),
            ("aliasHashing", "boolean"),
            ("hints", "[string]?"),
            ("expiresAt", "string?"),
        ],
        answers: &[(200, Body::Json("Token"))],
        refusals: &[(409, "an alias belongs to another user")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signin/verify",
        tag: "backends",
        summary: "What a sign-in token says",
        about: "A token verifies once, except for magic links.",
        body: &[("token!", "string")],
        answers: &[(200, Body::Json("VerifiedToken"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signin/generate-token",
        tag: "backends",
        summary: "Makes a sign-in token without a passkey",
        body: &[
            ("userId!", "string"),
            ("timeToLive", "integer?"),
            ("purpose", "string?"),
            ("RPID", "string?"),
            ("Origin", "string?"),
        ],
        answers: &[(200, Body::Json("Token"))],
        refusals: &[(403, "switched off for the application")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /alias",
        tag: "backends",
        summary: "Sets all aliases of a user",
        body: &[
            ("userId!", "string"),
            ("aliases!", "[string]"),
            ("hashing", "boolean"),
        ],
        answers: &[(204, Body::Nothing)],
        refusals: &[(409, "an alias belongs to another user")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /alias/list",
        tag: "backends",
        summary: "The aliases of a user",
        query: &[("userId!", "string")],
        answers: &[(200, Body::Json("Aliases"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /credentials/list",
        tag: "backends",
        summary: "The credentials of a user",
        query: &[("userId!", "string")],
        answers: &[(200, Body::Json("Credentials"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/list",
        tag: "backends",
        summary: "The credentials of a user, named in the body",
        body: &[("userId!", "string")],
        answers: &[(200, Body::Json("Credentials"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/delete",
        tag: "backends",
        summary: "Deletes a credential",
        body: &[("credentialId!", "string")],
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/rename",
        tag: "backends",
        summary: "Gives a credential another nickname, or none",
        body: &[("credentialId!", "string"), ("nickname", "string?")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "there is no such credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/suspend",
        tag: "backends",
        summary: "Keeps a credential from signing in",
        body: &[("credentialId!", "string")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "there is no such credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/resume",
        tag: "backends",
        summary: "Lets a suspended credential sign in again",
        body: &[("credentialId!", "string")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "there is no such credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /signals/all-accepted-credentials",
        tag: "backends",
        summary: "The payload for PublicKeyCredential.signalAllAcceptedCredentials()",
        about: "Only for the page of the user who is signed in. With otherUserIds, it is given once for each of them too.",
        query: &[("userId!", "string"), ("rpId!", "string")],
        answers: &[(200, Body::Json("AllAcceptedCredentials"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signals/current-user-details",
        tag: "backends",
        summary: "The payload for PublicKeyCredential.signalCurrentUserDetails()",
        about: "Only for the page of the user who is signed in. With otherUserIds, it is given once for each of them too.",
        body: &[
            ("userId!", "string"),
            ("rpId!", "string"),
            ("name!", "string"),
            ("displayName", "string?"),
        ],
        answers: &[(200, Body::Json("CurrentUserDetails"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signals/unknown-credential",
        tag: "backends",
        summary: "The payload for PublicKeyCredential.signalUnknownCredential()",
        body: &[("credentialId!", "string"), ("rpId!", "string")],
        answers: &[(200, Body::Json("UnknownCredential"))],
        refusals: &[(409, "the application knows the credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /users/list",
        tag: "backends",
        summary: "Users with aliases and number of credentials",
        about: "With a parameter it answers page by page; a page that others follow names their cursor.",
        query: &[("limit", "integer"), ("cursor", "string"), ("search", "string")],
        answers: &[(200, Body::Json("Users"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /users/count",
        tag: "backends",
        summary: "How many users own a credential",
        answers: &[(200, Body::Json("Count"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /users/delete",
        tag: "backends",
        summary: "Deletes everything of a user",
        body: &[("userId!", "string")],
        answers: &[(200, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /auth-configs/list",
        tag: "backends",
        summary: "How strong a sign-in for a purpose must be",
        query: &[("purpose", "string")],
        answers: &[(200, Body::Json("Configurations"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /auth-configs/add",
        tag: "backends",
        summary: "Adds a purpose",
        body: &[
            ("purpose!", "string"),
            ("userVerificationRequirement", "string"),
            ("timeToLive", "any"),
            ("hints", "[string]?"),
            ("performedBy!", "string"),
        ],
        answers: &[(201, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /auth-configs",
        tag: "backends",
        summary: "Changes a purpose",
        body: &[
            ("purpose!", "string"),
            ("userVerificationRequirement", "string"),
            ("timeToLive", "any"),
            ("hints", "[string]?"),
            ("performedBy!", "string"),
        ],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such purpose")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /auth-configs/delete",
        tag: "backends",
        summary: "Deletes a purpose",
        body: &[("purpose!", "string"), ("performedBy!", "string")],
        answers: &[(204, Body::Nothing), (404, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /authenticators/list",
        tag: "backends",
        summary: "The authenticator models allowed or blocked",
        query: &[("isAllowed!", "boolean")],
        answers: &[(200, Body::Json("[Authenticator]"))],
        refusals: &[(403, "attestation is not among the application's features")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /authenticators/add",
        tag: "backends",
        summary: "Allows or blocks authenticator models",
        body: &[("aaGuids!", "[string]"), ("isAllowed", "boolean")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(403, "attestation is not among the application's features")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /authenticators/remove",
        tag: "backends",
        summary: "Takes authenticator models off both lists",
        body: &[("aaGuids!", "[string]")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(403, "attestation is not among the application's features")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /magic-links/send",
        tag: "backends",
        summary: "Mails a sign-in link",
        body: &[
            ("emailAddress!", "string"),
            ("urlTemplate!", "string"),
            ("userId!", "string"),
            ("timeToLive", "integer?"),
        ],
        answers: &[(204, Body::Nothing)],
        refusals: &[
            (
                403,
                "switched off, or a new application and not an administrator's address",
            ),
            (429, "too many mails"),
        ],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /apps/features",
        tag: "backends",
        summary: "Changes what the application may do",
        body: &[
            ("performedBy", "string?"),
            ("eventLoggingRetentionPeriod", "integer?"),
            ("enableManuallyGeneratedAuthenticationTokens", "boolean?"),
            ("enableMagicLinks", "boolean?"),
        ],
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /events",
        tag: "backends",
        summary: "What is on record, newest first",
        query: &[
            ("pageNumber!", "integer"),
            ("numberOfResults", "integer"),
            ("type", "string"),
            ("severity", "string"),
            ("subject", "string"),
            ("performedBy", "string"),
            ("from", "string"),
            ("until", "string"),
        ],
        answers: &[(200, Body::Json("Events"))],
        refusals: &[(403, "event logging is off")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /events/export",
        tag: "backends",
        summary: "Everything on record, as JSON lines or CSV",
        about: "The filters are those of the list.",
        query: &[
            ("format", "string"),
            ("type", "string"),
            ("severity", "string"),
            ("subject", "string"),
            ("performedBy", "string"),
            ("from", "string"),
            ("until", "string"),
        ],
        answers: &[
            (200, Body::Other("application/x-ndjson")),
            (200, Body::Other("text/csv")),
        ],
        refusals: &[(403, "event logging is off")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /doctor/origin",
        tag: "backends",
        summary: "Would a browser accept this origin with this RP ID?",
        body: &[("origin!", "string"), ("rpId!", "string")],
        answers: &[(200, Body::Json("Diagnosis"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/credentials/current",
        tag: "backends",
        summary: "Users and credentials now",
        answers: &[(200, Body::Json("CredentialsOfDay"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/active-users/current",
        tag: "backends",
        summary: "Active users now",
        answers: &[(200, Body::Json("ActiveUsersOfDay"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/credentials/periodic",
        tag: "backends",
        summary: "Users and credentials per day",
        query: &[("from", "string"), ("to", "string")],
        answers: &[(200, Body::Json("[CredentialsOfDay]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/active-users/periodic",
        tag: "backends",
        summary: "Active users per day",
        query: &[("from", "string"), ("to", "string")],
        answers: &[(200, Body::Json("[ActiveUsersOfDay]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /account/delete",
        tag: "backends",
        summary: "Has the application deleted in two weeks",
        about: "Every administrator is mailed a link that aborts it.",
        answers: &[(200, Body::Nothing)],
        refusals: &[(429, "Asked for too often")],
        ..PLAIN
    },
];

const FORMER: &[Operation] = &[
    Operation {
        endpoint: "POST /v3/register/token",
        tag: "third generation",
        summary: "Allows a user to register",
        body: &[
            ("userId!", "string"),
            ("username!", "string"),
            ("displayname", "string?"),
            ("attType", "string?"),
            ("authType", "string?"),
            ("userVerification", "string?"),
            ("discoverable", "boolean"),
            ("aliases", "[string]?"),
            ("aliasHashing", "boolean"),
            ("hints", "[string]?"),
            ("expiresAt", "string?"),
        ],
        answers: &[(200, Body::Json("string"))],
        refusals: &[(409, "the username or an alias belongs to another user")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/register/begin",
        tag: "third generation",
        summary: "Options for navigator.credentials.create()",
        body: &[("token!", "string"), ("Origin!", "string"), ("RPID!", "string")],
        answers: &[(200, Body::Json("FormerBegunRegistration"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/register/complete",
        tag: "third generation",
        summary: "The authenticator's answer becomes a credential",
        body: &[
            ("session!", "string"),
            ("response!", "RegistrationResponse"),
            ("nickname", "string?"),
            ("Origin!", "string"),
            ("RPID!", "string"),
        ],
        answers: &[(200, Body::Json("Data"))],
        refusals: &[
            (403, "the session expired"),
            (409, "an alias belongs to another user"),
        ],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/signin/begin",
        tag: "third generation",
        summary: "Options for navigator.credentials.get()",
        body: &[
            ("username", "string?"),
            ("userId", "string?"),
            ("alias", "string?"),
            ("Origin!", "string"),
            ("RPID!", "string"),
        ],
        answers: &[(200, Body::Json("FormerBegunSignIn"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/signin/complete",
        tag: "third generation",
        summary: "The authenticator's answer becomes a sign-in token",
        body: &[
            ("session!", "string"),
            ("response!", "AuthenticationResponse"),
            ("Origin!", "string"),
            ("RPID!", "string"),
        ],
        answers: &[(200, Body::Json("Data"))],
        refusals: &[(403, "the session expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/signin/verify",
        tag: "third generation",
        summary: "What a sign-in token says",
        body: &[("token!", "string")],
        answers: &[(200, Body::Json("FormerVerifiedToken"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/alias",
        tag: "third generation",
        summary: "Sets all aliases of a user",
        body: &[
            ("userId!", "string"),
            ("aliases!", "[string]"),
            ("hashing", "boolean"),
        ],
        answers: &[(200, Body::Nothing)],
        refusals: &[(409, "an alias belongs to another user")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /v3/credentials/list",
        tag: "third generation",
        summary: "The credentials of a user",
        query: &[("userId!", "string")],
        answers: &[(200, Body::Json("[FormerCredential]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/credentials/list",
        tag: "third generation",
        summary: "The credentials of a user, named in the body",
        body: &[("userId!", "string")],
        answers: &[(200, Body::Json("[FormerCredential]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/credentials/delete",
        tag: "third generation",
        summary: "Deletes a credential",
        body: &[("credentialId!", "string")],
        answers: &[(200, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/account/delete",
        tag: "third generation",
        summary: "Has the application deleted in two weeks",
        answers: &[(200, Body::Nothing)],
        refusals: &[(429, "Asked for too often")],
        ..PLAIN
    },
];

const OPERATORS: &[Operation] = &[
    Operation {
        endpoint: "GET /admin/apps/{app}/available",
        tag: "operators",
        summary: "Whether an application id is free",
        answers: &[(200, Body::Json("Availability"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/create",
        tag: "operators",
        summary: "Makes an application with its first four keys",
        body: &[
            ("adminEmail", "string?"),
            ("eventLoggingIsEnabled", "boolean"),
            ("eventLoggingRetentionPeriod", "integer"),
            ("magicLinkEmailMonthlyQuota", "integer"),
            ("maxUsers", "integer?"),
            ("allowAttestation", "boolean"),
        ],
        answers: &[(200, Body::Json("CreatedApplication"))],
        refusals: &[(409, "the id is taken")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/freeze",
        tag: "operators",
        summary: "Locks all keys",
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/unfreeze",
        tag: "operators",
        summary: "Unlocks what the freeze locked",
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/public-keys",
        tag: "operators",
        summary: "Makes a public key",
        body: &[("scopes!", "[any]")],
        answers: &[(200, Body::Json("CreatedKey"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/secret-keys",
        tag: "operators",
        summary: "Makes a secret key",
        body: &[("scopes!", "[any]")],
        answers: &[(200, Body::Json("CreatedKey"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /admin/apps/{app}/api-keys",
        tag: "operators",
        summary: "All keys, secret ones masked",
        answers: &[(200, Body::Json("[Key]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/api-keys/{id}/lock",
        tag: "operators",
        summary: "Locks a key",
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such key")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/api-keys/{id}/unlock",
        tag: "operators",
        summary: "Unlocks a key",
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such key")],
        ..PLAIN
    },
    Operation {
        endpoint: "DELETE /admin/apps/{app}/api-keys/{id}",
        tag: "operators",
        summary: "Deletes a key",
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such key")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /admin/apps/{app}/features",
        tag: "operators",
        summary: "What an application may do",
        answers: &[(200, Body::Json("Features"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/features",
        tag: "operators",
        summary: "Replaces what an application may do",
        about: "What is left out is reset.",
        body: &[
            ("eventLoggingIsEnabled", "boolean"),
            ("eventLoggingRetentionPeriod", "integer"),
            ("magicLinkEmailMonthlyQuota", "integer"),
            ("maxUsers", "integer?"),
            ("allowAttestation", "boolean"),
            ("policy", "any"),
        ],
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /admin/apps/{app}/well-known",
        tag: "operators",
        summary: "What an application publishes for browsers and phones",
        answers: &[(200, Body::Json("WellKnown"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/well-known",
        tag: "operators",
        summary: "Replaces what an application publishes for browsers and phones",
        about: "What is left out is not published any more.",
        body: &[
            ("passkeyEndpoints", "NewPasskeyEndpoints?"),
            ("appleApps", "[string]?"),
            ("androidApps", "[NewAndroidApp]?"),
        ],
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /admin/apps/{app}/can-delete-immediately",
        tag: "operators",
        summary: "Whether an application would be deleted at once",
        answers: &[(200, Body::Json("boolean"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/mark-delete",
        tag: "operators",
        summary: "Deletes an application, at once or in a month",
        body: &[("deletedBy", "string?")],
        answers: &[(200, Body::Json("Deletion"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/cancel-delete",
        tag: "operators",
        summary: "Calls a deletion off",
        answers: &[(200, Body::Json("Message"))],
        ..PLAIN
    },
    Operation {
        endpoint: "DELETE /admin/apps/{app}",
        tag: "operators",
        summary: "Deletes an application whose deletion is due",
        answers: &[(200, Body::Json("Deletion"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /mds/attestation-types",
        tag: "operators",
        summary: "The kinds of attestation in the metadata",
        answers: &[(200, Body::Json("[string]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /mds/certification-statuses",
        tag: "operators",
        summary: "The statuses in the metadata",
        answers: &[(200, Body::Json("[string]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /mds/entries",
        tag: "operators",
        summary: "The authenticator models in the metadata",
        query: &[
            ("attestationTypes", "[string]"),
            ("certificationStatuses", "[string]"),
        ],
        answers: &[(200, Body::Json("[Model]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/list-pending-deletion",
        tag: "operators",
        summary: "Applications whose deletion is due",
        answers: &[(200, Body::Json("[string]"))],
        ..PLAIN
    },
];

const EVERYBODY: &[Operation] = &[
    Operation {
        endpoint: "GET /magic-links/{app}/{link}",
        tag: "everybody",
        summary: "The page before a magic link's target",
        answers: &[(200, Body::Other("text/html")), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /magic-links/{app}/{link}",
        tag: "everybody",
        summary: "That page's button",
        answers: &[(303, Body::Nothing), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /account/delete/abort/{token}",
        tag: "everybody",
        summary: "The page behind the link in a deletion's warning",
        answers: &[(200, Body::Other("text/html")), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /account/delete/abort/{token}",
        tag: "everybody",
        summary: "That page's button",
        answers: &[(200, Body::Other("text/html")), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/webauthn",
        tag: "everybody",
        summary: "The origins that may use the site's RP ID",
        answers: &[(200, Body::Json("RelatedOrigins"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/passkey-endpoints",
        tag: "everybody",
        summary: "Where users make and manage passkeys",
        answers: &[(200, Body::Json("PasskeyEndpoints"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/apple-app-site-association",
        tag: "everybody",
        summary: "The apps of Apple's systems that may use the site's passkeys",
        answers: &[(200, Body::Json("AppleAppSiteAssociation"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/assetlinks.json",
        tag: "everybody",
        summary: "The Android apps that may use the site's passkeys",
        answers: &[(200, Body::Json("[AssetStatement]"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/webauthn",
        tag: "everybody",
        summary: "The origins that may use the site's RP ID",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("RelatedOrigins"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/passkey-endpoints",
        tag: "everybody",
        summary: "Where users make and manage passkeys",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("PasskeyEndpoints"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/apple-app-site-association",
        tag: "everybody",
        summary: "The apps of Apple's systems that may use the site's passkeys",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("AppleAppSiteAssociation"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/assetlinks.json",
        tag: "everybody",
        summary: "The Android apps that may use the site's passkeys",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("[AssetStatement]"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/http",
        tag: "everybody",
        summary: "Whether the process answers",
        answers: &[(200, Body::Other("text/plain"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/storage",
        tag: "everybody",
        summary: "Whether the database answers",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/version",
        tag: "everybody",
        summary: "The version",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/metadata",
        tag: "everybody",
        summary: "How fresh the FIDO metadata is",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/mail",
        tag: "everybody",
        summary: "Whether mail can be sent",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/throw/api",
        tag: "everybody",
        summary: "A drill: 400",
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/throw/exception",
        tag: "everybody",
        summary: "A drill: 500",
        ..PLAIN
    },
    Operation {
        endpoint: "GET /openapi.json",
        tag: "everybody",
        summary: "This document",
        answers: &[(200, Body::Json("any"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /swagger/v4/swagger.json",
        tag: "everybody",
        summary: "This document, where the official server has one",
        answers: &[(200, Body::Json("any"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /docs",
        tag: "everybody",
        summary: "This document, for people",
        answers: &[(200, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /docs/{file}",
        tag: "everybody",
        summary: "What that page is made of",
        answers: &[(200, Body::Other("*/*")), (404, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /",
        tag: "everybody",
        summary: "A line for people, or the playground",
        answers: &[(200, Body::Other("text/plain")), (200, Body::Other("text/html"))],
        ..PLAIN
    },
];
