#!/usr/bin/env bash
# The same options JSON with prf registers natively, is a TypeError in SimpleWebAuthn's browser part, and is dropped by webauthn-json.
# Seen with: Debian's chromium 156.0.8078.114 (virtual authenticator with prf), npm @simplewebauthn/browser 14.0.0,
#   @github/webauthn-json 2.1.1.
# Seen: parseCreationOptionsFromJSON() with toJSON() answers prf with base64url text; SimpleWebAuthn hands the text on as it is
#   (TypeError), and given bytes it answers ArrayBuffers that JSON.stringify() makes {"first":{}}; webauthn-json never asks
#   for prf and answers credProps alone, without an error.
# A server sees results as text, as an empty object, or not at all, by client library: do not take the form of extension outputs
# for granted, and never store {} as a secret.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
node_env @simplewebauthn/browser@14.0.0 @github/webauthn-json@2.1.1
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { launch, visit } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://example.com', { hasPrf: true });
await page.addScriptTag({ path: 'node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js' });
const module = Buffer.from(readFileSync('node_modules/@github/webauthn-json/dist/esm/webauthn-json.js')).toString('base64');
await page.evaluate(async (code) => { window.webauthnJson = await import(`data:text/javascript;base64,${code}`); }, module);
const lines = await page.evaluate(async () => {
  const options = (id, first) => ({
    challenge: 'AAAA', rp: { id: 'example.com', name: 'rp' }, user: { id, name: 'n', displayName: 'd' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }], extensions: { credProps: true, prf: { eval: { first } } },
  });
  const show = async (name, work) => {
    try {
      const results = JSON.parse(JSON.stringify(await work())).clientExtensionResults;
      const first = results.prf?.results?.first;
      return `${name}: credProps ${'credProps' in results}, prf ${results.prf ? `first ${typeof first === 'string' ? `text of ${first.length}` : JSON.stringify(first)}` : 'absent'}`;
    } catch (error) { return `${name}: ${error.name}`; }
  };
  return [
    await show('native', async () => (await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options('AQ', 'AAAA')) })).toJSON()),
    await show('SimpleWebAuthn', () => SimpleWebAuthnBrowser.startRegistration({ optionsJSON: options('Ag', 'AAAA') })),
    await show('SimpleWebAuthn, given bytes', () => SimpleWebAuthnBrowser.startRegistration({ optionsJSON: options('Aw', new Uint8Array(3)) })),
    await show('webauthn-json', () => webauthnJson.create({ publicKey: options('BA', 'AAAA') })),
  ];
});
console.log(lines.join('\n'));
await browser.close();
JS
node finding.mjs | expect 'native: credProps true, prf first text of 43
SimpleWebAuthn: TypeError
SimpleWebAuthn, given bytes: credProps true, prf first {}
webauthn-json: credProps true, prf absent'
