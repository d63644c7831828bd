#!/usr/bin/env bash
# Behind PgBouncer in transaction mode a SELECT ran another client's INSERT, with the SELECT's value, and no error.
# Seen with: Debian's pgbouncer 1.18.0 and PostgreSQL 15, PyPI psycopg 3.2.10 with prepare_threshold=0.
# Seen: two clients number their prepared statements alike (_pg3_0). Each prepares on its own server connection; after the commits
#   the first client is given the other connection, where that name is the other's INSERT. Its look-up answers "INSERT 0 1"
#   without a row, four times in four, and the table has four rows that nobody wrote. Where the name is not there yet, or twice,
#   there is an error instead (26000, 42P05).
# A passkey server then says "no such user" and writes rows: no named statements in transaction mode before PgBouncer 1.21.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
. "$HERE/pooler.sh"
python_env 'psycopg[binary]==3.2.10'
pooler_env
cat >finding.py <<'PY'
import os
import psycopg
direct = psycopg.connect(os.environ["DIRECT"], autocommit=True)
direct.execute("CREATE TABLE users (id int, name text)")
direct.execute("CREATE TABLE audit (id int)")
direct.execute("INSERT INTO users VALUES (1, 'alice')")
reader, writer = (psycopg.connect(os.environ["POOLED"], prepare_threshold=0) for _ in range(2))
look_up = "SELECT name FROM users WHERE id = %s"
print("reader:", reader.execute(look_up, (1,)).fetchone())
writer.execute("INSERT INTO audit VALUES (%s)", (100,))
reader.commit()
writer.commit()
for _ in range(4):
    cursor = reader.execute(look_up, (1,))
    print("reader:", cursor.statusmessage, cursor.fetchone() if cursor.description else "no row")
    reader.commit()
print("audit:", [row[0] for row in direct.execute("SELECT id FROM audit")])
PY
py finding.py | expect "reader: ('alice',)
reader: INSERT 0 1 no row
reader: INSERT 0 1 no row
reader: INSERT 0 1 no row
reader: INSERT 0 1 no row
audit: [100, 1, 1, 1, 1]"
