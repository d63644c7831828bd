# A PostgreSQL cluster with a PgBouncer before it, both of this run alone.
# shellcheck shell=bash
# pooler_env [LINE] : transaction mode with two server connections, plus one line of PgBouncer's file; sets DIRECT and POOLED.
pooler_env() {
  debian pgbouncer pgbouncer
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || debian initdb postgresql
  PG_BIN=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -1)")
  AS=()
  chmod 711 "$TMP"
  mkdir -m 755 db
  if [ "$(id -u)" = 0 ]; then
    AS=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    chown postgres db
  fi
  local direct pooled
  direct=$(free_port) pooled=$(free_port)
  "${AS[@]}" "$PG_BIN/initdb" -D "$TMP/db/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >initdb.log
  "${AS[@]}" "$PG_BIN/pg_ctl" -D "$TMP/db/data" -w -l "$TMP/db/log" -o "-p $direct -k $TMP/db -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null
  cat >db/pooler.ini <<INI
[databases]
postgres = host=127.0.0.1 port=$direct user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooled
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
logfile = $TMP/db/pooler.log
${1:-}
INI
  chmod 644 db/pooler.ini
  "${AS[@]}" pgbouncer -q "$TMP/db/pooler.ini" >/dev/null 2>&1 &
  POOLER=$!
  trap 'kill $POOLER; "${AS[@]}" "$PG_BIN/pg_ctl" -D "$TMP/db/data" -m immediate stop >/dev/null; rm -rf "$TMP"' EXIT
  export DIRECT="host=127.0.0.1 port=$direct user=postgres dbname=postgres" POOLED="host=127.0.0.1 port=$pooled user=postgres dbname=postgres"
  for _ in $(seq 50); do
    (exec 3<>"/dev/tcp/127.0.0.1/$pooled") 2>/dev/null && return
    sleep 0.1
  done
  echo "PgBouncer does not listen" >&2
  return 1
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
