#!/usr/bin/env bash
# In PgBouncer's transaction mode some SETs follow the client and others follow the server connection to the next client.
# Seen with: Debian's pgbouncer 1.18.0 and PostgreSQL 15, PyPI psycopg 3.2.10.
# Seen: one client sets five things; another client on the same server connection then has the first one's lock_timeout,
#   statement_timeout, search_path and application_name, but its own TimeZone: PgBouncer puts back what it was told of at the
#   client's start (client_encoding, DateStyle, TimeZone, standard_conforming_strings) and nothing else.
# A test that checks with the time zone finds nothing. Time-outs set with SET make other clients' statements fail: SET LOCAL
# inside the transaction.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
. "$HERE/pooler.sh"
python_env 'psycopg[binary]==3.2.10'
pooler_env
cat >finding.py <<'PY'
import os
import psycopg
one, other = (psycopg.connect(os.environ["POOLED"], autocommit=True, prepare_threshold=None) for _ in range(2))
settings = {"lock_timeout": "7s", "statement_timeout": "8s", "search_path": "tenant", "TimeZone": "Asia/Tokyo", "application_name": "one"}
def server(client):
    return client.execute("SELECT pg_backend_pid()").fetchone()
for name, value in settings.items():
    one.execute(f"SET {name} = '{value}'")
print("same server connection:", server(one) == server(other))
for name, value in settings.items():
    seen = other.execute(f"SELECT current_setting('{name}')").fetchone()[0]
    print(f"{name}: the other client has {'the value of the first' if seen == value else 'its own'}")
PY
py finding.py | expect 'same server connection: True
lock_timeout: the other client has the value of the first
statement_timeout: the other client has the value of the first
search_path: the other client has the value of the first
TimeZone: the other client has its own
application_name: the other client has the value of the first'
