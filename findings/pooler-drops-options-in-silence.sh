#!/usr/bin/env bash
# PgBouncer refuses options= in the connection string, and the setting that everybody adds then drops it without a word.
# Seen with: Debian's pgbouncer 1.18.0 and PostgreSQL 15, PyPI psycopg 3.2.10.
# Seen: "unsupported startup parameter: options"; with ignore_startup_parameters = options the connection opens and neither the
#   statement time-out nor the search path of the string is in force.
# A server that sets its time-outs or its schema this way runs without time-outs, in the wrong schema: read the setting back
# after connecting.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
. "$HERE/pooler.sh"
python_env 'psycopg[binary]==3.2.10'
pooler_env
cat >finding.py <<'PY'
import os
import psycopg
for name in ("DIRECT", "POOLED"):
    try:
        with psycopg.connect(os.environ[name] + " options='-c statement_timeout=5000 -c search_path=tenant'") as client:
            print(f"{name.lower()}:", client.execute("SELECT current_setting('statement_timeout'), current_setting('search_path')").fetchone())
    except psycopg.OperationalError as error:
        print(f"{name.lower()}:", str(error).strip().split("FATAL:")[-1].strip())
PY
{
  echo "as it comes"
  py finding.py
  echo "ignore_startup_parameters = options" >>db/pooler.ini
  kill -HUP "$POOLER"
  sleep 1
  echo "with ignore_startup_parameters = options"
  py finding.py
} | expect 'as it comes
direct: ('\''5s'\'', '\''tenant'\'')
pooled: unsupported startup parameter: options
with ignore_startup_parameters = options
direct: ('\''5s'\'', '\''tenant'\'')
pooled: ('\''0'\'', '\''"$user", public'\'')'
