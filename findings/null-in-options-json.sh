#!/usr/bin/env bash
# A null in the options' JSON means six different things to PublicKeyCredential.parseCreationOptionsFromJSON().
# Seen with: Debian's chromium 156.0.8078.114.
# Seen: extensions and authenticatorSelection: as if absent; displayName: the user is called "null"; rp.id: the RP ID
#   "null", refused when the ceremony runs; timeout: 0 milliseconds, the ceremony ends at once as if the user had said no;
#   attestation: "null", taken as none; excludeCredentials, hints and transports: a TypeError at parsing.
# A server whose serialiser writes absent members as null (Rust's Option, Go's pointers, Python's None) works or fails by
# member, twice with the error of a user who declined: leave absent members out.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://example.com');
const lines = await page.evaluate(async () => {
  const out = [];
  const plain = () => ({ challenge: 'AAAA', rp: { name: 'rp' }, user: { id: 'AAAA', name: 'name', displayName: 'display' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] });
  const nulls = {
    extensions: (o) => { o.extensions = null; },
    authenticatorSelection: (o) => { o.authenticatorSelection = null; },
    attestation: (o) => { o.attestation = null; },
    'user.displayName': (o) => { o.user.displayName = null; },
    'rp.id': (o) => { o.rp.id = null; },
    timeout: (o) => { o.timeout = null; },
    excludeCredentials: (o) => { o.excludeCredentials = null; },
    hints: (o) => { o.hints = null; },
    'excludeCredentials[0].transports': (o) => { o.excludeCredentials = [{ type: 'public-key', id: 'AAAA', transports: null }]; },
  };
  for (const [member, set] of Object.entries(nulls)) {
    const json = plain();
    set(json);
    let parsed;
    try { parsed = PublicKeyCredential.parseCreationOptionsFromJSON(json); } catch (error) { out.push(`${member}: parsing ${error.name}`); continue; }
    const kept = { 'user.displayName': parsed.user.displayName, 'rp.id': parsed.rp.id, timeout: parsed.timeout, attestation: parsed.attestation }[member];
    const ran = await navigator.credentials.create({ publicKey: parsed }).then(() => 'registered', (error) => error.name);
    out.push(`${member}: ${kept === undefined ? 'absent' : JSON.stringify(kept)}, ${ran}`);
  }
  return out;
});
console.log(lines.join('\n'));
await browser.close();
JS
node finding.mjs | expect 'extensions: absent, registered
authenticatorSelection: absent, registered
attestation: "null", registered
user.displayName: "null", registered
rp.id: "null", SecurityError
timeout: 0, NotAllowedError
excludeCredentials: parsing TypeError
hints: parsing TypeError
excludeCredentials[0].transports: parsing TypeError'
