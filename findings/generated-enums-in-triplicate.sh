#!/usr/bin/env bash
# A member that may be null, with an enumeration written in place, becomes three Python classes in a generated client.
# Seen with: PyPI openapi-python-client 0.29.1, a valid OpenAPI 3.1 document of one operation.
# Seen: {"type": ["string", "null"], "enum": […, null]} makes three enumerations with the same values (…Type1, …Type2Type1, …Type3Type1);
#   a named schema with anyOf [reference, null] makes one. Both describe the same JSON.
# Credentials are full of such members (attachment, attestation, transports): name the enumeration if clients are to be generated.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env openapi-python-client==0.29.1
cat >finding.py <<'PY'
import json, subprocess, sys
from pathlib import Path
VALUES = ["platform", "cross-platform"]
def classes(name, member, schemas):
    document = {
        "openapi": "3.1.0", "info": {"title": name, "version": "1"},
        "paths": {"/passkey": {"get": {"operationId": "passkey", "responses": {"200": {"description": "one", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Passkey"}}}}}}}},
        "components": {"schemas": {"Passkey": {"type": "object", "required": ["attachment"], "properties": {"attachment": member}}, **schemas}},
    }
    Path(f"{name}.json").write_text(json.dumps(document))
    subprocess.run([str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--path", f"{name}.json", "--meta", "none", "--output-path", name], check=True, capture_output=True)
    made = [line.split()[1].split("(")[0] for path in sorted(Path(name, "models").glob("*.py")) for line in path.read_text().splitlines() if line.startswith("class ") and "Enum" in line]
    print(f"{name}: {len(made)} ({', '.join(made)})")
classes("in_place", {"type": ["string", "null"], "enum": [*VALUES, None]}, {})
classes("named", {"anyOf": [{"$ref": "#/components/schemas/Attachment"}, {"type": "null"}]}, {"Attachment": {"type": "string", "enum": VALUES}})
PY
py finding.py | expect 'in_place: 3 (PasskeyAttachmentType1, PasskeyAttachmentType2Type1, PasskeyAttachmentType3Type1)
named: 1 (Attachment)'
