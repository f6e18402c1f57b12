# What is installed from Debian. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

base_packages="postgresql redis-server caddy curl pkg-config libpq-dev libhiredis-dev libcurl4-openssl-dev libsodium-dev libssl-dev"
test_packages="pgbouncer prometheus chromium chromium-driver firefox-esr python3-selenium python3-wsproto \
  python3-pytest python3-venv systemd"
lint_packages="node-typescript"
bench_packages="wrk"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "these packages are missing and I may not install them: $missing"
  fi
}

install_packages() {
  command -v swift >/dev/null || die "Swift is missing: install the 6.3 toolchain first"
  missing=""
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  step "Installing from Debian:$missing"
  # We start our own servers; the distribution's server need not run or create a cluster.
  as_root mkdir -p /etc/postgresql-common
  [ -f /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  [ "$(id -u)" = 0 ] || as_root true
  elevate=""
  [ "$(id -u)" = 0 ] || elevate=sudo
  patience="-o Acquire::Retries=3 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=300"
  # shellcheck disable=SC2086
  download apt-update 300 $elevate apt-get update -qq $patience
  # shellcheck disable=SC2086
  download apt-install 1200 $elevate env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold $patience $missing
  # The tests need only promtool.
  case " $missing " in
    *" prometheus "*) as_root systemctl disable --quiet --now prometheus 2>/dev/null || true ;;
  esac
}
