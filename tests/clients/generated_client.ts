// A program over the client that is generated from the OpenAPI document. It is compiled as strictly as the compiler can.

import { createClient } from './client/client';
import {
    countUsers, createApp, generateSignInToken, listEvents, listUsers, registerToken, renameCredential, setAliases,
    verifySignIn,
} from './client/sdk.gen';
import type { ErrorCode, User, VerifiedToken } from './client/types.gen';

const [baseUrl = '', managementKey = ''] = process.argv.slice(2);
const client = createClient({ baseUrl });

async function main(): Promise<void> {
    const app = await createApp({
        client, path: { app: 'generated' }, headers: { ManagementKey: managementKey }, body: { eventLoggingIsEnabled: true },
        throwOnError: true,
    });
    client.setConfig({ headers: { ApiSecret: app.data.apiSecret1 } });

    const registration = await registerToken({
        client, body: { userId: 'user-1', username: 'fry', userVerification: 'required', hints: ['client-device'] },
        throwOnError: true,
    });
    await setAliases({ client, body: { userId: 'user-1', aliases: ['fry@example.com'], hashing: false }, throwOnError: true });
    const { data: { token } } = await generateSignInToken({ client, body: { userId: 'user-1' }, throwOnError: true });
    const verified: VerifiedToken = (await verifySignIn({ client, body: { token }, throwOnError: true })).data;
    const users: Array<User> = (await listUsers({ client, query: { limit: 10 }, throwOnError: true })).data.values;
    const counted: number = (await countUsers({ client, throwOnError: true })).data.count;
    const events = (await listEvents({ client, query: { pageNumber: 1 }, throwOnError: true })).data.events;

    const codeOf = (error: { errorCode?: ErrorCode | null } | undefined): ErrorCode | null => error?.errorCode ?? null;
    const again = await verifySignIn({ client, body: { token } });
    const unknown = await renameCredential({ client, body: { credentialId: 'AQIDBA', nickname: null } });

    console.log(JSON.stringify({
        registration: registration.data.token.startsWith('register_'),
        userId: verified.userId,
        type: verified.type,
        aliases: users.flatMap(user => user.aliases),
        counted,
        kinds: events.map(event => event.eventType),
        refusals: [codeOf(again.error), codeOf(unknown.error)],
    }));
}

void main();
