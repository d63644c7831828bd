//! Links to this server, as they stand in mail.

use passgate_core::secret::Secret;
use url::Url;

/// The address of a path of the server that people reach at `base`.
pub fn address_under(base: &Url, path: &str) -> Url {
    let mut address = base.clone();
    address.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    address
}

/// Where a link in the warning of a deletion leads, but for its token, with a server that people reach at `public_url`.
pub fn abort_page(public_url: &Url) -> Url {
    address_under(public_url, "/account/delete/abort")
}

/// The link in the warning of a deletion. The token is base64url, which needs no escaping in a path.
pub fn abort_link(page: &Url, abort_token: &Secret<String>) -> String {
    format!("{page}/{}", abort_token.expose())
}
