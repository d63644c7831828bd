// The links in mails, followed by a real browser: pages with a button, under the server's own content policy.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, servePage } from './browser.mjs';
import { Passgate } from './passgate.mjs';

let server, app, site, browser;

before(async () => {
    [server, site, browser] = await Promise.all([Passgate.start(), servePage(), launchBrowser()]);
    app = await server.createApp('shop', { adminEmail: 'admin@example.com', magicLinkEmailMonthlyQuota: 100 });
    await server.run('app', 'set', 'shop', 'magic-link-landing-page=true', 'single-use-magic-links=true');
});

after(async () => {
    await browser?.close();
    await site?.close();
    await server?.stop();
});

/** The last link to the server's pages in the mails that went to the file. */
async function lastLink(path) {
    const text = await server.mailed();
    const links = text.split(/[\s"<>]+/).filter(word => word.startsWith(`${server.url}${path}`));
    assert.notEqual(links.length, 0, text);
    return links.at(-1);
}

/** Opens a link, with everything the browser complains of. */
async function open(link) {
    const page = await browser.newPage();
    const complaints = [];
    page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', error => complaints.push(String(error)));
    const response = await page.goto(link);
    return { page, complaints, status: response.status() };
}

test('the button of a magic link forwards to the application, and looking uses nothing up', async () => {
    const sent = await app.backend('/magic-links/send', {
        userId: 'alice', emailAddress: 'admin@example.com', urlTemplate: `${site.origin}/in?token=$TOKEN`,
    });
    assert.equal(sent.status, 204, JSON.stringify(sent.body));
    const link = await lastLink('/magic-links/shop/');
    for (let look = 0; look < 2; look++) {
        assert.equal((await fetch(link)).status, 200);
    }

    const { page, complaints, status } = await open(link);
    assert.equal(status, 200);
    assert.equal(await page.title(), `Sign in to ${new URL(site.origin).host}`);
    // The style sheet is allowed by its digest.
    const background = await page.locator('button').evaluate(button => getComputedStyle(button).backgroundColor);
    assert.equal(background, 'rgb(11, 107, 93)');
    await Promise.all([page.waitForURL(`${site.origin}/in?token=verify_*`), page.locator('button').click()]);
    const token = new URL(page.url()).searchParams.get('token');
    assert.deepEqual(complaints, []);
    const verified = await app.verify(token);
    assert.equal(verified.userId, 'alice');
    assert.equal(verified.type, 'magic_link');
    const again = await app.backend('/signin/verify', { token });
    assert.equal(again.body.errorCode, 'token_already_used');
    await page.close();
});

test('the button of a magic link follows an application that redirects to another origin', async () => {
    const elsewhere = await servePage();
    try {
        const target = encodeURIComponent(`${elsewhere.origin}/in?token=`);
        const sent = await app.backend('/magic-links/send', {
            userId: 'bob', emailAddress: 'admin@example.com', urlTemplate: `${site.origin}/away?to=${target}$TOKEN`,
        });
        assert.equal(sent.status, 204, JSON.stringify(sent.body));
        const { page, complaints } = await open(await lastLink('/magic-links/shop/'));
        await Promise.all([page.waitForURL(`${elsewhere.origin}/in?token=verify_*`), page.locator('button').click()]);
        assert.deepEqual(complaints, []);
        const verified = await app.verify(new URL(page.url()).searchParams.get('token'));
        assert.equal(verified.userId, 'bob');
        await page.close();
    } finally {
        await elsewhere.close();
    }
});

test('the button in the warning keeps the application, once', async () => {
    const asked = await app.backend('/account/delete', {});
    assert.equal(asked.status, 200, JSON.stringify(asked.body));
    const link = await lastLink('/account/delete/abort/');
    const { page, complaints } = await open(link);
    assert.equal(await page.title(), 'Keep the application shop?');
    await Promise.all([page.waitForNavigation(), page.locator('button').click()]);
    assert.equal(await page.title(), 'The application shop stays');
    assert.deepEqual(complaints, []);
    await page.close();
    assert.equal((await fetch(link)).status, 404);
});
