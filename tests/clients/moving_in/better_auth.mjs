// An application with better-auth and its passkey plugin on PostgreSQL, which asks for passkeys on its output and is
// answered on its input, a line of JSON each.

import { createInterface } from 'node:readline';

import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

const [rpID, origin, connectionString] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = value => process.stdout.write(`${JSON.stringify(value)}\n`);

const configuration = {
    database: new pg.Pool({ connectionString }),
    secret: 'of a test, and long enough for one',
    baseURL: origin,
    trustedOrigins: [origin],
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error' },
    plugins: [passkey({ rpID, rpName: 'Example', origin })],
};
await (await getMigrations(configuration)).runMigrations();
const auth = betterAuth(configuration);

/** A browser that keeps its cookies. */
class Browser {
    cookies = new Map();

    async ask(method, path, body) {
        const request = new Request(`${origin}/api/auth${path}`, {
            method,
            headers: {
                origin, 'content-type': 'application/json',
                cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
            },
            body: body && JSON.stringify(body),
        });
        const response = await auth.handler(request);
        for (const cookie of response.headers.getSetCookie()) {
            const [name, value] = cookie.split(';')[0].split(/=(.*)/s);
            this.cookies.set(name, value);
        }
        const text = await response.text();
        if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
        return text ? JSON.parse(text) : null;
    }
}

for (const name of ['alice', 'bob']) {
    const browser = new Browser();
    const email = `${name}@example.com`;
    const { user } = await browser.ask('POST', '/sign-up/email', { name, email, password: 'of a test, long' });
    const options = await browser.ask('GET', '/passkey/generate-register-options');
    say({ options });
    const response = JSON.parse((await answers.next()).value);
    await browser.ask('POST', '/passkey/verify-registration', { response, name: 'Laptop' });
    say({ kept: { userId: user.id, email } });
}
process.exit(0);
