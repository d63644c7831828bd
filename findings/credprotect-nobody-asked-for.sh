#!/usr/bin/env bash
# A registration without extensions comes back with signed credProtect, and strictest where user verification is only preferred.
# Seen with: Debian's chromium 156.0.8078.114, a virtual authenticator that knows credProtect.
# Seen: residentKey "required" with userVerification "preferred" makes level 3 (user verification required), with "required"
#   or "discouraged" only level 2; residentKey "discouraged" makes none. Nothing shows in the client extension results.
#   minPinLength, where it is asked for, is answered in the signed data alone too.
# A verifier that refuses unrequested outputs refuses most passkeys made on security keys; and a passkey registered under
# "preferred" can never be used with userVerification "discouraged" afterwards, not even when it is named.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit, authenticatorData } from './browser.mjs';
const browser = await launch();
const show = async (name, options) => {
  await clear();
  const answer = await page.evaluate((o) => window.make(o), options);
  const data = authenticatorData(answer);
  const signed = ['credProtect', 'minPinLength'].filter((extension) => data.includes(extension));
  console.log(`${name}: signed [${signed.map((extension) => `${extension} ${data[data.indexOf(extension) + extension.length]}`)}], client results ${JSON.stringify(answer.json.clientExtensionResults)}`);
};
const { page, clear } = await visit(browser, 'https://example.com', { hasMinPinLength: true, hasCredBlob: true });
for (const residentKey of ['required', 'preferred', 'discouraged']) {
  for (const userVerification of ['required', 'preferred', 'discouraged']) {
    await show(`residentKey ${residentKey}, UV ${userVerification}`, { authenticatorSelection: { residentKey, userVerification } });
  }
}
for (const made of ['preferred', 'discouraged']) {
  await show(`made with UV ${made}`, { authenticatorSelection: { residentKey: 'required', userVerification: made } });
  for (const named of [true, false]) {
    const answer = await page.evaluate((o) => window.use(o), { named, userVerification: 'discouraged', timeout: 2000 });
    console.log(`  used with UV discouraged, ${named ? 'named' : 'not named'}: ${answer.ok ? 'signed in' : answer.error}`);
  }
}
await show('minPinLength asked', { authenticatorSelection: { residentKey: 'discouraged' }, extensions: { minPinLength: true } });
await browser.close();
JS
node finding.mjs | expect 'residentKey required, UV required: signed [credProtect 2], client results {}
residentKey required, UV preferred: signed [credProtect 3], client results {}
residentKey required, UV discouraged: signed [credProtect 2], client results {}
residentKey preferred, UV required: signed [credProtect 2], client results {}
residentKey preferred, UV preferred: signed [credProtect 2], client results {}
residentKey preferred, UV discouraged: signed [credProtect 2], client results {}
residentKey discouraged, UV required: signed [], client results {}
residentKey discouraged, UV preferred: signed [], client results {}
residentKey discouraged, UV discouraged: signed [], client results {}
made with UV preferred: signed [credProtect 3], client results {}
  used with UV discouraged, named: NotAllowedError
  used with UV discouraged, not named: NotAllowedError
made with UV discouraged: signed [credProtect 2], client results {}
  used with UV discouraged, named: signed in
  used with UV discouraged, not named: NotAllowedError
minPinLength asked: signed [minPinLength 4], client results {}'
