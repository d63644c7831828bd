//! The members of a metadata entry, each read by itself: one that is malformed is noted, and harms no other.

use serde_json::{Map, Value};

/// A member of an entry that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {reason}")]
pub struct EntryFlaw {
    /// The name of the member in the BLOB.
    pub member: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// An object of an entry, and the flaws found so far.
pub(super) struct Members<'j, 'f> {
    object: &'j Map<String, Value>,
    flaws: &'f mut Vec<EntryFlaw>,
}

impl<'j, 'f> Members<'j, 'f> {
    pub(super) const fn new(object: &'j Map<String, Value>, flaws: &'f mut Vec<EntryFlaw>) -> Self {
        Self { object, flaws }
    }

    /// Another object of the same entry.
    pub(super) const fn nested<'o>(&mut self, object: &'o Map<String, Value>) -> Members<'o, '_> {
        Members {
            object,
            flaws: &mut *self.flaws,
        }
    }

    /// Text; none where it is absent, `null` or something else.
    pub(super) fn text(&mut self, name: &'static str) -> Option<&'j str> {
        let text = self.find(name)?.as_str();
        self.noted(name, text, "is not text")
    }

    /// Text; none, and no flaw, where it is something else.
    pub(super) fn text_or_nothing(&self, name: &str) -> Option<&'j str> {
        self.find(name)?.as_str()
    }

    /// Text that should be there.
    pub(super) fn required_text(&mut self, name: &'static str) -> Option<&'j str> {
        if self.find(name).is_none() {
            return self.noted(name, None, "is missing");
        }
        self.text(name)
    }

    /// A number from 0 on.
    pub(super) fn number(&mut self, name: &'static str) -> Option<u64> {
        let number = self.find(name)?.as_u64();
        self.noted(name, number, "is not a number")
    }

    /// Text of a certain form.
    pub(super) fn parsed<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let parsed = parse(self.text(name)?);
        self.noted(name, parsed, "is malformed")
    }

    /// A list of texts of a certain form; the ones that are not are left out.
    pub(super) fn list<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let mut read = Vec::new();
        for item in self.items(name) {
            let parsed = item.as_str().and_then(&parse);
            read.extend(self.noted(name, parsed, "has a malformed item"));
        }
        read
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Option<&'j Map<String, Value>> {
        let object = self.find(name)?.as_object();
        self.noted(name, object, "is not an object")
    }

    /// A list of objects; what is none is left out.
    pub(super) fn objects(&mut self, name: &'static str) -> Vec<&'j Map<String, Value>> {
        let mut objects = Vec::new();
        for item in self.items(name) {
            objects.extend(self.noted(name, item.as_object(), "has an item that is not an object"));
        }
        objects
    }

    fn items(&mut self, name: &'static str) -> &'j [Value] {
        let items = self.find(name).map(Value::as_array);
        match items {
            None => &[],
            Some(items) => self
                .noted(name, items, "is not a list")
                .map_or(&[], Vec::as_slice),
        }
    }

    fn find(&self, name: &str) -> Option<&'j Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Remembers that a member could not be read, once for each reason.
    fn noted<T>(&mut self, member: &'static str, read: Option<T>, reason: &'static str) -> Option<T> {
        let flaw = EntryFlaw { member, reason };
        if read.is_none() && !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
        read
    }
}
