#!/usr/bin/env bash
# From a fresh clone to a sandbox behind the appliance, on one machine and without the internet: installs what is missing, builds, makes a
# sandbox, a gateway and a small internet as network namespaces, runs the appliance in the gateway, and lets the sandbox try one address
# that is allowed and one that is not. Afterwards everything it made is gone, but for the build and artifacts/quickstart/ in this clone.
#   deploy/quickstart.sh
# Exit status: 0 shown as it should be · 1 something went wrong · 2 wrong usage.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin" # where Debian keeps what root needs, and a user's path does not lead

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$root/artifacts/quickstart"
program="$root/src/SniProxy/bin/Release/net10.0/sniproxy.dll"

# How the small internet is laid out (203.0.113.0/24 is for documentation, and routed nowhere).
allowed=api.example denied=elsewhere.example
allowed_address=203.0.113.10 denied_address=203.0.113.66 resolver=203.0.113.53

die() {
  echo "quickstart: $*" >&2
  exit 1
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# ---- 1. what is needed ---------------------------------------------------------------------------------------------------------------

install_missing() {
  local packages=() pair
  for pair in ip:iproute2 nft:nftables curl:curl openssl:openssl perl:perl-base mount:mount flock:util-linux; do
    if ! PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "${pair%%:*}" >/dev/null; then
      packages+=("${pair##*:}")
    fi
  done
  if [[ "$(/sbin/ldconfig -p)" != *libsqlite3.so.0* ]]; then
    packages+=(libsqlite3-0)
  fi
  if [[ ${#packages[@]} -eq 0 ]]; then
    return
  fi

  echo "installing ${packages[*]}"
  command -v apt-get >/dev/null || die "there is no apt-get here: install by hand what gives ${packages[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  # None of them brings a service but nftables, whose own stays switched off unless somebody enables it.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "${packages[@]}" >/dev/null
}

build() {
  command -v dotnet >/dev/null || die "there is no dotnet here: install the .NET 10 SDK first"
  echo "building (a minute or two the first time)"
  mkdir -p "$root/artifacts/tmp"
  # Neither build servers nor files of the build's stay behind.
  local log
  log="$(env TMPDIR="$root/artifacts/tmp" MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
    dotnet build "$root/src/SniProxy/SniProxy.csproj" --configuration Release --verbosity quiet \
    -p:RestoreLockedMode=true -p:UseSharedCompilation=false 2>&1)" || { echo "$log" >&2; die "the build failed"; }
  rm -rf "$root/artifacts/tmp"
}

# ---- 2. namespaces -------------------------------------------------------------------------------------------------------------------

started_at() { # the process's start in clock ticks: with its id it names a process for good
  local stat
  stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 1
  set -- ${stat##*) }
  echo "${20}"
}

# Everything that runs in namespaces of ours was started by us.
remove_namespaces() {
  local name pid
  for name in "$@"; do
    while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done < <(ip netns pids "$name")
    ip netns delete "$name"
  done
}

# What an earlier run left that was killed: its namespaces carry its process id and start.
clear_leftovers() {
  local name pid ticks
  while read -r name _; do
    if [[ $name =~ ^sniproxy-qs-([0-9]+)-([0-9]+)- ]]; then
      pid="${BASH_REMATCH[1]}" ticks="${BASH_REMATCH[2]}"
      if [[ "$(started_at "$pid")" != "$ticks" ]]; then
        remove_namespaces "$name"
      fi
    fi
  done < <(ip netns list 2>/dev/null)
}

make_namespaces() {
  made=("$sandbox" "$gateway" "$internet")
  local name
  for name in "${made[@]}"; do
    ip netns add "$name"
    ip -n "$name" link set lo up
  done
  ip link add sbx0 netns "$gateway" type veth peer name eth0 netns "$sandbox"
  ip link add wan0 netns "$gateway" type veth peer name eth0 netns "$internet"
  ip -n "$gateway" addr add 10.77.0.1/24 dev sbx0
  ip -n "$gateway" addr add 203.0.113.1/24 dev wan0
  ip -n "$gateway" link set wan0 up
  local address
  for address in 203.0.113.2 "$allowed_address" "$denied_address" "$resolver"; do
    ip -n "$internet" addr add "$address/24" dev eth0
  done
  ip -n "$internet" link set eth0 up
  ip -n "$sandbox" addr add 10.77.0.2/24 dev eth0
  ip -n "$sandbox" link set eth0 up
  # The gateway's end stays down until enforcement is proven: until then there is no way out at all.
}

# A web server on every address, which has a certificate for the allowed name, and a name server that knows both names.
run_internet() {
  mkdir -p "$work/www"
  echo "Hello from $allowed: this page came through the appliance." >"$work/www/hello.txt"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=$allowed" -addext "subjectAltName=DNS:$allowed" \
    -keyout "$work/www.key" -out "$work/www.pem" 2>/dev/null
  (cd "$work/www" && exec ip netns exec "$internet" openssl s_server -accept 443 -cert "$work/www.pem" -key "$work/www.key" -WWW -quiet) \
    </dev/null >"$work/www.log" 2>&1 9<&- &
  ip netns exec "$internet" perl -e '
    # Answers A questions about the names it is given; RFC 1035 section 4.
    use strict; use Socket;
    my ($here, %addresses) = @ARGV;
    socket(my $s, PF_INET, SOCK_DGRAM, 0) or die $!;
    bind($s, sockaddr_in(53, inet_aton($here))) or die $!;
    while (defined(my $peer = recv($s, my $query, 512, 0))) {
      my ($at, @labels) = (12);
      while (my $length = ord substr $query, $at, 1) { push @labels, substr($query, $at + 1, $length); $at += $length + 1 }
      my ($address, $type) = ($addresses{lc join ".", @labels}, unpack "n", substr $query, $at + 1, 2);
      my $answer = $address && $type == 1 ? pack("nnnNn", 0xc00c, 1, 1, 60, 4) . inet_aton($address) : "";
      send $s, pack("a2nn4", $query, $address ? 0x8580 : 0x8583, 1, $answer ? 1 : 0, 0, 0) . substr($query, 12, $at - 7) . $answer, 0, $peer;
    }' "$resolver" "$allowed" "$allowed_address" "$denied" "$denied_address" </dev/null >"$work/dns.log" 2>&1 9<&- &
}

# ---- 3. the appliance ----------------------------------------------------------------------------------------------------------------

write_configuration() {
  mkdir -p "$work/policies"
  cat >"$work/appsettings.json" <<-END
	{
	  "SniProxy": {
	    "Proxy": {
	      "Listeners": [{ "Name": "transparent", "Kind": "Redirect", "Endpoint": "[::]:8443" }],
	      "DrainTimeout": "00:00:01"
	    },
	    "Dns": { "Endpoint": "[::]:1053", "Upstreams": ["$resolver"] },
	    "Policies": { "Default": "quickstart" },
	    "Sandboxes": [{ "Id": "demo", "Addresses": ["10.77.0.2"], "Interface": "sbx0" }]
	  }
	}
	END
  cat >"$work/policies/quickstart.yaml" <<-END
	version: 1
	purpose: what the quickstart's sandbox may reach
	rules:
	  - allow: ["$allowed"]
	    reason: the page of the quickstart
	END
}

sniproxy() {
  # No diagnostics socket: one of a killed process would stay in /tmp.
  DOTNET_EnableDiagnostics=0 ip netns exec "$gateway" "$dotnet" "$program" "$@" --config "$work/appsettings.json"
}

# Waits until the gateway's path answers with 200.
await() {
  local attempt
  for attempt in {1..150}; do
    if ip netns exec "$gateway" curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:9090$1" 2>"$work/await.log"; then
      return
    fi
    kill -0 "$appliance" 2>/dev/null || break
    sleep 0.2
  done
  cat "$work/appliance.log" >&2
  die "the appliance did not say $1: $(ip netns exec "$gateway" curl -sS --max-time 2 "http://127.0.0.1:9090$1" 2>&1)"
}

run_appliance() {
  write_configuration
  # Not by the function: $! is to be the appliance itself.
  DOTNET_EnableDiagnostics=0 ip netns exec "$gateway" "$dotnet" "$program" run --config "$work/appsettings.json" </dev/null >"$work/appliance.log" 2>&1 9<&- &
  appliance=$!
  await /healthz
  ip -n "$gateway" link set sbx0 up
  ip -n "$sandbox" route add default via 10.77.0.1
  sniproxy rules --interface sbx0 --apply
  await /readyz
}

# ---- 4. the sandbox tries ------------------------------------------------------------------------------------------------------------

# Its name server is an address of the small internet: whatever it asks there, the gateway's rules lead the question to the appliance.
in_sandbox() {
  ip netns exec "$sandbox" sh -c '
    mount --bind "$0/resolv.conf" "$(readlink -f /etc/resolv.conf)" && mount --bind "$0/nsswitch.conf" "$(readlink -f /etc/nsswitch.conf)" || exit 125
    cd "$0" && exec "$@"' "$work" "$@"
}

show() {
  echo
  echo "sandbox\$ $*"
  status=0
  in_sandbox "$@" 2>&1 || status=$?
}

must_end_with() {
  [[ $status -eq $1 ]] || die "curl ended with $status where $1 was expected; see $work/appliance.log"
}

# The last event of a verdict, in words: written when the flow has ended, so it may be a moment away.
tell_event() {
  local attempt line=""
  for attempt in {1..50}; do
    line="$(grep -- "\"verdict\":\"$1\"" "$work/data/events.jsonl" 2>/dev/null | grep -- "$2" | tail -n 1 || true)"
    [[ -n $line ]] && break
    sleep 0.1
  done
  [[ -n $line ]] || die "there is no event of it in $work/data/events.jsonl"
  echo "event: $(sed 's/.*"message":"\([^"]*\)".*/\1/; s/\\u0022/"/g' <<<"$line")"
}

try() {
  echo "nameserver $resolver" >"$work/resolv.conf"
  echo "hosts: files dns" >"$work/nsswitch.conf"

  echo
  echo "== Allowed: the policy names $allowed"
  show curl -sS --max-time 10 --cacert www.pem "https://$allowed/hello.txt"
  must_end_with 0
  tell_event allow "\"kind\":\"flow\".*\"name\":\"$allowed\""

  echo
  echo "== Denied by name: nothing names $denied, so it does not even resolve"
  show curl -sS --max-time 10 "https://$denied/"
  must_end_with 6
  tell_event deny "\"kind\":\"dns\".*\"qname\":\"$denied\""

  echo
  echo "== Denied although the sandbox knows the address: the name is read from the TLS handshake and refused with an alert"
  show curl -sS --max-time 10 --resolve "$denied:443:$denied_address" "https://$denied/"
  must_end_with 35
  tell_event deny "\"kind\":\"flow\".*\"protocol\":\"tls\".*\"name\":\"$denied\""

  echo
  echo "== Denied over plain HTTP: the answer says why"
  show curl -sS --max-time 10 --resolve "$denied:80:$denied_address" -i "http://$denied/"
  must_end_with 0
  tell_event deny "\"protocol\":\"http\".*\"name\":\"$denied\""
}

farewell() {
  cat <<-END

	All as it should be. What you saw is in artifacts/quickstart: the policy, the configuration, and data/events.jsonl.
	Next:
	  ./tests/run.sh     all tests, with real clients in namespaces
	  dotnet ${program#"$root/"} --help
	  dotnet ${program#"$root/"} exec --allow HOST -- COMMAND    as root: one command behind an appliance of its own
	  README.md          policies, CI jobs, a gateway for your sandboxes
	END
}

clean_up() {
  set +e
  if [[ -n ${appliance:-} ]]; then
    kill -TERM "$appliance" 2>/dev/null && wait "$appliance"
  fi
  remove_namespaces "${made[@]}" 2>/dev/null
  wait
  # The key has served its purpose, and what sudo wrote belongs to whoever called it.
  rm -rf "$work/www" "$work/www.key" "$work/data/admin.token" "$work/resolv.conf" "$work/nsswitch.conf" "$work/await.log"
  if [[ -n ${SUDO_UID:-} && -d $work ]]; then
    chown -R "$SUDO_UID:$SUDO_GID" "$work"
  fi
}

demonstrate() {
  # One run of a clone at a time. Not for the children: the lock ends with this process, however that ends.
  exec 9<"${BASH_SOURCE[0]}"
  flock -n 9 || die "another run of this clone is under way"
  clear_leftovers
  local mark
  mark="sniproxy-qs-$$-$(started_at $$)"
  sandbox="$mark-sandbox" gateway="$mark-gateway" internet="$mark-internet" made=()
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  rm -rf "$work"
  mkdir -p "$work"
  make_namespaces
  run_internet
  run_appliance
  try
  farewell
}

dotnet="$(command -v dotnet || true)"
case "${1-}" in
  "") [[ $# -eq 0 ]] || die "usage: deploy/quickstart.sh"
    install_missing
    build
    if [[ $EUID -ne 0 ]]; then
      exec sudo -- env "PATH=$PATH" ${DOTNET_ROOT:+"DOTNET_ROOT=$DOTNET_ROOT"} bash "${BASH_SOURCE[0]}" --built
    fi
    demonstrate ;;
  --built) demonstrate ;; # the second half, as root
  *)
    echo "usage: deploy/quickstart.sh" >&2
    exit 2 ;;
esac
