#!/usr/bin/env bash
# Chromium makes a discoverable passkey for a user handle of zero bytes, and every sign-in with it says nobody.
# Seen with: Debian's chromium 156.0.8078.114, virtual authenticator.
# Seen: user.id of 0 bytes registers (65 bytes are a TypeError; the standard asks for 1 to 64), also through
#   parseCreationOptionsFromJSON with id "". The discoverable sign-in then succeeds with userHandle null, and toJSON()
#   leaves the member out.
# An empty id (an unsaved row, a missing form field) is not caught in the browser; it makes a passkey that names nobody,
# and all such users share one place on the authenticator: the second registration replaces the first.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit, discoverable } from './browser.mjs';
const browser = await launch();
const { page, cdp, authenticatorId } = await visit(browser, 'https://example.com');
const options = { authenticatorSelection: discoverable };
const register = (user) => page.evaluate((o) => window.make(o), { user, ...options });
const said = (answer) => (answer.ok ? 'registered' : answer.error);
console.log(`65 bytes: ${said(await register('x'.repeat(65)))}`);
console.log(`0 bytes: ${said(await register(''))}`);
console.log(`0 bytes again: ${said(await register(''))}`);
const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
console.log(`kept on the authenticator: ${credentials.length}`);
const answer = await page.evaluate(() => window.use({ named: false }));
const handle = await page.evaluate(() => String(window.last.response.userHandle));
console.log(`discoverable sign-in: ${answer.ok}, userHandle ${handle}, toJSON() has it: ${'userHandle' in answer.json.response}`);
await browser.close();
JS
node finding.mjs | expect '65 bytes: TypeError
0 bytes: registered
0 bytes again: registered
kept on the authenticator: 1
discoverable sign-in: true, userHandle null, toJSON() has it: false'
