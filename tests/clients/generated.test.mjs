// A TypeScript client that is made from the OpenAPI document of the running server: generated, compiled, and used.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Passgate, managementKey } from './passgate.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** Runs an installed program, and says what it printed if it fails. */
async function run(folder, program, ...args) {
    try {
        return (await promisify(execFile)(program, args, { cwd: folder, timeout: 120_000 })).stdout;
    } catch (error) {
        throw new Error(`${program} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
    }
}

test('a generated client compiles strictly, and its functions work', async () => {
    const server = await Passgate.start();
    const folder = await mkdtemp(join(tmpdir(), 'passgate-generated-'));
    try {
        const installed = name => join(here, 'node_modules/.bin', name);
        await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
        await run(folder, installed('openapi-ts'), '--input', `${server.url}/openapi.json`, '--output', 'client', '--client', '@hey-api/client-fetch');
        await copyFile(join(here, 'generated_client.ts'), join(folder, 'program.ts'));
        await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'commonjs' }));
        await writeFile(join(folder, 'globals.d.ts'), 'declare const process: { argv: string[] };\n');
        await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({
            compilerOptions: {
                strict: true, noUncheckedIndexedAccess: true, target: 'es2022', module: 'commonjs', types: [],
                moduleResolution: 'node10', lib: ['es2022', 'dom', 'dom.iterable'], outDir: 'built', rootDir: '.',
            },
            include: ['program.ts', 'globals.d.ts'],
        }));
        await run(folder, installed('tsc'), '--project', '.');
        const printed = await run(folder, process.execPath, 'built/program.js', server.url, managementKey);
        assert.deepEqual(JSON.parse(printed), {
            registration: true,
            userId: 'user-1',
            type: 'generated_signin',
            aliases: ['fry@example.com'],
            counted: 0,
            kinds: JSON.parse(printed).kinds,
            refusals: ['token_already_used', 'credential_not_found'],
        });
        assert.ok(JSON.parse(printed).kinds.length > 0, printed);
    } finally {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
    }
});
