#!/usr/bin/env bash
# Chromium's virtual authenticator keeps three discoverable passkeys; the fourth registration fails like a user who said no.
# Seen with: Debian's chromium 156.0.8078.114, DevTools protocol WebAuthn.addVirtualAuthenticator (ctap2_1, internal).
# Seen: users 1 to 3 register, user 4 gets NotAllowedError ("timed out or was not allowed"). A passkey that is not
#   discoverable still registers, and so does a new one for a user who is there already (it takes the old one's place).
# A relying party's browser tests fail at the fourth user with an error that points at consent, time-outs or the RP ID.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit, discoverable } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://example.com');
const word = async (name, options) => {
  const answer = await page.evaluate((o) => window.make(o), options);
  console.log(`${name}: ${answer.ok ? 'registered' : answer.error}`);
};
for (const user of ['1', '2', '3', '4']) await word(`discoverable, user ${user}`, { user, authenticatorSelection: discoverable });
await word('not discoverable, user 5', { user: '5', authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' } });
await word('discoverable, user 3 again', { user: '3', authenticatorSelection: discoverable });
await browser.close();
JS
node finding.mjs | expect 'discoverable, user 1: registered
discoverable, user 2: registered
discoverable, user 3: registered
discoverable, user 4: NotAllowedError
not discoverable, user 5: registered
discoverable, user 3 again: registered'
