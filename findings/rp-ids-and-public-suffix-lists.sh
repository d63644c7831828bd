#!/usr/bin/env bash
# A registrable domain from common libraries is not an RP ID that Chromium takes: their defaults leave out the private section.
# Seen with: Debian's chromium 156.0.8078.114, PyPI tldextract 5.4.0, publicsuffix2 2.20191221 and publicsuffixlist 1.1.2.20261023,
#   npm tldts 7.6.0 and psl 1.15.0.
# Seen: for bucket.s3.amazonaws.com, me.github.io and app.vercel.app tldextract and tldts say amazonaws.com, github.io and
#   vercel.app by default, and Chromium refuses exactly these. publicsuffix2 (a list of 2019) knows two of them, not vercel.app. For
#   app.localhost they say nothing, "localhost" or app.localhost; Chromium takes app.localhost and refuses localhost.
# Offering "the registrable domain" as RP ID fails on every hosting platform: ask with private domains, with a fresh list.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
node_env tldts@7.6.0 psl@1.15.0
python_env tldextract==5.4.0 publicsuffix2==2.20191221 publicsuffixlist==1.1.2.20261023
cat >finding.py <<'PY'
import json, sys
import publicsuffix2, tldextract
from publicsuffixlist import PublicSuffixList
plain = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
private = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
json.dump({host: {
    "tldextract": plain(host).top_domain_under_public_suffix, "tldextract+private": private(host).top_domain_under_public_suffix,
    "publicsuffix2": publicsuffix2.get_sld(host), "publicsuffixlist": PublicSuffixList().privatesuffix(host),
} for host in sys.argv[1:]}, sys.stdout)
PY
hosts="bucket.s3.amazonaws.com me.github.io app.vercel.app app.localhost login.example.com"
# shellcheck disable=SC2086
py finding.py $hosts >python.json
cat >finding.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { launch, visit } from './browser.mjs';
const require = createRequire(import.meta.url);
const tldts = require('tldts');
const psl = require('psl');
const browser = await launch();
for (const [host, python] of Object.entries(JSON.parse(readFileSync('python.json')))) {
  const said = { ...python, tldts: tldts.getDomain(host), 'tldts+private': tldts.getDomain(host, { allowPrivateDomains: true }), psl: psl.get(host) };
  const by = {};
  for (const [name, domain] of Object.entries(said)) (by[domain || 'nothing'] ??= []).push(name);
  if (host === 'app.localhost') by.localhost ??= [];
  console.log(host);
  for (const [domain, names] of Object.entries(by).sort()) {
    if (domain === 'nothing') { console.log(`  no answer: ${names.join(', ')}`); continue; }
    const { page, context } = await visit(browser, `https://${host}`);
    const answer = await page.evaluate((rpId) => window.make({ rpId }), domain);
    console.log(`  ${domain} (${names.join(', ')}): ${answer.ok ? 'registers' : answer.error}`);
    await context.close();
  }
}
await browser.close();
JS
node finding.mjs | expect 'bucket.s3.amazonaws.com
  amazonaws.com (tldextract, tldts): SecurityError
  bucket.s3.amazonaws.com (tldextract+private, publicsuffix2, publicsuffixlist, tldts+private, psl): registers
me.github.io
  github.io (tldextract, tldts): SecurityError
  me.github.io (tldextract+private, publicsuffix2, publicsuffixlist, tldts+private, psl): registers
app.vercel.app
  app.vercel.app (tldextract+private, publicsuffixlist, tldts+private, psl): registers
  vercel.app (tldextract, publicsuffix2, tldts): SecurityError
app.localhost
  app.localhost (publicsuffixlist, tldts, tldts+private, psl): registers
  localhost (publicsuffix2): SecurityError
  no answer: tldextract, tldextract+private
login.example.com
  example.com (tldextract, tldextract+private, publicsuffix2, publicsuffixlist, tldts, tldts+private, psl): registers'
