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

/** What has the focus: its label without what only screen readers hear, and what it is found by. */
const focused = page => page.evaluate(() => ({
    text: document.activeElement.firstChild?.textContent.trim(),
    id: document.activeElement.id || document.activeElement.dataset.focus || '',
}));

test('a question can be taken back, and the focus stays where it was', async () => {
    const { context, page, authenticator, complaints } = await open();
    await page.locator('#create-application').click();
    await page.locator('#key-app', { hasText: /^[a-z]/ }).waitFor();
    await page.locator('#register [name=userId]').fill('fry');
    await authenticator.setAutomaticPresence(false);
    const button = page.locator('#register button.primary');
    for (const takeBack of [() => page.keyboard.press('Escape'), () => page.locator('#register .cancel').click()]) {
        await button.focus();
        await page.keyboard.press('Enter');
        await page.locator('#register .cancel').waitFor();
        assert.equal((await focused(page)).text, 'Register a passkey', 'the button keeps the focus while it waits');
        await takeBack();
        await page.locator('#note-register', { hasText: 'Stopped' }).waitFor();
        assert.equal((await focused(page)).text, 'Register a passkey');
        assert.equal(await page.locator('.cancel').count(), 0);
    }
    await authenticator.setAutomaticPresence(true);
    await page.keyboard.press('Enter');
    await resultOf(page, 'register', 'fry has a passkey');
    assert.equal(await page.locator('#announce').textContent(), 'fry has a passkey');
    assert.equal((await focused(page)).text, 'Register a passkey');

    const done = () => page.locator('.step.done').evaluateAll(steps => steps.map(step => step.id));
    assert.deepEqual(await done(), ['step-application', 'step-register']);
    await page.reload();
    await page.locator('#users-list .credential').waitFor();
    assert.deepEqual(await done(), ['step-application', 'step-register'], 'the steps survive a reload');
    assert.deepEqual(complaints, []);
    await context.close();
});

test('passkeys are renamed, suspended, added and deleted, and the device follows', async () => {
    const { context, page, authenticator, picture } = await open();
    await page.locator('#create-application').click();
    await page.locator('#key-app', { hasText: /^[a-z]/ }).waitFor();
    await page.locator('#register [name=userId]').fill('leela');
    await page.locator('#register button.primary').click();
    await resultOf(page, 'register', 'leela has a passkey');
    const passkeys = page.locator('#users-list .credential');
    const press = name => page.locator('#users-list button', { hasText: name }).first().click();

    await press('Rename');
    await page.keyboard.type('Nibbler');
    await page.keyboard.press('Escape');
    assert.match((await focused(page)).id, /^rename /, 'Escape leaves the name as it was');
    await press('Rename');
    await page.keyboard.type('Nibbler');
    await page.keyboard.press('Enter');
    await passkeys.filter({ hasText: 'Nibbler' }).waitFor();
    assert.match((await focused(page)).id, /^rename /);

    await press('Suspend');
    await page.locator('#users-list .tag', { hasText: 'suspended' }).waitFor();
    assert.equal((await focused(page)).text, 'Resume');
    await way(page, 'Any passkey');
    await page.locator('#signin button.primary').click();
    await page.locator('#note-signin', { hasText: 'This passkey is suspended' }).waitFor();
    await picture('playground-10-suspended');
    await press('Resume');
    await page.locator('#users-list .credential.suspended').waitFor({ state: 'detached' });

    await press('Add another device');
    await page.locator('#note-users', { hasText: 'already holds a passkey' }).waitFor();
    await authenticator.unplug();
    await authenticator.plugIn();
    await press('Add another device');
    await page.waitForFunction(() => document.querySelectorAll('#users-list .credential').length === 2);
    assert.equal((await authenticator.credentials()).length, 1);

    await press('Delete user');
    await press('Delete it all?');
    await passkeys.first().waitFor({ state: 'detached' });
    assert.equal((await focused(page)).id, 'users-title', 'what is gone hands the focus to its heading');
    for (let waited = 0; waited < 5000 && (await authenticator.credentials()).length > 0; waited += 50) {
        await page.waitForTimeout(50);
    }
    assert.deepEqual(await authenticator.credentials(), [], 'the device dropped what the server deleted');
    await context.close();
});

test('the API reference fits a phone, names its links, and leads back', async () => {
    for (const [name, options] of [
        ['reference-1-wide', { viewport: { width: 1280, height: 1000 } }],
        ['reference-2-dark', { viewport: { width: 1280, height: 1000 }, colorScheme: 'dark' }],
        ['reference-3-phone', { viewport: { width: 390, height: 844 } }],
    ]) {
        const { context, page, complaints } = await open(options);
        await page.goto(`${home}/docs#verifySignIn`);
        const entry = page.locator('#verifySignIn');
        await entry.locator('.notes', { hasText: 'A backend that asked for a purpose compares it.' }).waitFor();
        await entry.locator('.notes', { hasText: 'One of passkey_signin, passkey_register' }).waitFor();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name}: the page is ${overflow} pixels too wide`);
        await page.screenshot({ path: join(screenshots, `${name}.png`) });
        if (name === 'reference-3-phone') {
            await page.getByRole('link', { name: 'To the list of endpoints' }).click();
            await page.locator('#contents a').first().waitFor({ state: 'visible' });
        }
        await page.getByRole('link', { name: 'Passgate: to the start page of this server' }).click();
        await page.locator('#create-application').waitFor();
        assert.deepEqual(complaints, []);
        await context.close();
    }
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
