# All tests. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

run_tests() {
  # shellcheck disable=SC2086
  install_packages $base_packages $test_packages
  step "Building; the first time takes some minutes"
  configuration=debug
  build --build-tests
  state="$root/.dev/test"
  TALKTIME_STATE=$state
  TALKTIME_PORT_OFFSET=20000
  export TALKTIME_STATE TALKTIME_PORT_OFFSET
  take_turn test
  trap 'down; rm -rf "$(postgres_home)" "$state/redis"' EXIT
  trap 'exit 130' INT TERM
  down
  rm -rf "$(postgres_home)" "$state/redis" "$state/log" "$state/scale"
  start_everything
  TALKTIME_DEV="$root/dev"
  TEST_DATABASE_URL=$(setting DATABASE_URL)
  TEST_REDIS_URL="redis://:$(secret redis)@127.0.0.1:$(port redis)"
  SCREENSHOTS="$root/.dev/screenshots"
  export TALKTIME_DEV TEST_DATABASE_URL TEST_REDIS_URL SCREENSHOTS
  # Limits the number of parallel tests; with a thousand at once each would wait for the others.
  : "${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:=32}"
  export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH
  failed=0
  if [ -n "${1:-}" ] && [ -f "Tests/$1/requirements.txt" ]; then
    python_tests "$1" || failed=1
  elif [ $# -gt 0 ]; then
    # One after the other: system tests kill processes that other tests would need.
    with_settings swift test --skip-build --no-parallel --filter "$1" || failed=1
  else
    # These tests keep the cores busy for long, and the deadlines of other tests would pass meanwhile. So they run
    # separately.
    pure="DomainTests|ApplicationTests|ServiceTests"
    crowds="MeterAgreementTests|DeadlineCrowdTests|LedgerModelTests"
    step "Rules, use cases, and every route over fakes"
    with_settings swift test --skip-build --filter "$pure" || failed=1
    step "Adapters, against Postgres and Redis"
    with_settings swift test --skip-build --skip SystemTests --skip "$pure" --skip "$crowds" || failed=1
    step "Random histories and crowds, one after the other"
    with_settings swift test --skip-build --no-parallel --filter "$crowds" || failed=1
    step "System tests: all four services behind Caddy"
    with_settings swift test --skip-build --no-parallel --filter SystemTests || failed=1
    step "The front door on the current Caddy"
    (
      CADDY_BIN=$(current_caddy)
      CADDY_GENERATION=$(caddy_generation "$CADDY_BIN")
      export CADDY_BIN CADDY_GENERATION
      with_settings swift test --skip-build --no-parallel --filter FrontDoorTests
    ) || failed=1
    step "The units, and a backup that is restored"
    python_tests operations || failed=1
    step "The page in a browser"
    python_tests page || failed=1
    step "The providers' own SDKs against the sandbox"
    python_tests sdk || failed=1
    step "The contract: schemathesis against the services"
    python_tests contract || failed=1
  fi
  return $failed
}

# Python tests with packages of their own: the requirements.txt of the folder of Tests.
python_tests() {
  folder="Tests/$1"
  venv="$root/.dev/venv-$1"
  own="" alone=""
  # The page's tests have Debian's Selenium and pytest. Of the package with axe-core they read one file, so that what the
  # package itself needs is left out.
  [ "$1" != page ] || { own=--system-site-packages; alone=--no-deps; }
  # shellcheck disable=SC2086
  [ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv $own "$venv"
  [ -f "$venv/ready" ] && cmp -s "$venv/ready" "$folder/requirements.txt" ||
    { download pip 600 "$venv/bin/pip" install -q --disable-pip-version-check --timeout 20 --retries 5 $alone \
      -r "$folder/requirements.txt" && cp "$folder/requirements.txt" "$venv/ready"; }
  (
    # What faces the internet runs on the current Caddy.
    [ "$1" != operations ] || { CADDY_BIN=$(current_caddy); export CADDY_BIN; }
    with_settings "$venv/bin/python" -B -m pytest -q -p no:cacheprovider "$folder"
  )
}
