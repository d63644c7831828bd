// A real browser with a virtual authenticator, on a page whose origin is not the server's.

import { accessSync, constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

function findChromium() {
    const names = ['chromium', 'chromium-browser', 'google-chrome'];
    for (const name of names) {
        for (const folder of process.env.PATH.split(delimiter)) {
            const path = join(folder, name);
            try {
                accessSync(path, constants.X_OK);
                return path;
            } catch {
                // Not here.
            }
        }
    }
    throw new Error(`none of ${names.join(', ')} is on the PATH`);
}

export function launchBrowser() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? findChromium(),
        args: [
            // Without a sandbox because CI runs as root; the rest keeps the browser from calling home.
            '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync',
        ],
    });
}

/** The official clients by the folders they are installed in: the newest, and the one that most pages have. */
const CLIENTS = ['@passwordlessdev/passwordless-client', 'passwordless-client-1.1.0'];

/** A file of the newest client, or of another one. */
export function readClient(file, client = CLIENTS[0]) {
    return readFile(fileURLToPath(import.meta.resolve(`${client}/dist/${file}`)));
}

/** Serves pages with the official clients on http://localhost:PORT; the API is on another port and host. */
export async function servePage() {
    const scripts = new Map();
    for (const client of CLIENTS) scripts.set(`/${client}.mjs`, await readClient('esm/passwordless.mjs', client));
    const page = client => `<!doctype html><meta charset="utf-8"><title>A relying party</title>
<input autocomplete="username webauthn">
<script type="module">import * as passwordless from '/${client}.mjs'; window.passwordless = passwordless;</script>`;
    const server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url, 'http://localhost');
        if (scripts.has(pathname)) {
            response.setHeader('Content-Type', 'text/javascript').end(scripts.get(pathname));
        } else if (pathname === '/away') {
            response.writeHead(302, { Location: searchParams.get('to') }).end();
        } else {
            response.setHeader('Content-Type', 'text/html').end(page(searchParams.get('client') ?? CLIENTS[0]));
        }
    }).listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    return {
        origin: `http://localhost:${server.address().port}`,
        close: () => new Promise(resolve => { server.closeAllConnections(); server.close(resolve); }),
    };
}

const PASSKEY_PROVIDER = {
    protocol: 'ctap2',
    ctap2Version: 'ctap2_1',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
};

/** Gives a page a virtual authenticator; `options` change it from a passkey provider to something else. */
export class VirtualAuthenticator {
    static async addTo(page, options = {}) {
        const devtools = await page.context().newCDPSession(page);
        await devtools.send('WebAuthn.enable', { enableUI: false });
        const authenticator = new VirtualAuthenticator(devtools);
        await authenticator.plugIn(options);
        return authenticator;
    }

    constructor(devtools) {
        this.devtools = devtools;
    }

    async plugIn(options = {}) {
        const added = await this.devtools.send('WebAuthn.addVirtualAuthenticator', {
            options: { ...PASSKEY_PROVIDER, ...options },
        });
        this.id = added.authenticatorId;
    }

    async unplug() {
        await this.devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.id });
    }

    async credentials() {
        const listed = await this.devtools.send('WebAuthn.getCredentials', { authenticatorId: this.id });
        return listed.credentials;
    }

    async add(credential) {
        await this.devtools.send('WebAuthn.addCredential', { authenticatorId: this.id, credential });
    }

    async setAutomaticPresence(enabled) {
        await this.devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled });
    }
}

/** The browser's own name has "Headless" in it; this is what people have. */
const CHROME_ON_WINDOWS =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** A fresh browser profile on the page, with an official client (the newest) made for this application. */
export async function openPage(browser, origin, app, { authenticator = {}, client = {}, version = '' } = {}) {
    const context = await browser.newContext({ userAgent: CHROME_ON_WINDOWS });
    const page = await context.newPage();
    await page.goto(version === '' ? origin : `${origin}/?client=passwordless-client-${version}`);
    await page.waitForFunction(() => window.passwordless !== undefined);
    await page.evaluate(config => { window.client = new window.passwordless.Client(config); }, {
        apiUrl: app.server.url,
        apiKey: app.publicKey,
        ...client,
    });
    return { page, authenticator: await VirtualAuthenticator.addTo(page, authenticator), close: () => context.close() };
}
