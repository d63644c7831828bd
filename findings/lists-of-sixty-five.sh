#!/usr/bin/env bash
# Chromium takes 64 credentials in a list; the 65th passkey of a user ends named sign-in and every further registration.
# Seen with: Debian's chromium 156.0.8078.114.
# Seen: allowCredentials and excludeCredentials with 65 entries are a RangeError before anything is shown; 64 work. The right
#   passkey among them makes no difference, ids of 0 or 2000 bytes do none either, and a transport that does not exist ("foo")
#   counts as no transports at all, while ["usb"] for a platform passkey is refused as NotAllowedError.
# Lists grow with decoys, with shared accounts and with passkeys that are never removed: cut them at 64, newest first.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://example.com');
await page.evaluate(() => window.make());
const lines = await page.evaluate(async () => {
  const own = { type: 'public-key', id: window.last.rawId };
  const others = (count, size = 32) => Array.from({ length: count }, () => ({ type: 'public-key', id: crypto.getRandomValues(new Uint8Array(size)) }));
  const sign = (allowCredentials) => navigator.credentials.get({ publicKey: { challenge: new Uint8Array(16), timeout: 2000, allowCredentials } }).then(() => 'signed in', (error) => error.name);
  const make = (excludeCredentials) => navigator.credentials.create({ publicKey: { challenge: new Uint8Array(16), rp: { name: 'rp' }, user: { id: new Uint8Array([1]), name: 'n', displayName: 'd' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }], excludeCredentials } }).then(() => 'registered', (error) => error.name);
  return [
    `allow 64: ${await sign([...others(63), own])}`, `allow 65: ${await sign([own, ...others(64)])}`,
    `exclude 64: ${await make(others(64))}`, `exclude 65: ${await make(others(65))}`,
    `ids of 0 and 2000 bytes: ${await sign([...others(1, 0), ...others(1, 2000), { type: 'public-key', id: own.id }])}`,
    `transports ["foo"]: ${await sign([{ ...own, transports: ['foo'] }])}`, `transports ["usb"]: ${await sign([{ ...own, transports: ['usb'] }])}`,
  ];
});
console.log(lines.join('\n'));
await browser.close();
JS
node finding.mjs | expect 'allow 64: signed in
allow 65: RangeError
exclude 64: registered
exclude 65: RangeError
ids of 0 and 2000 bytes: signed in
transports ["foo"]: signed in
transports ["usb"]: NotAllowedError'
