//! The members of messages, as data: what the OpenAPI document says of what an [`Input`](crate::input::Input) reads.
//!
//! A member may be missing unless it is [`required`](Member::required), and `null` only where
//! [`or_null`](Member::or_null) allows it. Members that are not listed are ignored.

use passgate_core::text::TextLimit;

/// The limit of texts that are compared with a few words, numbers or points in time, and kept nowhere.
pub const SHORT: TextLimit = TextLimit::chars(128);

/// One member of a request, or one query parameter.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// As it is spelled on the wire, in camelCase.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether it may be `null`.
    pub is_nullable: bool,
    /// What makes [`looks`](Self::looks), unless its kind does.
    look: Option<fn() -> Look>,
    /// What it is for; empty if its look says it all.
    pub about: &'static str,
    /// The least number, or the fewest items.
    pub least: Option<u64>,
    /// The greatest number, the most characters, or the most items.
    pub most: Option<u64>,
    /// What a number is for example.
    pub example: u64,
}

/// What the value of a member is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A JSON string.
    Text,
    /// One of a few words.
    OneOf(Words),
    /// A whole number.
    Integer,
    /// A whole number, or a text.
    IntegerOrText,
    /// `true` or `false`.
    Boolean,
    /// An object of which nothing is said.
    AnyObject,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Integers,
    /// A list of texts or whole numbers.
    TextsOrIntegers,
    /// An object of a shape.
    Object(&'static Shape),
    /// A list of objects of a shape.
    Objects(&'static Shape),
}

/// The only words that a text may be.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What the document calls the choice.
    pub called: &'static str,
    /// As they are spelled on the wire; the first is the example.
    pub words: &'static [&'static str],
}

/// An object inside requests, which the document describes once, under its name.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What the document calls it.
    pub name: &'static str,
    /// Its description in the document, a sentence or two.
    pub about: &'static str,
    /// In the order in which the document shows them.
    pub members: &'static [Member],
}

/// A body that is read.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// The name of what is read from it, as binding problems call it.
    pub parameter: &'static str,
    /// In the order in which the document shows them.
    pub members: &'static [Member],
}

impl Body {
    /// A body with these members.
    pub const fn new(parameter: &'static str, members: &'static [Member]) -> Self {
        Self { parameter, members }
    }
}

/// What a text looks like, whoever sends it.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// What the document calls it, where it describes it once for all.
    pub called: &'static str,
    /// What it is, unless the member says more.
    pub about: &'static str,
    /// The name of its format in the OpenAPI registry; empty for none.
    pub format: &'static str,
    /// The only texts that it may be; empty if there is no list.
    pub choices: Vec<&'static str>,
    /// A text that it may be.
    pub example: &'static str,
    /// How long it may be where it is sent; the words of a choice, and what no request holds, have none of their own.
    pub limit: Option<TextLimit>,
}

impl Look {
    /// How long it may be where it is sent. No word of any choice comes near what is read of one.
    pub fn text_limit(&self) -> TextLimit {
        self.limit.unwrap_or(SHORT)
    }

    /// The name of its schema, if it has one of its own: a list of choices is worth a type in generated clients.
    pub fn name(&self) -> Option<&'static str> {
        (self.choices.len() > 1).then_some(self.called)
    }
}

/// A kind of text that travels in messages.
pub trait Looks {
    /// What it looks like.
    fn look() -> Look;
}

/// A member that is a text.
pub const fn text<L: Looks>(name: &'static str) -> Member {
    Member::new(name, Kind::Text).like::<L>()
}

/// A member that is one of a few words.
pub const fn one_of(name: &'static str, called: &'static str, words: &'static [&'static str]) -> Member {
    Member::new(name, Kind::OneOf(Words { called, words }))
}

/// A member that is a list of texts.
pub const fn texts<L: Looks>(name: &'static str) -> Member {
    Member::new(name, Kind::Texts).like::<L>()
}

/// A member that is a list of texts or of their numbers.
pub const fn texts_or_integers<L: Looks>(name: &'static str) -> Member {
    Member::new(name, Kind::TextsOrIntegers).like::<L>()
}

/// A member that is a whole number, or a text that says as much.
pub const fn integer_or_text<L: Looks>(name: &'static str) -> Member {
    Member::new(name, Kind::IntegerOrText).like::<L>()
}

/// A member that is a whole number.
pub const fn integer(name: &'static str, example: u64) -> Member {
    Member {
        example,
        ..Member::new(name, Kind::Integer)
    }
}

/// A member that is a list of whole numbers.
pub const fn integers(name: &'static str) -> Member {
    Member::new(name, Kind::Integers)
}

/// A member that is `true` or `false`.
pub const fn boolean(name: &'static str) -> Member {
    Member::new(name, Kind::Boolean)
}

/// A member that is any object.
pub const fn any_object(name: &'static str) -> Member {
    Member::new(name, Kind::AnyObject)
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
            look: None,
            about: "",
            least: None,
            most: None,
            example: 0,
        }
    }

    const fn like<L: Looks>(mut self) -> Self {
        self.look = Some(L::look);
        self
    }

    /// What its text looks like, or each text of its list.
    pub fn looks(&self) -> Look {
        match self.kind {
            Kind::OneOf(Words { called, words }) => Look {
                called,
                about: self.about,
                choices: words.to_vec(),
                example: words.first().copied().unwrap_or_default(),
                ..Look::default()
            },
            _ => self.look.map(|look| look()).unwrap_or_default(),
        }
    }

    /// How long its text may be, or each text of its list.
    pub fn text_limit(&self) -> TextLimit {
        let of_kind = self.looks().text_limit();
        match (self.kind, self.most) {
            (Kind::Text, Some(most)) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                TextLimit {
                    chars: of_kind.chars.min(most),
                    ..of_kind
                }
            }
            _ => of_kind,
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

    /// The same member as an answer has it: always there, and not `null`.
    pub const fn shown(mut self) -> Self {
        self.is_required = true;
        self.is_nullable = false;
        self
    }

    /// The same member, and what it is for.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The same member, no shorter than this, no smaller, or with no fewer items.
    pub const fn at_least(mut self, least: u64) -> Self {
        self.least = Some(least);
        self
    }

    /// The same member, no longer than this, no greater, or with no more items.
    pub const fn at_most(mut self, most: u64) -> Self {
        self.most = Some(most);
        self
    }
}
