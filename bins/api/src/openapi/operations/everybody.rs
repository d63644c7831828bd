//! What anybody may ask for.

use super::{Body, Group, Operation, PLAIN};

pub(super) const GROUP: Group = Group {
    name: "everybody",
    about: "No key",
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    Operation {
        endpoint: "GET /magic-links/{app}/{link}",
        summary: "The page before a magic link's target",
        answers: &[(200, Body::Other("text/html")), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /magic-links/{app}/{link}",
        summary: "That page's button",
        answers: &[(303, Body::Nothing), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /account/delete/abort/{token}",
        summary: "The page behind the link in a deletion's warning",
        answers: &[(200, Body::Other("text/html")), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /account/delete/abort/{token}",
        summary: "That page's button",
        answers: &[(200, Body::Other("text/html")), (404, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/webauthn",
        summary: "The origins that may use the site's RP ID",
        answers: &[(200, Body::Json("RelatedOrigins"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/passkey-endpoints",
        summary: "Where users make and manage passkeys",
        answers: &[(200, Body::Json("PasskeyEndpoints"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/apple-app-site-association",
        summary: "The apps of Apple's systems that may use the site's passkeys",
        answers: &[(200, Body::Json("AppleAppSiteAssociation"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /apps/{app}/.well-known/assetlinks.json",
        summary: "The Android apps that may use the site's passkeys",
        answers: &[(200, Body::Json("[AssetStatement]"))],
        refusals: &[(404, "no such application, or it does not publish this")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/webauthn",
        summary: "The origins that may use the site's RP ID",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("RelatedOrigins"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/passkey-endpoints",
        summary: "Where users make and manage passkeys",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("PasskeyEndpoints"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/apple-app-site-association",
        summary: "The apps of Apple's systems that may use the site's passkeys",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("AppleAppSiteAssociation"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /.well-known/assetlinks.json",
        summary: "The Android apps that may use the site's passkeys",
        about: "Of the application that the configuration names.",
        answers: &[(200, Body::Json("[AssetStatement]"))],
        refusals: &[(404, "not published here")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/http",
        summary: "Whether the process answers",
        answers: &[(200, Body::Other("text/plain"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/storage",
        summary: "Whether the database answers",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/version",
        summary: "The version",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/metadata",
        summary: "How fresh the FIDO metadata is",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/mail",
        summary: "Whether mail can be sent",
        answers: &[(200, Body::Json("Health")), (503, Body::Json("Health"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/throw/api",
        summary: "A drill: 400",
        ..PLAIN
    },
    Operation {
        endpoint: "GET /health/throw/exception",
        summary: "A drill: 500",
        ..PLAIN
    },
    Operation {
        endpoint: "GET /openapi.json",
        summary: "This document",
        answers: &[(200, Body::Json("any"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /swagger/v4/swagger.json",
        summary: "This document, where the official server has one",
        answers: &[(200, Body::Json("any"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /docs",
        summary: "This document, for people",
        answers: &[(200, Body::Other("text/html"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /docs/{file}",
        summary: "What that page is made of",
        answers: &[(200, Body::Other("*/*")), (404, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /",
        summary: "A line for people, or the playground",
        answers: &[(200, Body::Other("text/plain")), (200, Body::Other("text/html"))],
        ..PLAIN
    },
];
