//! Rows of another product's database.

use passgate_store::{StoreError, foreign_database::ForeignRows};

use super::{
    Item, Source, Unreadable,
    passkey::PasskeyDefaults,
    product::Product,
    reader::{PasskeyReader, Place},
    report::{Flaw, Kind, Note},
};

/// Reads the passkeys of a product from its database.
#[derive(Debug)]
pub struct ForeignSource {
    rows: ForeignRows,
    reader: PasskeyReader,
    number: u64,
    ended: bool,
}

impl ForeignSource {
    /// Reads these rows as the product's.
    pub fn new(rows: ForeignRows, product: &'static Product, defaults: PasskeyDefaults) -> Self {
        let mut reader = PasskeyReader::new(defaults);
        reader.of_product(product);
        Self {
            rows,
            reader,
            number: 0,
            ended: false,
        }
    }

    /// Takes the values of these members as aliases of the row's user.
    #[must_use]
    pub fn with_aliases(mut self, members: Vec<String>) -> Self {
        self.reader.set_aliases(members);
        self
    }

    fn fail(&mut self, error: StoreError) -> Result<Item, Unreadable> {
        self.ended = true;
        Err(Unreadable::Source(Box::new(error)))
    }
}

impl Source for ForeignSource {
    fn notes(&self) -> Vec<Note> {
        self.reader.notes()
    }
}

impl Iterator for ForeignSource {
    type Item = Result<Item, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(read) = self.reader.take() {
                return Some(read);
            }
            if self.ended {
                return None;
            }
            let text = match self.rows.next() {
                Some(Ok(text)) => text,
                Some(Err(error)) => return Some(self.fail(error)),
                None => return None,
            };
            self.number += 1;
            let place = Place {
                kind: Kind::Row,
                number: self.number,
            };
            match serde_json::from_str(&text) {
                Ok(value) => self.reader.read(value, place),
                Err(error) => return Some(Err(place.flawed(Flaw::Malformed(error.to_string())))),
            }
        }
    }
}
