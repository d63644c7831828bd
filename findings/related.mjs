// A TLS server for every host name, and a page that asks for an RP ID which is not its own.
import { createServer } from 'node:https';
import { createHash, X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { launch, visit } from './browser.mjs';

export async function related() {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=test', '-days', '2'], { stdio: 'ignore' });
  const cert = readFileSync('cert.pem');
  const pin = createHash('sha256').update(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  let next = {};
  let seen = [];
  const server = createServer({ key: readFileSync('key.pem'), cert }, (request, response) => {
    if (request.url === '/.well-known/webauthn' || request.url === '/moved') {
      seen.push(request.headers.host + request.url);
      send(response, request.url === '/moved' && next.moved ? next.moved : next);
    } else {
      response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end('<!doctype html><title>t</title>');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launch(`--host-resolver-rules=MAP * 127.0.0.1:${server.address().port}`, `--ignore-certificate-errors-spki-list=${pin}`);
  const { page } = await visit(browser, 'https://start.example', {}, false);
  return {
    // Registers at `origin` for `rpId`, with the list answered as told: { origins } or { body }, type, status, headers, moved.
    async ask(origin, rpId, answer) {
      next = answer;
      seen = [];
      await page.goto(origin + '/');
      const result = await page.evaluate(register, rpId);
      return result.replace(/^(\w+): .*limit on the number.*$/, '$1, limit of labels').replace(/^(\w+): .*Subsequently, an attempt to fetch.*$/, '$1, not fetched')
        .replace(/^(\w+): .*content-type.*$/, '$1, content type').replace(/^(\w+): .*JSON parse error.*$/, '$1, JSON parse error')
        .replace(/^(\w+): .*no listed origin matched the caller\.$/, '$1, no listed origin').replace(/^(\w+): .*invalid domain.*$/, '$1, invalid domain');
    },
    fetched: () => seen,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

function send(response, answer) {
  const headers = { 'content-type': 'application/json', ...answer.headers };
  if ('type' in answer) answer.type ? (headers['content-type'] = answer.type) : delete headers['content-type'];
  response.writeHead(answer.status ?? 200, headers).end(answer.body ?? JSON.stringify({ origins: answer.origins }));
}

async function register(rpId) {
  const options = { challenge: new Uint8Array(16), rp: { name: 'rp', id: rpId }, user: { id: new Uint8Array([1]), name: 'n', displayName: 'd' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] };
  return navigator.credentials.create({ publicKey: options }).then(() => 'registered', (error) => `${error.name}: ${error.message}`);
}
