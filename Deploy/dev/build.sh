# Building. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

binaries() { printf '%s/.build/%s' "$root" "$configuration"; }

# Fetches the packages. A transfer without data for half a minute is aborted and repeated.
fetch_packages() {
  [ ! -f .build/workspace-state.json ] || return 0
  step "Fetching the packages"
  GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30 download packages 1200 swift package resolve
}

build() {
  fetch_packages
  swift build -c "$configuration" "$@" >&2 8>&- 9>&-
}


build_products() {
  step "Building ($configuration); the first time takes some minutes"
  for product in AuthService BillingService SessionService TaskService talktime ProviderSandbox; do
    build --product $product
  done
}
