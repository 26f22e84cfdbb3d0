# Sourced by the scripts beside it: what installs the programs that tests need, builds, and runs a project's tests. Whoever sources it stands
# in the repository's root from then on, and finds the counts in passed and failed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
results="$(mktemp -d)"
guard=/usr/sbin/policy-rc.d
guard_state=untouched

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# A package may bring a service that would take a port (nginx: 80) or go on running; while we install, none is started.
raise_guard() {
  if [[ -x $guard ]]; then
    local status=0
    "$guard" nginx start >/dev/null 2>&1 || status=$?
    if [[ $status -eq 101 ]]; then
      return
    fi
    guard_state=replaced
    as_root mv "$guard" "$guard.saved"
  else
    guard_state=created
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
  as_root chmod 755 "$guard"
}

lower_guard() {
  case $guard_state in
    created) as_root rm -f "$guard" ;;
    replaced) as_root mv -f "$guard.saved" "$guard" ;;
  esac
  guard_state=untouched
}

clean_up() {
  lower_guard
  rm -rf "$results"
}
trap clean_up EXIT

# program:package, looked for where the lab looks for it.
needed=(
  ip:iproute2 nft:nftables sysctl:procps nginx:nginx-light dnsmasq:dnsmasq-base unbound:unbound openssl:openssl curl:curl wget:wget gnutls-cli:gnutls-bin
  python3:python3 node:nodejs git:git ssh:openssh-client nc:netcat-openbsd ncat:ncat promtool:prometheus faketime:faketime
  sshd:openssh-server redis-server:redis-server redis-cli:redis-tools psql:postgresql-client pg_ctlcluster:postgresql
  iodine:iodine gcc:gcc musl-gcc:musl-tools
)

install_missing() {
  local packages=() pair
  for pair in "${needed[@]}"; do
    if ! PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "${pair%%:*}" >/dev/null; then
      packages+=("${pair##*:}")
    fi
  done
  # python3-minimal alone lacks http.client and ssl.
  if ! /usr/bin/python3 -c 'import http.client, ssl' 2>/dev/null; then
    packages+=(python3)
  fi
  # Not through a pipe: a grep that has seen enough would end ldconfig, and pipefail would call that a missing library.
  if [[ "$(/sbin/ldconfig -p)" != *libsqlite3.so.0* ]]; then
    packages+=(libsqlite3-0)
  fi
  if [[ ${#packages[@]} -eq 0 ]]; then
    return
  fi

  echo "installing ${packages[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "this machine has no apt-get: install by hand what gives ${packages[*]}" >&2
    exit 1
  fi
  raise_guard
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "${packages[@]}" >/dev/null
  lower_guard
  # Nor shall they start with the machine's next boot.
  if [[ -d /run/systemd/system ]]; then
    for pair in nginx unbound prometheus openssh-server redis-server postgresql; do
      if [[ " ${packages[*]} " == *" $pair"* ]]; then
        as_root systemctl disable --now --quiet "${pair/openssh-server/ssh}" || true
      fi
    done
  fi
}

build() {
  # Neither compiler nor build servers stay behind.
  export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  dotnet restore SniProxy.sln --locked-mode --verbosity quiet
  dotnet build SniProxy.sln --configuration Release --no-restore --verbosity quiet -p:UseSharedCompilation=false
}

passed=0
failed=0

# An attribute of the one <assembly> element of a result file.
count() {
  grep -o '<assembly [^>]*>' "$2" | head -n 1 | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"
}

# run_project PROJECT [TRANSPORT [FILTER...]]
run_project() {
  local project="$1" transport="${2-}" file="$results/$1.${2-}.xml" filter=("${@:3}") status=0 ran=0 bad=0
  rm -f "$file"

  echo "== $project${transport:+ over $transport}"
  # The lab makes network namespaces; the others are as happy as root as without.
  as_root env "PATH=$PATH" ${transport:+"SNIPROXY_TRANSPORT=$transport"} ${DOTNET_ROOT:+"DOTNET_ROOT=$DOTNET_ROOT"} \
    dotnet "tests/$project/bin/Release/net10.0/$project.dll" -noLogo -noColor "${filter[@]}" -xml "$file" || status=$?

  if [[ -s $file ]]; then
    ran="$(count passed "$file")"
    bad=$(($(count failed "$file") + $(count errors "$file") + $(count skipped "$file")))
  fi
  # A run that was cut short, or that found nothing to run, must not look like a success.
  if [[ $bad -eq 0 && ($status -ne 0 || $ran -eq 0) ]]; then
    echo "$project: status $status, $ran tests passed: counted as one failure" >&2
    bad=1
  fi
  passed=$((passed + ran))
  failed=$((failed + bad))
}
