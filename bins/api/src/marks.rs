//! Marks on a request: what one layer writes for the next to read.

use std::rc::Rc;

/// The application whose key was accepted, for the log line of the request.
#[derive(Clone, Debug)]
pub struct AuthenticatedApp(pub Rc<str>);

/// Marks a request whose path was given with a slash at its end: addresses in a page are relative to that.
#[derive(Clone, Copy, Debug)]
pub struct TrailingSlash;

/// Marks a request that came through the door of management, where there is a separate one.
#[derive(Clone, Copy, Debug)]
pub struct ManagementDoor;
