//! What pages ask for, through the official client.

use super::{Body, Group, Operation, PLAIN};

pub(super) const GROUP: Group = Group {
    name: "browsers",
    about: "Ceremonies, with the public key",
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    Operation {
        endpoint: "POST /register/begin",
        summary: "Options for navigator.credentials.create()",
        body: &[("token!", "string"), ("Origin!", "string"), ("RPID!", "string")],
        answers: &[(200, Body::Json("BegunRegistration"))],
        refusals: &[(403, "the token expired")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /register/complete",
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
