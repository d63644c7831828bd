#!/usr/bin/env bash
# better-auth gives each passkey a user handle of its own and keeps none of them.
# Seen with: npm better-auth 1.7.6 with @better-auth/passkey 1.7.6 (memory adapter), npm nid-webauthn-emulator 0.2.11.
# Seen: one user registers two passkeys: the options carry two different handles of 32 lower-case letters and digits, neither is
#   the user's id, and no row of the store holds either. Counter, transports and key are kept.
# Whoever moves such users elsewhere can only learn the handle from the first sign-in; signalling a list of accepted passkeys
# by user handle is impossible; an account chooser shows the user twice.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
node_env --legacy-peer-deps better-auth@1.7.6 @better-auth/passkey@1.7.6 @better-auth/core@1.7.6 nid-webauthn-emulator@0.2.11
cat >finding.mjs <<'JS'
import { createRequire } from 'node:module';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { passkey } from '@better-auth/passkey';
const { WebAuthnEmulator } = createRequire(import.meta.url)('nid-webauthn-emulator');
const origin = 'https://example.com';
const store = { user: [], session: [], account: [], verification: [], passkey: [] };
const auth = betterAuth({
  secret: 'a secret of forty characters for one test', baseURL: origin, database: memoryAdapter(store), emailAndPassword: { enabled: true },
  plugins: [passkey({ rpID: 'example.com', rpName: 'rp', origin })], rateLimit: { enabled: false }, telemetry: { enabled: false }, logger: { level: 'error' },
});
const jar = new Map();
async function call(method, path, body) {
  const answer = await auth.handler(new Request(`${origin}/api/auth${path}`, { method, headers: { 'content-type': 'application/json', origin, cookie: [...jar].map((pair) => pair.join('=')).join('; ') }, body: body && JSON.stringify(body) }));
  for (const line of answer.headers.getSetCookie()) jar.set(...line.split(';')[0].split(/=(.*)/s).slice(0, 2));
  return answer.json();
}
await call('POST', '/sign-up/email', { email: 'a@example.com', password: 'a long password', name: 'A' });
const handles = [];
for (const name of ['first', 'second']) {
  const options = await call('GET', '/passkey/generate-register-options');
  handles.push(Buffer.from(options.user.id, 'base64url').toString());
  await call('POST', '/passkey/verify-registration', { name, response: new WebAuthnEmulator().createJSON(origin, { ...options, excludeCredentials: [] }) });
}
const kept = JSON.stringify(store);
console.log(`passkeys: ${store.passkey.length}, of ${new Set(store.passkey.map((row) => row.userId)).size} user`);
console.log(`handles alike: ${handles[0] === handles[1]}; both 32 of a-z0-9: ${handles.every((handle) => /^[a-z0-9]{32}$/.test(handle))}`);
console.log(`a handle in the store: ${handles.some((handle) => kept.includes(handle) || kept.includes(Buffer.from(handle).toString('base64url')))}; a handle is the user's id: ${handles.includes(store.user[0].id)}`);
console.log(`columns: ${Object.keys(store.passkey[0]).sort().join(' ')}`);
JS
node finding.mjs | expect 'passkeys: 2, of 1 user
handles alike: false; both 32 of a-z0-9: true
a handle in the store: false; a handle is the user'\''s id: false
columns: aaguid backedUp counter createdAt credentialID deviceType id name publicKey transports userId'
