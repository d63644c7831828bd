//! A record of another product as members with one meaning each, however the product spells and nests them.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use passgate_webauthn::{
    attestation::AttestationObject,
    authenticator_data::{AuthenticatorData, Purpose},
};
use serde_json::{Map, Value};

use super::{
    forms::{Found, Hex},
    report::Flaw,
};

/// What a member means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    Id,
    PublicKey,
    UserId,
    UserHandle,
    SignCount,
    Algorithm,
    Transports,
    Aaguid,
    RpId,
    Origin,
    Country,
    Device,
    CreatedAt,
    LastUsedAt,
    Nickname,
    BackupState,
    BackupEligible,
    DeviceType,
    Discoverable,
    UvInitialized,
    AttestationFormat,
    CredentialType,
}

/// The spellings of each member, folded ([`fold`]). Where a record has several, the first counts: what is called
/// `credentialID` is one, and an `id` beside it is the number of the row.
const SPELLINGS: [(Member, &[&str]); 22] = [
    (Member::Id, &["credentialid", "rawid", "keyid", "id"]),
    (Member::PublicKey, &["publickey", "credentialpublickey"]),
    (Member::UserId, &["userid", "useruuid", "user", "identityuserid"]),
    (
        Member::UserHandle,
        &["userhandle", "webauthnuserid", "userentityuserid"],
    ),
    (
        Member::SignCount,
        &["signcount", "counter", "signaturecounter", "signaturecount"],
    ),
    (Member::Algorithm, &["algorithm", "alg", "publickeyalgorithm"]),
    (Member::Transports, &["transports", "authenticatortransports"]),
    (Member::Aaguid, &["aaguid"]),
    (
        Member::RpId,
        &["rpid", "relyingpartyid", "relyingpartyidentifier"],
    ),
    (Member::Origin, &["origin"]),
    (Member::Country, &["country"]),
    (Member::Device, &["device"]),
    (
        Member::CreatedAt,
        &["createdat", "created", "createddate", "createdon"],
    ),
    (
        Member::LastUsedAt,
        &[
            "lastusedat",
            "lastused",
            "lastuseddate",
            "lastusedon",
            "lastuse",
            "lastauthat",
        ],
    ),
    (
        Member::Nickname,
        &[
            "nickname",
            "name",
            "label",
            "userlabel",
            "devicename",
            "credentialname",
        ],
    ),
    (
        Member::BackupState,
        &["backupstate", "backedup", "credentialbackedup", "isbackedup"],
    ),
    (
        Member::BackupEligible,
        &[
            "backupeligible",
            "backupeligibility",
            "isbackupeligible",
            "credentialbackupeligible",
        ],
    ),
    (Member::DeviceType, &["devicetype", "credentialdevicetype"]),
    (
        Member::Discoverable,
        &["discoverable", "isdiscoverable", "residentkey"],
    ),
    (
        Member::UvInitialized,
        &["uvinitialized", "userverified", "isuserverified"],
    ),
    (
        Member::AttestationFormat,
        &[
            "attestationformat",
            "attestationfmt",
            "fmt",
            "attestationstatementformat",
        ],
    ),
    (
        Member::CredentialType,
        &["type", "credentialtype", "publickeycredentialtype"],
    ),
];

/// Members that products keep and sign-ins do not need, folded.
const NOT_NEEDED: [&str; 15] = [
    "attestationclientdatajson",
    "attestationobject",
    "authenticatorattachment",
    "clientdatajson",
    "clientextensionresults",
    "confirmed",
    "credentialidsha256",
    "lastverified",
    "model",
    "pk",
    "priority",
    "secretdata",
    "attestation",
    "descriptor",
    "authenticatorname",
];

/// Members whose members count as the record's own, and more than those beside them; folded.
const NESTED: [&str; 7] = [
    "fields",
    "data",
    "credential",
    "credentialdata",
    "registrationinfo",
    "descriptor",
    "response",
];

/// Members that hold a user's records, folded.
const LISTS: [&str; 4] = ["credentials", "passkeys", "authenticators", "webauthncredentials"];

/// A name without what spellings differ in: `userId`, `user_id`, `UserID` and `user-id` are one.
pub(super) fn fold(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | ' '))
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// The meaning of a folded name, and the rank of this spelling of it.
fn meaning(folded: &str) -> Option<(Member, usize)> {
    SPELLINGS.iter().find_map(|(member, spellings)| {
        let rank = spellings.iter().position(|spelling| *spelling == folded)?;
        Some((*member, rank))
    })
}

/// Whether these folded names are columns of passkeys.
pub(super) fn is_credential_header(folded: &[String]) -> bool {
    let has = |wanted| {
        folded
            .iter()
            .any(|name| meaning(name).is_some_and(|(member, _)| member == wanted))
    };
    has(Member::Id) && has(Member::PublicKey)
}

/// A passkey as another product keeps it.
#[derive(Clone, Debug, Default)]
pub(super) struct PasskeyRow {
    members: BTreeMap<Member, (Found, usize)>,
    /// What is not understood, or not needed, under its folded name.
    others: BTreeMap<String, Found>,
    flaws: Vec<Flaw>,
}

/// What a record holds.
#[derive(Debug)]
pub(super) enum Expanded {
    /// The passkeys: one, or as many as the user of the record has.
    Rows(Vec<PasskeyRow>),
    /// Something else that the product keeps, which is called this.
    Other(String),
}

impl PasskeyRow {
    /// The passkeys of a record.
    pub(super) fn expand(record: Value) -> Result<Expanded, Flaw> {
        let Value::Object(mut record) = record else {
            return Err(Flaw::Malformed("not a JSON object".to_owned()));
        };
        let list = record
            .iter()
            .find(|(name, value)| LISTS.contains(&fold(name).as_str()) && value.is_array())
            .map(|(name, _)| name.clone());
        if let Some(Value::Array(entries)) = list.and_then(|name| record.remove(&name)) {
            return Ok(Expanded::Rows(Self::of_user(record, entries)?));
        }
        let model = record.get("model").and_then(Value::as_str).map(str::to_owned);
        let row = Self::of(record)?;
        match model {
            Some(model) if !row.is_passkey() => Ok(Expanded::Other(model)),
            _ => Ok(Expanded::Rows(vec![row])),
        }
    }

    /// The passkeys of a user whose record lists them, among what else the user signs in with.
    fn of_user(mut user: Map<String, Value>, entries: Vec<Value>) -> Result<Vec<Self>, Flaw> {
        // The user's own id; nothing else of the user says anything about a passkey.
        user.retain(|_, value| !value.is_array() && !value.is_object());
        let mut about_user = Self::default();
        about_user.take(user, None);
        let id = ["userid", "id"]
            .iter()
            .find_map(|name| about_user.named(name))
            .cloned();
        let mut rows = Vec::new();
        for entry in entries {
            let Value::Object(entry) = entry else {
                return Err(Flaw::Malformed(
                    "a user's list holds something else than objects".to_owned(),
                ));
            };
            let kind = entry.get("type").and_then(Value::as_str).unwrap_or("public-key");
            if kind != "public-key" && !kind.starts_with("webauthn") {
                continue;
            }
            let mut row = Self::of(entry)?;
            if let Some(id) = &id {
                row.set(Member::UserId, id.clone());
            }
            for (name, found) in &about_user.others {
                row.others.entry(name.clone()).or_insert_with(|| found.clone());
            }
            if let Some(name) = about_user.named("username") {
                row.others.insert("username".to_owned(), name.clone());
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn of(record: Map<String, Value>) -> Result<Self, Flaw> {
        let mut row = Self::default();
        row.take_with_nested(record, None, 0)?;
        Ok(row)
    }

    fn take_with_nested(
        &mut self,
        mut record: Map<String, Value>,
        within: Option<&str>,
        depth: u8,
    ) -> Result<(), Flaw> {
        /// Deeper than any product nests: `fields`, `data`, `credential`, `response`.
        const DEEPEST: u8 = 6;
        let mut nested = Vec::new();
        for folded in NESTED {
            let Some(name) = record.keys().find(|name| fold(name) == folded).cloned() else {
                continue;
            };
            let inner = match record.get(&name) {
                Some(Value::Object(inner)) if !is_bytes(inner) => Some(inner.clone()),
                Some(Value::String(text)) if text.trim_start().starts_with('{') => serde_json::from_str(text)
                    .map_err(|error| Flaw::invalid(name.clone(), format!("not a JSON object: {error}")))?,
                _ => None,
            };
            if let Some(inner) = inner.filter(|_| depth < DEEPEST) {
                record.remove(&name);
                nested.push((folded, name, inner));
            }
        }
        let results = record.remove("clientExtensionResults");
        self.take(record, within);
        if let Some(rk) = results.as_ref().and_then(|it| it.pointer("/credProps/rk")) {
            self.set(
                Member::Discoverable,
                Found {
                    name: "clientExtensionResults.credProps.rk".to_owned(),
                    value: rk.clone(),
                },
            );
        }
        for (folded, name, inner) in nested {
            let path = match within {
                Some(within) => format!("{within}.{name}"),
                None => name,
            };
            let object = inner.iter().find(|(name, _)| fold(name) == "attestationobject");
            let object = object.map(|(name, value)| Found {
                name: format!("{path}.{name}"),
                value: value.clone(),
            });
            self.take_with_nested(inner, Some(&path), depth + 1)?;
            if folded == "response"
                && let Some(object) = object
            {
                self.take_registration(&object)?;
            }
        }
        Ok(())
    }

    /// Takes the members of one object. What is nested counts more than what is around it.
    fn take(&mut self, object: Map<String, Value>, within: Option<&str>) {
        let mut taken: BTreeMap<Member, (Found, usize)> = BTreeMap::new();
        for (name, value) in object {
            let folded = fold(&name);
            let name = match within {
                Some(within) => format!("{within}.{name}"),
                None => name,
            };
            let found = Found { name, value };
            let Some((member, rank)) = meaning(&folded) else {
                self.others.insert(folded, found);
                continue;
            };
            if matches!(&found.value, Value::Null) || found.value == "" {
                continue;
            }
            match taken.get(&member) {
                Some((other, of)) if *of == rank && other.value != found.value => {
                    self.flaws
                        .push(found.flaw(format!("given twice, with other bytes as `{}`", other.name)));
                }
                Some((_, of)) if *of <= rank => {}
                _ => {
                    taken.insert(member, (found, rank));
                }
            }
        }
        self.members.append(&mut taken);
    }

    /// Takes what a whole registration response says: the authenticator's data holds the id, the key, and the rest.
    fn take_registration(&mut self, object: &Found) -> Result<(), Flaw> {
        let bytes = object.bytes(Hex::IsRefused)?;
        let attestation = AttestationObject::parse(&bytes).map_err(|error| object.flaw(error))?;
        let data = AuthenticatorData::parse(attestation.authenticator_data, Purpose::Registration)
            .map_err(|error| object.flaw(error))?;
        let mut learn = |member, value: Value| {
            let name = object.name.clone();
            self.members.entry(member).or_insert((Found { name, value }, 0));
        };
        learn(Member::SignCount, data.sign_count().into());
        learn(Member::BackupEligible, data.flags().backup_eligible().into());
        learn(Member::BackupState, data.flags().backup_state().into());
        learn(Member::UvInitialized, data.flags().user_verified().into());
        learn(Member::AttestationFormat, attestation.format.into());
        if let Some(attested) = data.attested_credential_data() {
            learn(Member::Id, encoded(attested.credential_id()));
            learn(Member::PublicKey, encoded(attested.public_key()));
            learn(Member::Aaguid, attested.aaguid().to_string().into());
        }
        Ok(())
    }

    /// Whether it says anything that only a passkey has.
    fn is_passkey(&self) -> bool {
        self.members.contains_key(&Member::PublicKey)
    }

    pub(super) fn get(&self, member: Member) -> Option<&Found> {
        self.members.get(&member).map(|(found, _)| found)
    }

    /// Sets a member, whatever the record says.
    pub(super) fn set(&mut self, member: Member, found: Found) {
        self.members.insert(member, (found, 0));
    }

    /// A member by its folded name, whether its meaning is known or not.
    pub(super) fn named(&self, folded: &str) -> Option<&Found> {
        self.others.get(folded).or_else(|| {
            self.members
                .values()
                .map(|(found, _)| found)
                .find(|found| fold(found.name.rsplit('.').next().unwrap_or_default()) == folded)
        })
    }

    /// The names of the members that are not understood.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.others
            .iter()
            .filter(|(folded, _)| !NOT_NEEDED.contains(&folded.as_str()))
            .map(|(_, found)| found.name.as_str())
    }

    /// What was wrong with it as it was read.
    pub(super) fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// What it is called in a report: its id as the record has it, if it is a text.
    pub(super) fn name(&self) -> Option<Cow<'_, str>> {
        self.get(Member::Id)?.value.as_str().map(Cow::Borrowed)
    }
}

fn encoded(bytes: &[u8]) -> Value {
    format!("base64url:{}", URL_SAFE_NO_PAD.encode(bytes)).into()
}

/// Whether an object is bytes, and nothing nested.
fn is_bytes(object: &Map<String, Value>) -> bool {
    object.get("type").is_some_and(|kind| kind == "Buffer") || object.contains_key("0")
}
