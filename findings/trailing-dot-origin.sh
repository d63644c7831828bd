#!/usr/bin/env bash
# A host written with a full stop behind it is another origin, and may use both RP IDs: with the stop and without.
# Seen with: Debian's chromium 156.0.8078.114.
# Seen: https://example.com. registers with RP ID example.com, the client data says "https://example.com." and the hash is
#   example.com's; with no RP ID, or with "example.com.", the passkey's hash is that of "example.com.". From
#   https://example.com the RP ID "example.com." is refused.
# A user who came over a link with the stop holds a passkey for a name that the site never uses, or a good one whose origin
# no exact list of origins contains; redirect such hosts before the ceremony begins.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { createHash } from 'node:crypto';
import { launch, visit, authenticatorData } from './browser.mjs';
const browser = await launch();
const hash = (id) => createHash('sha256').update(id).digest('hex');
for (const [origin, rpId] of [['https://example.com.', 'example.com'], ['https://example.com.', 'example.com.'], ['https://example.com.', undefined], ['https://example.com', 'example.com.']]) {
  const { page, context } = await visit(browser, origin);
  const answer = await page.evaluate((rpId) => window.make({ rpId }), rpId);
  const seen = answer.ok && authenticatorData(answer).subarray(0, 32).toString('hex');
  const named = ['example.com', 'example.com.'].find((id) => hash(id) === seen);
  console.log(`${origin} with RP ID ${rpId ?? '(none)'}: ${answer.ok ? `origin ${answer.client.origin}, hash of ${named}` : answer.error}`);
  await context.close();
}
await browser.close();
JS
node finding.mjs | expect 'https://example.com. with RP ID example.com: origin https://example.com., hash of example.com
https://example.com. with RP ID example.com.: origin https://example.com., hash of example.com.
https://example.com. with RP ID (none): origin https://example.com., hash of example.com.
https://example.com with RP ID example.com.: SecurityError'
