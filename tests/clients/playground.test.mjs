// The playground, driven as a newcomer would, with pictures of every step in target/screenshots.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VirtualAuthenticator, launchBrowser } from './browser.mjs';
import { Passgate } from './passgate.mjs';

const screenshots = process.env.PASSGATE_SCREENSHOTS
    ?? join(dirname(fileURLToPath(import.meta.url)), '../../target/screenshots');

let server, browser, home;

before(async () => {
    [server, browser] = await Promise.all([Passgate.start(), launchBrowser()]);
    home = server.url.replace('127.0.0.1', 'localhost');
    await mkdir(screenshots, { recursive: true });
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

async function open(options = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
    const page = await context.newPage();
    const complaints = [];
    page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('request', request => {
        if (new URL(request.url()).origin !== home) complaints.push(`a request to ${request.url()}`);
    });
    const authenticator = await VirtualAuthenticator.addTo(page);
    await page.goto(home);
    const picture = async name => {
        // The header sticks to the top of what is scrolled to: in a picture of the whole page that is the page's top.
        await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }));
        await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
    };
    return { context, page, authenticator, complaints, picture };
}

const way = (page, name) => page.locator('#methods label', { hasText: name }).click();

async function resultOf(page, step, title) {
    const result = page.locator(`#result-${step}`);
    await result.locator('h3', { hasText: title }).waitFor({ timeout: 10_000 });
    return Object.fromEntries(await result.locator('.explained > div').evaluateAll(
        rows => rows.map(row => [row.querySelector('dt').textContent, row.querySelector('.value').textContent]),
    ));
}

test('a newcomer creates an application, registers, and signs in every way', async () => {
    const { context, page, complaints, picture } = await open();
    await page.locator('#create-application').waitFor();
    await picture('playground-1-empty');

    await page.locator('#create-application').click();
    await page.locator('#key-app', { hasText: /^[a-z][a-z0-9]{2,61}$/ }).waitFor();
    const app = await page.locator('#key-app').textContent();
    assert.match(await page.locator('#key-public').textContent(), new RegExp(`^${app}:public:[0-9a-f]{32}$`));
    assert.doesNotMatch(await page.locator('#key-secret').textContent(), /[0-9a-f]{32}/, 'the secret is masked at first');
    await picture('playground-2-application');

    await page.locator('#register [name=userId]').fill('fry');
    await page.locator('#register [name=alias]').fill('fry@example.com');
    await page.locator('#register [name=nickname]').fill('My laptop');
    await page.locator('#register button.primary').click();
    const registered = await resultOf(page, 'register', 'fry has a passkey');
    assert.equal(registered.type, 'passkey_register');
    assert.equal(registered.nickname, 'My laptop');
    assert.equal(registered.origin, home);
    await picture('playground-3-registered');

    for (const [name, fill] of [
        ['Any passkey', null],
        ['Alias', ['alias', 'fry@example.com']],
        ['User ID', ['userId', 'fry']],
    ]) {
        await way(page, name);
        if (fill) await page.locator(`#signin [name=${fill[0]}]:visible`).fill(fill[1]);
        await page.locator('#signin button.primary').click();
        const verified = await resultOf(page, 'signin', 'fry signed in');
        assert.equal(verified.success, 'true', name);
        assert.equal(verified.purpose, 'sign-in', name);
    }
    await picture('playground-4-signed-in');

    await way(page, 'Autofill');
    assert.equal((await resultOf(page, 'signin', 'fry signed in')).type, 'passkey_signin');

    await page.locator('#result-signin button', { hasText: 'Verify it again' }).click();
    await page.locator('#result-signin .calm').waitFor();
    await picture('playground-5-verified-once');

    await page.locator('#stepup button.primary').click();
    assert.equal((await resultOf(page, 'stepup', 'fry confirmed')).purpose, 'step-up');

    await page.locator('#users-list .credential', { hasText: 'My laptop' }).waitFor();
    await picture('playground-6-everything');
    // The refusal of the second verification is the one thing the console may mention.
    assert.deepEqual(complaints.filter(text => !text.includes('400')), []);

    await page.reload();
    await page.locator('#key-app', { hasText: app }).waitFor();
    await page.locator('#users-list .credential', { hasText: 'My laptop' }).waitFor();
    await context.close();
});

test('a passkey deleted on the server is explained, not just refused', async () => {
    const { context, page, picture } = await open();
    await page.locator('#create-application').click();
    await page.locator('#key-app', { hasText: /^[a-z]/ }).waitFor();
    await page.locator('#register [name=userId]').fill('leela');
    await page.locator('#register button.primary').click();
    await resultOf(page, 'register', 'leela has a passkey');
    const secret = await page.evaluate(() => JSON.parse(localStorage.getItem('passgate.playground')).keys.apiSecret);
    const deleted = await server.post('/users/delete', { ApiSecret: secret }, { userId: 'leela' });
    assert.equal(deleted.status, 200);
    await way(page, 'Any passkey');
    await page.locator('#signin button.primary').click();
    const note = page.locator('#note-signin');
    await note.getByText('unknown_credential').waitFor();
    await picture('playground-7-unknown-credential');
    await context.close();
});

test('it reads well in the dark and on a phone', async () => {
    for (const [name, options] of [
        ['playground-8-dark', { colorScheme: 'dark' }],
        ['playground-9-phone', { viewport: { width: 390, height: 844 } }],
    ]) {
        const { context, page, picture, complaints } = await open(options);
        await page.locator('#create-application').click();
        await page.locator('#key-app', { hasText: /^[a-z]/ }).waitFor();
        await page.locator('#register button.primary').click();
        await page.locator('#result-register h3').waitFor();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name}: the page is ${overflow} pixels too wide`);
        assert.deepEqual(complaints, []);
        await picture(name);
        await context.close();
    }
});
