# The measurements and the soak. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

bench() {
  case ${1:-} in
    heartbeat | link | links | minutes) bench_talk "$@" ;;
    ledger) bench_ledger "$@" ;;
    deadlines) bench_deadlines "$@" ;;
    verify) bench_verify ;;
    accounts) shift; bench_accounts "$@" ;;
    queue) bench_queue "$@" ;;
    events) shift; bench_events "$@" ;;
    growth) shift; bench_growth "$@" ;;
    *) die "bench knows: heartbeat, link, links, minutes, ledger, deadlines, queue, events, verify, accounts, growth" ;;
  esac
}

# A separate suite, deleted after use.
bench_suite() {
  configuration=release
  state="$root/.dev/${1:-bench}"
  TALKTIME_STATE=$state
  TALKTIME_PORT_OFFSET=10000
  export TALKTIME_STATE TALKTIME_PORT_OFFSET
  take_turn "${1:-bench}"
  trap 'down; rm -rf "$(postgres_home)" "$state/redis"' EXIT
  down
}

# A separate migrated database, and nothing else.
bench_database() {
  bench_suite
  rm -rf "$(postgres_home)"
  mkdir -p "$state/log" "$state/run" "$state/scale"
  take_ports
  write_settings
  start_postgres
  leave_ports
  with_settings "$(binaries)/talktime" migrate --directory "$root/Migrations" >&2
}

bench_talk() {
  # shellcheck disable=SC2086
  install_packages $base_packages $bench_packages
  configuration=release
  build_products
  build --product TalkBench
  bench_suite
  start_everything
  SESSION_PROCESS=$(head -n 1 "$state/run/session-1.pid")
  CADDY_PROCESS=$(head -n 1 "$state/run/caddy.pid")
  export SESSION_PROCESS CADDY_PROCESS
  with_settings stdbuf -oL "$(binaries)/TalkBench" "$@"
}

# Two instances of auth, and argon2-cffi beside the first.
bench_accounts() {
  # shellcheck disable=SC2086
  install_packages $base_packages $test_packages
  venv="$root/.dev/bench-venv"
  [ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
  download pip 600 "$venv/bin/pip" install -q --disable-pip-version-check --timeout 20 --retries 5 \
    -r "$root/Benchmarks/AccountBench/requirements.txt"
  configuration=release
  build_products
  bench_suite
  mkdir -p "$state/scale"
  set_scale auth=2
  start_everything
  "$venv/bin/python" -B "$root/Benchmarks/AccountBench/accounts.py" "http://127.0.0.1:$(port auth-1)" \
    "http://127.0.0.1:$(port auth-2)" "$(head -n 1 "$state/run/auth-1.pid")" "$@"
}

bench_ledger() {
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=release
  build --product talktime
  build --product LedgerBench
  bench_database
  PGBENCH=$(postgres_bin)/pgbench
  PGBENCH_SCRIPTS="$root/Benchmarks/LedgerBench"
  export PGBENCH PGBENCH_SCRIPTS
  with_settings stdbuf -oL "$(binaries)/LedgerBench" "$@"
}

# The task queue beside PgQueuer and awa, each in a database of its own on one server.
bench_queue() {
  # shellcheck disable=SC2086
  install_packages $base_packages python3-venv
  peers="$root/.dev/queue-peers"
  requirements="$root/Benchmarks/QueueBench/requirements.txt"
  cmp -s "$peers/ready" "$requirements" || {
    step "Installing PgQueuer and awa"
    /usr/bin/python3 -m venv "$peers" >&2
    download queue-peers 600 "$peers/bin/pip" install -q --disable-pip-version-check --timeout 20 --retries 5 \
      -r "$requirements"
    cp "$requirements" "$peers/ready"
  }
  configuration=release
  build --product talktime
  build --product QueueBench
  bench_database
  for peer in pgqueuer awa; do as_owner postgres -qc "CREATE DATABASE $peer" >&2; done
  PEER_PYTHON="$peers/bin/python"
  PEER_SCRIPTS="$root/Benchmarks/QueueBench"
  PGQUEUER_URL="postgresql://talktime:$(secret owner)@127.0.0.1:$(port postgres)/pgqueuer"
  AWA_URL="postgresql://talktime:$(secret owner)@127.0.0.1:$(port postgres)/awa"
  export PEER_PYTHON PEER_SCRIPTS PGQUEUER_URL AWA_URL
  with_settings stdbuf -oL "$(binaries)/QueueBench" "$@"
}

bench_deadlines() {
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=release
  build --product DeadlineBench
  bench_suite
  mkdir -p "$state/log" "$state/run" "$state/scale"
  take_ports
  write_settings
  start_redis
  leave_ports
  with_settings stdbuf -oL "$(binaries)/DeadlineBench" "$@"
}

# Tasks over workers that are killed, while Postgres crashes.
soak_tasks() {
  kind=release
  [ "${1:-}" != --debug ] || { kind=debug; shift; }
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=$kind
  build --product talktime
  build --product TaskSoak
  bench_suite task-soak
  configuration=$kind
  rm -rf "$(postgres_home)"
  mkdir -p "$state/log" "$state/run" "$state/scale"
  take_ports
  write_settings
  start_postgres
  leave_ports
  with_settings "$(binaries)/talktime" migrate --directory "$root/Migrations" >&2
  TALKTIME_DEV="$root/dev"
  export TALKTIME_DEV
  with_settings stdbuf -oL "$(binaries)/TaskSoak" "$@"
}

# Postgres and Redis, and nothing else.
bench_stores() {
  rm -rf "$(postgres_home)" "$state/redis" "$state/replica"
  mkdir -p "$state/log" "$state/run" "$state/scale"
  take_ports
  write_settings
  start_postgres
  start_redis
  leave_ports
  with_settings "$(binaries)/talktime" migrate --directory "$root/Migrations" >&2
}

# The outbox and its streams beside PgQ, each in a database of its own on one server.
bench_events() {
  # shellcheck disable=SC2086
  install_packages $base_packages python3-venv postgresql-15-pgq3
  peers="$root/.dev/event-peers"
  requirements="$root/Benchmarks/EventBench/requirements.txt"
  cmp -s "$peers/ready" "$requirements" || {
    step "Installing asyncpg"
    /usr/bin/python3 -m venv "$peers" >&2
    download event-peers 600 "$peers/bin/pip" install -q --disable-pip-version-check --timeout 20 --retries 5 \
      -r "$requirements"
    cp "$requirements" "$peers/ready"
  }
  configuration=release
  build --product talktime
  build --product EventBench
  bench_suite
  bench_stores
  as_owner postgres -qc "CREATE DATABASE pgq" >&2
  as_owner pgq -qc "CREATE EXTENSION pgq" >&2
  PEER_PYTHON="$peers/bin/python"
  PEER_SCRIPT="$root/Benchmarks/EventBench/pgq_turn.py"
  PGQ_URL="postgresql://talktime:$(secret owner)@127.0.0.1:$(port postgres)/pgq"
  export PEER_PYTHON PEER_SCRIPT PGQ_URL
  with_settings "$(binaries)/EventBench" "$@"
}

# Events over relays and consumers that are killed, while Redis crashes and fails over.
soak_events() {
  kind=release
  [ "${1:-}" != --debug ] || { kind=debug; shift; }
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=$kind
  build --product talktime
  build --product EventSoak
  bench_suite event-soak
  configuration=$kind
  bench_stores
  take_ports
  choose_port replica $((9389 + ${TALKTIME_PORT_OFFSET:-0}))
  leave_ports
  mkdir -p "$state/replica"
  (
    umask 077
    printf 'include "%s"\nport %s\nbind 127.0.0.1\ndir "%s"\nrequirepass %s\nmasterauth %s\nreplicaof 127.0.0.1 %s\nrepl-diskless-sync-delay 0\n' \
      "$root/Deploy/redis.conf" "$(port replica)" "$state/replica" "$(secret redis)" "$(secret redis)" "$(port redis)" \
      >"$state/replica.conf"
  )
  TALKTIME_DEV="$root/dev"
  REPLICA_CONFIGURATION="$state/replica.conf"
  REPLICA_PORT=$(port replica)
  REDIS_PROCESS="$state/run/redis.pid"
  export TALKTIME_DEV REPLICA_CONFIGURATION REPLICA_PORT REDIS_PROCESS
  with_settings "$(binaries)/EventSoak" "$@" || soak_result=$?
  # A soak that has failed before the failover leaves the replica.
  REDISCLI_AUTH=$(secret redis) redis-cli -p "$(port replica)" shutdown nosave >/dev/null 2>&1 || true
  return "${soak_result:-0}"
}

# Two instances of each service that talks need, and every failure.
soak() {
  case ${1:-} in
    tasks) shift; soak_tasks "$@"; return ;;
    events) shift; soak_events "$@"; return ;;
  esac
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=release
  build_products
  build --product SoakRun
  bench_suite soak
  rm -rf "$(postgres_home)" "$state/redis" "$state/log"
  mkdir -p "$state/scale"
  set_scale session=2
  echo release >"$state/configuration"
  start_everything
  TALKTIME_DEV="$root/dev"
  export TALKTIME_DEV
  with_settings stdbuf -oL "$(binaries)/SoakRun" "$@"
}

# Days in fast motion: the data with a retention, in Postgres and in Redis, and the resources that the services use.
bench_growth() {
  minutes=55 days=120 divisor=100 kind=release
  while [ $# -gt 0 ]; do
    case $1 in
      --minutes) minutes=$2; shift 2 ;;
      --days) days=$2; shift 2 ;;
      --divisor) divisor=$2; shift 2 ;;
      --debug) kind=debug; shift ;;
      *) die "bench growth knows no $1" ;;
    esac
  done
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=$kind
  build_products
  bench_suite growth
  configuration=$kind
  rm -rf "$(postgres_home)" "$state/redis" "$state/log"
  mkdir -p "$state/log" "$state/run" "$state/scale"
  RETENTION_INTERVAL=1s
  export RETENTION_INTERVAL
  write_settings
  start_postgres
  with_settings "$(binaries)/talktime" migrate --directory "$root/Migrations" --service-password-file "$state/secrets/database" >&2
  as_owner talktime -q -f "$root/Benchmarks/GrowthBench/clock.sql" >&2
  start_everything
  . "$root/Benchmarks/GrowthBench/growth.sh"
  play_days "$days" $((minutes * 60 / days)) "$divisor"
}

# How long the verification of a ledger with a million entries takes.
bench_verify() {
  # shellcheck disable=SC2086
  install_packages $base_packages
  configuration=release
  build --product talktime
  bench_database
  step "Writing a million entries"
  as_owner talktime -q -f "$root/Benchmarks/LedgerVerify/fill.sql" >&2
  step "Proving them"
  begun=$(date +%s%3N)
  with_settings "$(binaries)/talktime" ledger verify
  echo "$(($(date +%s%3N) - begun)) ms"
}
