# What ./dev lint refuses. Sourced by ./dev.
# shellcheck shell=bash disable=SC2154,SC2034

# The toolchain's own rules, and that nothing which comes from outside can end a process by not fitting.
lint() {
  local script numbers
  for script in dev Deploy/dev/*.sh Benchmarks/*/*.sh .ci/run; do bash -n "$script"; done
  swift format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift
  numbers=Deploy/dev/refuse-unchecked-numbers
  "$numbers" --samples Deploy/dev/unchecked-numbers.sample
  # The file that converts, and the imitated providers, which only our own tests reach.
  find Sources -name '*.swift' ! -path 'Sources/ProviderSandbox/*' ! -name '*+Checked.swift' -exec "$numbers" {} +
}
