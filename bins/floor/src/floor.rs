//! The bare sign-in server.

use std::path::Path;

use actix_web::{HttpRequest, HttpResponse, web};
use ring::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey},
};

use crate::{
    message::{
        ClientData, Refused, RegisterComplete, RegisterToken, SignInBegin, SignInComplete, Token, answer,
        decode, encode, read,
    },
    sealed::{Claims, Kind, Sealing, now},
    storage::{Storage, Write},
};

const PUBLIC_KEY: &str = "floor:public:00112233445566778899aabbccddeeff";
const SECRET_KEY: &str = "floor:secret:ffeeddccbbaa99887766554433221100";

/// Seconds.
const SESSION: u64 = 3600;
const TOKEN: u64 = 120;

/// UP and UV.
const USER_VERIFIED: u8 = 0x05;

/// Why the yardstick does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database cannot be opened")]
    Storage(#[from] rusqlite::Error),
    #[error("the system has no random bytes")]
    Random,
}

/// The state of the server.
pub struct Floor {
    storage: Storage,
    sealing: Sealing,
    /// SHA-256 of the secret key: the cached row of the application.
    secret_key_hash: Vec<u8>,
}

impl Floor {
    pub fn open(database: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            storage: Storage::open(database)?,
            sealing: Sealing::new().map_err(|_| OpenError::Random)?,
            secret_key_hash: digest(&SHA256, SECRET_KEY.as_bytes()).as_ref().to_vec(),
        })
    }

    fn claims(&self, kind: Kind, user: String, origin: String, lifetime: u64) -> Result<Claims, Refused> {
        Ok(Claims {
            kind,
            id: encode(&self.sealing.random::<16>()?),
            user,
            challenge: encode(&self.sealing.random::<32>()?),
            origin,
            expires: now() + lifetime,
        })
    }

    fn check_public(&self, request: &HttpRequest) -> Result<(), Refused> {
        let key = request.headers().get("ApiKey").ok_or(Refused::Key)?;
        if key.as_bytes() == PUBLIC_KEY.as_bytes() {
            Ok(())
        } else {
            Err(Refused::Key)
        }
    }

    fn check_secret(&self, request: &HttpRequest) -> Result<(), Refused> {
        let key = request.headers().get("ApiSecret").ok_or(Refused::Key)?;
        if digest(&SHA256, key.as_bytes()).as_ref() == self.secret_key_hash {
            Ok(())
        } else {
            Err(Refused::Key)
        }
    }
}

pub fn configure(app: &mut web::ServiceConfig) {
    app.route("/admin/apps/{app}/create", web::post().to(create))
        .route("/register/token", web::post().to(register_token))
        .route("/register/begin", web::post().to(register_begin))
        .route("/register/complete", web::post().to(register_complete))
        .route("/signin/begin", web::post().to(sign_in_begin))
        .route("/signin/complete", web::post().to(sign_in_complete))
        .route("/signin/verify", web::post().to(verify));
}

async fn create() -> HttpResponse {
    answer(format!(
        r#"{{"apiKey1":"{PUBLIC_KEY}","apiSecret1":"{SECRET_KEY}"}}"#
    ))
}

async fn register_token(
    floor: web::Data<Floor>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refused> {
    floor.check_secret(&request)?;
    let asked: RegisterToken = read(&body)?;
    let claims = floor.claims(Kind::Register, asked.user_id, String::new(), TOKEN)?;
    Ok(answer(format!(
        r#"{{"token":"{}"}}"#,
        floor.sealing.seal(&claims)?
    )))
}

async fn register_begin(
    floor: web::Data<Floor>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refused> {
    floor.check_public(&request)?;
    let asked: Token = read(&body)?;
    let user = floor.sealing.open(&asked.token, Kind::Register)?.user;
    begun(&floor, user, String::new(), &[])
}

async fn register_complete(
    floor: web::Data<Floor>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refused> {
    floor.check_public(&request)?;
    let asked: RegisterComplete = read(&body)?;
    let session = floor.sealing.open(&asked.session, Kind::Session)?;
    let object = decode(&asked.response.response.attestation_object)?;
    // The load generator's keys end the object: x, three bytes, y.
    let [x, y] = [67, 32].map(|from_end| {
        let start = object.len().checked_sub(from_end)?;
        object.get(start..start + 32)
    });
    let (Some(x), Some(y)) = (x, y) else {
        return Err(Refused::Wrong);
    };
    let write = Write::Register {
        id: decode(&asked.response.raw_id)?,
        user: session.user.clone(),
        point: [&[4], x, y].concat(),
        spent: session.id,
        expires: session.expires,
    };
    floor.storage.write(write).await?;
    let claims = floor.claims(Kind::Verify, session.user, session.origin, TOKEN)?;
    Ok(answer(format!(
        r#"{{"token":"{}"}}"#,
        floor.sealing.seal(&claims)?
    )))
}

async fn sign_in_begin(
    floor: web::Data<Floor>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refused> {
    floor.check_public(&request)?;
    let asked: SignInBegin = read(&body)?;
    let host = asked.origin.strip_prefix("https://").ok_or(Refused::Wrong)?;
    if host != asked.rp_id {
        return Err(Refused::Wrong);
    }
    let ids = floor.storage.ids_of(&asked.user_id)?;
    begun(&floor, asked.user_id, asked.origin, &ids)
}

fn begun(floor: &Floor, user: String, origin: String, ids: &[Vec<u8>]) -> Result<HttpResponse, Refused> {
    let claims = floor.claims(Kind::Session, user, origin, SESSION)?;
    let ids: Vec<_> = ids
        .iter()
        .map(|id| format!(r#"{{"type":"public-key","id":"{}"}}"#, encode(id)))
        .collect();
    Ok(answer(format!(
        r#"{{"data":{{"challenge":"{}","rpId":"example.com","allowCredentials":[{}],"userVerification":"preferred"}},"session":"{}"}}"#,
        claims.challenge,
        ids.join(","),
        floor.sealing.seal(&claims)?,
    )))
}

async fn sign_in_complete(
    floor: web::Data<Floor>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refused> {
    floor.check_public(&request)?;
    let asked: SignInComplete = read(&body)?;
    let session = floor.sealing.open(&asked.session, Kind::Session)?;
    let id = decode(&asked.response.raw_id)?;
    let stored = floor.storage.find(&id)?;
    let assertion = asked.response.response;
    let client_data = decode(&assertion.client_data_json)?;
    let said: ClientData = read(&client_data)?;
    if said.r#type != "webauthn.get" || said.challenge != session.challenge || said.origin != session.origin {
        return Err(Refused::Wrong);
    }
    let data = decode(&assertion.authenticator_data)?;
    let (Some(rp_id_hash), Some(&flags), Some(count)) = (data.get(..32), data.get(32), data.get(33..37))
    else {
        return Err(Refused::Wrong);
    };
    let rp_id = session.origin.strip_prefix("https://").ok_or(Refused::Wrong)?;
    if rp_id_hash != digest(&SHA256, rp_id.as_bytes()).as_ref() || flags & USER_VERIFIED != USER_VERIFIED {
        return Err(Refused::Wrong);
    }
    let count = count.iter().fold(0, |count, byte| count << 8 | u32::from(*byte));
    let counts = count > stored.sign_count || (count == 0 && stored.sign_count == 0);
    let message = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
    let verified = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &stored.point)
        .verify(&message, &decode(&assertion.signature)?);
    if !counts || verified.is_err() || stored.user != session.user {
        return Err(Refused::Wrong);
    }
    let claims = floor.claims(Kind::Verify, stored.user.clone(), session.origin, TOKEN)?;
    let token = floor.sealing.seal(&claims)?;
    let write = Write::SignIn {
        id,
        user: stored.user,
        seen: stored.sign_count,
        count,
        spent: session.id,
        expires: session.expires,
    };
    floor.storage.write(write).await?;
    Ok(answer(format!(r#"{{"token":"{token}"}}"#)))
}

async fn verify(
    floor: web::Data<Floor>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refused> {
    floor.check_secret(&request)?;
    let asked: Token = read(&body)?;
    let claims = floor.sealing.open(&asked.token, Kind::Verify)?;
    let write = Write::Verify {
        user: claims.user.clone(),
        spent: claims.id,
        expires: claims.expires,
    };
    floor.storage.write(write).await?;
    Ok(answer(format!(
        r#"{{"success":true,"userId":"{}","origin":"{}","type":"passkey_signin"}}"#,
        claims.user, claims.origin
    )))
}
