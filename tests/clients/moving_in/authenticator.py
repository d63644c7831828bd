"""A software authenticator: makes passkeys and signs with them, as a browser would hand it on. Nothing of Passgate's."""

import base64
import hashlib
import json
import os

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


def encode(data):
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    """Bytes of base64url, padded or not."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One passkey on one device."""

    def __init__(self, origin, counts=False):
        self.origin = origin
        self.counts = counts
        self.count = 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.handle = None
        self.rp_id = None

    def create(self, options):
        """What `navigator.credentials.create()` answers, in JSON."""
        self.handle = decode(options["user"]["id"])
        self.rp_id = options["rp"]["id"]
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(0x45, attested)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._envelope(
            {
                "clientDataJSON": encode(client_data),
                "attestationObject": encode(attestation),
                "transports": ["usb"] if self.counts else ["internal", "hybrid"],
            }
        ) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def get(self, options):
        """What `navigator.credentials.get()` answers, in JSON."""
        data = self._data(0x05, b"")
        client_data = self._client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._envelope(
            {
                "clientDataJSON": encode(client_data),
                "authenticatorData": encode(data),
                "signature": encode(signature),
                "userHandle": encode(self.handle),
            }
        )

    def _data(self, flags, attested):
        if self.counts:
            self.count += 1
        else:
            # A passkey that is synced, and does not count.
            flags |= 0x18
        head = hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        return head + attested

    def _client_data(self, kind, challenge):
        fields = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(fields, separators=(",", ":")).encode()

    def _envelope(self, response):
        return {
            "id": encode(self.id),
            "rawId": encode(self.id),
            "type": "public-key",
            "authenticatorAttachment": "cross-platform" if self.counts else "platform",
            "clientExtensionResults": {},
            "response": response,
        }
