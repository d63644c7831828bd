#!/usr/bin/env bash
# With attestation "none" Chromium blanks the AAGUID of some devices and keeps that of others: the transport decides.
# Seen with: Debian's chromium 156.0.8078.114; the same virtual model (AAGUID 01020304-0506-0708-0102-030405060708).
# Seen: over usb, nfc, ble and smart-card the AAGUID arrives as zeros, over internal and hybrid it arrives whole. With
#   attestation "direct" it arrives everywhere.
# The same model is named in one row and nameless in the next; "zeros mean an unknown or old device" is wrong, and an
# allow list of AAGUIDs without asking for attestation refuses every security key but no phone.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit, authenticatorData } from './browser.mjs';
const browser = await launch();
for (const transport of ['usb', 'nfc', 'ble', 'smart-card', 'internal', 'hybrid']) {
  const { page, context } = await visit(browser, 'https://example.com', { transport });
  const aaguid = async (user, attestation) => {
    const answer = await page.evaluate((o) => window.make(o), { user, attestation });
    return /^0+$/.test(authenticatorData(answer).subarray(37, 53).toString('hex')) ? 'zeros' : 'whole';
  };
  console.log(`${transport}: none ${await aaguid('a', 'none')}, direct ${await aaguid('b', 'direct')}`);
  await context.close();
}
await browser.close();
JS
node finding.mjs | expect 'usb: none zeros, direct whole
nfc: none zeros, direct whole
ble: none zeros, direct whole
smart-card: none zeros, direct whole
internal: none whole, direct whole
hybrid: none whole, direct whole'
