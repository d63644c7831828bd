// The official browser client, unmodified, in a real browser on a page of another origin.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage, readClient, servePage } from './browser.mjs';
import { Outcomes } from './outcomes.mjs';
import { Passgate } from './passgate.mjs';

let server, app, site, browser;
let users = 0;
const outcomes = new Outcomes();

before(async () => {
    [server, site, browser] = await Promise.all([Passgate.start(), servePage(), launchBrowser()]);
    app = await server.createApp('shop');
});

after(async () => {
    await browser?.close();
    await site?.close();
    await server?.stop();
});

/** Opens a page, hands it to the test, closes it. */
function withPage(name, options, body) {
    test(name, async () => {
        const opened = await openPage(browser, site.origin, app, options);
        try {
            await body({ ...opened, userId: `user-${++users}` });
        } finally {
            await opened.close();
        }
    });
}

async function call(page, method, ...args) {
    const answer = await page.evaluate(([method, args]) => window.client[method](...args), [method, args]);
    outcomes.record(method, answer?.error === undefined ? 'success' : 'failure');
    return answer;
}

async function register({ page, userId }, tokenOptions = {}, nickname = undefined) {
    const token = await app.registerToken(userId, tokenOptions);
    const answer = await call(page, 'register', token, nickname);
    assert.equal(answer.error, undefined, JSON.stringify(answer.error));
    return answer.token;
}

async function signedIn(answer, expected) {
    assert.equal(answer.error, undefined, JSON.stringify(answer.error));
    assert.match(answer.token, /^verify_[A-Za-z0-9_-]+$/);
    const verified = await app.verify(answer.token);
    const { userId, success, type, purpose, rpId, origin } = verified;
    assert.deepEqual({ userId, success, type, purpose, rpId, origin }, {
        success: true, type: 'passkey_signin', purpose: 'sign-in', rpId: 'localhost', origin: site.origin, ...expected,
    });
    return verified;
}

for (const version of ['', '1.1.0']) {
    withPage(`register, then sign in by id, alias, discoverable passkey and autofill, client ${version || 'of today'}`, { version }, async ({ page, userId, authenticator }) => {
        assert.notEqual(new URL(page.url()).origin, new URL(server.url).origin);
        assert.equal(await page.evaluate(() => window.client.stepup === undefined), version !== '', 'the client of that version');

        const alias = `${userId}@example.com`;
        const token = await register({ page, userId }, { aliases: [alias] }, 'My laptop');
        const registered = await app.verify(token);
        assert.equal(registered.type, 'passkey_register');
        assert.equal(registered.userId, userId);
        assert.equal(registered.nickname, 'My laptop');
        assert.equal(registered.purpose, null);

        const [passkey] = await authenticator.credentials();
        const [stored] = await app.credentials(userId);
        assert.equal(stored.descriptor.id, Buffer.from(passkey.credentialId, 'base64').toString('base64url'));
        assert.equal(Buffer.from(stored.userHandle, 'base64').toString(), userId);
        assert.equal(passkey.userHandle, stored.userHandle);
        assert.equal(stored.isDiscoverable, true);
        assert.equal(stored.origin, site.origin);
        assert.equal(stored.rpid, 'localhost');
        assert.equal(stored.signatureCounter, passkey.signCount);

        for (const [method, ...args] of [
            ['signinWithId', userId],
            ['signinWithAlias', alias],
            ['signinWithDiscoverable'],
            ['signinWithAutofill'],
        ]) {
            const verified = await signedIn(await call(page, method, ...args), { userId });
            assert.equal(verified.credentialId, passkey.credentialId, method);
            assert.equal(verified.nickname, 'My laptop');
            assert.equal(verified.device, 'Chrome, Windows 10');
        }
        const [used] = await app.credentials(userId);
        const [counted] = await authenticator.credentials();
        assert.ok(counted.signCount > passkey.signCount);
        assert.equal(used.signatureCounter, counted.signCount);
        assert.ok(used.lastUsedAt > stored.lastUsedAt);
    });
}

withPage('step up for the default and for a configured purpose', {}, async ({ page, userId }) => {
    await register({ page, userId });
    const stepUp = await call(page, 'stepup', { signinMethod: { userId } });
    await signedIn(stepUp, { userId, purpose: 'step-up' });

    // A purpose nobody configured falls back to sign-in, by name too.
    const unknown = await call(page, 'stepup', { signinMethod: { userId }, purpose: 'unheard-of' });
    await signedIn(unknown, { userId, purpose: 'sign-in' });

    const added = await app.backend('/auth-configs/add', {
        purpose: 'transfer', userVerificationRequirement: 'required', timeToLive: '00:00:30', performedBy: 'test',
    });
    assert.equal(added.status, 201, JSON.stringify(added.body));
    const transfer = await call(page, 'stepup', { signinMethod: { discoverable: true }, purpose: 'transfer' });
    const verified = await signedIn(transfer, { userId, purpose: 'transfer' });
    assert.equal(Date.parse(verified.expiresAt) - Date.parse(verified.timestamp), 30_000);
});

withPage('a pending autofill request can be aborted, and another sign-in takes over', {}, async ({ page, userId, authenticator }) => {
    await register({ page, userId });
    await authenticator.setAutomaticPresence(false);
    const pending = call(page, 'signinWithDiscoverable');
    await page.waitForFunction(() => performance.getEntriesByType('resource').some(entry => entry.name.endsWith('/signin/begin')));
    await call(page, 'abort');
    const { error } = await pending;
    assert.equal(error.from, 'client');
    assert.equal(error.errorCode, 'unknown');
    assert.match(error.title, /abort/i);

    await authenticator.setAutomaticPresence(true);
    await signedIn(await call(page, 'signinWithId', userId), { userId });
});

withPage('a passkey the server no longer knows', {}, async ({ page, userId }) => {
    await register({ page, userId });
    const [stored] = await app.credentials(userId);
    assert.equal((await app.backend('/credentials/delete', { credentialId: stored.descriptor.id })).status, 204);
    const { error } = await call(page, 'signinWithDiscoverable');
    const { from, errorCode, status, title, credentialId } = error;
    assert.deepEqual({ from, errorCode, status, title, credentialId }, {
        from: 'server',
        errorCode: 'unknown_credential',
        status: 400,
        title: "We don't recognize the passkey you sent us.",
        credentialId: stored.descriptor.id,
    });
});

withPage('whoever has a passkey does not sign in as somebody else', {}, async ({ page, userId }) => {
    await register({ page, userId });
    // Without decoys the browser offers any discoverable passkey; the server knows who was named.
    await server.setPolicy('shop', { decoyCredentials: false });
    const { error } = await call(page, 'signinWithAlias', 'nobody@example.com');
    await server.setPolicy('shop', { decoyCredentials: true });
    assert.equal(error.status, 400);
    assert.equal(error.errorCode, 'user_mismatch');
});

withPage('an expired registration token', {}, async ({ page, userId }) => {
    const token = await app.registerToken(userId, { expiresAt: new Date(Date.now() - 90_000).toISOString() });
    const { error } = await call(page, 'register', token);
    assert.equal(error.from, 'server');
    assert.equal(error.errorCode, 'expired_token');
    assert.equal(error.status, 403);
    assert.equal(error.title, 'The token expired 1 minute ago.');
});

withPage('a token of the wrong kind', {}, async ({ page }) => {
    const { error } = await call(page, 'register', 'verify_something');
    assert.equal(error.from, 'server');
    assert.equal(error.errorCode, 'invalid_token');
    assert.match(error.title, /should start with 'register_'.*started with 'verify_som'/s);
});

withPage('one device does not register twice', {}, async ({ page, userId }) => {
    await register({ page, userId });
    const { error } = await call(page, 'register', await app.registerToken(userId));
    assert.equal(error.from, 'client');
    assert.equal((await app.credentials(userId)).length, 1);
});

withPage(
    'a security key without resident keys or user verification',
    { authenticator: { transport: 'usb', hasResidentKey: false, hasUserVerification: false, isUserVerified: false } },
    async ({ page, userId }) => {
        await register({ page, userId }, { discoverable: false, userVerification: 'discouraged', authenticatorType: 'cross-platform' });
        const [stored] = await app.credentials(userId);
        assert.equal(stored.isDiscoverable, false);
        await signedIn(await call(page, 'signinWithId', userId), { userId });
    },
);

withPage('a copied passkey whose count fell behind is refused', {}, async ({ page, userId, authenticator }) => {
    await register({ page, userId });
    const [copy] = await authenticator.credentials();
    await signedIn(await call(page, 'signinWithId', userId), { userId });
    await signedIn(await call(page, 'signinWithId', userId), { userId });
    await authenticator.unplug();
    await authenticator.plugIn();
    await authenticator.add(copy);
    const { error } = await call(page, 'signinWithId', userId);
    assert.equal(error.from, 'server');
    assert.equal(error.errorCode, 'signin_complete_error');
    assert.equal(error.title, 'SignCount must be greater than the current SignatureCounter');
});

for (const [name, id, coseHead] of [
    // The first members of the COSE key: {1: key type, 3: algorithm, ...}
    ['ES256', -7, 'a5010203'],
    ['EdDSA', -8, 'a4010103'],
    ['RS256', -257, 'a40103033901'],
]) {
    withPage(`a device that knows nothing but ${name}`, {}, async ({ page, userId }) => {
        await page.route('**/register/begin', async route => {
            const response = await route.fetch();
            const json = await response.json();
            json.data.pubKeyCredParams = json.data.pubKeyCredParams.filter(({ alg }) => alg === id);
            await route.fulfill({ response, json });
        });
        await register({ page, userId });
        const [stored] = await app.credentials(userId);
        assert.ok(Buffer.from(stored.publicKey, 'base64').toString('hex').startsWith(coseHead), stored.publicKey);
        await signedIn(await call(page, 'signinWithId', userId), { userId });
    });
}

test('attestation direct, where the application may ask for it', async () => {
    const attesting = await server.createApp('bank', { allowAttestation: true });
    const opened = await openPage(browser, site.origin, attesting, { authenticator: { transport: 'usb' } });
    try {
        const token = await attesting.registerToken('teller', { attestation: 'direct' });
        const answer = await call(opened.page, 'register', token);
        assert.equal(answer.error, undefined, JSON.stringify(answer.error));
        const [stored] = await attesting.credentials('teller');
        assert.equal(stored.attestationFmt, 'packed');
    } finally {
        await opened.close();
    }
});

withPage('a page that is not among the origins of its application', {}, async ({ page }) => {
    const strict = await server.createApp('strict');
    await server.run('app', 'set', 'strict', 'allowed-origins=https://example.com');
    await page.evaluate(apiKey => { window.client.config.apiKey = apiKey; }, strict.publicKey);
    const { error } = await call(page, 'signinWithDiscoverable');
    const { from, errorCode, status, title } = error;
    assert.deepEqual({ from, errorCode, status, title }, {
        from: 'server',
        errorCode: 'origin_not_allowed',
        status: 400,
        title: `Origin '${site.origin}' is not allowed with RPID 'localhost'. Allowed origins: https://example.com. Allowed RPIDs: any that suits.`,
    });
});

withPage('a page that claims another origin', { client: { origin: 'https://example.com' } }, async ({ page, userId }) => {
    const { error } = await call(page, 'register', await app.registerToken(userId));
    assert.equal(error.from, 'server');
    assert.equal(error.errorCode, 'origin_not_allowed');
});

withPage('whatever is called with a key nobody issued, the page learns why', {
    client: { apiKey: 'shop:public:00000000000040008000000000000000' },
}, async ({ page }) => {
    for (const [method, ...args] of [
        ['register', 'register_x', 'My laptop'],
        ['signinWithId', 'ada'],
        ['signinWithAlias', 'ada'],
        ['signinWithDiscoverable'],
        ['signinWithAutofill'],
        ['stepup', { signinMethod: { userId: 'ada' } }],
    ]) {
        const { error } = await call(page, method, ...args);
        const { from, status, title, detail } = error;
        assert.deepEqual({ from, status, title, detail }, {
            from: 'server',
            status: 401,
            title: "A valid 'ApiKey' header is required.",
            detail: "The value of your 'ApiKey' is not valid.",
        }, method);
    }
});

withPage('an error that is no rule of the API is JSON as well', {}, async ({ page, userId }) => {
    await page.route('**/register/complete', async route => {
        const body = { ...route.request().postDataJSON(), response: undefined };
        await route.continue({ postData: JSON.stringify(body) });
    });
    const { error } = await call(page, 'register', await app.registerToken(userId));
    assert.equal(error.from, 'server');
    assert.equal(error.status, 400);
    assert.equal(error.detail, "The member 'response' is required.");
});

withPage('a client that is built on this one names itself before it', {}, async ({ page, userId }) => {
    await page.evaluate(() => { window.client.clientVersion = 'blazor-1.0.0'; });
    const requested = page.waitForRequest('**/signin/begin');
    await register({ page, userId });
    await signedIn(await call(page, 'signinWithId', userId), { userId });
    assert.equal((await (await requested).allHeaders())['client-version'], 'blazor-1.0.0+js-1.1.0');
});

withPage('what the browser can do', {}, async ({ page }) => {
    for (const method of ['isBrowserSupported', 'isPlatformSupported', 'isAutofillSupported']) {
        assert.equal(await call(page, method), true, method);
    }
});

test('no public method was left out', async () => {
    const declared = await readClient('passwordless.d.ts');
    const [client] = declared.toString().match(/class Client \{[^]*?\n\}/);
    const methods = [...client.matchAll(/^ {4}(\w+)\(/gm)].map(([, name]) => name).filter(name => name !== 'constructor');
    assert.ok(methods.includes('stepup') && !methods.includes('signinBegin'), String(methods));
    outcomes.complete(methods, {
        cannotFail: ['abort', 'isBrowserSupported', 'isPlatformSupported', 'isAutofillSupported'],
    });
});
