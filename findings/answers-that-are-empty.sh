#!/usr/bin/env bash
# Asked for an extension that the passkey lacks, Chromium answers four kinds of nothing: {}, "", false and no member.
# Seen with: Debian's chromium 156.0.8078.114, a virtual authenticator with prf, largeBlob and credBlob; a passkey made without them.
# Seen: prf gives {"prf":{}}, largeBlob read {"largeBlob":{}}, getCredBlob an empty text (and extension data in the signed part, with
#   its flag), appid false, uvm nothing. credProps at sign-in is NotSupportedError, and so is appid at registration.
# "Member there" does not mean "supported", an empty blob is not a blob, and options for both ceremonies cannot share one list.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit, authenticatorData } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://example.com', { hasPrf: true, hasLargeBlob: true, hasCredBlob: true });
await page.evaluate(() => window.make());
for (const [name, extensions] of Object.entries({
  prf: { prf: { eval: { first: 'bytes:salt' } } }, 'largeBlob read': { largeBlob: { read: true } }, 'largeBlob write': { largeBlob: { write: 'bytes:blob' } },
  getCredBlob: { getCredBlob: true }, appid: { appid: 'https://example.com/' }, uvm: { uvm: true }, credProps: { credProps: true },
})) {
  const answer = await page.evaluate((extensions) => window.use({ extensions }), extensions);
  console.log(`${name}: ${answer.ok ? `${JSON.stringify(answer.json.clientExtensionResults)}, flag ED ${authenticatorData(answer)[32] & 0x80 ? 'set' : 'clear'}` : answer.error}`);
}
const made = await page.evaluate(() => window.make({ user: 'b', extensions: { appid: 'https://example.com/' } }));
console.log(`appid at registration: ${made.ok ? 'registered' : made.error}`);
await browser.close();
JS
node finding.mjs | expect 'prf: {"prf":{}}, flag ED clear
largeBlob read: {"largeBlob":{}}, flag ED clear
largeBlob write: {"largeBlob":{"written":false}}, flag ED clear
getCredBlob: {"getCredBlob":""}, flag ED set
appid: {"appid":false}, flag ED clear
uvm: {}, flag ED clear
credProps: NotSupportedError
appid at registration: NotSupportedError'
