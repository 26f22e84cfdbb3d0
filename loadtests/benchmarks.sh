#!/usr/bin/env bash
# Measures what a verdict costs over 100 to 100,000 entries, beside a walk over all rules, and what compiling costs: in this process alone, no
# network, no root, in three minutes. Writes loadtests/BENCHMARKS.md.
#   loadtests/benchmarks.sh [PAGE]     writes PAGE instead
# Exit status: 0 every aim reached · 1 one was missed, or something failed · 2 wrong usage.
set -euo pipefail

[[ $# -le 1 && ${1-} != -* ]] || { echo "usage: loadtests/benchmarks.sh [PAGE]" >&2; exit 2; }
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
page="${1:-$root/loadtests/BENCHMARKS.md}"
artifacts="$root/artifacts/benchmarks"
command -v dotnet >/dev/null || { echo "loadtests/benchmarks.sh: there is no dotnet here: install the .NET 10 SDK first" >&2; exit 1; }
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -p "$artifacts"
dotnet build "$root/loadtests/SniProxy.Benchmarks" --configuration Release --output "$artifacts/bin" --verbosity quiet -p:UseSharedCompilation=false \
  >"$artifacts/build.log" || { cat "$artifacts/build.log" >&2; exit 1; }
commit="$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)"
status=0
dotnet "$artifacts/bin/SniProxy.Benchmarks.dll" "$page" "$artifacts" "$commit" >"$artifacts/run.log" || status=$?
# The last lines are the aims; everything else is in the log.
grep -E '^(reached|MISSED) ' "$artifacts/run.log" || tail -n 40 "$artifacts/run.log" >&2
exit "$status"
