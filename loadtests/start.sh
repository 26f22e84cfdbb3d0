#!/usr/bin/env bash
# Measures what a start costs: from the process's start until every door listens, until /readyz says 200 (enforcement probed), the processor
# time and the threads' count on the way, and the memory of an appliance that then idled. In a network namespace of its own, with the rules applied, a
# listener of kind Redirect, API and metrics on, and deploy/policies/agents.yaml in force.
#   loadtests/start.sh [--starts N] [--fresh] [PROGRAM...]
# A PROGRAM is a published sniproxy, with variables for it before it where needed: "DOTNET_gcConcurrent=0 /tmp/after/sniproxy". Several take
# turns, start by start, so that they are compared on the same machine. Without any this clone is published as native code and measured.
# --fresh begins each start with an empty data folder; otherwise the folder is an earlier start's.
# Needs root, nftables, iproute2 and perl (and the SDK and clang, where it publishes).
set -euo pipefail

starts=20 fresh=0 programs=()
usage() { echo "usage: loadtests/start.sh [--starts N] [--fresh] [PROGRAM...]" >&2; exit 2; }
while [[ $# -gt 0 ]]; do
  case "$1" in
    --starts) [[ ${2-} =~ ^[1-9][0-9]*$ ]] || usage; starts="$2"; shift ;;
    --fresh) fresh=1 ;;
    -*) usage ;;
    *) programs+=("$1") ;;
  esac
  shift
done
[[ $EUID -eq 0 ]] || { echo "loadtests/start.sh needs root, for a network namespace" >&2; exit 77; }

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
gateway="sniproxy-start-$$"
work="$(mktemp -d)"
clean_up() {
  set +e
  local pid
  # Everything in there was started by us.
  for pid in $(ip netns pids "$gateway" 2>/dev/null); do kill -KILL "$pid"; done
  ip netns delete "$gateway" 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
export DOTNET_EnableDiagnostics=0

if [[ ${#programs[@]} -eq 0 ]]; then
  MSBUILDDISABLENODEREUSE=1 dotnet publish "$root/src/SniProxy/SniProxy.csproj" --configuration Release --verbosity quiet --output "$work/program" \
    --runtime linux-x64 -p:PublishAot=true -p:RestoreLockedMode=true -p:UseSharedCompilation=false >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
  programs=("$work/program/sniproxy")
fi

ip netns add "$gateway"
ip -n "$gateway" link set lo up
ip -n "$gateway" link add sbx0 type veth peer name sbx1
ip -n "$gateway" addr add 10.77.0.1/24 dev sbx0
ip -n "$gateway" link set sbx1 up
ip -n "$gateway" link set sbx0 up
mkdir "$work/policies"
cp "$root/deploy/policies/agents.yaml" "$work/policies/default.yaml"
sed -i 's/^name: .*/name: default/' "$work/policies/default.yaml"
cat >"$work/appsettings.json" <<-END
	{ "SniProxy": {
	  "Proxy": { "Listeners": [{ "Name": "transparent", "Kind": "Redirect", "Endpoint": "[::]:8443" }], "DrainTimeout": "00:00:01" },
	  "Dns": { "Endpoint": "[::]:1053", "Upstreams": ["203.0.113.53"] },
	  "Sandboxes": [{ "Id": "start", "Addresses": ["10.77.0.2"], "Interface": "sbx0" }]
	} }
	END
# shellcheck disable=SC2086 # What stands before the program are words of their own.
ip netns exec "$gateway" env ${programs[0]} rules --config "$work/appsettings.json" --interface sbx0 --apply >/dev/null

ip netns exec "$gateway" perl - "$work" "$starts" "$fresh" "${programs[@]}" <<'END'
use strict; use warnings;
use Socket; use Time::HiRes qw(time usleep);
my ($work, $starts, $fresh, @programs) = @ARGV;
my $running;
$SIG{TERM} = $SIG{INT} = sub { kill 'KILL', $running if $running; exit 1 };
$| = 1;

sub content { open my $file, '<', $_[0] or return ''; local $/; my $text = <$file>; $text // '' }

# Every port in state 0A (LISTEN): the proxy's, the API's, metrics.
sub listening {
  my $sockets = content('/proc/net/tcp') . content('/proc/net/tcp6');
  for my $port (8443, 9443, 9090) {
    my $hex = sprintf '%04X', $port;
    return 0 unless $sockets =~ /:$hex [0-9A-F]+:0000 0A /;
  }
  1;
}

sub ready {
  socket my $client, PF_INET, SOCK_STREAM, 0 or die $!;
  connect $client, sockaddr_in(9090, inet_aton('127.0.0.1')) or return 0;
  syswrite $client, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  my $answer = '';
  sysread $client, $answer, 4096;
  $answer =~ m{^HTTP/1\.1 200 };
}

# Milliseconds of processor time, of all threads that are left.
sub spent { my $sum = 0; $sum += (split ' ', content($_))[0] // 0 for glob "/proc/$_[0]/task/*/schedstat"; $sum / 1e6 }

sub await {
  my ($pid, $limit, $pause, $holds) = @_;
  until ($holds->()) {
    die "the appliance ended: see $work/log\n" . content("$work/log") if waitpid($pid, 1) == $pid;
    die "not within $limit s\n" . content("$work/log") if ($limit -= $pause / 1e6) < 0;
    usleep $pause;
  }
}

sub start {
  my ($number, $idle) = @_;
  my $data = "$work/data$number";
  system 'rm', '-rf', $data if $fresh;
  my @words = split ' ', $programs[$number];
  my @run = ($words[-1], 'run', '--config', "$work/appsettings.json", '--set', "DataFolder=$data");
  my %figures;
  my $began = time;
  $running = my $pid = fork // die $!;
  if (!$pid) {
    open STDOUT, '>', "$work/log"; open STDERR, '>&', \*STDOUT; open STDIN, '<', '/dev/null';
    for (@words[0 .. $#words - 1]) { my ($key, $value) = split /=/, $_, 2; $ENV{$key} = $value }
    exec @run or die $!;
  }
  await($pid, 10, 500, \&listening);
  $figures{listening} = (time - $began) * 1e3;
  $figures{cpu_listening} = spent($pid);
  await($pid, 10, 2000, \&ready);
  $figures{ready} = (time - $began) * 1e3;
  $figures{cpu_ready} = spent($pid);
  if ($idle) {
    sleep 5;
    my ($status, $rollup) = (content("/proc/$pid/status"), content("/proc/$pid/smaps_rollup"));
    ($figures{rss}) = $status =~ /^VmRSS:\s+(\d+)/m;
    ($figures{threads}) = $status =~ /^Threads:\s+(\d+)/m;
    ($figures{pss}) = $rollup =~ /^Pss:\s+(\d+)/m;
    ($figures{anonymous}) = $rollup =~ /^Anonymous:\s+(\d+)/m;
    $figures{$_} /= 1024 for qw(rss pss anonymous);
  }
  kill 'TERM', $pid;
  waitpid $pid, 0;
  $running = undef;
  \%figures;
}

sub median { my @sorted = sort { $a <=> $b } @_; @sorted ? ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2 : 0 }

my @all = map { [] } @programs;
start($_, 0) for 0 .. $#programs; # files into the cache, and data folders made: not counted
for my $round (1 .. $starts) {
  # Memory hardly differs between starts, and costs five seconds each.
  push @{$all[$_]}, start($_, $round > $starts - 3) for 0 .. $#programs;
}
printf "%-9s %-9s %-9s %-9s %-7s %-7s %-7s %-7s %s\n", 'listening', 'cpu', 'ready', 'cpu', 'rss', 'pss', 'anon', 'threads', "medians of $starts starts, ms and MB";
for my $number (0 .. $#programs) {
  my %median = map { my $key = $_; $key => median(grep { defined } map { $_->{$key} } @{$all[$number]}) }
    qw(listening cpu_listening ready cpu_ready rss pss anonymous threads);
  printf "%-9.0f %-9.0f %-9.0f %-9.0f %-7.1f %-7.1f %-7.1f %-7.0f %s\n",
    @median{qw(listening cpu_listening ready cpu_ready rss pss anonymous threads)}, $programs[$number];
}
END
