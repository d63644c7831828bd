//! COSE keys: what a credential public key must be, one broken property at a time.

#[path = "support/soft.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod soft;

use passgate_webauthn::cbor::{self, Key, Value};
use passgate_webauthn::{Algorithm, CborError, CoseKeyError, CosePublicKey, Leniency, Policy};
use soft::{SoftKey, encode_cose, int, key};

fn parse(bytes: &[u8]) -> Result<(), CoseKeyError> {
    CosePublicKey::parse(bytes).map(|_| ())
}

/// A good key of this algorithm with its integers and byte strings changed.
fn broken(
    algorithm: Algorithm,
    change: impl FnOnce(&mut Vec<(i64, i64)>, &mut soft::Entries),
) -> Result<(), CoseKeyError> {
    let good = SoftKey::new(algorithm);
    let (mut integers, mut bytes) = (good.integers(), good.parameters());
    change(&mut integers, &mut bytes);
    parse(&encode_cose(&integers, &bytes))
}

fn set(integers: &mut [(i64, i64)], label: i64, value: i64) {
    integers
        .iter_mut()
        .filter(|(name, _)| *name == label)
        .for_each(|entry| entry.1 = value);
}

#[test]
fn good_keys_of_every_algorithm_are_read() {
    for key in SoftKey::all() {
        let parsed = CosePublicKey::parse(&key.cose()).unwrap();
        assert_eq!(
            (parsed.algorithm(), parsed.as_bytes()),
            (key.algorithm, &key.cose()[..])
        );
        let signature = key.sign(b"message");
        assert!(parsed.verify(b"message", &signature).is_ok(), "{}", key.algorithm);
        assert!(
            parsed.verify(b"massage", &signature).is_err(),
            "{}",
            key.algorithm
        );
        for at in [0, signature.len() / 2, signature.len() - 1] {
            let mut flipped = signature.clone();
            flipped[at] ^= 1;
            assert!(
                parsed.verify(b"message", &flipped).is_err(),
                "{} {at}",
                key.algorithm
            );
        }
        let longer = [&signature[..], &[0]].concat();
        assert!(parsed.verify(b"message", &longer).is_err(), "{}", key.algorithm);
        assert!(
            parsed.verify(b"message", &signature[1..]).is_err(),
            "{}",
            key.algorithm
        );
    }
}

#[test]
fn parameters_are_exact() {
    for key in SoftKey::all() {
        let algorithm = key.algorithm;
        for (label, _) in key.integers() {
            let result = broken(algorithm, |integers, _| integers.retain(|entry| entry.0 != label));
            assert_eq!(result, Err(CoseKeyError::Missing(label)), "{algorithm} {label}");
        }
        for (label, _) in key.parameters() {
            let result = broken(algorithm, |_, bytes| bytes.retain(|entry| entry.0 != label));
            assert_eq!(result, Err(CoseKeyError::Missing(label)), "{algorithm} {label}");
        }
        for optional in [2, 4, 5, 99, -20] {
            let result = broken(algorithm, |_, bytes| bytes.push((optional, vec![1])));
            assert_eq!(
                result,
                Err(CoseKeyError::UnexpectedParameter(optional)),
                "{algorithm}"
            );
        }
        let private = match key.integers()[0].1 {
            1 | 2 => vec![-4],
            3 => (-12..=-3).collect(),
            _ => vec![-2],
        };
        for label in private {
            let result = broken(algorithm, |_, bytes| bytes.push((label, vec![1])));
            assert_eq!(result, Err(CoseKeyError::PrivateKeyPresent(label)), "{algorithm}");
        }
    }
}

/// Hardware keys have written them; they decide nothing.
#[test]
fn the_optional_parameters_open_by_name_only() {
    let good = SoftKey::new(Algorithm::Es256);
    let with = |optional: &[(i64, Value<'_>)]| {
        let mut entries: Vec<(Key<'_>, Value<'_>)> = Vec::new();
        for (label, value) in good.integers() {
            entries.push((key(label), int(value)));
        }
        let parameters = good.parameters();
        for (label, bytes) in &parameters {
            entries.push((key(*label), Value::Bytes(bytes)));
        }
        for (label, value) in optional {
            entries.push((key(*label), value.clone()));
        }
        cbor::encode(&Value::Map(entries))
    };
    let open = Policy::default().with_leniency(Leniency::CoseOptionalParameters);
    let read = |bytes: &[u8], policy: &Policy| {
        CosePublicKey::parse_under(bytes, policy.leniencies()).map(|key| key.algorithm())
    };
    let kid = (2, Value::Bytes(b"1"));
    let operations = (4, Value::Array(vec![int(2)]));
    for optional in [
        vec![kid.clone()],
        vec![operations.clone()],
        vec![kid.clone(), operations.clone()],
        vec![(4, Value::Array(vec![Value::Text("verify")]))],
    ] {
        let bytes = with(&optional);
        assert_eq!(read(&bytes, &open), Ok(Algorithm::Es256), "{optional:?}");
        assert_eq!(
            read(&bytes, &Policy::compatible()),
            Ok(Algorithm::Es256),
            "{optional:?}"
        );
        assert_eq!(
            CosePublicKey::parse(&bytes),
            Err(CoseKeyError::UnexpectedParameter(optional[0].0)),
            "{optional:?}"
        );
    }
    for (label, value) in [
        (2, Value::Text("1")),
        (4, int(2)),
        (4, Value::Array(Vec::new())),
        (4, Value::Array(vec![Value::Null])),
    ] {
        assert_eq!(
            read(&with(&[(label, value.clone())]), &open),
            Err(CoseKeyError::ParameterType(label)),
            "{value:?}"
        );
    }
    // Base IV, and what nobody has heard of.
    for label in [5, 6, -70] {
        assert_eq!(
            read(&with(&[(label, Value::Bytes(b"1"))]), &open),
            Err(CoseKeyError::UnexpectedParameter(label))
        );
    }
}

/// 00 01 00 01 instead of 01 00 01.
#[test]
fn a_leading_zero_of_an_rsa_exponent_opens_by_name_only() {
    let good = SoftKey::new(Algorithm::Rs256);
    let mut parameters = good.parameters();
    parameters[1].1.insert(0, 0);
    let padded = encode_cose(&good.integers(), &parameters);
    assert_eq!(parse(&padded), Err(CoseKeyError::RsaLeadingZero));
    let open = Policy::default().with_leniency(Leniency::RsaExponentLeadingZero);
    for policy in [open, Policy::compatible()] {
        let read = CosePublicKey::parse_under(&padded, policy.leniencies()).unwrap();
        assert!(read.verify(b"message", &good.sign(b"message")).is_ok());
        assert_eq!(read.as_bytes(), padded);
    }
    let modulus_only = Policy::default().with_leniency(Leniency::RsaModulusLeadingZero);
    assert_eq!(
        CosePublicKey::parse_under(&padded, modulus_only.leniencies()),
        Err(CoseKeyError::RsaLeadingZero)
    );
}

#[test]
fn rs1_as_a_credential_key_opens_by_name_only() {
    let file: serde_json::Value = serde_json::from_str(include_str!("data/rs1-credential-key.json")).unwrap();
    let member = |name: &str| hex::decode(file[name].as_str().unwrap()).unwrap();
    let sha1 = encode_cose(
        &[(1, 3), (3, -65535)],
        &[(-1, member("modulus")), (-2, vec![1, 0, 1])],
    );
    let refused = Err(CoseKeyError::UnsupportedAlgorithm(-65535));
    let of_statements = Policy::compatible().with_leniency(Leniency::Rs1);
    for policy in [Policy::default(), of_statements] {
        assert_eq!(CosePublicKey::parse_under(&sha1, policy.leniencies()), refused);
    }
    let open = Policy::default().with_leniency(Leniency::Rs1CredentialKey);
    let read = CosePublicKey::parse_under(&sha1, open.leniencies()).unwrap();
    assert_eq!(read.algorithm(), Algorithm::Rs1);
    assert!(read.verify(b"message", &member("signature")).is_ok());
    assert!(read.verify(b"massage", &member("signature")).is_err());
}

#[test]
fn algorithm_type_and_curve_are_bound() {
    let mismatch = |algorithm: Algorithm| {
        Err(CoseKeyError::AlgorithmCurveMismatch {
            algorithm: algorithm.id(),
        })
    };
    for key in SoftKey::all() {
        let algorithm = key.algorithm;
        for other in SoftKey::all() {
            let fits = other
                .integers()
                .iter()
                .filter(|entry| entry.0 != 3)
                .eq(key.integers().iter().filter(|entry| entry.0 != 3));
            let result = broken(algorithm, |integers, _| set(integers, 3, other.algorithm.id()));
            // Parameter sets of ML-DSA share a type; their lengths tell them apart.
            let is_ml_dsa = key.integers()[0].1 == 7 && algorithm != other.algorithm;
            if is_ml_dsa && fits {
                assert_eq!(result, Err(CoseKeyError::CoordinateLength(-1)));
            } else if fits {
                assert_eq!(result, Ok(()), "{algorithm} as {}", other.algorithm);
            } else {
                assert_eq!(
                    result,
                    mismatch(other.algorithm),
                    "{algorithm} as {}",
                    other.algorithm
                );
            }
        }
        for id in [0, -1, -65535, -257_000, 7] {
            let result = broken(algorithm, |integers, _| set(integers, 3, id));
            assert_eq!(result, Err(CoseKeyError::UnsupportedAlgorithm(id)));
        }
        let result = broken(algorithm, |integers, _| set(integers, 1, 9));
        assert_eq!(result, Err(CoseKeyError::UnsupportedKeyType(9)));
    }
    for curve in [0, 2, 3, 6, 8] {
        let result = broken(Algorithm::Es256, |integers, _| set(integers, -1, curve));
        assert_eq!(result, mismatch(Algorithm::Es256), "crv {curve}");
    }
    let ed448_curve = broken(Algorithm::EdDsa, |integers, _| set(integers, -1, 7));
    assert_eq!(ed448_curve, mismatch(Algorithm::EdDsa));
}

#[test]
fn points_are_on_their_curve_at_full_length() {
    for key in SoftKey::all() {
        if key.integers()[0].1 != 2 {
            continue;
        }
        let algorithm = key.algorithm;
        let off = broken(algorithm, |_, bytes| bytes[1].1[0] ^= 1);
        assert_eq!(off, Err(CoseKeyError::NotOnCurve), "{algorithm}");
        let zero = broken(algorithm, |_, bytes| {
            bytes.iter_mut().for_each(|entry| entry.1.fill(0))
        });
        assert_eq!(zero, Err(CoseKeyError::NotOnCurve), "{algorithm}");
        let above = broken(algorithm, |_, bytes| bytes[0].1.fill(0xff));
        assert_eq!(above, Err(CoseKeyError::NotOnCurve), "{algorithm}");
        for (at, label) in [(0, -2), (1, -3)] {
            let short = broken(algorithm, |_, bytes| bytes[at].1.truncate(31));
            assert_eq!(short, Err(CoseKeyError::CoordinateLength(label)), "{algorithm}");
            let long = broken(algorithm, |_, bytes| bytes[at].1.insert(0, 0));
            assert_eq!(long, Err(CoseKeyError::CoordinateLength(label)), "{algorithm}");
        }
    }
    let compressed = [
        (key(1), int(2)),
        (key(3), int(-7)),
        (key(-1), int(1)),
        (key(-2), Value::Bytes(&[1; 32])),
        (key(-3), Value::Bool(true)),
    ];
    assert_eq!(
        parse(&cbor::encode(&Value::Map(compressed.to_vec()))),
        Err(CoseKeyError::ParameterType(-3))
    );
}

#[test]
fn weak_edwards_points_are_refused() {
    let with = |hex: &str| {
        broken(Algorithm::EdDsa, |_, bytes| {
            bytes[0].1 = hex::decode(hex).unwrap()
        })
    };
    let small_order = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    for point in small_order {
        assert_eq!(with(point), Err(CoseKeyError::WeakKey), "{point}");
    }
    // y = p + 3: the same point has a canonical spelling, and two spellings would be two keys.
    for non_canonical in 0xed..=0xff_u8 {
        let mut point = vec![0xff; 32];
        (point[0], point[31]) = (non_canonical, 0x7f);
        let result = with(&hex::encode(point));
        assert!(
            matches!(result, Err(CoseKeyError::WeakKey | CoseKeyError::NotOnCurve)),
            "{non_canonical:x}: {result:?}"
        );
    }
    let off_curve = "0200000000000000000000000000000000000000000000000000000000000000";
    assert_eq!(with(off_curve), Err(CoseKeyError::NotOnCurve));
    // The known pair: with a small-order key this signature would hold for every message.
    let identity = hex::decode(small_order[0]).unwrap();
    let key = encode_cose(&SoftKey::new(Algorithm::EdDsa).integers(), &[(-2, identity)]);
    assert!(CosePublicKey::parse(&key).is_err());
}

#[test]
fn rsa_numbers_are_of_full_strength() {
    let with = |change: &dyn Fn(&mut soft::Entries)| broken(Algorithm::Rs256, |_, bytes| change(bytes));
    assert_eq!(
        with(&|bytes| bytes[0].1.insert(0, 0)),
        Err(CoseKeyError::RsaLeadingZero)
    );
    assert_eq!(
        with(&|bytes| bytes[1].1.insert(0, 0)),
        Err(CoseKeyError::RsaLeadingZero)
    );
    assert_eq!(
        with(&|bytes| bytes[0].1.truncate(255)),
        Err(CoseKeyError::RsaModulusTooSmall { bits: 2040 })
    );
    assert_eq!(
        with(&|bytes| bytes[0].1[0] = 0x7f),
        Err(CoseKeyError::RsaModulusTooSmall { bits: 2047 })
    );
    assert_eq!(
        with(&|bytes| bytes[0].1 = vec![0xff; 1025]),
        Err(CoseKeyError::RsaModulusTooLarge { bits: 8200 })
    );
    assert_eq!(with(&|bytes| bytes[0].1[255] &= 0xfe), Err(CoseKeyError::WeakKey));
    assert_eq!(
        with(&|bytes| bytes[0].1.clear()),
        Err(CoseKeyError::RsaModulusTooSmall { bits: 0 })
    );
    for exponent in [
        vec![],
        vec![1],
        vec![3],
        vec![17],
        vec![1, 0, 0],
        vec![0xff; 5],
        vec![0xff; 40],
    ] {
        assert_eq!(
            with(&|bytes| bytes[1].1 = exponent.clone()),
            Err(CoseKeyError::RsaExponent),
            "{exponent:?}"
        );
    }
}

/// Peers have let `true` or a second, longer spelling stand for a label; each changed which key was verified.
#[test]
fn labels_are_unique_canonical_integers() {
    let good = hex::encode(SoftKey::new(Algorithm::Es256).cose());
    assert!(good.starts_with("a5010203262001"));
    let cbor = |hex: String| parse(&hex::decode(hex).unwrap());
    let refused = |error| Err(CoseKeyError::Cbor(error));
    let twin = |label: &str| cbor(format!("a6{label}02{}", &good[6..]));
    assert_eq!(twin("010201"), refused(CborError::DuplicateKey));
    assert_eq!(
        cbor(good.replacen("a50102", "a601021801 02", 1).replace(' ', "")),
        refused(CborError::DuplicateKey)
    );
    assert_eq!(
        cbor(good.replacen("a50102", "a5180102", 1)),
        refused(CborError::NonCanonical)
    );
    assert_eq!(
        cbor(good.replacen("a50102", "a5f502", 1)),
        refused(CborError::Type)
    );
    assert_eq!(
        cbor(good.replacen("a50102", "a5f93c0002", 1)),
        refused(CborError::Type)
    );
    assert_eq!(
        cbor(good.replacen("a50102", "a5613102", 1)),
        refused(CborError::KeyOrder)
    );
    assert_eq!(
        cbor(good.replacen("a50102", "b9000501 02", 1).replace(' ', "")),
        refused(CborError::NonCanonical)
    );
    assert_eq!(
        cbor(good.replacen("a5", "bf", 1) + "ff"),
        refused(CborError::Indefinite)
    );
    assert_eq!(
        cbor(good.replacen("a501020326", "a503260102", 1)),
        refused(CborError::KeyOrder)
    );
    assert_eq!(cbor(format!("{good}00")), refused(CborError::TrailingBytes));
    assert_eq!(cbor(format!("c0{good}")), refused(CborError::Type));
    assert_eq!(cbor("80".into()), Err(CoseKeyError::NotAMap));
    // The Firefox release that wrote text values under a wrong header.
    let firefox = [
        (key(1), Value::Text("OKP")),
        (key(3), int(-8)),
        (key(-1), Value::Text("Ed25519")),
    ];
    assert_eq!(
        parse(&cbor::encode(&Value::Map(firefox.to_vec()))),
        Err(CoseKeyError::ParameterType(1))
    );
    let text_label = [(Key::Text("x"), int(1))];
    assert_eq!(
        parse(&cbor::encode(&Value::Map(text_label.to_vec()))),
        Err(CoseKeyError::NotAMap)
    );
}

/// r and s of zero or of the group's order prove nothing, on no curve.
#[test]
fn degenerate_ecdsa_signatures_fail_on_every_curve() {
    let order = |algorithm| match algorithm {
        Algorithm::Es256 => "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        Algorithm::Es384 => {
            "00ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        Algorithm::Es512 => {
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        }
        _ => "00fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    };
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Es256k,
    ] {
        if !algorithm.is_supported() {
            continue;
        }
        let key = CosePublicKey::parse(&SoftKey::new(algorithm).cose()).unwrap();
        let numbers = [vec![0], vec![1], hex::decode(order(algorithm)).unwrap()];
        for r in &numbers {
            for s in &numbers {
                let integer = |number: &[u8]| [&[0x02, number.len() as u8], number].concat();
                let body = [integer(r), integer(s)].concat();
                let head = if body.len() < 128 {
                    vec![0x30, body.len() as u8]
                } else {
                    vec![0x30, 0x81, body.len() as u8]
                };
                let signature = [head, body].concat();
                assert!(
                    key.verify(b"message", &signature).is_err(),
                    "{algorithm} {r:?} {s:?}"
                );
            }
        }
    }
}

/// DER has one spelling; each curve's reader refuses the others.
#[test]
fn der_is_strict_on_every_curve() {
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Es256k,
    ] {
        if !algorithm.is_supported() {
            continue;
        }
        let soft = SoftKey::new(algorithm);
        let key = CosePublicKey::parse(&soft.cose()).unwrap();
        let good = soft.sign(b"message");
        assert!(key.verify(b"message", &good).is_ok());
        let body_at = if good[1] == 0x81 { 3 } else { 2 };
        let body = &good[body_at..];
        let r_length = usize::from(body[1]);
        let (r, s) = (&body[2..2 + r_length], &body[4 + r_length..]);
        let wrap = |r: &[u8], s: &[u8]| {
            let body = [&[0x02, r.len() as u8], r, &[0x02, s.len() as u8], s].concat();
            let head = if body.len() < 128 {
                vec![0x30, body.len() as u8]
            } else {
                vec![0x30, 0x81, body.len() as u8]
            };
            [head, body].concat()
        };
        assert_eq!(wrap(r, s), good);
        let padded = |number: &[u8]| [&[0], number].concat();
        let long_form = if body.len() < 128 {
            [&[0x30, 0x81, body.len() as u8], body].concat()
        } else {
            [&[0x30, 0x82, 0, body.len() as u8], body].concat()
        };
        let indefinite = [&[0x30, 0x80], body, &[0, 0]].concat();
        let set = [&[0x31], &good[1..]].concat();
        for bad in [
            wrap(&padded(r), s),
            wrap(r, &padded(s)),
            long_form,
            indefinite,
            set,
            [body, &[0]].concat(),
        ] {
            assert!(
                key.verify(b"message", &bad).is_err(),
                "{algorithm} {}",
                hex::encode(bad)
            );
        }
        // The raw form r ‖ s is not the one of WebAuthn.
        assert!(key.verify(b"message", &[r, s].concat()).is_err());
    }
}
