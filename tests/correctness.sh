#!/usr/bin/env bash
# Builds once and runs what carries bytes (the tests marked [Trait("Set", "correctness")]) over and over; the last line is "N passed, N failed".
#   tests/correctness.sh                    one round over each transport
#   tests/correctness.sh ROUNDS             so many
#   tests/correctness.sh ROUNDS Loops       over one of Loops and Sockets alone
# Exit status: 0 all passed · 1 something failed or nothing ran · 2 wrong usage.
set -euo pipefail

rounds=1
if [[ "${1-}" =~ ^[1-9][0-9]*$ ]]; then
  rounds="$1"
  shift
fi
transports=("$@")
if [[ $# -eq 0 ]]; then
  transports=(Loops Sockets)
fi
for transport in "${transports[@]}"; do
  if [[ ! "$transport" =~ ^(Loops|Sockets)$ ]]; then
    echo "usage: tests/correctness.sh [ROUNDS] [Loops|Sockets]..." >&2
    exit 2
  fi
done

source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

# A round that passes needs no more than its line; of one that fails everything is told.
run_round() {
  local transport="$1" before=$passed failed_before=$failed started=$SECONDS told="$results/round"
  run_project SniProxy.Tests "$transport" -trait Set=correctness >"$told" 2>&1
  run_project SniProxy.Lab "$transport" -trait Set=correctness >>"$told" 2>&1
  if [[ $failed -gt $failed_before ]]; then
    cat "$told"
  fi
  echo "round $round of $rounds over $transport: $((passed - before)) passed, $((failed - failed_before)) failed, $((SECONDS - started)) s"
}

install_missing
build
for ((round = 1; round <= rounds; round++)); do
  for transport in "${transports[@]}"; do
    run_round "$transport"
  done
done

echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
