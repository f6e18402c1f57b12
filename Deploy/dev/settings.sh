# Ports, secrets and the settings of a suite. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

free() {
  perl -e 'use IO::Socket::INET; exit(IO::Socket::INET->new(LocalAddr=>"127.0.0.1",LocalPort=>$ARGV[0],Listen=>1,ReuseAddr=>1) ? 0 : 1)' "$1"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The ports of this user's suites. Each is a file that names the suite's folder. A suite keeps its ports until `down`,
# so a service that was stopped or killed restarts on its former port.
claims="/tmp/talktime-ports-$(id -u)"

# Whether this suite holds the port now.
claim_port() {
  mkdir -p -m 700 "$claims"
  if (set -C; echo "$state" >"$claims/$1") 2>/dev/null; then return 0; fi
  holder=$(cat "$claims/$1" 2>/dev/null || true)
  [ "$holder" != "$state" ] || return 0
  # The holder is gone, or holds another port now.
  if [ -n "$holder" ] && grep -qsx "$1" "$holder"/ports/*; then return 1; fi
  echo "$state" >"$claims/$1"
}

has_port() { [ -f "$state/ports/$1" ] && claim_port "$(port "$1")"; }

release_ports() {
  for file in "$claims"/*; do
    [ "$(cat "$file" 2>/dev/null)" != "$state" ] || rm -f "$file"
  done
}

others_port() {
  for file in "$state"/ports/*; do
    [ "$(basename "$file")" = "$1" ] || [ "$(cat "$file" 2>/dev/null)" != "$2" ] || return 0
  done
  return 1
}

# The port that was used last if it is free, otherwise the next free one.
choose_port() {
  name=$1 port=$2 tries=0
  if [ -f "$state/ports/$name" ]; then port=$(cat "$state/ports/$name"); fi
  while ! free "$port" || others_port "$name" "$port" || ! claim_port "$port"; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || die "no free port near $port"
    port=$((port + 1))
  done
  echo "$port" >"$state/ports/$name"
}

port() { cat "$state/ports/$1"; }
count() { cat "$state/scale/$1" 2>/dev/null || echo 1; }
path_of() { case $1 in session) echo sessions ;; task) echo tasks ;; *) echo "$1" ;; esac; }
program() { case $1 in auth) echo AuthService ;; billing) echo BillingService ;; session) echo SessionService ;; task) echo TaskService ;; esac; }
first_port() { case $1 in auth) echo 9101 ;; billing) echo 9201 ;; session) echo 9301 ;; task) echo 9401 ;; esac; }
choose_service_port() {
  choose_port "$1-$2" $(($(first_port "$1") + ${TALKTIME_PORT_OFFSET:-0} + $2 - 1))
  # The live links have a separate port.
  [ "$1" != session ] || choose_port "link-$2" $((9351 + ${TALKTIME_PORT_OFFSET:-0} + $2 - 1))
}

# Readable for their owner only, also those of an earlier release.
secret() {
  if [ ! -s "$state/secrets/$1" ]; then (
    umask 077
    mkdir -p "$state/secrets"
    random_hex 32 >"$state/secrets/$1"
  ) fi
  cat "$state/secrets/$1"
}

keep_secrets() {
  [ ! -d "$state/secrets" ] || chmod -R u+rwX,go= "$state/secrets"
  [ ! -f "$state/env" ] || chmod 600 "$state/env"
}

# - $1 a service, or `link`: each session service has an additional port for links.
upstreams() {
  list="" number=1
  of=$1
  [ "$of" != link ] || of=session
  while [ $number -le "$(count "$of")" ]; do
    list="$list 127.0.0.1:$(port "$1-$number")"
    number=$((number + 1))
  done
  echo "${list# }"
}

write_settings() {
  offset=${TALKTIME_PORT_OFFSET:-0}
  mkdir -p "$state/ports"
  keep_secrets
  rm -f "$state/env.new"
  (umask 077; : >"$state/env.new")
  alive postgres || choose_port postgres $((9432 + offset))
  alive redis || choose_port redis $((9379 + offset))
  alive caddy || choose_port caddy $((8080 + offset))
  alive sandbox || { choose_port sandbox $((9500 + offset)); choose_port sandbox-ws $((9501 + offset)); }
  for service in $services; do
    number=1
    while [ $number -le "$(count "$service")" ]; do
      alive "$service-$number" || choose_service_port "$service" $number
      number=$((number + 1))
    done
  done
  # Services that are already running may have been started before claims existed.
  for file in "$state"/ports/*; do claim_port "$(cat "$file")" || true; done
  sandbox="http://127.0.0.1:$(port sandbox)"
  public="http://localhost:$(port caddy)"
  database="127.0.0.1:$(port postgres)/talktime"
  password=$(secret database)
  {
    echo "ENVIRONMENT=development"
    echo "PUBLIC_URL=$public"
    echo "SANDBOX_URL=$sandbox"
    echo "DATABASE_URL=postgresql://talktime:$(secret owner)@$database"
    echo "DATABASE_ADMIN_URL=postgresql://talktime:$(secret owner)@$database"
    for service in $services; do
      echo "$(echo "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_URL=postgresql://talktime_$service:$password@$database"
    done
    echo "REDIS_URL=redis://:$(secret redis)@127.0.0.1:$(port redis)/0"
    echo "AUTH_SERVICE_URL=http://127.0.0.1:$(port auth-1)"
    echo "BILLING_SERVICE_URL=http://127.0.0.1:$(port billing-1)"
    echo "SESSION_SERVICE_URL=http://127.0.0.1:$(port session-1)"
    echo "TASK_SERVICE_URL=http://127.0.0.1:$(port task-1)"
    echo "SESSION_LINK_URL=ws://127.0.0.1:$(port link-1)"
    echo "RATE_LIMITS=${RATE_LIMITS:-development}"
    echo "JWT_SECRET_KEY=$(secret jwt)"
    echo "SECRET_KEY=$(secret root)"
    echo "GOOGLE_CLIENT_ID=sandbox.apps.googleusercontent.com"
    echo "GOOGLE_BASE_URL=$sandbox/google"
    echo "RAZORPAY_KEY_ID=rzp_test_sandbox"
    echo "RAZORPAY_KEY_SECRET=$(secret razorpay)"
    echo "RAZORPAY_WEBHOOK_SECRET=$(secret razorpay-webhook)"
    # A secret that is being changed: the previous one is still accepted.
    echo "RAZORPAY_WEBHOOK_SECRET_PREVIOUS=$(secret razorpay-webhook-previous)"
    echo "RAZORPAY_BASE_URL=$sandbox/razorpay"
    echo "RAZORPAY_CHECKOUT_URL=$sandbox/razorpay/checkout.js"
    echo "RAZORPAY_WEBHOOK_URL=http://127.0.0.1:$(port caddy)/billing/webhooks/razorpay"
    echo "ELEVEN_API_KEY=$(secret eleven)"
    echo "AGENT_ID=agent_sandbox"
    echo "AGENT_IDS=agent_another"
    echo "ELEVEN_WEBHOOK_SECRET=$(secret eleven-webhook)"
    echo "ELEVEN_WEBHOOK_SECRET_PREVIOUS=$(secret eleven-webhook-previous)"
    echo "ELEVEN_BASE_URL=$sandbox/elevenlabs"
    echo "ELEVEN_SOCKET_ORIGINS=ws://127.0.0.1:$(port sandbox-ws)"
    echo "ELEVEN_MONITOR_URL=ws://127.0.0.1:$(port sandbox-ws)"
    echo "ELEVEN_WEBHOOK_URL=http://127.0.0.1:$(port caddy)/sessions/webhooks/elevenlabs"
    echo "GEMINI_API_KEY=$(secret gemini)"
    echo "GEMINI_BASE_URL=$sandbox/gemini"
    # Invented: the sandbox charges nothing.
    echo "GEMINI_PRICES=gemini-3.5-flash=2500/21000/21000"
    echo "MAILJET_API_KEY=$(secret mailjet)"
    echo "MAILJET_API_SECRET=$(secret mailjet-secret)"
    echo "MAILJET_BASE_URL=$sandbox/mailjet"
    echo "MAILJET_WEBHOOK_SECRET=$(secret mailjet-webhook)"
    echo "MAILJET_WEBHOOK_SECRET_PREVIOUS=$(secret mailjet-webhook-previous)"
    echo "MAILJET_WEBHOOK_URL=http://mailjet:$(secret mailjet-webhook)@127.0.0.1:$(port caddy)/tasks/webhooks/mailjet"
    echo "SEAL_CARE_PLANS=true"
    echo "MAIL_FROM=care@talktime.example"
    echo "MAIL_FROM_NAME=Talktime"
    [ -z "${RETENTION_INTERVAL:-}" ] || echo "RETENTION_INTERVAL=$RETENTION_INTERVAL"
  } >"$state/env.new"
  mv "$state/env.new" "$state/env"
}

settings() {
  [ -f "$state/env" ] || die "nothing runs: ./dev up first"
  cat "$state/env"
}

# Runs a command with only the suite's settings.
with_settings() { (
  while IFS= read -r line; do export "${line?}"; done <"$state/env"
  exec "$@" 8>&- 9>&-
); }

setting() { sed -n "s/^$1=//p" "$state/env"; }
