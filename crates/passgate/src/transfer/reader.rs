//! From records of other products, as JSON values, to items.

use std::collections::{HashMap, VecDeque};

use passgate_core::{
    alias::{Alias, AliasDigest, StoredAlias},
    user::UserId,
};
use serde_json::Value;

use super::{
    DigestKind, Item, Unreadable,
    forms::Found,
    passkey::{PasskeyDefaults, Tally, credential},
    product::Product,
    report::{Flaw, Kind, Note},
    row::{Expanded, Member, PasskeyRow, fold},
};

/// Reads records one by one, and counts what the report should say of them all.
#[derive(Debug)]
pub(super) struct PasskeyReader {
    defaults: PasskeyDefaults,
    product: Option<&'static Product>,
    /// Members whose values are aliases of the record's user.
    aliases: Vec<String>,
    /// The user handles that other records told.
    handles: HashMap<String, String>,
    tally: Tally,
    read: VecDeque<Result<Item, Unreadable>>,
}

/// Where a record is: which line, or which entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) number: u64,
}

impl Place {
    pub(super) fn flawed(self, flaw: Flaw) -> Unreadable {
        Unreadable::record(self.kind, self.number.to_string(), flaw)
    }
}

impl PasskeyReader {
    pub(super) fn new(defaults: PasskeyDefaults) -> Self {
        Self {
            defaults,
            product: None,
            aliases: Vec::new(),
            handles: HashMap::new(),
            tally: Tally::default(),
            read: VecDeque::new(),
        }
    }

    /// Reads the records of this product. What the operator says of handles and hex digits stands.
    pub(super) fn of_product(&mut self, product: &'static Product) {
        self.product = Some(product);
        self.defaults.hex |= product.hex;
        if self.defaults.user_handle.is_none() {
            self.defaults.user_handle.clone_from(&product.handles);
        }
    }

    /// The members whose values are aliases of the record's user.
    pub(super) fn set_aliases(&mut self, members: Vec<String>) {
        self.aliases = members;
    }

    /// Remembers what a record tells about others. It is still to be read.
    pub(super) fn hear(&mut self, record: &Value) {
        let told = self.product.and_then(|product| product.tells_handle?(record));
        self.handles.extend(told);
    }

    /// What was read and is not taken yet.
    pub(super) fn take(&mut self) -> Option<Result<Item, Unreadable>> {
        self.read.pop_front()
    }

    /// What the report should say of what was read.
    pub(super) fn notes(&self) -> Vec<Note> {
        self.tally.notes()
    }

    /// Reads a record, which may hold several passkeys, or none.
    pub(super) fn read(&mut self, record: Value, place: Place) {
        let adapted = match (self.product, record) {
            (Some(product), Value::Object(record)) => (product.adapt)(record).map(Value::Object),
            (_, record) => Ok(record),
        };
        let record = match adapted {
            Ok(record) => record,
            Err(other) => return self.tally.other_record(&other),
        };
        match PasskeyRow::expand(record) {
            Ok(Expanded::Rows(rows)) => rows.into_iter().for_each(|row| self.read_row(row, place)),
            Ok(Expanded::Other(model)) => self.tally.other_record(&model),
            Err(flaw) => self.read.push_back(Err(place.flawed(flaw))),
        }
    }

    fn read_row(&mut self, mut row: PasskeyRow, place: Place) {
        if let Some(user) = row.get(Member::UserId).and_then(|found| found.text().ok())
            && row.get(Member::UserHandle).is_none()
            && let Some(handle) = self.handles.get(&user)
        {
            let told = Found {
                name: "user handle".to_owned(),
                value: handle.as_str().into(),
            };
            row.set(Member::UserHandle, told);
        }
        let aliases = self.aliases_of(&row);
        self.tally.unknown_members(&row, |name| {
            self.aliases.iter().any(|alias| fold(alias) == fold(name))
        });
        let name = match row.name() {
            Some(id) => format!("{id} ({} {})", place.kind.as_str(), place.number),
            None => format!("({} {})", place.kind.as_str(), place.number),
        };
        let read = credential(&row, &self.defaults, &mut self.tally);
        let user = read.as_ref().ok().map(|credential| credential.user_id.clone());
        self.read.push_back(
            read.map(|credential| Item::Credential(Box::new(credential)))
                .map_err(|flaw| Unreadable::record(Kind::Credential, name.clone(), flaw)),
        );
        let Some(user) = user else { return };
        for alias in aliases {
            self.read.push_back(
                alias
                    .map(|alias| item_of_alias(&user, alias))
                    .map_err(|flaw| Unreadable::record(Kind::Alias, name.clone(), flaw)),
            );
        }
    }

    fn aliases_of(&self, row: &PasskeyRow) -> Vec<Result<Alias, Flaw>> {
        let found = self.aliases.iter().filter_map(|member| row.named(&fold(member)));
        found
            .filter(|found| !found.value.is_null() && found.value != "")
            .map(|found| Alias::parse(&found.text()?).map_err(|error| found.flaw(error)))
            .collect()
    }
}

/// An alias in clear, of which the import keeps the digest only.
fn item_of_alias(user: &UserId, alias: Alias) -> Item {
    Item::Alias {
        alias: StoredAlias {
            digest: AliasDigest([0; 32]),
            user_id: user.clone(),
            plaintext: Some(alias.into()),
            is_sign_in_name: false,
        },
        digest: DigestKind::None,
    }
}
