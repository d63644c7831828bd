#!/usr/bin/env bash
# Chromium makes ML-DSA passkeys today and most servers refuse them; the newer numbers for the old algorithms are not made at all.
# Seen with: Debian's chromium 156.0.8078.114 (virtual authenticator), PyPI fido2 2.2.1 and webauthn 3.0.0, npm
#   @simplewebauthn/server 14.0.3.
# Seen: -48, -49 and -50 register; getPublicKey() gives SPKI of 1334, 1974 and 2614 bytes, an assertion's signature has 2420, 3309
#   and 4627. -9 (ESP256), -19 (Ed25519) and -51 are NotAllowedError, while -7 and -8 work. [-49, -7] makes a -49 key: the order
#   of the list decides. python-fido2 verifies all three; py_webauthn and SimpleWebAuthn refuse the number.
# Sizes grow twentyfold: check body limits and column widths. Put -7 before the ML-DSA numbers unless everything behind the
# browser can verify them.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
python_env webauthn==3.0.0 fido2==2.2.1 cryptography==50.0.2
node_env @simplewebauthn/server@14.0.3
cat >finding.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { launch, visit } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://example.com');
const size = (text) => Buffer.from(text, 'base64url').length;
const kept = {};
for (const algorithms of [[-7], [-8], [-9], [-19], [-48], [-49], [-50], [-51], [-49, -7], [-7, -49]]) {
  const made = await page.evaluate((o) => window.make(o), { user: String(algorithms), algorithms });
  if (!made.ok) { console.log(`[${algorithms}]: ${made.error}`); continue; }
  const used = await page.evaluate(() => window.use({}));
  kept[String(algorithms)] = { made: made.json, used: used.json };
  const { publicKeyAlgorithm, publicKey } = made.json.response;
  const ecdsa = publicKeyAlgorithm === -7;
  console.log(`[${algorithms}]: makes ${publicKeyAlgorithm}, key of ${size(publicKey)} bytes${ecdsa ? '' : `, signature of ${size(used.json.response.signature)}`}`);
}
await browser.close();
writeFileSync('kept.json', JSON.stringify(kept));
for (const name of ['-48', '-49', '-50']) {
  const said = await verifyRegistrationResponse({ response: kept[name].made, expectedChallenge: Buffer.from('0123456789abcdef').toString('base64url'), expectedOrigin: 'https://example.com', expectedRPID: 'example.com' }).then(() => 'accepts', (error) => error.message);
  console.log(`SimpleWebAuthn ${name}: ${said}`);
}
JS
cat >finding.py <<'PY'
import base64, json
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity
from webauthn import verify_registration_response
server = Fido2Server(PublicKeyCredentialRpEntity(id="example.com", name="rp"))
state = {"challenge": base64.urlsafe_b64encode(b"0123456789abcdef").rstrip(b"=").decode(), "user_verification": None}
for name, pair in json.load(open("kept.json")).items():
    if name not in ("-48", "-49", "-50"):
        continue
    credential = server.register_complete(state, pair["made"]).credential_data
    server.authenticate_complete(state, [credential], pair["used"])
    try:
        verify_registration_response(credential=pair["made"], expected_challenge=b"0123456789abcdef", expected_rp_id="example.com", expected_origin="https://example.com")
        said = "accepts"
    except Exception as error:
        said = str(error).split(",")[0]
    print(f"{name}: python-fido2 registers and signs in; py_webauthn: {said}")
PY
{ node finding.mjs; py finding.py; } | expect '[-7]: makes -7, key of 91 bytes
[-8]: makes -8, key of 44 bytes, signature of 64
[-9]: NotAllowedError
[-19]: NotAllowedError
[-48]: makes -48, key of 1334 bytes, signature of 2420
[-49]: makes -49, key of 1974 bytes, signature of 3309
[-50]: makes -50, key of 2614 bytes, signature of 4627
[-51]: NotAllowedError
[-49,-7]: makes -49, key of 1974 bytes, signature of 3309
[-7,-49]: makes -7, key of 91 bytes
SimpleWebAuthn -48: Unexpected public key alg "-48", expected one of "-8, -7, -257"
SimpleWebAuthn -49: Unexpected public key alg "-49", expected one of "-8, -7, -257"
SimpleWebAuthn -50: Unexpected public key alg "-50", expected one of "-8, -7, -257"
-48: python-fido2 registers and signs in; py_webauthn: Unsupported credential public key alg "-48"
-49: python-fido2 registers and signs in; py_webauthn: Unsupported credential public key alg "-49"
-50: python-fido2 registers and signs in; py_webauthn: Unsupported credential public key alg "-50"'
