"""A software authenticator for findings: valid registrations and assertions as the JSON that browsers send.

As a program it prints {"registration": …, "assertion": …} for the key kinds named as arguments.
"""
import base64
import hashlib
import json
import os
import struct
import sys

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

RP_ID = "example.com"
ORIGIN = "https://example.com"
CHALLENGE = b"0123456789abcdef0123456789abcdef"
CURVES = {
    "ES256": (-7, ec.SECP256R1(), 1, hashes.SHA256()),
    "ES384": (-35, ec.SECP384R1(), 2, hashes.SHA384()),
    "ES256K": (-47, ec.SECP256K1(), 8, hashes.SHA256()),
}
RSA = {"RS256": (-257, hashes.SHA256()), "RS512": (-259, hashes.SHA512()), "PS256": (-37, hashes.SHA256())}
ML_DSA = {"ML-DSA-44": -48, "ML-DSA-65": -49, "ML-DSA-87": -50}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    def __init__(self, kind):
        self.kind = kind
        if kind in CURVES:
            self.alg, curve, number, self.hash = CURVES[kind]
            self.private = ec.generate_private_key(curve)
            point = self.private.public_key().public_numbers()
            size = curve.key_size // 8
            self.cose = {1: 2, 3: self.alg, -1: number, -2: point.x.to_bytes(size, "big"), -3: point.y.to_bytes(size, "big")}
        elif kind in RSA:
            self.alg, self.hash = RSA[kind]
            self.private = rsa.generate_private_key(65537, 2048)
            self.cose = {1: 3, 3: self.alg, -1: self.private.public_key().public_numbers().n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}
        elif kind == "EdDSA":
            self.alg = -8
            self.private = ed25519.Ed25519PrivateKey.generate()
            self.cose = {1: 1, 3: -8, -1: 6, -2: self.private.public_key().public_bytes_raw()}
        else:
            from cryptography.hazmat.primitives.asymmetric import mldsa
            self.alg = ML_DSA[kind]
            self.private = getattr(mldsa, kind.replace("-", "") + "PrivateKey").generate()
            self.cose = {1: 7, 3: self.alg, -1: self.private.public_key().public_bytes_raw()}

    def sign(self, message):
        if self.kind in CURVES:
            return self.private.sign(message, ec.ECDSA(self.hash))
        if self.kind in RSA:
            form = padding.PSS(padding.MGF1(self.hash), 32) if self.kind == "PS256" else padding.PKCS1v15()
            return self.private.sign(message, form, self.hash)
        return self.private.sign(message)

    def spki(self):
        return self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def client_data(kind, **members):
    data = {"type": kind, "challenge": b64(CHALLENGE), "origin": ORIGIN, "crossOrigin": False, **members}
    return json.dumps(data, separators=(",", ":")).encode()


def authenticator_data(flags, counter, rest=b""):
    return hashlib.sha256(RP_ID.encode()).digest() + bytes([flags]) + struct.pack(">I", counter) + rest


def register(key, flags=0x05, client=None, **top):
    """A registration with attestation none, as toJSON() gives it; `top` members replace those of the credential."""
    credential = os.urandom(32)
    data = authenticator_data(flags | 0x40, 0, bytes(16) + struct.pack(">H", 32) + credential + cbor2.dumps(key.cose))
    return {
        "id": b64(credential), "rawId": b64(credential), "type": "public-key",
        "authenticatorAttachment": "platform", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": b64(client_data("webauthn.create", **(client or {}))),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "authenticatorData": b64(data), "publicKeyAlgorithm": key.alg, "publicKey": b64(key.spki()), "transports": ["internal"],
        },
        **top,
    }


def sign_in(key, registration, counter=1, client=None, handle=b"user"):
    said = client_data("webauthn.get", **(client or {}))
    data = authenticator_data(0x05, counter)
    return {
        "id": registration["id"], "rawId": registration["id"], "type": "public-key",
        "authenticatorAttachment": "platform", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": b64(said), "authenticatorData": b64(data),
            "signature": b64(key.sign(data + hashlib.sha256(said).digest())), "userHandle": b64(handle),
        },
    }


def ceremonies(kind):
    key = Key(kind)
    registration = register(key)
    return {"registration": registration, "assertion": sign_in(key, registration)}


if __name__ == "__main__":
    json.dump({kind: ceremonies(kind) for kind in sys.argv[1:]}, sys.stdout)
