#!/usr/bin/env bash
# getTransports() tells more than one transport because Chromium reads the attestation certificate that it then removes.
# Seen with: Debian's chromium 156.0.8078.114, virtual authenticators, attestation "none" and "direct".
# Seen: a "smart-card" device reports nfc and smart-card, a "hybrid" one ble and hybrid, with attestation none and an empty
#   statement. With "direct" the certificate shows why: its extension 1.3.6.1.4.1.45724.2.1.1 has the bit for nfc (or ble),
#   since that list is older than smart cards and hybrid. usb, nfc, ble and internal report one.
# A relying party must store the set it is given: neither "the one transport it used" nor the statement explains it, and
# an allow list that names only the guessed transport prompts for the wrong device.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit } from './browser.mjs';
const browser = await launch();
const extension = Buffer.from('060b2b0601040182e51c020101', 'hex');
for (const transport of ['internal', 'usb', 'nfc', 'ble', 'smart-card', 'hybrid']) {
  const { page, context } = await visit(browser, 'https://example.com', { transport });
  const none = await page.evaluate(() => window.make());
  const direct = await page.evaluate(() => window.make({ user: 'b', attestation: 'direct' }));
  const statement = Buffer.from(direct.json.response.attestationObject, 'base64url');
  const at = statement.indexOf(extension);
  const bits = at < 0 ? 'no list' : statement.subarray(at + extension.length + 4, at + extension.length + 6).toString('hex');
  const size = Buffer.from(none.json.response.attestationObject, 'base64url').length;
  console.log(`${transport}: ${none.json.response.transports.join('+')} (object of ${size} bytes, no certificate); bits in the certificate ${bits}`);
  await context.close();
}
await browser.close();
JS
node finding.mjs | expect 'internal: internal (object of 194 bytes, no certificate); bits in the certificate 0308
usb: usb (object of 194 bytes, no certificate); bits in the certificate 0520
nfc: nfc (object of 194 bytes, no certificate); bits in the certificate 0410
ble: ble (object of 194 bytes, no certificate); bits in the certificate 0640
smart-card: nfc+smart-card (object of 194 bytes, no certificate); bits in the certificate 0410
hybrid: ble+hybrid (object of 194 bytes, no certificate); bits in the certificate 0640'
