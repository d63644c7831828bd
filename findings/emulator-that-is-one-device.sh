#!/usr/bin/env bash
# Every new nid-webauthn-emulator is the same device, and it answers credProps that nobody asked for, at sign-in too.
# Seen with: npm nid-webauthn-emulator 0.2.11.
# Seen: a second new WebAuthnEmulator() refuses a registration whose exclude list names a passkey of the first one
#   ("CREDENTIAL_EXCLUDED"), and signs in with it. Registration and assertion bring clientExtensionResults.credProps without any
#   extensions in the options, though credProps is an extension of registrations alone; both say backup eligible and backed up.
#   Client data begins with the challenge at registration, with the type at sign-in.
# Tests of "add another device" need another credential source, and a server that refuses unrequested or misplaced extension
# outputs fails with this tool; the fault is not the server's input checks alone.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
node_env nid-webauthn-emulator@0.2.11
cat >finding.mjs <<'JS'
import { createRequire } from 'node:module';
const { WebAuthnEmulator } = createRequire(import.meta.url)('nid-webauthn-emulator');
const origin = 'https://example.com';
const options = { challenge: 'AAAA', rp: { id: 'example.com', name: 'rp' }, user: { id: 'AQ', name: 'n', displayName: 'd' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] };
const one = new WebAuthnEmulator();
const made = one.createJSON(origin, options);
const named = [{ type: 'public-key', id: made.id }];
const other = new WebAuthnEmulator();
try { other.createJSON(origin, { ...options, excludeCredentials: named }); } catch (error) { console.log(`another emulator, excluded: ${error.message}`); }
const used = other.getJSON(origin, { challenge: 'AAAA', rpId: 'example.com', allowCredentials: named });
console.log(`another emulator, named: ${used.id === made.id ? 'signs in' : 'does not sign in'}`);
for (const [name, answer] of [['registration', made], ['sign-in', used]]) {
  const client = Object.keys(JSON.parse(Buffer.from(answer.response.clientDataJSON, 'base64url')));
  const flags = Buffer.from(answer.response.authenticatorData, 'base64url')[32];
  console.log(`${name}: client data ${client}, flags ${flags.toString(16)}, extensions ${JSON.stringify(answer.clientExtensionResults)}`);
}
JS
node finding.mjs | expect 'another emulator, excluded: CTAP error: CTAP2_ERR_CREDENTIAL_EXCLUDED (25)
another emulator, named: signs in
registration: client data challenge,origin,type,crossOrigin, flags 5d, extensions {"credProps":{"rk":true}}
sign-in: client data type,challenge,origin,crossOrigin, flags 1d, extensions {"credProps":{"rk":true}}'
