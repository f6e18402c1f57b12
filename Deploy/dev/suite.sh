# A whole suite: start, stop and status. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

start_everything() {
  mkdir -p "$state/log" "$state/run" "$state/scale"
  take_ports
  write_settings
  step "Starting Postgres and Redis"
  start_postgres
  start_redis
  with_settings "$(binaries)/talktime" migrate --directory "$root/Migrations" --service-password-file "$state/secrets/database" >&2
  step "Starting the sandbox, the four services and Caddy"
  start_sandbox
  start_services
  start_caddy
  leave_ports
}

up() {
  mkdir -p "$state/scale"
  rm -f "$state"/scale/* "$state/configuration"
  configuration=debug
  while [ $# -gt 0 ]; do
    case $1 in
      --scale) shift; set_scale "${1:-}" ;;
      --scale=*) set_scale "${1#--scale=}" ;;
      --release) configuration=release; echo release >"$state/configuration" ;;
      *) die "up knows no $1" ;;
    esac
    shift
  done
  # shellcheck disable=SC2086
  install_packages $base_packages
  build_products
  start_everything
  say ""
  say "Talktime is up: $(setting PUBLIC_URL)"
  say "Mails:          $(setting SANDBOX_URL)/mailjet/inbox"
}

set_scale() {
  case $1 in
    auth=[1-9] | billing=[1-9] | session=[1-9] | task=[1-9]) echo "${1#*=}" >"$state/scale/${1%=*}" ;;
    *) die "scale is written as session=2" ;;
  esac
}

down() {
  step "Stopping"
  names=$(running)
  for name in $names; do
    case $name in postgres | redis) ;; *) kill "$(head -n 1 "$state/run/$name.pid")" 2>/dev/null || true ;; esac
  done
  for name in $names; do
    case $name in postgres | redis) ;; *) stop_one "$name" ;; esac
  done
  stop_one redis
  if alive postgres; then
    as_postgres "$(postgres_bin)/pg_ctl" -D "$(postgres_home)/data" -m fast -w stop >/dev/null
    rm -f "$state/run/postgres.pid"
  fi
  release_ports
}

status() {
  found=$(running)
  [ -n "$found" ] || { say "nothing runs"; return 1; }
  for name in $found; do
    printf '%-12s port %-6s pid %s\n' "$name" "$(port "$name" 2>/dev/null || echo -)" "$(head -n 1 "$state/run/$name.pid")"
  done
  say "$(setting PUBLIC_URL)"
}

logs() {
  if [ $# -gt 0 ]; then set -- "$state/log/$1"*.log; else set -- "$state"/log/*.log; fi
  [ -e "$1" ] || die "no such log"
  exec tail -n 50 -F "$@"
}

kill_one() {
  name="$1-${2:-1}"
  case $1 in redis | postgres | caddy | sandbox) name=$1 ;; esac
  alive "$name" || die "$name does not run"
  pid=$(head -n 1 "$state/run/$name.pid")
  if [ "$name" = postgres ]; then as_postgres "$(postgres_bin)/pg_ctl" -D "$(postgres_home)/data" -m immediate -w stop >/dev/null
  else kill -9 "$pid"; fi
  await "$name" 10 not_alive "$name"
  rm -f "$state/run/$name.pid"
}

stop_service() {
  case $1 in auth | billing | session | task) ;; *) die "no such service" ;; esac
  name="$1-${2:-1}"
  alive "$name" || die "$name does not run"
  stop_one "$name"
  [ -z "$killed" ] || die "$name did not go by itself within 15 s and was killed"
}

start_one() {
  case $1 in
    redis) start_redis ;;
    postgres) start_postgres ;;
    caddy) start_caddy ;;
    sandbox) start_sandbox ;;
    auth | billing | session | task)
      # An instance beyond the scale of `up` is not behind Caddy; it is reached only on its own port.
      service=$1 number=${2:-1}
      if [ $# -gt 2 ]; then shift 2; else shift $#; fi
      if ! has_port "$service-$number" || { [ "$service" = session ] && ! has_port "link-$number"; }; then
        take_ports
        choose_service_port "$service" "$number"
        leave_ports
      fi
      start_service "$service" "$number" "$@"
      await "$service" 40 ready "$service-$number" ||
        { tail -n 20 "$state/log/$service-$number.log" >&2; die "$service-$number is not ready"; }
      ;;
    *) die "no such service" ;;
  esac
}
