#!/usr/bin/env bash
# /.well-known/webauthn is an ordinary cached download: a list that was mended stays broken for whoever saw it.
# Seen with: Debian's chromium 156.0.8078.114, RP ID example.com, page https://shop.partner.net, a TLS server made here.
# Seen: redirects are followed, to another host too; a 301 is remembered without any cache header, the next ceremony goes to
#   the other host at once; with max-age=600 the corrected list is not fetched; with Last-Modified alone an old file is kept
#   without asking (a tenth of its age), so the answer of a static file server that names a file of last year is stale for weeks.
# Serve the list with Cache-Control: no-store (or no-cache) from the first day on.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cp "$HERE/related.mjs" .
cat >finding.mjs <<'JS'
import { related } from './related.mjs';
const own = 'https://shop.partner.net';
const { ask, close, fetched } = await related();
const good = { origins: [own] };
const bad = { origins: ['https://elsewhere.net'] };
const show = async (name, rpId, answer) => console.log(`${name}: ${await ask(own, rpId, answer)}, fetched [${fetched()}]`);
await show('302 to another host', 'one.example', { status: 302, headers: { location: 'https://lists.other.org/moved' }, moved: good });
await show('301 to another host', 'two.example', { status: 301, headers: { location: 'https://lists.other.org/moved' }, moved: good });
await show('  301 taken back', 'two.example', good);
await show('no cache headers, wrong list', 'three.example', bad);
await show('  mended', 'three.example', good);
await show('max-age=600, wrong list', 'four.example', { ...bad, headers: { 'cache-control': 'max-age=600' } });
await show('  mended', 'four.example', good);
await show('old Last-Modified, wrong list', 'five.example', { ...bad, headers: { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' } });
await show('  mended', 'five.example', good);
await close();
JS
node finding.mjs | expect '302 to another host: registered, fetched [one.example/.well-known/webauthn,lists.other.org/moved]
301 to another host: registered, fetched [two.example/.well-known/webauthn,lists.other.org/moved]
  301 taken back: registered, fetched [lists.other.org/moved]
no cache headers, wrong list: SecurityError, no listed origin, fetched [three.example/.well-known/webauthn]
  mended: registered, fetched [three.example/.well-known/webauthn]
max-age=600, wrong list: SecurityError, no listed origin, fetched [four.example/.well-known/webauthn]
  mended: SecurityError, no listed origin, fetched []
old Last-Modified, wrong list: SecurityError, no listed origin, fetched [five.example/.well-known/webauthn]
  mended: SecurityError, no listed origin, fetched []'
