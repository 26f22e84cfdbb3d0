#!/usr/bin/env bash
# Builds everything once and runs all tests; the last line is "N passed, N failed".
#   tests/run.sh        the quick tier: every push
#   tests/run.sh full   also the tests marked [Trait("Tier", "full")]
# Exit status: 0 all passed · 1 something failed or nothing ran · 2 wrong usage.
set -euo pipefail

tier="${1:-quick}"
if [[ $# -gt 1 || ! "$tier" =~ ^(quick|full)$ ]]; then
  echo "usage: tests/run.sh [quick|full]" >&2
  exit 2
fi

source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

by_tier=()
if [[ $tier == quick ]]; then
  by_tier=(-trait- Tier=full)
fi

install_missing
build
for project in SniProxy.Core.Tests SniProxy.Tests SniProxy.Lab; do
  run_project "$project" "" "${by_tier[@]}"
done

# Connections once more over the other transport: all that the lab knows by night, what carries bytes by day; not what the kernel's rules and
# our DNS do, whatever the transport.
over_sockets=()
if [[ $tier == quick ]]; then
  for namespace in Reach Refuse Relay Attacks Limits; do over_sockets+=(-namespace "SniProxy.Lab.$namespace"); done
  for class in Attacks.NoWayAround Limits.DnsFlood; do over_sockets+=(-class- "SniProxy.Lab.$class"); done
fi
run_project SniProxy.Tests Sockets -namespace SniProxy.Tests.Proxy "${by_tier[@]}"
run_project SniProxy.Lab Sockets "${over_sockets[@]}" "${by_tier[@]}"

echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
