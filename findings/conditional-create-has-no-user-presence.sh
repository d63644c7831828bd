#!/usr/bin/env bash
# A passkey made by conditional create may lack user presence, and three libraries refuse it, one of them without a way out.
# Seen with: PyPI webauthn 3.0.0, PyPI fido2 2.2.1, npm @simplewebauthn/server 14.0.3; a valid registration with UP and UV clear,
#   backup eligible and backed up, as the standard allows when mediation is "conditional".
# Seen: by default all three refuse ("user presence"); require_user_presence=False and requireUserPresence: false let py_webauthn
#   and SimpleWebAuthn take it; python-fido2's register_complete has no such argument.
# An automatic upgrade after a password sign-in fails on the server, where nobody watches; the session must remember that this
# registration was conditional.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env webauthn==3.0.0 fido2==2.2.1 cbor2==6.3.0 cryptography==50.0.2
node_env @simplewebauthn/server@14.0.3
cp "$HERE/authenticator.py" .
cat >finding.py <<'PY'
import inspect, json
from authenticator import CHALLENGE, ORIGIN, RP_ID, Key, b64, register
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity
from webauthn import verify_registration_response
made = register(Key("ES256"), flags=0x18)
json.dump(made, open("made.json", "w"))
said = {"credential": made, "expected_challenge": CHALLENGE, "expected_rp_id": RP_ID, "expected_origin": ORIGIN}
def attempt(name, work):
    try:
        work()
        print(f"{name}: accepts")
    except Exception as error:
        print(f"{name}: {error}")
attempt("py_webauthn", lambda: verify_registration_response(**said))
attempt("py_webauthn, require_user_presence=False", lambda: verify_registration_response(**said, require_user_presence=False))
server = Fido2Server(PublicKeyCredentialRpEntity(id=RP_ID, name="rp"))
attempt("python-fido2", lambda: server.register_complete({"challenge": b64(CHALLENGE), "user_verification": None}, made))
print(f"python-fido2's arguments: {list(inspect.signature(server.register_complete).parameters)}")
PY
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
const response = JSON.parse(readFileSync('made.json'));
const expected = { response, expectedChallenge: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url'), expectedOrigin: 'https://example.com', expectedRPID: 'example.com', requireUserVerification: false };
for (const [name, more] of [['SimpleWebAuthn', {}], ['SimpleWebAuthn, requireUserPresence: false', { requireUserPresence: false }]]) {
  console.log(`${name}: ${await verifyRegistrationResponse({ ...expected, ...more }).then(({ verified }) => (verified ? 'accepts' : 'refuses'), (error) => error.message)}`);
}
JS
{ py finding.py; node finding.mjs; } | expect 'py_webauthn: User presence was required, but was not present during attestation
py_webauthn, require_user_presence=False: accepts
python-fido2: User Present flag not set.
python-fido2'\''s arguments: ['\''state'\'', '\''response'\'']
SimpleWebAuthn: User presence was required, but user was not present
SimpleWebAuthn, requireUserPresence: false: accepts'
