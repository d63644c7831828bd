// An application with SimpleWebAuthn, which asks for passkeys on its output and is answered on its input, a line of JSON
// each. In the end it says what its guide tells applications to keep.

import { createInterface } from 'node:readline';

import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server';

const [rpID, origin] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = value => process.stdout.write(`${JSON.stringify(value)}\n`);

for (const user of ['user-1', 'user-2']) {
    const options = await generateRegistrationOptions({ rpName: 'Example', rpID, userName: user });
    say({ options });
    const response = JSON.parse((await answers.next()).value);
    const verification = await verifyRegistrationResponse({
        response, expectedChallenge: options.challenge, expectedOrigin: origin, expectedRPID: rpID,
    });
    const { credential, credentialDeviceType, credentialBackedUp } = verification.registrationInfo;
    say({
        kept: {
            userId: user, webauthnUserID: options.user.id, id: credential.id, publicKey: credential.publicKey,
            counter: credential.counter, transports: credential.transports, deviceType: credentialDeviceType,
            backedUp: credentialBackedUp,
        },
    });
}
process.exit(0);
