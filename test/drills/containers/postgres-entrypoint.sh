#!/bin/bash
# What the image of Docker's library does at its start, as far as compose.yaml relies on it: a cluster, a user, a database, by POSTGRES_*.
set -euo pipefail
bin=$(echo /usr/lib/postgresql/*/bin)
export PATH="$bin:$PATH" PGDATA=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" && chown postgres:postgres /var/lib/postgresql "$PGDATA" && chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --encoding=UTF8 --locale=C.UTF-8 --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --auth-local=trust >&2
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait start -o "-c listen_addresses='' -c unix_socket_directories=/tmp" >&2
  createdb --host=/tmp --username="$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl --wait --mode=fast stop >&2
fi
shift # the program's name, which is "postgres"
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
