//! The spelling of paths: their case does not matter, nor does one trailing slash, nor the prefix of a mount.

use std::borrow::Cow;

use actix_web::{
    HttpMessage as _,
    dev::{ServiceRequest, Url},
    http::{Uri, uri::PathAndQuery},
};

use crate::{marks::TrailingSlash, paths::Paths};

/// Rewrites a request's path to the spelling of the route table. Paths that are in no table stay as they are, except
/// for the prefix.
pub(super) fn normalise(request: &mut ServiceRequest, prefix: &str, paths: &Paths) {
    let path = request.uri().path();
    let inner = strip_prefix(path, prefix);
    let spelled = match paths.spelling_of(inner) {
        Some(spelling) if spelling == path => return,
        Some(spelling) => spelling,
        None if inner.len() == path.len() => return,
        None => Cow::Borrowed(inner),
    };
    if inner.len() > 1 && inner.ends_with('/') {
        request.extensions_mut().insert(TrailingSlash);
    }
    if let Some(uri) = with_path(request.uri(), &spelled) {
        *request.match_info_mut() = actix_web::dev::Path::new(Url::new(uri.clone()));
        request.head_mut().uri = uri;
    }
}

fn strip_prefix<'p>(path: &'p str, prefix: &str) -> &'p str {
    match path.split_at_checked(prefix.len()) {
        Some((start, rest)) if !prefix.is_empty() && start.eq_ignore_ascii_case(prefix) => match rest {
            "" => "/",
            rest if rest.starts_with('/') => rest,
            _ => path,
        },
        _ => path,
    }
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::strip_prefix;

    #[test]
    fn prefixes() {
        for (path, prefix, inner) in [
            ("/api/register/token", "/api", "/register/token"),
            ("/API/register/token", "/api", "/register/token"),
            ("/api", "/api", "/"),
            ("/api/", "/api", "/"),
            ("/apis", "/api", "/apis"),
            ("/register", "/api", "/register"),
            ("/register", "", "/register"),
            ("/é", "/a", "/é"),
        ] {
            assert_eq!(strip_prefix(path, prefix), inner, "{path} {prefix}");
        }
    }
}
