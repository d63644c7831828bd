// A passkey without a browser, for the tests of backend clients: ES256, attestation none, user verified.
// Run by itself it registers a user and signs in once: node ceremony.mjs URL PUBLIC_KEY SECRET_KEY USER_ID

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { App, Passgate } from './passgate.mjs';

const RP = { RPID: 'example.com', Origin: 'https://example.com' };

export class Passkey {
    #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    id = randomBytes(32);
    signCount = 0;

    /** Registers this passkey and returns the sign-in token of the registration. */
    async register(app, userId, { nickname, ...tokenOptions } = {}) {
        return this.registerWith(app, await app.registerToken(userId, tokenOptions), nickname);
    }

    /** The same, with a registration token that somebody else made. */
    async registerWith(app, token, nickname) {
        const begun = succeeded(await app.browser('/register/begin', { token, ...RP }));
        const { x, y } = this.#keys.publicKey.export({ format: 'jwk' });
        // COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
        const key = Buffer.concat([
            Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url'),
            Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url'),
        ]);
        const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, key]);
        const data = this.#authenticatorData(0x45, attested);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        const attestationObject = Buffer.concat([
            Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'), Buffer.from([data.length]), data,
        ]);
        const completed = succeeded(await app.browser('/register/complete', {
            session: begun.session,
            response: {
                ...this.#envelope(),
                clientExtensionResults: { credProps: { rk: true } },
                response: {
                    AttestationObject: attestationObject.toString('base64url'),
                    clientDataJson: clientData('webauthn.create', begun.data.challenge).toString('base64url'),
                },
            },
            nickname,
            ...RP,
        }));
        return completed.token;
    }

    /** Signs in and returns the sign-in token. */
    async signIn(app, how = {}) {
        const begun = succeeded(await app.browser('/signin/begin', { ...how, ...RP }));
        this.signCount += 1;
        const data = this.#authenticatorData(0x05);
        const client = clientData('webauthn.get', begun.data.challenge);
        const message = Buffer.concat([data, sha256(client)]);
        const completed = succeeded(await app.browser('/signin/complete', {
            session: begun.session,
            response: {
                ...this.#envelope(),
                clientExtensionResults: {},
                response: {
                    authenticatorData: data.toString('base64url'),
                    clientDataJson: client.toString('base64url'),
                    signature: sign('sha256', message, this.#keys.privateKey).toString('base64url'),
                },
            },
            ...RP,
        }));
        return completed.token;
    }

    #envelope() {
        const id = this.id.toString('base64url');
        return { id, rawId: id, type: 'public-key' };
    }

    #authenticatorData(flags, attested = Buffer.alloc(0)) {
        const count = Buffer.alloc(4);
        count.writeUInt32BE(this.signCount);
        return Buffer.concat([sha256(RP.RPID), Buffer.from([flags]), count, attested]);
    }
}

const sha256 = data => createHash('sha256').update(data).digest();

function clientData(type, challenge) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: RP.Origin, crossOrigin: false }));
}

function succeeded(answer) {
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    const [url, publicKey, secretKey, userId] = process.argv.slice(2);
    const server = Object.assign(Object.create(Passgate.prototype), { url });
    const app = new App(server, publicKey.split(':')[0], publicKey, secretKey);
    const passkey = new Passkey();
    const registered = await passkey.register(app, userId, { nickname: 'soft key' });
    const signedIn = await passkey.signIn(app, { userId });
    console.log(JSON.stringify({ registered, signedIn, credentialId: passkey.id.toString('base64url') }));
}
