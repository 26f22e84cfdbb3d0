#!/usr/bin/env bash
# Measures the appliance beside other proxies with equivalent rules: a sandbox, a gateway, a router and an internet as network namespaces, the
# proxies in the gateway on a processor of their own, servers and load tools (loadtests/tools, in C) on the others. No packet leaves the
# namespaces. Figures belong to the machine; the ratios say more. How it measures and what it found: loadtests/RESULTS.md.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

usage() {
  cat <<-'END'
	usage: loadtests/run.sh [options]
	  (none)                 everything: about an hour; writes loadtests/RESULTS.md and loadtests/charts/*.svg
	  --quick                under 5 minutes, against tuned HAProxy; ends with 1 on a gross regression, writes nothing
	  --only A,B             these scenarios: connect deny bulk paced pingpong latency idle tls start scale
	                         dns-cached dns-denied dns-flood; writes nothing
	  --rounds N             rounds, in each of which every proxy has its turn (5)
	  --seconds S            length of a measurement (5), after a second of warming up
	  --peers A,B            besides the appliance: haproxy haproxy-tuned haproxy-logging haproxy-tproxy nginx dlundquist floor,
	                         for questions dnsmasq unbound, or none (all but floor)
	  --transport A,B        sets SniProxy:Proxy:Transport: loops, sockets, or both one beside the other (none: the key is not written)
	  --intercept A,B        leads to the appliance by redirect, tproxy, or both one beside the other (redirect); haproxy-tproxy is the peer for that
	  --set KEY=VALUE        sets another key of the appliance; may be repeated
	  --write                writes the report although --only or --quick was given
	  --no-build             measures what the last run published
	to try something out: loadtests/run.sh --only connect --peers haproxy-tuned --rounds 1 --seconds 3
	END
}

die() {
  echo "loadtests/run.sh: $*" >&2
  exit 1
}

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
artifacts="$root/artifacts/loadtests"
published="$artifacts/appliance" load="$artifacts/bin/SniProxy.LoadTests.dll"
tools="$artifacts/tools"
mark="sniproxy-load-$$"

options=() write=yes build=yes quick='' rounds='' seconds='' peers=''
while [[ $# -gt 0 ]]; do
  case "$1" in
    --only | --rounds | --seconds | --peers | --transport | --intercept | --set)
      [[ $# -gt 1 ]] || { usage >&2; exit 2; }
      case "$1" in
        --only) write=no ;;
        --rounds) rounds="$2" ;;
        --seconds) seconds="$2" ;;
        --peers) peers="$2" ;;
      esac
      options+=("$1" "$2")
      shift ;;
    --quick) quick=yes write=no options+=(--quick) ;;
    --write) forced=yes ;;
    --no-build) build=no ;;
    -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
if [[ -n $quick ]]; then
  [[ -n $rounds ]] || options+=(--rounds 3)
  [[ -n $seconds ]] || options+=(--seconds 2)
  [[ -n $peers ]] || options+=(--peers haproxy-tuned)
fi
if [[ $write == yes || -n ${forced-} ]]; then options+=(--output "$root/loadtests"); fi
[[ $EUID -eq 0 ]] || { echo "loadtests/run.sh needs root, for network namespaces" >&2; exit 77; }

# ---- 1. what is needed ---------------------------------------------------------------------------------------------------------------

# Some of them bring a service, which is not to start: a policy that forbids it stands for as long as they are installed.
install_missing() {
  local packages=() pair
  for pair in /usr/sbin/haproxy:haproxy /usr/sbin/nginx:nginx-light /usr/lib/nginx/modules/ngx_stream_module.so:libnginx-mod-stream \
    /usr/sbin/sniproxy:sniproxy /usr/bin/openssl:openssl /usr/include/openssl/ssl.h:libssl-dev /usr/bin/gcc:gcc /usr/bin/clang:clang /usr/include/stdio.h:libc6-dev \
    /usr/sbin/nft:nftables /usr/bin/taskset:util-linux /usr/sbin/dnsmasq:dnsmasq-base /usr/sbin/unbound:unbound /usr/bin/dnsperf:dnsperf; do
    [[ -e ${pair%%:*} ]] || packages+=("${pair##*:}")
  done
  command -v ip >/dev/null || packages+=(iproute2)
  [[ "$(ldconfig -p)" == *libsqlite3.so.0* ]] || packages+=(libsqlite3-0)
  [[ ${#packages[@]} -gt 0 ]] || return 0
  echo "installing ${packages[*]}"
  command -v apt-get >/dev/null || die "there is no apt-get here: install by hand what gives ${packages[*]}"
  local policy=/usr/sbin/policy-rc.d forbidden=no
  if [[ ! -e $policy ]]; then
    forbidden=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  local status=0
  { env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "${packages[@]}"; } >"$work/apt.log" 2>&1 || status=$?
  [[ $forbidden == no ]] || rm -f "$policy"
  [[ $status -eq 0 ]] || { cat "$work/apt.log" >&2; die "apt-get failed"; }
}

quietly() { "$@" >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; die "failed: $*"; }; }

# The appliance as the image has it: native where its lock file is, else portable.
build_all() {
  command -v dotnet >/dev/null || die "there is no dotnet here: install the .NET 10 SDK first"
  export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  local ahead=()
  [[ $(uname -m) != x86_64 ]] || ahead=(--runtime linux-x64 -p:PublishAot=true)
  if [[ $build == yes || ! -x $published/sniproxy ]]; then
    quietly dotnet publish "$root/src/SniProxy/SniProxy.csproj" --configuration Release --output "$published" --verbosity quiet \
      -p:RestoreLockedMode=true -p:UseSharedCompilation=false "${ahead[@]}"
  fi
  if [[ $build == yes || ! -e $load ]]; then
    quietly dotnet build "$root/loadtests/SniProxy.LoadTests" --configuration Release --output "$artifacts/bin" --verbosity quiet -p:UseSharedCompilation=false
  fi
  mkdir -p "$tools"
  local tool
  for tool in server names start floor; do quietly gcc -O2 -Wall -Wextra -o "$tools/$tool" "$root/loadtests/tools/$tool.c" "$root/loadtests/tools/common.c"; done
  quietly gcc -O2 -Wall -Wextra -o "$tools/client" "$root/loadtests/tools/"{client,hello,common}.c -lssl -lcrypto
  quietly gcc -O2 -Wall -Wextra -o "$tools/tls" "$root/loadtests/tools/"{tls,common}.c -lssl -lcrypto
  # The program that `dotnet publish` makes looks for the runtime where distributions put it, or here.
  DOTNET_ROOT="${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}"
  export DOTNET_ROOT
}

# ---- 2. namespaces -------------------------------------------------------------------------------------------------------------------

remove_namespace() {
  local pid
  # Everything in there was started by a run of this script.
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done < <(ip netns pids "$1" 2>/dev/null)
  ip netns delete "$1" 2>/dev/null || true
}

# What a run left that was killed: its namespaces carry its process id, and no process has it any more.
clear_leftovers() {
  local name
  while read -r name _; do
    if [[ $name =~ ^sniproxy-load-([0-9]+)-[sgri]$ && ! -e /proc/${BASH_REMATCH[1]} ]]; then remove_namespace "$name"; fi
  done < <(ip netns list 2>/dev/null)
}

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
  set +e
  trap - EXIT
  local end
  if [[ -n ${driver-} ]]; then kill -KILL "$driver" 2>/dev/null; wait "$driver" 2>/dev/null; fi
  for end in s g r i; do remove_namespace "$mark-$end"; done
  rm -rf "$work"
}

# wire NAMESPACE INTERFACE ADDRESS/BITS  NAMESPACE INTERFACE ADDRESS/BITS
wire() {
  ip link add "$2" netns "$mark-$1" type veth peer name "$5" netns "$mark-$4"
  ip -n "$mark-$1" addr add "$3" dev "$2"
  ip -n "$mark-$4" addr add "$6" dev "$5"
  ip -n "$mark-$1" link set "$2" up
  ip -n "$mark-$4" link set "$5" up
}

make_namespaces() {
  local end address
  for end in s g r i; do
    ip netns add "$mark-$end"
    ip -n "$mark-$end" link set lo up
    # Tens of thousands of short connections a minute: do not run out of ports while they wait to be forgotten.
    ip netns exec "$mark-$end" sysctl -q -w net.ipv4.ip_local_port_range="12000 65000" net.ipv4.tcp_tw_reuse=1 net.core.somaxconn=65535 \
      net.ipv4.tcp_max_syn_backlog=65535
  done
  wire s eth0 10.77.0.2/24 g sbx0 10.77.0.1/24
  ip -n "$mark-s" addr add 10.77.0.3/24 dev eth0
  wire g wan0 203.0.113.1/24 i eth0 203.0.113.2/24
  wire s eth1 10.78.0.2/24 r sbx1 10.78.0.1/24
  wire r wan1 198.51.100.1/24 i eth1 198.51.100.2/24
  ip -n "$mark-s" route add default via 10.77.0.1
  ip -n "$mark-s" route add 198.51.100.0/24 via 10.78.0.1
  ip -n "$mark-i" route add 10.78.0.0/24 via 198.51.100.1
  ip netns exec "$mark-r" sysctl -q -w net.ipv4.ip_forward=1
  # What TPROXY marks is for this machine, whatever its address.
  ip -n "$mark-g" rule add fwmark 1 lookup 100
  ip -n "$mark-g" route add local default dev lo table 100
  for address in 203.0.113.10 203.0.113.11 203.0.113.12 203.0.113.13 203.0.113.53; do ip -n "$mark-i" addr add "$address/24" dev eth0; done
  for address in 198.51.100.10 198.51.100.11 198.51.100.12 198.51.100.13; do ip -n "$mark-i" addr add "$address/24" dev eth1; done
}

# Connections that are over are forgotten quickly, or the table of the kernel's connection tracking would fill.
shorten_tracking() {
  ip netns exec "$mark-g" sysctl -q -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=1 net.netfilter.nf_conntrack_tcp_timeout_close=1 \
    net.netfilter.nf_conntrack_tcp_timeout_last_ack=5 net.netfilter.nf_conntrack_tcp_timeout_close_wait=5 net.netfilter.nf_conntrack_tcp_timeout_fin_wait=5 2>/dev/null || true
}

# ---- 3. the run ----------------------------------------------------------------------------------------------------------------------

[[ $(nproc) -gt 1 ]] || die "needs two processors: one for the proxy, one for whoever drives it"
ulimit -n "$(ulimit -Hn)"
work="$(mktemp -d)"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
install_missing
build_all
clear_leftovers
make_namespaces
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=load.example" -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
# The first rule that needs it brings connection tracking, and with it its settings.
ip netns exec "$mark-g" nft -f - <<<'table ip sniproxy_load { chain prerouting { type nat hook prerouting priority -110; policy accept; }; }'
shorten_tracking

export DOTNET_EnableDiagnostics=0
dotnet "$load" --work "$work" --tools "$tools" --appliance "$published" --namespaces "$mark" "${options[@]}" </dev/null &
driver=$!
status=0
wait "$driver" || status=$?
driver=''
exit "$status"
