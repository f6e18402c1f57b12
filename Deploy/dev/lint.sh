# What ./dev lint refuses. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

# The toolchain's own rules, and the rule that no value from outside can end a process because it does not fit.
lint() {
  local script numbers
  for script in dev Deploy/dev/*.sh Deploy/talktime Deploy/backup/* Benchmarks/*/*.sh .ci/run; do bash -n "$script"; done
  swift format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift
  numbers=Deploy/dev/refuse-unchecked-numbers
  "$numbers" --samples Deploy/dev/unchecked-numbers.sample
  # Except the files with the checked conversions, and the imitated providers, which only this project's tests call.
  find Sources -name '*.swift' ! -path 'Sources/ProviderSandbox/*' ! -name '*+Checked.swift' -exec "$numbers" {} +
  check_types
}

# The page's modules against the contract: each request's address, body and answer. The client itself more strictly.
check_types() {
  local generated="$root/.dev/types" project
  # shellcheck disable=SC2086
  install_packages $lint_packages
  mkdir -p "$generated"
  node Deploy/dev/types/contract.mjs Web/openapi.yaml >"$generated/contract.d.ts"
  for project in tsconfig.json tsconfig.client.json; do
    # TS8024 and TS2525 are about the members of a destructured parameter, which its comment describes by their names.
    { tsc --pretty false --project "Deploy/dev/types/$project" || true; } | grep -vE 'error TS(8024|2525):' >&2 &&
      die "the page's modules do not fit the contract"
  done
  return 0
}
