#!/usr/bin/env bash
# A list of related origins lets a page on app.localhost use the production RP ID, but never a page on localhost.
# Seen with: Debian's chromium 156.0.8078.114, RP ID example.com, a TLS server made here.
# Seen: the list holds the page's very origin each time; https://localhost and https://intranet (one label) get "no listed
#   origin matched", https://127.0.0.1 "invalid domain" without a download; app.localhost and dev.partner.test register.
#   (app.localhost with RP ID localhost is refused, so neither name does both.)
# Developers who list localhost see an error that says their list is wrong; a host name of two labels is what works.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cp "$HERE/related.mjs" .
cat >finding.mjs <<'JS'
import { related } from './related.mjs';
const { ask, close, fetched } = await related();
for (const own of ['https://localhost', 'https://app.localhost', 'https://intranet', 'https://127.0.0.1', 'https://dev.partner.test']) {
  console.log(`${own}: ${await ask(own, 'example.com', { origins: [own] })}, fetched ${fetched().length}`);
}
await close();
JS
node finding.mjs | expect 'https://localhost: SecurityError, no listed origin, fetched 1
https://app.localhost: registered, fetched 1
https://intranet: SecurityError, no listed origin, fetched 1
https://127.0.0.1: SecurityError, invalid domain, fetched 0
https://dev.partner.test: registered, fetched 1'
