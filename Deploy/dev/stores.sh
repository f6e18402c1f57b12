# Postgres and Redis of a suite. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

# Postgres refuses to run as root. It then runs as its own user, if that user can reach the directory.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"); else "$@"; fi
}

postgres_home() {
  if [ "$(id -u)" != 0 ]; then echo "$state/postgres"; return; fi
  mkdir -p "$state/postgres"
  if as_postgres test -x "$state/postgres" 2>/dev/null; then echo "$state/postgres"; return; fi
  echo "/var/lib/postgresql/talktime-$(printf '%s' "$state" | cksum | cut -d' ' -f1)"
}

postgres_bin() {
  # shellcheck disable=SC2012
  { ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true; } | sort -V | tail -n 1
}

start_postgres() {
  home=$(postgres_home)
  bin=$(postgres_bin)
  if [ ! -f "$home/data/PG_VERSION" ]; then
    step "Making a private Postgres"
    mkdir -p "$home"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$home"
    secret owner >/dev/null
    (umask 077; cp "$state/secrets/owner" "$home/password")
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$home/password"
    as_postgres "$bin/initdb" -D "$home/data" -U talktime --auth=scram-sha-256 --pwfile="$home/password" -E UTF8 --locale=C.UTF-8 >"$state/log/initdb.log" 2>&1 ||
      { cat "$state/log/initdb.log" >&2; die "initdb failed"; }
    rm -f "$home/password"
  fi
  if ! alive postgres; then
    rm -f "$home/data/postmaster.pid"
    # pg_stat_statements counts the statements that a service runs: a test reads it.
    as_postgres perl -MPOSIX -e "$detach" -- "$bin/pg_ctl" -D "$home/data" -l "$home/postgres.log" -w -t 60 -o \
      "-p $(port postgres) -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 -c shared_preload_libraries=pg_stat_statements -c log_min_messages=warning" \
      start >/dev/null || { tail -n 20 "$home/postgres.log" >&2; die "Postgres did not start"; }
    mkdir -p "$state/run"
    head -n 1 "$home/data/postmaster.pid" >"$state/run/postgres.pid"
    echo postgres >"$state/run/postgres.mark"
  fi
  as_owner postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = 'talktime'" | grep -q 1 ||
    as_owner postgres -qc "CREATE DATABASE talktime" >/dev/null
}

# psql as the owner of the database $1. The password is in the environment, because every user of the machine can read a
# command's arguments in the process list.
as_owner() {
  database_name=$1
  shift
  PGPASSWORD=$(secret owner) psql -h 127.0.0.1 -p "$(port postgres)" -U talktime -d "$database_name" "$@"
}

start_redis() {
  alive redis && return 0
  mkdir -p "$state/redis"
  rm -f "$state/redis.conf"
  (
    umask 077
    printf 'include "%s"\nport %s\nbind 127.0.0.1\ndir "%s"\nrequirepass %s\n' \
      "$root/Deploy/redis.conf" "$(port redis)" "$state/redis" "$(secret redis)" >"$state/redis.conf"
  )
  launch redis redis-server redis-server "$state/redis.conf"
  await redis 20 redis_answers || { tail -n 5 "$state/log/redis.log" >&2; die "Redis did not start"; }
}

redis_answers() { REDISCLI_AUTH=$(secret redis) redis-cli -p "$(port redis)" ping | grep -q PONG; }
