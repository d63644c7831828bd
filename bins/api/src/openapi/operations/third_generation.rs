//! What integrations of the third generation ask for.

use super::{Body, Group, Operation, PLAIN};

pub(super) const GROUP: Group = Group {
    name: "third generation",
    about: "The messages of v3, for integrations that never moved on",
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    Operation {
        endpoint: "POST /v3/register/token",
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
        summary: "Options for navigator.credentials.create()",
        body: &[("token!", "string"), ("Origin!", "string"), ("RPID!", "string")],
        answers: &[(200, Body::Json("FormerBegunRegistration"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/register/complete",
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
        summary: "What a sign-in token says",
        body: &[("token!", "string")],
        answers: &[(200, Body::Json("FormerVerifiedToken"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/alias",
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
        summary: "The credentials of a user",
        query: &[("userId!", "string")],
        answers: &[(200, Body::Json("[FormerCredential]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/credentials/list",
        summary: "The credentials of a user, named in the body",
        body: &[("userId!", "string")],
        answers: &[(200, Body::Json("[FormerCredential]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/credentials/delete",
        summary: "Deletes a credential",
        body: &[("credentialId!", "string")],
        answers: &[(200, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /v3/account/delete",
        summary: "Has the application deleted in two weeks",
        answers: &[(200, Body::Nothing)],
        refusals: &[(429, "Asked for too often")],
        ..PLAIN
    },
];
