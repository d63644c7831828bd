//! What customers' backends ask for.

use super::{Body, Group, Operation, PLAIN};

pub(super) const GROUP: Group = Group {
    name: "backends",
    about: "Tokens, users and their passkeys, with the secret key",
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    Operation {
        endpoint: "POST /register/token",
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
        summary: "What a sign-in token says",
        about: "A token verifies once, except for magic links.",
        body: &[("token!", "string")],
        answers: &[(200, Body::Json("VerifiedToken"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signin/generate-token",
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
        summary: "The aliases of a user",
        query: &[("userId!", "string")],
        answers: &[(200, Body::Json("Aliases"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /credentials/list",
        summary: "The credentials of a user",
        query: &[("userId!", "string")],
        answers: &[(200, Body::Json("Credentials"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/list",
        summary: "The credentials of a user, named in the body",
        body: &[("userId!", "string")],
        answers: &[(200, Body::Json("Credentials"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/delete",
        summary: "Deletes a credential",
        body: &[("credentialId!", "string")],
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/rename",
        summary: "Gives a credential another nickname, or none",
        body: &[("credentialId!", "string"), ("nickname", "string?")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "there is no such credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/suspend",
        summary: "Keeps a credential from signing in",
        body: &[("credentialId!", "string")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "there is no such credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /credentials/resume",
        summary: "Lets a suspended credential sign in again",
        body: &[("credentialId!", "string")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "there is no such credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /signals/all-accepted-credentials",
        summary: "The payload for PublicKeyCredential.signalAllAcceptedCredentials()",
        about: "Only for the page of the user who is signed in. With otherUserIds, it is given once for each of them too.",
        query: &[("userId!", "string"), ("rpId!", "string")],
        answers: &[(200, Body::Json("AllAcceptedCredentials"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /signals/current-user-details",
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
        summary: "The payload for PublicKeyCredential.signalUnknownCredential()",
        body: &[("credentialId!", "string"), ("rpId!", "string")],
        answers: &[(200, Body::Json("UnknownCredential"))],
        refusals: &[(409, "the application knows the credential")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /users/list",
        summary: "Users with aliases and number of credentials",
        about: "With a parameter it answers page by page; a page that others follow names their cursor.",
        query: &[("limit", "integer"), ("cursor", "string"), ("search", "string")],
        answers: &[(200, Body::Json("Users"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /users/count",
        summary: "How many users own a credential",
        answers: &[(200, Body::Json("Count"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /users/delete",
        summary: "Deletes everything of a user",
        body: &[("userId!", "string")],
        answers: &[(200, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /auth-configs/list",
        summary: "How strong a sign-in for a purpose must be",
        query: &[("purpose", "string")],
        answers: &[(200, Body::Json("Configurations"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /auth-configs/add",
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
        summary: "Deletes a purpose",
        body: &[("purpose!", "string"), ("performedBy!", "string")],
        answers: &[(204, Body::Nothing), (404, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /authenticators/list",
        summary: "The authenticator models allowed or blocked",
        query: &[("isAllowed!", "boolean")],
        answers: &[(200, Body::Json("[Authenticator]"))],
        refusals: &[(403, "attestation is not among the application's features")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /authenticators/add",
        summary: "Allows or blocks authenticator models",
        body: &[("aaGuids!", "[string]"), ("isAllowed", "boolean")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(403, "attestation is not among the application's features")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /authenticators/remove",
        summary: "Takes authenticator models off both lists",
        body: &[("aaGuids!", "[string]")],
        answers: &[(204, Body::Nothing)],
        refusals: &[(403, "attestation is not among the application's features")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /magic-links/send",
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
        summary: "Would a browser accept this origin with this RP ID?",
        body: &[("origin!", "string"), ("rpId!", "string")],
        answers: &[(200, Body::Json("Diagnosis"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/credentials/current",
        summary: "Users and credentials now",
        answers: &[(200, Body::Json("CredentialsOfDay"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/active-users/current",
        summary: "Active users now",
        answers: &[(200, Body::Json("ActiveUsersOfDay"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/credentials/periodic",
        summary: "Users and credentials per day",
        query: &[("from", "string"), ("to", "string")],
        answers: &[(200, Body::Json("[CredentialsOfDay]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /reporting/active-users/periodic",
        summary: "Active users per day",
        query: &[("from", "string"), ("to", "string")],
        answers: &[(200, Body::Json("[ActiveUsersOfDay]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /account/delete",
        summary: "Has the application deleted in two weeks",
        about: "Every administrator is mailed a link that aborts it.",
        answers: &[(200, Body::Nothing)],
        refusals: &[(429, "Asked for too often")],
        ..PLAIN
    },
];
