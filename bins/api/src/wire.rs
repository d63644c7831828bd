//! The texts of messages: what each kind looks like, for the OpenAPI document.
//!
//! No value is made of these types. Requests name them in their [`Member`](crate::shape::Member)s, answers with
//! `#[schemars(with = "wire::UserId")]`, so that both say the same of the same thing.

use std::borrow::Cow;

use passgate_core::{
    api_key, code, event,
    text::{self, TextLimit},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;

use crate::shape::{Look, Looks};

/// Sealed tokens. The longest holds ten aliases of 250 characters, and two names.
pub const TOKEN: TextLimit = TextLimit::chars(64 * 1024);

/// What an authenticator made. Certificates and signatures of post-quantum algorithms have several thousand bytes each.
pub const RESPONSE: TextLimit = TextLimit::chars(128 * 1024);

/// Where a page begins, and words with commas between them.
pub const LIST: TextLimit = TextLimit::chars(4096);

macro_rules! texts {
    ($($name:ident { about: $about:literal, example: $example:literal $(, $field:ident: $value:expr)* $(,)? })+) => {$(
        #[doc = $about]
        #[derive(Debug)]
        pub enum $name {}

        impl Looks for $name {
            fn look() -> Look {
                Look {
                    called: stringify!($name),
                    about: $about,
                    example: $example,
                    $($field: $value,)*
                    ..Look::default()
                }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                Self::look().name().is_none()
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema(&Self::look())
            }
        }
    )+};
}

texts! {
    FileName { about: "A file of the page.", example: "reference.js" }
    LinkSecret { about: "The secret of the link.", example: "link_k8QgJ8m1kW2t" }
    AbortToken { about: "The secret of the link in the warning.", example: "k8QgJ8m1kW2t" }
    AppId { about: "The application's id.", example: "demoapp" }
    UserId { about: "The user's id, as the application chose it.", example: "user-1", limit: Some(text::USER_ID) }
    Username { about: "The user's name, which the authenticator shows.", example: "fry@example.com", limit: Some(text::USER_NAME) }
    Name { about: "A name that people read.", example: "Philip J. Fry", limit: Some(text::USER_NAME) }
    Alias { about: "Another name that the user may sign in with.", example: "fry@example.com", limit: Some(text::ALIAS) }
    AliasDigest {
        about: "The keyed digest of an alias.",
        example: "7Rkw4m9LJ3fLqZpHbMSZ8MMRzXWqpdF2bLoJVXCPdoM=",
        format: "byte",
    }
    CredentialId {
        about: "The credential's id.",
        example: "LcVLKA2QkfwzvuSTxIIyFVTJ9IopE57xTYvJ_0Nx9nk",
        format: "base64url",
        limit: Some(text::CREDENTIAL_ID),
    }
    CredentialIdBytes {
        about: "The credential's id.",
        example: "LcVLKA2QkfwzvuSTxIIyFVTJ9IopE57xTYvJ/0Nx9nk=",
        format: "byte",
    }
    UserHandle { about: "The user's handle, as authenticators know it.", example: "dXNlci0x", format: "base64url", limit: Some(text::CREDENTIAL_ID) }
    UserHandleBytes { about: "The user's handle, as the authenticator knows it.", example: "dXNlci0x", format: "byte" }
    PublicKey { about: "The credential's public key, as a COSE key.", example: "pQECAyYgASFYIA==", format: "byte" }
    Bytes { about: "Bytes.", example: "AQIDBA", format: "base64url", limit: Some(RESPONSE) }
    Challenge {
        about: "What the authenticator signs.",
        example: "vJ2vJ2lR3q4m0lT0Y9nJxw",
        format: "base64url",
    }
    RpId { about: "The RP ID: the domain that passkeys are bound to.", example: "example.com", limit: Some(text::ORIGIN) }
    Origin { about: "The origin of the page, or of the app.", example: "https://example.com", limit: Some(text::ORIGIN) }
    Address { about: "A web address.", example: "https://example.com/passkeys", format: "uri", limit: Some(text::ADDRESS) }
    LinkTemplate {
        about: "An absolute http or https address with $TOKEN behind its host.",
        example: "https://example.com/signin?token=$TOKEN",
        limit: Some(text::ADDRESS),
    }
    Email { about: "A mail address.", example: "fry@example.com", format: "email", limit: Some(text::EMAIL) }
    Nickname { about: "What the user calls the passkey.", example: "My phone", limit: Some(text::NICKNAME) }
    Device { about: "The device that the user agent names.", example: "Chrome, Windows 10" }
    Country { about: "The country that the proxy names; empty if it names none.", example: "SE" }
    Purpose { about: "What the sign-in is for.", example: "sign-in", limit: Some(text::PURPOSE) }
    PerformedBy { about: "Who did it, for the event.", example: "fry@example.com", limit: Some(text::PERFORMED_BY) }
    RegisterToken { about: "What POST /register/token answered.", example: "register_k8QgJ8m1kW2t", limit: Some(TOKEN) }
    VerifyToken { about: "What POST /signin/verify takes.", example: "verify_k8QgJ8m1kW2t", limit: Some(TOKEN) }
    Session { about: "What *begin* answered as session.", example: "session_k8QgJ8m1kW2t", limit: Some(TOKEN) }
    FormerToken { about: "A token without a prefix.", example: "k8QgJ8m1kW2t" }
    ApiKey { about: "A public key.", example: "demoapp:public:0b9f2c1e6f0d4c359a771f5b0c8f2a11" }
    ApiSecret { about: "A secret key, which is shown once.", example: "demoapp:secret:0b9f2c1e6f0d4c359a771f5b0c8f2a11" }
    ApiKeyId { about: "The key's id: its last four characters.", example: "2a11" }
    Instant { about: "A point in time, in UTC.", example: "2025-01-01T00:00:00Z", format: "date-time" }
    LocalTime {
        about: "A point in time, in UTC, without saying so.",
        example: "2025-01-01T00:00:00",
        format: "date-time-local",
    }
    SentTime {
        about: "A point in time in ISO 8601; without a zone it is UTC.",
        example: "2025-01-01T00:00:00Z",
    }
    Day { about: "A day, in UTC.", example: "2025-01-01", format: "date" }
    Uuid { about: "A UUID.", example: "0b9f2c1e-6f0d-4c35-9a77-1f5b0c8f2a11", format: "uuid" }
    Aaguid {
        about: "The AAGUID of the authenticator's model.",
        example: "fbfc3007-154e-4ecc-8c0b-6e020557d7bd",
        format: "uuid",
    }
    ProviderName { about: "What people call the provider of the passkey.", example: "Apple Passwords" }
    AttestationFormat { about: "The format of the attestation statement.", example: "none" }
    Conveyance {
        about: "The attestation that is asked for; all but none need the feature.",
        example: "none",
        choices: vec!["none", "indirect", "direct"],
    }
    StatedConveyance {
        about: "The attestation that is asked for.",
        example: "none",
        choices: vec!["none", "indirect", "direct", "enterprise"],
    }
    AuthenticatorType {
        about: "Where the authenticator is.",
        example: "any",
        choices: vec!["any", "platform", "cross-platform"],
    }
    Attachment {
        about: "Where the authenticator is.",
        example: "platform",
        choices: vec!["platform", "cross-platform"],
    }
    ResidentKey {
        about: "Whether the passkey can be found without a user's name.",
        example: "required",
        choices: vec!["required", "preferred", "discouraged"],
    }
    UserVerification {
        about: "Whether the authenticator checks that it is the user, by PIN or biometrics.",
        example: "preferred",
        choices: vec!["required", "preferred", "discouraged"],
    }
    SentUserVerification {
        about: "Whether the authenticator checks that it is the user; `optional` is `discouraged`.",
        example: "preferred",
        choices: vec!["required", "preferred", "discouraged", "optional"],
    }
    Mediation {
        about: "`conditional` for a passkey that the browser makes silently after a sign-in with a password: `navigator.credentials.create({ mediation: \"conditional\", … })`. Nobody has to be present then.",
        example: "conditional",
        choices: vec!["conditional", "optional"],
    }
    Hint {
        about: "A kind of authenticator that the browser may offer first.",
        example: "client-device",
        choices: vec!["security-key", "client-device", "hybrid"],
    }
    Hints { about: "Hints, with commas between them.", example: "client-device,hybrid" }
    Transport { about: "A way to reach the authenticator.", example: "internal", limit: Some(text::TRANSPORT) }
    CredentialType { about: "The one type that there is.", example: "public-key", choices: vec!["public-key"] }
    TokenType {
        about: "How the token came to be.",
        example: "passkey_signin",
        choices: vec!["passkey_signin", "passkey_register", "generated_signin", "magic_link"],
    }
    TokenUuid {
        about: "The id of the sign-in, the same in no other token.",
        example: "0b9f2c1e-6f0d-4c35-9a77-1f5b0c8f2a11",
        format: "uuid",
    }
    TimeToLive { about: "How long: `[d.]hh:mm:ss`, or seconds.", example: "00:02:00" }
    Cursor { about: "Where the page begins, as the page before named it.", example: "dXNlci0xMDA", limit: Some(LIST) }
    Search { about: "What an id, or an alias in clear, must contain.", example: "fry", limit: Some(text::ALIAS) }
    Scope {
        about: "What the key may be used for.",
        example: "token_verify",
        choices: api_key::Scope::ALL.into_iter().map(api_key::Scope::as_str).collect(),
    }
    EventType {
        about: "What happened.",
        example: "ApiUserSignInCompleted",
        choices: event::EventKind::ALL.iter().map(|kind| kind.as_str()).collect(),
    }
    EventTypes { about: "Kinds of events, with commas between them.", example: "ApiUserSignInCompleted", limit: Some(LIST) }
    Severity {
        about: "How much attention it wants.",
        example: "Informational",
        choices: event::Severity::ALL.into_iter().map(event::Severity::as_str).collect(),
    }
    Severities { about: "Severities, with commas between them.", example: "Alert,Warning", limit: Some(LIST) }
    ExportFormat { about: "How the export is written.", example: "jsonl", choices: vec!["jsonl", "csv"] }
    Reason { about: "Why it was refused, as a code.", example: "origin_not_allowed" }
    Ip { about: "The address that the request came from.", example: "203.0.113.7" }
    UserAgent { about: "The user agent that the request named.", example: "Mozilla/5.0" }
    Sentence { about: "A sentence for people.", example: "User user-1 signed in." }
    FindingCode { about: "What was found, as a code.", example: "same_domain" }
    FindingSeverity {
        about: "Whether it keeps a browser from accepting the pair.",
        example: "error",
        choices: vec!["error", "warning", "info"],
    }
    ModelName { about: "What the manufacturer calls the model.", example: "YubiKey 5 Series" }
    AttestationKind { about: "How a model attests.", example: "basic_full" }
    CertificationStatus { about: "A status of the FIDO metadata.", example: "FIDO_CERTIFIED_L1" }
    Icon { about: "A picture, as a data URL.", example: "data:image/png;base64,iVBORw0KGgo=" }
    AppleApp { about: "An app: team id, a dot, bundle id.", example: "ABCDE12345.com.example.app", limit: Some(text::PURPOSE) }
    PackageName { about: "The app's package name.", example: "com.example.app", limit: Some(text::PURPOSE) }
    Fingerprint {
        about: "The SHA-256 of the certificate that signs the app.",
        example: "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5",
    }
    Relation {
        about: "What the app may share with the site.",
        example: "delegate_permission/common.get_login_creds",
    }
    Namespace { about: "The kind of target.", example: "android_app" }
    TopOrigin { about: "An origin of a page that may frame the application's, or `any`.", example: "https://example.org", limit: Some(text::ORIGIN) }
    HealthStatus {
        about: "How it is; degraded is well enough to work, and wants looking after.",
        example: "Healthy",
        choices: vec!["Healthy", "Degraded", "Unhealthy"],
    }
    ErrorCode {
        about: "The refusal, for programs.",
        example: "unknown_credential",
        choices: code::Code::ALL
            .iter()
            .filter(|code| !code::Code::REASONS_ONLY.contains(code))
            .map(|code| code.as_str())
            .collect(),
    }
    Ok { about: "All went well.", example: "ok", choices: vec!["ok"] }
}

/// Always empty.
#[derive(Debug)]
pub enum Empty {}

impl JsonSchema for Empty {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Empty".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "const": "", "description": "Always empty.", "examples": [""] })
    }
}

/// The schema of such a text.
pub fn schema(look: &Look) -> Schema {
    let mut schema = Schema::default();
    schema.insert("type".to_owned(), "string".into());
    if !look.about.is_empty() {
        schema.insert("description".to_owned(), look.about.into());
    }
    if !look.format.is_empty() {
        schema.insert("format".to_owned(), look.format.into());
    }
    match look.choices.as_slice() {
        [] => {}
        [only] => {
            schema.insert("const".to_owned(), (*only).into());
        }
        several => {
            schema.insert("enum".to_owned(), json!(several));
        }
    }
    schema.insert("examples".to_owned(), json!([look.example]));
    schema
}
