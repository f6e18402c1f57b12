# What ./dev lint refuses. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

# The toolchain's own rules, and the rule that no value from outside can end a process because it does not fit.
lint() {
  local script numbers
  for script in dev Deploy/dev/*.sh Benchmarks/*/*.sh .ci/run; do bash -n "$script"; done
  swift format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift
  numbers=Deploy/dev/refuse-unchecked-numbers
  "$numbers" --samples Deploy/dev/unchecked-numbers.sample
  # Except the files with the checked conversions, and the imitated providers, which only this project's tests call.
  find Sources -name '*.swift' ! -path 'Sources/ProviderSandbox/*' ! -name '*+Checked.swift' -exec "$numbers" {} +
}
