#!/usr/bin/env bash
# Measures a client that goes through the appliance against the same client on the same wires without it: a sandbox, a gateway and a server
# as network namespaces, TCP redirected by the rules or just routed. Client, appliance and server share this machine's cores, so the
# ratios say more than the figures, and neither says anything about another machine.
#   loadtests/run.sh            five rounds of ten seconds each
#   loadtests/run.sh --quick    one round of three seconds
# Needs root, the SDK and what deploy/quickstart.sh installs.
set -euo pipefail

rounds=5 seconds=10
case "${1-}" in
  "") ;;
  --quick) rounds=1 seconds=3 ;;
  *) echo "usage: loadtests/run.sh [--quick]" >&2; exit 2 ;;
esac
[[ $EUID -eq 0 ]] || { echo "loadtests/run.sh needs root, for network namespaces" >&2; exit 77; }

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
load="$root/loadtests/SniProxy.LoadTests/bin/Release/net10.0/SniProxy.LoadTests.dll"
program="$root/src/SniProxy/bin/Release/net10.0/sniproxy.dll"
sandbox="sniproxy-load-$$-s" gateway="sniproxy-load-$$-g" internet="sniproxy-load-$$-i"
server=203.0.113.10 resolver=203.0.113.53
work="$(mktemp -d)"

clean_up() {
  set +e
  disown -a
  local name pid
  for name in "$sandbox" "$gateway" "$internet"; do
    # Everything in there was started by us.
    for pid in $(ip netns pids "$name" 2>/dev/null); do kill -KILL "$pid"; done
    ip netns delete "$name" 2>/dev/null
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
export DOTNET_EnableDiagnostics=0 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

dotnet build "$root/loadtests/SniProxy.LoadTests" --configuration Release --verbosity quiet -p:UseSharedCompilation=false >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }

for name in "$sandbox" "$gateway" "$internet"; do
  ip netns add "$name"
  ip -n "$name" link set lo up
done
ip link add sbx0 netns "$gateway" type veth peer name eth0 netns "$sandbox"
ip link add wan0 netns "$gateway" type veth peer name eth0 netns "$internet"
ip -n "$gateway" addr add 10.77.0.1/24 dev sbx0
ip -n "$gateway" addr add 203.0.113.1/24 dev wan0
ip -n "$sandbox" addr add 10.77.0.2/24 dev eth0
ip -n "$internet" addr add "$server/24" dev eth0
ip -n "$internet" addr add "$resolver/24" dev eth0
for end in "$gateway sbx0" "$gateway wan0" "$sandbox eth0" "$internet eth0"; do ip -n "${end% *}" link set "${end#* }" up; done
ip -n "$sandbox" route add default via 10.77.0.1
ip -n "$internet" route add 10.77.0.0/24 via 203.0.113.1
# Thousands of short connections a second: do not run out of ports while they wait to be forgotten.
for name in "$sandbox" "$gateway"; do ip netns exec "$name" sysctl -q -w net.ipv4.ip_local_port_range="1024 65000" net.ipv4.tcp_tw_reuse=1; done

mkdir "$work/policies"
echo "rules: [load.example, \"tcp://$server:9000\"]" >"$work/policies/default.yaml"
cat >"$work/appsettings.json" <<-END
	{ "SniProxy": {
	  "Proxy": {
	    "Listeners": [{ "Name": "transparent", "Kind": "Redirect", "Endpoint": "[::]:8443" }],
	    "MaxConnectionsPerSandbox": 10000, "NewConnectionsPerSecondPerSandbox": 1000000, "DrainTimeout": "00:00:01"
	  },
	  "Dns": { "Upstreams": ["$resolver"] },
	  "Sandboxes": [{ "Id": "load", "Addresses": ["10.77.0.2"] }]
	} }
	END
appliance() { ip netns exec "$gateway" dotnet "$program" "$@" --config "$work/appsettings.json"; }

ip netns exec "$internet" dotnet "$load" serve "$server" "$resolver" >"$work/server.log" 2>&1 &
ip netns exec "$gateway" dotnet "$program" run --config "$work/appsettings.json" >"$work/appliance.log" 2>&1 &

for _ in {1..100}; do
  if grep -q ready "$work/server.log" 2>/dev/null; then break; fi
  sleep 0.1
done

measure() { ip netns exec "$sandbox" dotnet "$load" measure "$1" "$server" "$resolver" "$seconds" "$work/results"; }
await_ready() {
  for _ in {1..100}; do
    if ip netns exec "$gateway" curl -fsS -o /dev/null http://127.0.0.1:9090/readyz 2>/dev/null; then return; fi
    sleep 0.1
  done
  cat "$work/appliance.log" >&2
  exit 1
}

for ((round = 1; round <= rounds; round++)); do
  ip netns exec "$gateway" sysctl -q -w net.ipv4.ip_forward=1
  measure direct
  ip netns exec "$gateway" sysctl -q -w net.ipv4.ip_forward=0
  appliance rules --interface sbx0 --apply
  await_ready
  measure through
  appliance rules --interface sbx0 --remove
done
dotnet "$load" report "$work/results"
