//! The members of requests, as data: what the OpenAPI document says of what an [`Input`](crate::input::Input) reads.
//!
//! A member may be missing unless it is [`required`](Member::required), and `null` only where
//! [`or_null`](Member::or_null) allows it. Members that are not listed are ignored.

/// One member of a request, or one query parameter.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether it may be `null`.
    pub is_nullable: bool,
}

/// What the value of a member is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Any JSON.
    Any,
    /// A list of texts.
    Texts,
    /// A list of any JSON.
    Values,
    /// An object of a shape.
    Object(&'static Shape),
    /// A list of objects of a shape.
    Objects(&'static Shape),
}

/// An object inside requests, which the document describes once, under its name.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What the document calls it.
    pub name: &'static str,
    /// Its members.
    pub members: &'static [Member],
}

/// A body that is read.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// The name of what is read from it, as binding problems call it.
    pub parameter: &'static str,
    /// Its members.
    pub members: &'static [Member],
}

impl Body {
    /// A body with these members.
    pub const fn new(parameter: &'static str, members: &'static [Member]) -> Self {
        Self { parameter, members }
    }
}

/// A member that is a text.
pub const fn text(name: &'static str) -> Member {
    Member::new(name, Kind::Text)
}

/// A member that is a whole number.
pub const fn integer(name: &'static str) -> Member {
    Member::new(name, Kind::Integer)
}

/// A member that is `true` or `false`.
pub const fn boolean(name: &'static str) -> Member {
    Member::new(name, Kind::Boolean)
}

/// A member that is any JSON.
pub const fn any(name: &'static str) -> Member {
    Member::new(name, Kind::Any)
}

/// A member that is a list of texts.
pub const fn texts(name: &'static str) -> Member {
    Member::new(name, Kind::Texts)
}

/// A member that is a list of any JSON.
pub const fn values(name: &'static str) -> Member {
    Member::new(name, Kind::Values)
}

/// A member that is an object of a shape.
pub const fn object(name: &'static str, shape: &'static Shape) -> Member {
    Member::new(name, Kind::Object(shape))
}

/// A member that is a list of objects of a shape.
pub const fn objects(name: &'static str, shape: &'static Shape) -> Member {
    Member::new(name, Kind::Objects(shape))
}

impl Member {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_required: false,
            is_nullable: false,
        }
    }

    /// The same member, which must be there.
    pub const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// The same member, which may be `null`.
    pub const fn or_null(mut self) -> Self {
        self.is_nullable = true;
        self
    }
}
