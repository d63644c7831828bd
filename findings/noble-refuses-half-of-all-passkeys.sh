#!/usr/bin/env bash
# @noble/curves 2 refuses every second valid signature of a passkey unless told otherwise, on P-256 and P-384 too.
# Seen with: npm @noble/curves 2.4.0, signatures by Node's OpenSSL (which, like authenticators, does not choose the lower s).
# Seen: of 200 valid DER signatures p256.verify and p384.verify accept about half; with { lowS: false } all. Version 1.9.7
#   accepts all by default on these two curves.
# An update of a library number turns every second sign-in into "invalid signature"; pass lowS: false for WebAuthn.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
node_env new@npm:@noble/curves@2.4.0 old@npm:@noble/curves@1.9.7
cat >finding.mjs <<'JS'
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import * as fresh from 'new/nist.js';
import { p256 } from 'old/p256';
import { p384 } from 'old/p384';
const word = (n) => (n === 200 ? 'all' : n === 0 ? 'none' : n > 60 && n < 140 ? 'about half' : n);
for (const [name, curve, hash, now, before] of [['P-256', 'prime256v1', 'sha256', fresh.p256, p256], ['P-384', 'secp384r1', 'sha384', fresh.p384, p384]]) {
  const accepted = { plain: 0, lenient: 0, old: 0 };
  for (let i = 0; i < 200; i += 1) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    const message = Buffer.from(`message ${i}`);
    const der = sign(hash, message, privateKey);
    accepted.plain += now.verify(der, message, point, { format: 'der' }) ? 1 : 0;
    accepted.lenient += now.verify(der, message, point, { format: 'der', lowS: false }) ? 1 : 0;
    accepted.old += before.verify(der, createHash(hash).update(message).digest(), point) ? 1 : 0;
  }
  console.log(`${name}: 2.4.0 ${word(accepted.plain)}, 2.4.0 with lowS: false ${word(accepted.lenient)}, 1.9.7 ${word(accepted.old)}`);
}
JS
node finding.mjs | expect 'P-256: 2.4.0 about half, 2.4.0 with lowS: false all, 1.9.7 all
P-384: 2.4.0 about half, 2.4.0 with lowS: false all, 1.9.7 all'
