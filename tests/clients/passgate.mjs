// Starts the built server on a free port with an empty data directory, and stops it by its process id.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));

/** The server under test; the Rust test that runs these files names the one it was built with. */
const binary = resolve(process.env.PASSGATE_BINARY ?? join(here, '../../target/debug/passgate'));

export const managementKey = 'management-key-of-the-client-tests';

/** A port that was free a moment ago. */
async function freePort() {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise(done => probe.once('listening', done));
    const { port } = probe.address();
    await new Promise(done => probe.close(done));
    return port;
}

export class Passgate {
    static async start() {
        // Another process may take the port between looking and listening: then the server ends, and a second try is due.
        for (let attempt = 1; ; attempt++) {
            const server = new Passgate(await freePort(), await mkdtemp(join(tmpdir(), 'passgate-clients-')));
            if (await server.answers()) return server;
            await server.stop({ gracefully: false });
            if (attempt === 3) throw new Error(`the server does not start:\n${server.log}`);
        }
    }

    constructor(port, dataDir) {
        this.url = `http://127.0.0.1:${port}`;
        this.dataDir = dataDir;
        this.log = '';
        this.surroundings = {
            env: {
                PATH: process.env.PATH,
                PASSGATE_LISTEN: `127.0.0.1:${port}`,
                PASSGATE_PUBLIC_URL: this.url,
                PASSGATE_DATA_DIR: dataDir,
                PASSGATE_MAIL_FROM: 'passgate@localhost',
                PASSGATE_MAIL_PROVIDERS: `[{ kind = "file", path = "${join(dataDir, 'mail.txt')}" }]`,
                PASSGATE_MANAGEMENT_KEY: managementKey,
                // Off unless an operator wants it; what it refuses is a client's to report.
                PASSGATE_MAGIC_LINK_NEW_APPLICATION_AGE: '1d',
            },
            cwd: dataDir,
        };
        this.process = spawn(binary, {
            ...this.surroundings,
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.ended = new Promise(done => {
            this.process.once('exit', (code, signal) => done({ code, signal }));
            this.process.once('error', error => done({ error }));
        });
        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream.on('data', chunk => { this.log += chunk; });
        }
    }

    async answers() {
        let ended = false;
        this.ended.then(() => { ended = true; });
        for (let waited = 0; waited < 20_000 && !ended; waited += 50) {
            const health = await fetch(`${this.url}/health/storage`).catch(() => null);
            if (health?.status === 200) return true;
            await sleep(50);
        }
        return false;
    }

    async stop({ gracefully = true } = {}) {
        if (this.process.pid !== undefined) {
            this.process.kill(gracefully ? 'SIGTERM' : 'SIGKILL');
            const killer = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
            const { code } = await this.ended;
            clearTimeout(killer);
            if (gracefully) assert.equal(code, 0, `the server did not end cleanly on SIGTERM:\n${this.log}`);
        }
        await rm(this.dataDir, { recursive: true, force: true });
    }

    /** Runs a command of the program beside the server. */
    async run(...args) {
        return (await promisify(execFile)(binary, args, this.surroundings)).stdout;
    }

    /** Everything that was mailed so far, which goes to a file, with its line ends and bytes decoded. */
    async mailed() {
        const mails = await readFile(join(this.dataDir, 'mail.txt'), 'utf8');
        return mails
            .replace(/=\r\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
    }

    /** Creates an application through the management API. */
    async createApp(name, features = {}) {
        const answer = await this.post(`/admin/apps/${name}/create`, { ManagementKey: managementKey }, features);
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        return new App(this, name, answer.body.apiKey1, answer.body.apiSecret1);
    }

    /** Changes what is named of an application's policy. */
    async setPolicy(name, policy) {
        const answer = await this.post(`/admin/apps/${name}/features`, { ManagementKey: managementKey }, { policy });
        assert.equal(answer.status, 204, JSON.stringify(answer.body));
    }

    async post(path, headers, body) {
        const response = await fetch(this.url + path, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', ...headers },
            body: JSON.stringify(body),
        });
        return { status: response.status, body: parsed(await response.text()) };
    }

    async get(path, headers) {
        const response = await fetch(this.url + path, { headers });
        return { status: response.status, body: parsed(await response.text()) };
    }
}

const parsed = text => (text === '' ? null : JSON.parse(text));

/** An application and what its own backend and pages do without a client library. */
export class App {
    constructor(server, name, publicKey, secretKey) {
        Object.assign(this, { server, name, publicKey, secretKey });
    }

    backend(path, body) {
        return this.server.post(path, { ApiSecret: this.secretKey }, body);
    }

    browser(path, body) {
        return this.server.post(path, { ApiKey: this.publicKey }, body);
    }

    async registerToken(userId, more = {}) {
        const answer = await this.backend('/register/token', { userId, username: `${userId}@example.com`, ...more });
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        assert.match(answer.body.token, /^register_[A-Za-z0-9_-]+$/);
        return answer.body.token;
    }

    async verify(token) {
        const answer = await this.backend('/signin/verify', { token });
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        return answer.body;
    }

    async credentials(userId) {
        const path = `/credentials/list?userId=${encodeURIComponent(userId)}`;
        const answer = await this.server.get(path, { ApiSecret: this.secretKey });
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        return answer.body.values;
    }
}
