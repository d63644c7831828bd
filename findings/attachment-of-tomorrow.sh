#!/usr/bin/env bash
# A value of authenticatorAttachment that the library does not know ends the ceremony in py_webauthn; the standard says to treat it as null.
# Seen with: PyPI webauthn 3.0.0 and fido2 2.2.1, npm @simplewebauthn/server 14.0.3; valid registrations.
# Seen: authenticatorAttachment "wallet" is InvalidJSONStructure in py_webauthn and accepted by the other two; null and an absent member
#   pass everywhere. Unknown transports pass in all three, and py_webauthn's answer does not carry them at all.
# Enumerations in client JSON grow (hybrid and smart-card came later): a browser update must not stop registrations.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env webauthn==3.0.0 fido2==2.2.1 cbor2==6.3.0 cryptography==50.0.2
node_env @simplewebauthn/server@14.0.3
cp "$HERE/authenticator.py" .
cat >finding.py <<'PY'
import json
from authenticator import CHALLENGE, ORIGIN, RP_ID, Key, b64, register
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity
from webauthn import verify_registration_response
cases = {"platform": "platform", "null": None, "wallet": "wallet"}
made = {name: register(Key("ES256"), authenticatorAttachment=value) for name, value in cases.items()}
made["absent"] = {member: value for member, value in register(Key("ES256")).items() if member != "authenticatorAttachment"}
made["transports"] = register(Key("ES256"))
made["transports"]["response"]["transports"] = ["internal", "thought"]
json.dump(made, open("made.json", "w"))
server = Fido2Server(PublicKeyCredentialRpEntity(id=RP_ID, name="rp"))
for name, response in made.items():
    server.register_complete({"challenge": b64(CHALLENGE), "user_verification": None}, response)
    try:
        result = verify_registration_response(credential=response, expected_challenge=CHALLENGE, expected_rp_id=RP_ID, expected_origin=ORIGIN)
        said = "accepts" + (f", transports in the answer: {hasattr(result, 'transports')}" if name == "transports" else "")
    except Exception as error:
        said = f"{type(error).__name__} {error}"
    print(f"{name}: python-fido2 accepts, py_webauthn {said}")
PY
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
for (const [name, response] of Object.entries(JSON.parse(readFileSync('made.json')))) {
  const { verified, registrationInfo } = await verifyRegistrationResponse({ response, expectedChallenge: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url'), expectedOrigin: 'https://example.com', expectedRPID: 'example.com' });
  console.log(`${name}: SimpleWebAuthn ${verified ? 'accepts' : 'refuses'}${name === 'transports' ? `, transports ${registrationInfo.credential.transports}` : ''}`);
}
JS
{ py finding.py; node finding.mjs; } | expect 'platform: python-fido2 accepts, py_webauthn accepts
null: python-fido2 accepts, py_webauthn accepts
wallet: python-fido2 accepts, py_webauthn InvalidJSONStructure Credential had unexpected authenticatorAttachment
absent: python-fido2 accepts, py_webauthn accepts
transports: python-fido2 accepts, py_webauthn accepts, transports in the answer: False
platform: SimpleWebAuthn accepts
null: SimpleWebAuthn accepts
wallet: SimpleWebAuthn accepts
absent: SimpleWebAuthn accepts
transports: SimpleWebAuthn accepts, transports internal,thought'
