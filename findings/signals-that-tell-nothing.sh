#!/usr/bin/env bash
# A signal to the browser about passkeys answers the same whether it renamed, removed, or met nothing at all; and blank names stick.
# Seen with: Debian's chromium 156.0.8078.114, virtual authenticator, PublicKeyCredential.signal… functions.
# Seen: undefined for a passkey that was removed, for an id nobody has and for a user nobody knows. signalCurrentUserDetails with name ""
#   is carried out: the passkey then has no name at all. An id with padding is a TypeError and so is one bad id in the list of
#   accepted ones, which leaves all passkeys; an empty list removes all of that user's. The RP ID is checked as in a ceremony.
# The server never learns whether a clean-up worked, and a profile without a display name wipes what the user chose by: send no empty
# names, and encode ids without padding.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { setTimeout } from 'node:timers/promises';
import { launch, visit, discoverable } from './browser.mjs';
const browser = await launch();
const { page, cdp, authenticatorId } = await visit(browser, 'https://example.com');
const { json } = await page.evaluate((o) => window.make(o), { authenticatorSelection: discoverable });
const user = Buffer.from('user').toString('base64url');
const padded = json.id + '='.repeat((4 - (json.id.length % 4)) % 4);
async function send(name, method, members) {
  const said = await page.evaluate(async ({ method, options }) => {
    try { return String(await PublicKeyCredential[method](options)); } catch (error) { return error.name; }
  }, { method, options: { rpId: 'example.com', ...members } });
  await setTimeout(500);
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  console.log(`${name}: ${said}; kept: ${credentials.map((one) => `"${one.userName}" "${one.userDisplayName}"`).join(', ') || 'none'}`);
}
await send('unknown id', 'signalUnknownCredential', { credentialId: 'AAAA' });
await send('padded id', 'signalUnknownCredential', { credentialId: padded });
await send('unknown user', 'signalAllAcceptedCredentials', { userId: 'bm9ib2R5', allAcceptedCredentialIds: [] });
await send('one padded id among the accepted', 'signalAllAcceptedCredentials', { userId: user, allAcceptedCredentialIds: ['AAAA', padded] });
await send('another RP ID', 'signalUnknownCredential', { rpId: 'example.org', credentialId: json.id });
await send('new names', 'signalCurrentUserDetails', { userId: user, name: 'new', displayName: 'New' });
await send('empty names', 'signalCurrentUserDetails', { userId: user, name: '', displayName: '' });
await send('empty list', 'signalAllAcceptedCredentials', { userId: user, allAcceptedCredentialIds: [] });
await send('removed id', 'signalUnknownCredential', { credentialId: json.id });
await browser.close();
JS
node finding.mjs | expect 'unknown id: undefined; kept: "name" "display"
padded id: TypeError; kept: "name" "display"
unknown user: undefined; kept: "name" "display"
one padded id among the accepted: TypeError; kept: "name" "display"
another RP ID: SecurityError; kept: "name" "display"
new names: undefined; kept: "new" "New"
empty names: undefined; kept: "" ""
empty list: undefined; kept: none
removed id: undefined; kept: none'
