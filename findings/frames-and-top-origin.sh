#!/usr/bin/env bash
# In a frame crossOrigin can be true with topOrigin equal to origin, and another port of the same host is already cross-origin.
# Seen with: Debian's chromium 156.0.8078.114, frames with publickey-credentials-create and -get allowed.
# Seen: a.example in b.example in a.example: origin and topOrigin are both https://a.example, crossOrigin true. A frame of
#   a.example:8443 or sub.a.example in a.example is crossOrigin true, although RP ID and site are the same. topOrigin is absent, not
#   null, wherever crossOrigin is false. With only -get allowed create is NotAllowedError, and that error names the policy.
# "crossOrigin true means another site" and "topOrigin differs from origin" are both wrong; a list of top origins needs the
# site's own origins in it.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
browser_env
cat >finding.mjs <<'JS'
import { launch, visit } from './browser.mjs';
const browser = await launch();
const { page } = await visit(browser, 'https://a.example');
let pages = {};
await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: pages[route.request().url()] ?? '<!doctype html><title>t</title>' }));
const both = 'publickey-credentials-get *; publickey-credentials-create *';
async function chain(urls, allow = both) {
  pages = Object.fromEntries(urls.slice(0, -1).map((url, i) => [url, `<!doctype html><iframe src="${urls[i + 1]}" allow="${allow}"></iframe>`]));
  await page.goto(urls[0]);
  let frame = page.mainFrame();
  for (let i = 1; i < urls.length; i += 1) {
    await frame.waitForSelector('iframe');
    [frame] = frame.childFrames();
    await frame.waitForURL(urls[i]);
  }
  const said = await frame.evaluate(async () => {
    const publicKey = { challenge: new Uint8Array(16), rp: { name: 'rp' }, user: { id: new Uint8Array([1]), name: 'n', displayName: 'd' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] };
    try {
      const { origin, crossOrigin, topOrigin } = JSON.parse(new TextDecoder().decode((await navigator.credentials.create({ publicKey })).response.clientDataJSON));
      return `origin ${origin}, crossOrigin ${crossOrigin}, topOrigin ${topOrigin === undefined ? 'absent' : topOrigin}`;
    } catch (error) { return `${error.name}${/Permissions Policy/.test(error.message) ? ', the policy' : ''}`; }
  });
  console.log(`${urls.map((url) => url.replace('https://', '').replace(/\/.*/, '')).join(' > ')}: ${said}`);
}
await chain(['https://a.example/']);
await chain(['https://a.example/', 'https://a.example/2']);
await chain(['https://a.example/', 'https://a.example:8443/']);
await chain(['https://a.example/', 'https://sub.a.example/']);
await chain(['https://a.example/', 'https://b.example/']);
await chain(['https://a.example/', 'https://b.example/', 'https://a.example/3']);
await chain(['https://a.example/', 'https://b.example/'], 'publickey-credentials-get *');
await browser.close();
JS
node finding.mjs | expect 'a.example: origin https://a.example, crossOrigin false, topOrigin absent
a.example > a.example: origin https://a.example, crossOrigin false, topOrigin absent
a.example > a.example:8443: origin https://a.example:8443, crossOrigin true, topOrigin https://a.example
a.example > sub.a.example: origin https://sub.a.example, crossOrigin true, topOrigin https://a.example
a.example > b.example: origin https://b.example, crossOrigin true, topOrigin https://a.example
a.example > b.example > a.example: origin https://a.example, crossOrigin true, topOrigin https://a.example
a.example > b.example: NotAllowedError, the policy'
