#!/usr/bin/env bash
# Which entries of /.well-known/webauthn use up the five labels is not which entries can match.
# Seen with: Debian's chromium 156.0.8078.114, RP ID example.com, page https://shop.partner.net, a TLS server made here.
# Seen: entries with http:// count although no such origin can ever match; each name under a private public suffix
#   (a.github.io) is a label of its own; the RP ID's own www counts; bare suffixes, localhost, addresses, android: entries
#   and unreadable text count nothing; one label under six country domains counts once.
# A list that looks short is cut for its last entries, and the order of a list decides who can sign in.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cp "$HERE/related.mjs" .
cat >finding.mjs <<'JS'
import { related } from './related.mjs';
const own = 'https://shop.partner.net';
const { ask, close } = await related();
for (const [name, entries] of Object.entries({
  'four other labels': ['https://a.org', 'https://b.org', 'https://c.org', 'https://d.org'],
  'five other labels': ['https://a.org', 'https://b.org', 'https://c.org', 'https://d.org', 'https://e.org'],
  'the own www and four labels': ['https://www.example.com', 'https://b.org', 'https://c.org', 'https://d.org', 'https://e.org'],
  'one label, six countries': ['https://a.org', 'https://a.com', 'https://a.net', 'https://a.de', 'https://a.fr', 'https://a.it'],
  'five http entries': ['http://a.org', 'http://b.org', 'http://c.org', 'http://d.org', 'http://e.org'],
  'five names under github.io': ['https://a.github.io', 'https://b.github.io', 'https://c.github.io', 'https://d.github.io', 'https://e.github.io'],
  'six bare suffixes': ['https://github.io', 'https://vercel.app', 'https://co.uk', 'https://pages.dev', 'https://com', 'https://org'],
  'localhost, an address, apps': ['http://localhost:1', 'https://q.localhost', 'https://127.0.0.1', 'https://printer', 'android:apk-key-hash:a', 'ios:bundle-id:b'],
  'six host names without scheme': ['a.org', 'b.org', 'c.org', 'd.org', 'e.org', 'f.org'],
})) console.log(`${name}: ${await ask(own, 'example.com', { origins: [...entries, own] })}`);
await close();
JS
node finding.mjs | expect 'four other labels: registered
five other labels: SecurityError, limit of labels
the own www and four labels: SecurityError, limit of labels
one label, six countries: registered
five http entries: SecurityError, limit of labels
five names under github.io: SecurityError, limit of labels
six bare suffixes: registered
localhost, an address, apps: registered
six host names without scheme: registered'
