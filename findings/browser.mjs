// Chromium with a virtual authenticator on any https address: pages are answered by the test, nothing leaves the machine.
import { chromium } from 'playwright-core';

export async function launch(...args) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...args],
  });
  return browser;
}

// A page on `origin`, answered here unless `routed` is false, beside one virtual authenticator.
export async function visit(browser, origin, authenticator = {}, routed = true) {
  const context = await browser.newContext();
  const page = await context.newPage();
  if (routed) {
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>t</title>' }));
  }
  await page.goto(origin + '/');
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal',
      hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true, ...authenticator,
    },
  });
  await page.evaluate(inPage);
  return { page, cdp, authenticatorId, context, clear: () => cdp.send('WebAuthn.clearCredentials', { authenticatorId }) };
}

// Defines window.make(options) and window.use(options): a ceremony with JSON options, its toJSON() or the error's name.
function inPage() {
  const text = (string) => new TextEncoder().encode(string);
  const bytes = (value) => {
    if (typeof value === 'string' && value.startsWith('bytes:')) return text(value.slice(6));
    if (Array.isArray(value)) return value.map(bytes);
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bytes(v)]));
    return value;
  };
  const outcome = async (ceremony) => {
    try {
      const credential = await ceremony();
      window.last = credential;
      return { ok: true, json: credential.toJSON(), client: JSON.parse(new TextDecoder().decode(credential.response.clientDataJSON)) };
    } catch (error) {
      return { ok: false, error: error.name, message: error.message };
    }
  };
  window.make = ({ rpId, user = 'user', algorithms = [-7], ...rest } = {}) => outcome(() => navigator.credentials.create({
    publicKey: {
      challenge: text('0123456789abcdef'),
      rp: rpId === undefined ? { name: 'rp' } : { name: 'rp', id: rpId },
      user: { id: text(user), name: 'name', displayName: 'display' },
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      ...bytes(rest),
    },
  }));
  window.use = ({ rpId, named = true, ...rest } = {}) => outcome(() => navigator.credentials.get({
    publicKey: {
      challenge: text('0123456789abcdef'),
      ...(rpId === undefined ? {} : { rpId }),
      ...(named ? { allowCredentials: [{ type: 'public-key', id: window.last.rawId }] } : {}),
      ...bytes(rest),
    },
  }));
}

export const discoverable = { residentKey: 'required', userVerification: 'required' };
export const authenticatorData = (answer) => Buffer.from(answer.json.response.authenticatorData, 'base64url');
