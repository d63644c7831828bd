#!/usr/bin/env bash
# A number or null in /.well-known/webauthn spoils the list only for the origins behind it.
# Seen with: Debian's chromium 156.0.8078.114, RP ID example.com, page https://shop.partner.net, a TLS server made here.
# Seen: [5, origin] is "a JSON parse error", [origin, 5] registers. A path, capitals and :443 in an entry do no harm. The
#   type must be application/json (text/json, application/ld+json and none are refused), a byte order mark is fine, a body of
#   200 kB is read and one of 300 kB is "failed to fetch".
# The same file works for one site of a family and not for the next; the error names JSON although the JSON is valid.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cp "$HERE/related.mjs" .
cat >finding.mjs <<'JS'
import { related } from './related.mjs';
const own = 'https://shop.partner.net';
const { ask, close } = await related();
const list = (...origins) => ({ origins });
for (const [name, answer] of Object.entries({
  'number before': list(5, own),
  'number behind': list(own, 5),
  'null before': list(null, own),
  'path, capitals, port': list('HTTPS://SHOP.PARTNER.NET:443/login?x'),
  'text/json': { ...list(own), type: 'text/json' },
  'application/ld+json': { ...list(own), type: 'application/ld+json' },
  'no type': { ...list(own), type: undefined },
  'byte order mark': { body: '\ufeff' + JSON.stringify(list(own)) },
  '200 kB': { body: JSON.stringify({ ...list(own), pad: 'x'.repeat(200_000) }) },
  '300 kB': { body: JSON.stringify({ ...list(own), pad: 'x'.repeat(300_000) }) },
  'list without object': { body: JSON.stringify([own]) },
})) console.log(`${name}: ${await ask(own, 'example.com', answer)}`);
await close();
JS
node finding.mjs | expect 'number before: SecurityError, JSON parse error
number behind: registered
null before: SecurityError, JSON parse error
path, capitals, port: registered
text/json: SecurityError, content type
application/ld+json: SecurityError, content type
no type: SecurityError, content type
byte order mark: registered
200 kB: registered
300 kB: SecurityError, not fetched
list without object: SecurityError, JSON parse error'
