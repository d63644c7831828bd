#!/usr/bin/env bash
# The DevTools protocol and the page write one credential id in two alphabets, and the page's is refused as "invalid parameters".
# Seen with: Debian's chromium 156.0.8078.114, WebAuthn.getCredentials and getCredential.
# Seen: ids, user handles and keys come in standard base64 with padding, toJSON() gives base64url without; no id of the page is found in
#   the list, and getCredential takes only the padded form, whatever letters the id has. A U2F credential has no rpId, userHandle or
#   names there, where the others have them even when they are not discoverable.
# Browser tests that look up, remove or alter "the passkey just made" must convert first; the error names nothing.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit } from './browser.mjs';
const browser = await launch();
const { page, cdp, authenticatorId } = await visit(browser, 'https://example.com');
const ask = (method, credentialId) => cdp.send(`WebAuthn.${method}`, { authenticatorId, credentialId }).then(() => 'found', (error) => error.message.replace(/^.*?: /, ''));
let odd;
let plain;
for (let i = 0; !odd || !plain; i += 1) {
  const { json } = await page.evaluate((user) => window.make({ user, authenticatorSelection: { residentKey: 'discouraged' } }), `u${i}`);
  if (/[-_]/.test(json.id)) odd ??= json; else plain ??= json;
}
const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
const standard = Buffer.from(odd.id, 'base64url').toString('base64');
console.log(`listed as the page writes it: ${credentials.some((one) => one.credentialId === odd.id)}, in standard base64: ${credentials.some((one) => one.credentialId === standard)}`);
console.log(`getCredential, the page's id with - or _: ${await ask('getCredential', odd.id)}`);
console.log(`getCredential, the page's id without: ${await ask('getCredential', plain.id)}`);
console.log(`getCredential, standard base64: ${await ask('getCredential', standard)}`);
console.log(`members: ${Object.keys(credentials[0]).sort().join(' ')}`);
const { page: old, cdp: oldCdp, authenticatorId: oldId } = await visit(browser, 'https://example.com', { protocol: 'u2f', transport: 'usb', hasResidentKey: false, hasUserVerification: false });
await old.evaluate(() => window.make({ authenticatorSelection: { userVerification: 'discouraged' } }));
console.log(`members, U2F: ${Object.keys((await oldCdp.send('WebAuthn.getCredentials', { authenticatorId: oldId })).credentials[0]).sort().join(' ')}`);
await browser.close();
JS
node finding.mjs | expect 'listed as the page writes it: false, in standard base64: true
getCredential, the page'\''s id with - or _: Protocol error (WebAuthn.getCredential): Invalid parameters
getCredential, the page'\''s id without: Protocol error (WebAuthn.getCredential): Invalid parameters
getCredential, standard base64: found
members: backupEligibility backupState credentialId isResidentCredential privateKey rpId signCount userDisplayName userHandle userName
members, U2F: backupEligibility backupState credentialId isResidentCredential privateKey signCount'
