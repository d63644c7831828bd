#!/usr/bin/env bash
# Three relying-party libraries register a passkey that they can never verify afterwards: another algorithm each.
# Seen with: npm @passwordless-id/webauthn 2.4.0 and fido2-lib 3.5.9, PyPI fido2 2.2.1 (allowed_algorithms with RS512);
#   valid registrations with attestation none, and the first sign-in with the same key.
# Seen: @passwordless-id registers EdDSA and then knows "only RS256 and ES256"; fido2-lib registers ES384 and then says
#   "Unsupported key format"; python-fido2 registers RS512 and then raises "Signature verification not supported".
# Attestation none never exercises the key: the account is made and locked in one step. Verify with the key's algorithm at
# registration, or offer only what a sign-in was tested with.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido2==2.2.1 cbor2==6.3.0 cryptography==50.0.2
node_env @passwordless-id/webauthn@2.4.0 fido2-lib@3.5.9
cp "$HERE/authenticator.py" .
py authenticator.py ES256 ES384 EdDSA RS256 RS512 >ceremonies.json
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { server } from '@passwordless-id/webauthn';
const { Fido2Lib } = createRequire(import.meta.url)('fido2-lib');
const all = JSON.parse(readFileSync('ceremonies.json'));
const challenge = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url');
const origin = 'https://example.com';
const buffer = (text) => Uint8Array.from(Buffer.from(text, 'base64url')).buffer;
const library = new Fido2Lib({ rpId: 'example.com' });
const first = (error) => error.message.split(/[.:\n]/)[0];
async function run(name, register, signIn) {
  let kept;
  try { kept = await register(); } catch { return console.log(`${name}: refuses at registration`); }
  return console.log(`${name}: registers, ${await signIn(kept).then(() => 'signs in', (error) => `then: ${first(error)}`)}`);
}
for (const kind of ['ES256', 'RS256', 'EdDSA', 'ES384']) {
  const { registration, assertion } = all[kind];
  await run(`@passwordless-id ${kind}`,
    async () => (await server.verifyRegistration({ ...registration, user: { name: 'n' } }, { challenge, origin })).credential,
    (credential) => server.verifyAuthentication(assertion, credential, { challenge, origin, userVerified: true }));
  await run(`fido2-lib ${kind}`,
    () => library.attestationResult({ id: buffer(registration.id), rawId: buffer(registration.id), response: { clientDataJSON: registration.response.clientDataJSON, attestationObject: registration.response.attestationObject } }, { challenge, origin, factor: 'either' }),
    (result) => library.assertionResult({ id: buffer(assertion.id), rawId: buffer(assertion.id), response: { ...assertion.response, authenticatorData: buffer(assertion.response.authenticatorData) } },
      { challenge, origin, factor: 'either', publicKey: result.authnrData.get('credentialPublicKeyPem'), prevCounter: 0, userHandle: assertion.response.userHandle }));
}
JS
cat >finding.py <<'PY'
import json
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialParameters, PublicKeyCredentialRpEntity, PublicKeyCredentialType
from authenticator import CHALLENGE, b64
server = Fido2Server(PublicKeyCredentialRpEntity(id="example.com", name="rp"))
server.allowed_algorithms = [PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in (-7, -257, -259)]
state = {"challenge": b64(CHALLENGE), "user_verification": None}
for kind in ("ES256", "RS256", "RS512"):
    both = json.load(open("ceremonies.json"))[kind]
    credential = server.register_complete(state, both["registration"]).credential_data
    try:
        server.authenticate_complete(state, [credential], both["assertion"])
        print(f"python-fido2 {kind}: registers, signs in")
    except Exception as error:
        print(f"python-fido2 {kind}: registers, then: {type(error).__name__} {error}")
PY
{ node finding.mjs; py finding.py; } | expect '@passwordless-id ES256: registers, signs in
fido2-lib ES256: registers, signs in
@passwordless-id RS256: registers, signs in
fido2-lib RS256: registers, signs in
@passwordless-id EdDSA: registers, then: Unknown or unsupported crypto algorithm
fido2-lib EdDSA: refuses at registration
@passwordless-id ES384: refuses at registration
fido2-lib ES384: registers, then: Unsupported key format
python-fido2 ES256: registers, signs in
python-fido2 RS256: registers, signs in
python-fido2 RS512: registers, then: NotImplementedError Signature verification not supported.'
