//! The route table: every endpoint, with its handler and its words, by group.
//!
//! The rows are made from the handlers' own types, so what they say about keys, scopes and bodies is what is checked and
//! read. The table registers the routes, spells their paths, becomes the OpenAPI document, and is walked by the tests.

use passgate_core::well_known::Document;

use crate::endpoint::{Endpoint, Group, delete, get, group, post};

/// `/account`: an application has itself deleted, with a warning and a way back.
mod account {
    pub(super) mod abort;
    pub(super) mod delete;
}
mod admin;
/// `/alias`: other names of users.
mod alias {
    pub(super) mod list;
    pub(super) mod set;
}
mod apps;
mod auth_configs;
mod authenticators;
mod ceremony;
mod credentials;
mod doctor;
mod events;
mod health;
/// `/magic-links`: a backend has a sign-in link mailed; its reader may meet a page of ours first.
mod magic_links {
    pub(super) mod open;
    pub(super) mod send;
}
mod mds;
mod of_app;
mod reference;
/// `/register`: from the backend's word to a stored credential.
mod register {
    pub(super) mod begin;
    pub(super) mod complete;
    pub(super) mod token;
}
mod reporting;
mod root;
mod signals;
/// `/signin`: from a challenge to the backend's knowledge of who signed in.
mod signin {
    pub(super) mod begin;
    pub(super) mod complete;
    pub(super) mod generate_token;
    pub(super) mod verify;
}
/// `/users`: everybody who owns a credential or an alias.
mod users {
    pub(super) mod count;
    pub(super) mod delete;
    pub(super) mod list;
}
mod v3;
mod well_known;

/// Every endpoint.
pub fn table() -> Vec<Endpoint> {
    groups().into_iter().flat_map(|group| group.endpoints).collect()
}

/// Every endpoint, by group.
pub fn groups() -> [Group; 5] {
    [
        browsers(),
        backends(),
        third_generation(),
        operators(),
        everybody(),
    ]
}

#[rustfmt::skip] // One row a line, however long.
fn browsers() -> Group {
    group("browsers", "Ceremonies, with the public key", [
        post("/register/begin", register::begin::handle, &register::begin::DOC),
        post("/register/complete", register::complete::handle, &register::complete::DOC),
        post("/signin/begin", signin::begin::handle, &signin::begin::DOC),
        post("/signin/complete", signin::complete::handle, &signin::complete::DOC),
    ])
}

#[rustfmt::skip] // One row a line, however long.
fn backends() -> Group {
    group("backends", "Tokens, users and their passkeys, with the secret key", [
        post("/register/token", register::token::handle, &register::token::DOC),
        post("/signin/verify", signin::verify::handle, &signin::verify::DOC),
        post("/signin/generate-token", signin::generate_token::handle, &signin::generate_token::DOC),
        post("/alias", alias::set::handle, &alias::set::DOC),
        get("/alias/list", alias::list::handle, &alias::list::DOC),
        get("/credentials/list", credentials::list::handle_query, &credentials::list::BY_QUERY),
        post("/credentials/list", credentials::list::handle_body, &credentials::list::BY_BODY),
        post("/credentials/delete", credentials::delete::handle, &credentials::delete::DOC),
        post("/credentials/rename", credentials::rename::handle, &credentials::rename::DOC),
        post("/credentials/suspend", credentials::suspend::suspend, &credentials::suspend::SUSPEND),
        post("/credentials/resume", credentials::suspend::resume, &credentials::suspend::RESUME),
        get("/signals/all-accepted-credentials", signals::all_accepted_credentials::handle, &signals::all_accepted_credentials::DOC),
        post("/signals/current-user-details", signals::current_user_details::handle, &signals::current_user_details::DOC),
        post("/signals/unknown-credential", signals::unknown_credential::handle, &signals::unknown_credential::DOC),
        get("/users/list", users::list::handle, &users::list::DOC),
        get("/users/count", users::count::handle, &users::count::DOC),
        post("/users/delete", users::delete::handle, &users::delete::DOC),
        get("/auth-configs/list", auth_configs::list::handle, &auth_configs::list::DOC),
        post("/auth-configs/add", auth_configs::add::handle, &auth_configs::add::DOC),
        post("/auth-configs", auth_configs::update::handle, &auth_configs::update::DOC),
        post("/auth-configs/delete", auth_configs::delete::handle, &auth_configs::delete::DOC),
        get("/authenticators/list", authenticators::list::handle, &authenticators::list::DOC),
        post("/authenticators/add", authenticators::add::handle, &authenticators::add::DOC),
        post("/authenticators/remove", authenticators::remove::handle, &authenticators::remove::DOC),
        post("/magic-links/send", magic_links::send::handle, &magic_links::send::DOC),
        post("/apps/features", apps::patch_features, &apps::PATCH_FEATURES),
        get("/events", events::list::handle, &events::list::DOC),
        get("/events/export", events::export::handle, &events::export::DOC),
        post("/doctor/origin", doctor::handle, &doctor::DOC),
        get("/reporting/credentials/current", reporting::current_credentials, &reporting::CURRENT_CREDENTIALS),
        get("/reporting/active-users/current", reporting::current_active_users, &reporting::CURRENT_ACTIVE_USERS),
        get("/reporting/credentials/periodic", reporting::credentials, &reporting::CREDENTIALS),
        get("/reporting/active-users/periodic", reporting::active_users, &reporting::ACTIVE_USERS),
        post("/account/delete", account::delete::handle, &account::delete::DOC),
    ])
}

#[rustfmt::skip] // One row a line, however long.
fn third_generation() -> Group {
    group("third generation", "The messages of v3, for integrations that never moved on", [
        post("/v3/register/token", v3::register::token, &v3::register::TOKEN),
        post("/v3/register/begin", v3::register::begin, &v3::register::BEGIN),
        post("/v3/register/complete", v3::register::complete, &v3::register::COMPLETE),
        post("/v3/signin/begin", v3::signin::begin, &v3::signin::BEGIN),
        post("/v3/signin/complete", v3::signin::complete, &v3::signin::COMPLETE),
        post("/v3/signin/verify", v3::signin::verify, &v3::signin::VERIFY),
        post("/v3/alias", v3::alias::handle, &v3::alias::DOC),
        get("/v3/credentials/list", v3::credentials::list_query, &v3::credentials::LIST_BY_QUERY),
        post("/v3/credentials/list", v3::credentials::list_body, &v3::credentials::LIST_BY_BODY),
        post("/v3/credentials/delete", v3::credentials::delete, &v3::credentials::DELETE),
        post("/v3/account/delete", account::delete::handle, &account::delete::FORMER_DOC),
    ])
}

#[rustfmt::skip] // One row a line, however long.
fn operators() -> Group {
    group("operators", "Applications and keys, with the management key", [
        get("/admin/apps/{app}/available", admin::available::handle, &admin::available::DOC),
        post("/admin/apps/{app}/create", admin::create::handle, &admin::create::DOC),
        post("/admin/apps/{app}/freeze", admin::freeze::freeze, &admin::freeze::FREEZE),
        post("/admin/apps/{app}/unfreeze", admin::freeze::unfreeze, &admin::freeze::UNFREEZE),
        post("/admin/apps/{app}/public-keys", admin::keys::create_public, &admin::keys::CREATE_PUBLIC),
        post("/admin/apps/{app}/secret-keys", admin::keys::create_secret, &admin::keys::CREATE_SECRET),
        get("/admin/apps/{app}/api-keys", admin::keys::list, &admin::keys::LIST),
        post("/admin/apps/{app}/api-keys/{id}/lock", admin::keys::lock, &admin::keys::LOCK),
        post("/admin/apps/{app}/api-keys/{id}/unlock", admin::keys::unlock, &admin::keys::UNLOCK),
        delete("/admin/apps/{app}/api-keys/{id}", admin::keys::delete, &admin::keys::DELETE),
        get("/admin/apps/{app}/features", admin::features::show, &admin::features::SHOW),
        post("/admin/apps/{app}/features", admin::features::replace, &admin::features::REPLACE),
        get("/admin/apps/{app}/well-known", admin::well_known::show, &admin::well_known::SHOW),
        post("/admin/apps/{app}/well-known", admin::well_known::replace, &admin::well_known::REPLACE),
        get("/admin/apps/{app}/can-delete-immediately", admin::deletion::can_delete_immediately, &admin::deletion::CAN_DELETE_IMMEDIATELY),
        post("/admin/apps/{app}/mark-delete", admin::deletion::mark_delete, &admin::deletion::MARK_DELETE),
        post("/admin/apps/{app}/cancel-delete", admin::deletion::cancel_delete, &admin::deletion::CANCEL_DELETE),
        delete("/admin/apps/{app}", admin::deletion::delete, &admin::deletion::DELETE),
        get("/mds/attestation-types", mds::attestation_types, &mds::ATTESTATION_TYPES),
        get("/mds/certification-statuses", mds::certification_statuses, &mds::CERTIFICATION_STATUSES),
        get("/mds/entries", mds::entries, &mds::ENTRIES),
        get("/apps/list-pending-deletion", apps::list_pending_deletion, &apps::LIST_PENDING_DELETION),
    ])
}

#[rustfmt::skip] // One row a line, however long.
fn everybody() -> Group {
    group("everybody", "No key", [
        // People who follow a link in a mail
        get("/magic-links/{app}/{link}", magic_links::open::show, &magic_links::open::SHOW),
        post("/magic-links/{app}/{link}", magic_links::open::forward, &magic_links::open::FORWARD),
        get("/account/delete/abort/{token}", account::abort::show, &account::abort::SHOW),
        post("/account/delete/abort/{token}", account::abort::abort, &account::abort::ABORT),
        // Browsers and phones on their own account
        get("/apps/{app}/.well-known/webauthn", |call| well_known::of_app(call, Document::RelatedOrigins), &well_known::RELATED_ORIGINS),
        get("/apps/{app}/.well-known/passkey-endpoints", |call| well_known::of_app(call, Document::PasskeyEndpoints), &well_known::PASSKEY_ENDPOINTS),
        get("/apps/{app}/.well-known/apple-app-site-association", |call| well_known::of_app(call, Document::AppleAppSiteAssociation), &well_known::APPLE_APP_SITE_ASSOCIATION),
        get("/apps/{app}/.well-known/assetlinks.json", |call| well_known::of_app(call, Document::AssetLinks), &well_known::ASSET_LINKS),
        get("/.well-known/webauthn", |call| well_known::of_site(call, Document::RelatedOrigins), &well_known::RELATED_ORIGINS_OF_SITE),
        get("/.well-known/passkey-endpoints", |call| well_known::of_site(call, Document::PasskeyEndpoints), &well_known::PASSKEY_ENDPOINTS_OF_SITE),
        get("/.well-known/apple-app-site-association", |call| well_known::of_site(call, Document::AppleAppSiteAssociation), &well_known::APPLE_APP_SITE_ASSOCIATION_OF_SITE),
        get("/.well-known/assetlinks.json", |call| well_known::of_site(call, Document::AssetLinks), &well_known::ASSET_LINKS_OF_SITE),
        // Monitors
        get("/health/http", health::http, &health::HTTP),
        get("/health/storage", health::storage, &health::STORAGE),
        get("/health/version", health::version, &health::VERSION),
        get("/health/metadata", health::metadata, &health::METADATA),
        get("/health/mail", health::mail, &health::MAIL),
        get("/health/throw/api", health::throw_api, &health::THROW_API),
        get("/health/throw/exception", health::throw_exception, &health::THROW_EXCEPTION),
        // People
        get("/openapi.json", reference::document, &reference::DOCUMENT),
        get("/swagger/v4/swagger.json", reference::former_document, &reference::FORMER_DOCUMENT),
        get("/docs", reference::page, &reference::PAGE),
        get("/docs/{file}", reference::file, &reference::FILE),
        get("/", root::handle, &root::DOC),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_endpoint_is_listed_twice() {
        let table = table();
        for (index, endpoint) in table.iter().enumerate() {
            let twin = table[..index]
                .iter()
                .find(|other| other.path == endpoint.path && other.method == endpoint.method);
            assert!(twin.is_none(), "{} {}", endpoint.method, endpoint.path);
        }
    }
}
