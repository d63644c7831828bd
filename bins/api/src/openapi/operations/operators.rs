//! What an operator asks for.

use super::{Body, Group, Operation, PLAIN};

pub(super) const GROUP: Group = Group {
    name: "operators",
    about: "Applications and keys, with the management key",
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    Operation {
        endpoint: "GET /admin/apps/{app}/available",
        summary: "Whether an application id is free",
        answers: &[(200, Body::Json("Availability"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/create",
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
        summary: "Locks all keys",
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/unfreeze",
        summary: "Unlocks what the freeze locked",
        answers: &[(204, Body::Nothing)],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/public-keys",
        summary: "Makes a public key",
        body: &[("scopes!", "[any]")],
        answers: &[(200, Body::Json("CreatedKey"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/secret-keys",
        summary: "Makes a secret key",
        body: &[("scopes!", "[any]")],
        answers: &[(200, Body::Json("CreatedKey"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /admin/apps/{app}/api-keys",
        summary: "All keys, secret ones masked",
        answers: &[(200, Body::Json("[Key]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/api-keys/{id}/lock",
        summary: "Locks a key",
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such key")],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/api-keys/{id}/unlock",
        summary: "Unlocks a key",
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such key")],
        ..PLAIN
    },
    Operation {
        endpoint: "DELETE /admin/apps/{app}/api-keys/{id}",
        summary: "Deletes a key",
        answers: &[(204, Body::Nothing)],
        refusals: &[(404, "no such key")],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /admin/apps/{app}/features",
        summary: "What an application may do",
        answers: &[(200, Body::Json("Features"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/features",
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
        summary: "What an application publishes for browsers and phones",
        answers: &[(200, Body::Json("WellKnown"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/well-known",
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
        summary: "Whether an application would be deleted at once",
        answers: &[(200, Body::Json("boolean"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/mark-delete",
        summary: "Deletes an application, at once or in a month",
        body: &[("deletedBy", "string?")],
        answers: &[(200, Body::Json("Deletion"))],
        ..PLAIN
    },
    Operation {
        endpoint: "POST /admin/apps/{app}/cancel-delete",
        summary: "Calls a deletion off",
        answers: &[(200, Body::Json("Message"))],
        ..PLAIN
    },
    Operation {
        endpoint: "DELETE /admin/apps/{app}",
        summary: "Deletes an application whose deletion is due",
        answers: &[(200, Body::Json("Deletion"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /mds/attestation-types",
        summary: "The kinds of attestation in the metadata",
        answers: &[(200, Body::Json("[string]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /mds/certification-statuses",
        summary: "The statuses in the metadata",
        answers: &[(200, Body::Json("[string]"))],
        ..PLAIN
    },
    Operation {
        endpoint: "GET /mds/entries",
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
        summary: "Applications whose deletion is due",
        answers: &[(200, Body::Json("[string]"))],
        ..PLAIN
    },
];
