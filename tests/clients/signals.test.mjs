// Signal payloads from the server, handed to a real browser: its authenticator follows.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage, servePage } from './browser.mjs';
import { Passgate } from './passgate.mjs';

const RP_ID = 'localhost';

let server, app, site, browser;
let users = 0;

before(async () => {
    [server, site, browser] = await Promise.all([Passgate.start(), servePage(), launchBrowser()]);
    app = await server.createApp('shop');
});

after(async () => {
    await browser?.close();
    await site?.close();
    await server?.stop();
});

/** Opens a page of a user with a passkey, hands it to the test, closes it. */
function withPasskey(name, body) {
    test(name, async () => {
        const opened = await openPage(browser, site.origin, app);
        const userId = `user-${++users}`;
        try {
            await register(opened.page, userId);
            await body({ ...opened, userId });
        } finally {
            await opened.close();
        }
    });
}

async function register(page, userId) {
    const token = await app.registerToken(userId);
    const answer = await page.evaluate(token => window.client.register(token), token);
    assert.equal(answer.error, undefined, JSON.stringify(answer.error));
}

/** What a page does with a payload, as docs/api.md shows it. */
const signal = (page, method, payload) => page.evaluate(async ([method, payload]) => {
    for (const userId of [payload.userId, ...(payload.otherUserIds ?? [])]) {
        await PublicKeyCredential[method]({ ...payload, userId });
    }
}, [method, payload]);

const heldBy = async authenticator => (await authenticator.credentials())
    .map(({ credentialId }) => Buffer.from(credentialId, 'base64').toString('base64url'));

async function backend(method, path, body) {
    const headers = { ApiSecret: app.secretKey };
    const answer = await (method === 'get' ? server.get(path, headers) : server.post(path, headers, body));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
}

const allAccepted = userId => backend('get', `/signals/all-accepted-credentials?userId=${userId}&rpId=${RP_ID}`);

withPasskey('a passkey that was deleted leaves the authenticator, the others stay', async ({ page, userId, authenticator }) => {
    const [{ descriptor: { id } }] = await app.credentials(userId);
    await register(page, `${userId}-neighbour`);
    assert.equal((await heldBy(authenticator)).length, 2);

    // While the server has it, suspended or not, nothing happens to it.
    assert.equal((await app.backend('/credentials/suspend', { credentialId: id })).status, 204);
    await signal(page, 'signalAllAcceptedCredentials', await allAccepted(userId));
    assert.ok((await heldBy(authenticator)).includes(id));

    assert.equal((await app.backend('/credentials/delete', { credentialId: id })).status, 204);
    const payload = await allAccepted(userId);
    assert.deepEqual(payload, {
        rpId: RP_ID, userId: Buffer.from(userId).toString('base64url'), allAcceptedCredentialIds: [],
    });
    await signal(page, 'signalAllAcceptedCredentials', payload);
    const [neighbour] = await app.credentials(`${userId}-neighbour`);
    assert.deepEqual(await heldBy(authenticator), [neighbour.descriptor.id]);
});

withPasskey('a sign-in that fails tells which passkey to drop', async ({ page, userId, authenticator }) => {
    const [{ descriptor: { id } }] = await app.credentials(userId);
    const known = await app.backend('/signals/unknown-credential', { credentialId: id, rpId: RP_ID });
    assert.equal(known.status, 409);
    assert.equal(known.body.errorCode, 'credential_known');

    assert.equal((await app.backend('/credentials/delete', { credentialId: id })).status, 204);
    const dropped = await page.evaluate(async rpId => {
        const { error } = await window.client.signinWithDiscoverable();
        if (error?.errorCode === 'unknown_credential') {
            await PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId: error.credentialId });
        }
        return error.credentialId;
    }, RP_ID);
    assert.equal(dropped, id);
    assert.deepEqual(await heldBy(authenticator), []);
});

withPasskey('the payload for an unknown passkey', async ({ page, userId, authenticator }) => {
    const [{ descriptor: { id } }] = await app.credentials(userId);
    assert.equal((await app.backend('/users/delete', { userId })).status, 200);
    const payload = await backend('post', '/signals/unknown-credential', { credentialId: id, rpId: RP_ID });
    await page.evaluate(payload => PublicKeyCredential.signalUnknownCredential(payload), payload);
    assert.deepEqual(await heldBy(authenticator), []);
});

withPasskey('a new name arrives', async ({ page, userId, authenticator }) => {
    const payload = await backend('post', '/signals/current-user-details', {
        userId, rpId: RP_ID, name: 'alice@example.com', displayName: 'Alice Ż',
    });
    await signal(page, 'signalCurrentUserDetails', payload);
    const [{ userName, userDisplayName }] = await authenticator.credentials();
    assert.deepEqual({ userName, userDisplayName }, { userName: 'alice@example.com', userDisplayName: 'Alice Ż' });
});

test('a user whose passkey moved in from elsewhere, under a handle of that place', async () => {
    const opened = await openPage(browser, site.origin, app);
    try {
        const { page, authenticator } = opened;
        const userId = `user-${++users}`;
        const handle = Buffer.from('a handle of another server');
        await authenticator.add(passkey(handle));
        const [old] = await heldBy(authenticator);
        await register(page, userId);
        await importPasskeys(userId, handle, [old, 'AQIDBAUGBwgJCgsMDQ4PEA']);
        assert.equal((await heldBy(authenticator)).length, 2);

        const payload = await allAccepted(userId);
        assert.deepEqual([payload.userId, ...payload.otherUserIds], [Buffer.from(userId), handle].map(it => it.toString('base64url')));
        await signal(page, 'signalAllAcceptedCredentials', payload);
        assert.equal((await heldBy(authenticator)).length, 2);

        assert.equal((await app.backend('/credentials/delete', { credentialId: old })).status, 204);
        await signal(page, 'signalAllAcceptedCredentials', await allAccepted(userId));
        const held = await heldBy(authenticator);
        assert.equal(held.length, 1);
        assert.ok(!held.includes(old));
    } finally {
        await opened.close();
    }
});

/** A passkey as an authenticator holds it. */
function passkey(handle) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
        credentialId: Buffer.alloc(32, 1).toString('base64'),
        isResidentCredential: true,
        rpId: RP_ID,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
        userHandle: handle.toString('base64'),
        signCount: 1,
    };
}

/** The server learns of passkeys as it would from another library's database. */
async function importPasskeys(userId, handle, ids) {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const records = ids.map(id => ({
        id, userId, userHandle: handle.toString('base64url'),
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    }));
    const file = join(server.dataDir, 'passkeys.json');
    await writeFile(file, JSON.stringify(records));
    await server.run('import', 'json', file, '--app', 'shop', '--rp-id', RP_ID);
}
