#!/usr/bin/env bash
# Four CBOR packages for Node disagree about one COSE key: cbor-x turns its labels into text.
# Seen with: npm cbor 10.0.12, cbor-x 1.6.9, cborg 6.1.5, @levischuck/tiny-cbor 0.3.6; an ES256 key of 77 bytes.
# Seen: cbor-x decodes it into an object and encodes the labels as text ("1", "-2": 87 bytes); encoding a Map it
#   adds tag 259. cbor and cbor-x mark coordinates given as Uint8Array with tag 64 (a Buffer stays plain). cborg refuses to
#   decode integer labels unless useMaps is set. tiny-cbor and cbor give the same bytes back.
# A credential key that was decoded, kept and encoded again is no COSE key for the next product; keep the bytes as they came.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
node_env cbor@10.0.12 cbor-x@1.6.9 cborg@6.1.5 @levischuck/tiny-cbor@0.3.6
cat >finding.mjs <<'JS'
import cbor from 'cbor';
import * as x from 'cbor-x';
import * as cborg from 'cborg';
import * as tiny from '@levischuck/tiny-cbor';
const key = Buffer.from(`a5010203262001215820${'11'.repeat(32)}225820${'22'.repeat(32)}`, 'hex');
const packages = {
  cbor: [(bytes) => cbor.decodeFirstSync(bytes), (value) => cbor.encode(value)],
  'cbor-x': [x.decode, x.encode],
  cborg: [cborg.decode, cborg.encode],
  'cborg, useMaps': [(bytes) => cborg.decode(bytes, { useMaps: true }), cborg.encode],
  'tiny-cbor': [(bytes) => tiny.decodeCBOR(new Uint8Array(bytes).buffer), tiny.encodeCBOR],
};
const made = (bytes) => new Map([[1, 2], [3, -7], [-1, 1], [-2, bytes(0x11)], [-3, bytes(0x22)]]);
const say = (work) => {
  try {
    const out = Buffer.from(work());
    return out.equals(key) ? 'the same bytes' : `${out.length} bytes, ${out.subarray(0, 6).toString('hex')}`;
  } catch (error) { return error.message; }
};
for (const [name, [decode, encode]] of Object.entries(packages)) {
  console.log(`${name}: decoded and encoded: ${say(() => encode(decode(key)))}`);
  if (name === 'cborg, useMaps') continue;
  console.log(`  made of Uint8Array: ${say(() => encode(made((byte) => new Uint8Array(32).fill(byte))))}; of Buffer: ${say(() => encode(made((byte) => Buffer.alloc(32, byte))))}`);
}
JS
node finding.mjs | expect 'cbor: decoded and encoded: the same bytes
  made of Uint8Array: 81 bytes, a50102032620; of Buffer: the same bytes
cbor-x: decoded and encoded: 87 bytes, b90005613102
  made of Uint8Array: 84 bytes, d90103a50102; of Buffer: 80 bytes, d90103a50102
cborg: decoded and encoded: CBOR decode error: non-string keys not supported (got number)
  made of Uint8Array: the same bytes; of Buffer: the same bytes
cborg, useMaps: decoded and encoded: the same bytes
tiny-cbor: decoded and encoded: the same bytes
  made of Uint8Array: the same bytes; of Buffer: the same bytes'
