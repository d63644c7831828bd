// The official Node.js client, unmodified: every public method, its success and its error object.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiException, PasswordlessClient, RegisterOptions, SendMagicLinkRequest } from '@passwordlessdev/passwordless-nodejs';
import { Passkey } from './ceremony.mjs';
import { Outcomes } from './outcomes.mjs';
import { Passgate } from './passgate.mjs';

let server, app, client;
const outcomes = new Outcomes();

before(async () => {
    server = await Passgate.start();
    app = await server.createApp('shop', { adminEmail: 'admin@example.com', magicLinkEmailMonthlyQuota: 100 });
    client = outcomes.watch(new PasswordlessClient(app.secretKey, { baseUrl: server.url }));
});

after(async () => server?.stop());

/** What the client throws carries the problem body; anything else means the body was discarded. */
async function refused(promise, expected) {
    const error = await promise.then(
        () => assert.fail('nothing was refused'),
        error => error,
    );
    assert.ok(error instanceof ApiException, String(error));
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(error.details[name], value, name);
    return error.details;
}

test('createRegisterToken', async () => {
    const options = Object.assign(new RegisterOptions(), {
        userId: 'ada', username: 'ada@example.com', displayName: 'Ada', aliases: ['ada@example.com'],
    });
    const { token } = await client.createRegisterToken(options);
    assert.match(token, /^register_[A-Za-z0-9_-]+$/);
    // It is good for a registration, and so is one whose end the client says.
    await new Passkey().registerWith(app, token);
    const later = Object.assign(new RegisterOptions(), { ...options, expiresAt: new Date(Date.now() + 60_000) });
    await new Passkey().registerWith(app, (await client.createRegisterToken(later)).token);
    const over = Object.assign(new RegisterOptions(), { ...options, expiresAt: new Date(Date.now() - 1_000) });
    const { body } = await app.browser('/register/begin', {
        token: (await client.createRegisterToken(over)).token, RPID: 'example.com', Origin: 'https://example.com',
    });
    assert.equal(body.errorCode, 'expired_token');

    const problem = await refused(client.createRegisterToken(new RegisterOptions()), {
        status: 400, title: 'One or more validation errors occurred.',
    });
    assert.deepEqual(problem.errors.userId, ['The UserId field is required.']);
    assert.deepEqual(problem.errors.username, ['The Username field is required.']);
    await refused(client.createRegisterToken(Object.assign(new RegisterOptions(), { ...options, attestation: 'direct' })), {
        status: 400, errorCode: 'attestation_not_supported_on_plan',
    });
});

test('verifyToken', async () => {
    const passkey = new Passkey();
    const registered = await client.verifyToken(await passkey.register(app, 'bob', { nickname: 'phone' }));
    assert.equal(registered.success, true);
    assert.equal(registered.type, 'passkey_register');
    const verified = await client.verifyToken(await passkey.signIn(app, { userId: 'bob' }));
    assert.equal(verified.success, true);
    assert.equal(verified.userId, 'bob');
    assert.equal(verified.type, 'passkey_signin');
    assert.equal(verified.nickname, 'phone');
    assert.equal(verified.origin, 'https://example.com');
    assert.equal(verified.rpId, 'example.com');
    assert.equal(Buffer.from(verified.credentialId, 'base64').toString('hex'), passkey.id.toString('hex'));

    const once = await passkey.signIn(app);
    assert.equal((await client.verifyToken(once)).userId, 'bob');
    assert.equal(await client.verifyToken(once), null, 'a sign-in token verifies once');
    assert.equal(await client.verifyToken('verify_nonsense'), null);
});

test('setAliases and listAliases', async () => {
    await client.setAliases({ userId: 'cleo', aliases: ['cleo@example.com', 'cleo'], hashing: false });
    const listed = await client.listAliases('cleo');
    assert.deepEqual(listed.map(alias => alias.plaintext).sort(), ['cleo', 'cleo@example.com']);
    for (const alias of listed) {
        assert.equal(alias.userId, 'cleo');
        assert.equal(Buffer.from(alias.alias, 'base64').length, 32);
    }
    await client.setAliases({ userId: 'cleo', aliases: ['queen'], hashing: true });
    const [hashed, ...others] = await client.listAliases('cleo');
    assert.equal(hashed.plaintext, null);
    assert.equal(others.length, 0);

    await refused(client.setAliases({ userId: 'mark', aliases: ['queen'], hashing: true }), {
        status: 409, errorCode: 'alias_conflict', title: 'Alias is already in use by another userid',
    });
    assert.deepEqual(await client.listAliases('mark'), []);
    await refused(client.listAliases(''), { status: 400, title: 'UserId is empty' });
    await refused(client.setAliases({ userId: 'cleo', aliases: [...'abcdefghijk'], hashing: true }), { status: 400 });

    const passkey = new Passkey();
    await passkey.register(app, 'cleo');
    assert.equal((await client.verifyToken(await passkey.signIn(app, { alias: 'queen' }))).userId, 'cleo');
});

test('listCredentials and deleteCredential', async () => {
    const [first, second] = [new Passkey(), new Passkey()];
    await first.register(app, 'dora', { nickname: 'first' });
    await second.register(app, 'dora', { nickname: 'second' });
    const listed = await client.listCredentials('dora');
    assert.deepEqual(listed.map(credential => credential.nickname).sort(), ['first', 'second']);
    const credential = listed.find(credential => credential.nickname === 'first');
    assert.equal(credential.descriptor.id, first.id.toString('base64url'));
    assert.equal(credential.descriptor.type, 'public-key');
    assert.equal(credential.attestationFmt, 'none');
    assert.equal(credential.aaGuid, '00000000-0000-0000-0000-000000000000');
    assert.equal(credential.rpid, 'example.com');
    assert.equal(credential.userId, 'dora');
    assert.ok(!credential.createdAt.endsWith('Z'));

    await client.deleteCredential(new Uint8Array(first.id));
    assert.deepEqual((await client.listCredentials('dora')).map(credential => credential.nickname), ['second']);
    await client.deleteCredential(new Uint8Array(first.id)); // An unknown one is no error.
    await refused(client.deleteCredential(new Uint8Array(0)), {
        status: 400, title: 'credentialId must not be null or empty',
    });
    const problem = await refused(client.listCredentials(''), { status: 400 });
    assert.deepEqual(problem.errors, { userId: ['The UserId field is required.'] });
});

test('deleteUser', async () => {
    const passkey = new Passkey();
    await passkey.register(app, 'eve', { aliases: ['eve@example.com'] });
    await client.deleteUser('eve');
    assert.deepEqual(await client.listCredentials('eve'), []);
    assert.deepEqual(await client.listAliases('eve'), []);
    await client.deleteUser('eve'); // An unknown one is no error.
    await refused(client.deleteUser(''), { status: 400, title: 'One or more validation errors occurred.' });
});

test('generateAuthenticationToken', async () => {
    const { token } = await client.generateAuthenticationToken({ userId: 'fay', timeToLive: 60 });
    const verified = await client.verifyToken(token);
    assert.equal(verified.userId, 'fay');
    assert.equal(verified.type, 'generated_signin');
    assert.equal(Date.parse(verified.expiresAt) - Date.parse(verified.timestamp), 60_000);
    assert.equal(await client.generateAuthenticationToken({ userId: 'fay', timeToLive: 0 }), null);
});

test('sendMagicLink', async () => {
    const link = ['https://example.com/in?token=$TOKEN', 'gus'];
    await client.sendMagicLink(new SendMagicLinkRequest('admin@example.com', ...link));
    await client.sendMagicLink(new SendMagicLinkRequest('admin@example.com', ...link, 600));
    // Each is in a mail's text, and twice in its HTML.
    const tokens = [...new Set((await server.mailed()).match(/verify_[A-Za-z0-9_-]+/g))];
    assert.equal(tokens.length, 2);
    for (const [at, lifetime] of [[0, 3_600_000], [1, 600_000]]) {
        const verified = await client.verifyToken(tokens[at]);
        assert.deepEqual([verified.userId, verified.type], ['gus', 'magic_link']);
        assert.equal(Date.parse(verified.expiresAt) - Date.parse(verified.timestamp), lifetime);
    }

    await refused(client.sendMagicLink(new SendMagicLinkRequest('somebody@example.com', ...link)), {
        status: 403, errorCode: 'magic_link_email_admin_address_only',
    });
    const problem = await refused(client.sendMagicLink(new SendMagicLinkRequest('nobody', 'https://example.com', 'gus')), {
        status: 400,
    });
    assert.deepEqual(Object.keys(problem.errors), ['emailAddress', 'urlTemplate']);
});

test('a wrong secret, and a public key in its place', async () => {
    const stranger = new PasswordlessClient('shop:secret:00000000000040008000000000000000', { baseUrl: server.url });
    await refused(stranger.listCredentials('ada'), {
        status: 401, title: "A valid 'ApiSecret' header is required.", detail: "The value of your 'ApiSecret' is not valid.",
    });
    const confused = new PasswordlessClient(app.publicKey, { baseUrl: server.url });
    await refused(confused.listAliases('ada'), {
        status: 401, detail: "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'.",
    });
});

test('no public method was left out', () => {
    const methods = Object.keys(client).filter(name => !name.startsWith('_'));
    assert.ok(methods.includes('sendMagicLink'), String(methods));
    outcomes.complete(methods);
});
