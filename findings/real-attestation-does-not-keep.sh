#!/usr/bin/env bash
# A valid attestation of an iPhone or a Pixel is refused some days later by the same library that took it.
# Seen with: real registrations that PyPI's fido-mds 2026.10 ships with its tests (iPhone 12, Surface, Nexus 5, Pixel 8a, two
#   YubiKeys), through PyPI webauthn 3.0.0, npm @simplewebauthn/server 14.0.3 and PyPI fido2 2.2.1.
# Seen: Apple's leaf is valid for 3 days; the Pixel's own key says 1970 to 2048 but its issuer lived 25 days and the next one
#   69; SafetyNet's answer is good for a minute. Two libraries refuse all three today and take no time to judge by;
#   python-fido2, which judges signatures and leaves dates to its caller, accepts all. The YubiKeys and (until June 2027) the
#   Surface stay good.
# Stored attestation objects cannot be judged again later (audits, moving to another product) unless the verifier takes the
# time of the registration as an argument; keep the verdict beside the object.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env webauthn==3.0.0 fido2==2.2.1 fido-mds==2026.10 cbor2==6.3.0 cryptography==50.0.2
node_env @simplewebauthn/server@14.0.3
cat >finding.py <<'PY'
import base64, hashlib, json, sys
import cbor2
from cryptography import x509
from fido2.attestation import Attestation, verify_x509_chain
from fido2.webauthn import AttestationObject
import fido_mds.tests.data as real
from webauthn import verify_registration_response

def decode(text):
    text = text if isinstance(text, str) else text.decode()
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

kept = {}
for name in ("YUBIKEY_4", "YUBIKEY_5_NFC", "MICROSOFT_SURFACE_1796", "IPHONE_12", "PIXEL_8A", "NEXUS_5"):
    statement, client = (decode(part) for part in getattr(real, name))
    parsed = cbor2.loads(statement)
    data = parsed["authData"]
    said = json.loads(client)
    host = said["origin"].split("//")[1].split("/")[0].split(":")[0]
    rp_id = next(host.split(".", n)[n] for n in range(3) if hashlib.sha256(host.split(".", n)[n].encode()).digest() == data[:32])
    credential = encode(data[55:55 + int.from_bytes(data[53:55], "big")])
    response = {"id": credential, "rawId": credential, "type": "public-key", "clientExtensionResults": {},
                "response": {"clientDataJSON": encode(client), "attestationObject": encode(statement)}}
    kept[name] = {"response": response, "challenge": said["challenge"], "origin": said["origin"], "rp": rp_id}
    days = [(c.not_valid_after_utc - c.not_valid_before_utc).days for c in map(x509.load_der_x509_certificate, parsed["attStmt"].get("x5c", []))]
    try:
        verify_registration_response(credential=response, expected_challenge=decode(said["challenge"]), expected_rp_id=rp_id, expected_origin=said["origin"])
        first = "accepts"
    except Exception as error:
        first = "refuses"
    judged = AttestationObject(statement)
    result = Attestation.for_type(judged.fmt)().verify(judged.att_stmt, judged.auth_data, hashlib.sha256(client).digest())
    verify_x509_chain(result.trust_path)
    print(f"{name} ({parsed['fmt']}): days valid {days}; py_webauthn {first}, python-fido2 accepts")
json.dump(kept, open("real.json", "w"))
PY
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
for (const [name, { response, challenge, origin, rp }] of Object.entries(JSON.parse(readFileSync('real.json')))) {
  const said = await verifyRegistrationResponse({ response, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rp, requireUserVerification: false })
    .then(({ verified }) => (verified ? 'accepts' : 'refuses'), (error) => `refuses: ${error.message.split(/[\n"]/)[0].trim()}`);
  console.log(`${name}: SimpleWebAuthn ${said}`);
}
JS
{ py finding.py; node finding.mjs; } | expect 'YUBIKEY_4 (fido-u2f): days valid [13183]; py_webauthn accepts, python-fido2 accepts
YUBIKEY_5_NFC (packed): days valid [13183]; py_webauthn accepts, python-fido2 accepts
MICROSOFT_SURFACE_1796 (tpm): days valid [2025, 2191]; py_webauthn accepts, python-fido2 accepts
IPHONE_12 (apple): days valid [3, 3646]; py_webauthn refuses, python-fido2 accepts
PIXEL_8A (android-key): days valid [28489, 25, 69, 5475, 5475]; py_webauthn refuses, python-fido2 accepts
NEXUS_5 (android-safetynet): days valid []; py_webauthn refuses, python-fido2 accepts
YUBIKEY_4: SimpleWebAuthn accepts
YUBIKEY_5_NFC: SimpleWebAuthn accepts
MICROSOFT_SURFACE_1796: SimpleWebAuthn accepts
IPHONE_12: SimpleWebAuthn refuses: Found certificate out of validity period:
PIXEL_8A: SimpleWebAuthn refuses: Found certificate out of validity period:
NEXUS_5: SimpleWebAuthn refuses: Payload timestamp'
