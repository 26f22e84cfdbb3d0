using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy;

namespace SniProxy.Tests.Proxy;

public sealed class ProxyMetricsTests : IDisposable
{
    private readonly ProxyMetrics metrics = new();
    private readonly FlowsMetrics flows = new();

    [Fact]
    public void CountsWhatBecameOfConnections()
    {
        var policy = nameof(CountsWhatBecameOfConnections);
        metrics.Ended("a", policy, Ended(Decision.Deny, Reason.Default));
        metrics.Ended("a", policy, Ended(Decision.Deny, Reason.Default));
        metrics.Ended("b", policy, Ended(Decision.Allow, Reason.Rule) with { BytesUp = 5 });
        metrics.Ended("b", policy, Ended(Decision.Audit, Reason.GuardPrivate) with { WouldBe = Decision.Deny, BytesUp = 1, BytesDown = 7 });
        metrics.Judged(policy, Ended(Decision.Deny, Reason.NameMismatch) with { Protocol = Protocol.Http });
        metrics.TurnedAway("a", policy, Reason.Overloaded);

        Assert.Equal(
            [
                "sniproxy_bytes_total direction=down 7",
                "sniproxy_bytes_total direction=up 6",
                "sniproxy_connections_total listener=a protocol=tls verdict=deny 2",
                "sniproxy_connections_total listener=a protocol=unread verdict=deny 1",
                "sniproxy_connections_total listener=b protocol=tls verdict=allow 1",
                "sniproxy_connections_total listener=b protocol=tls verdict=audit 1",
                "sniproxy_denied_total reason=default protocol=tls 2",
                "sniproxy_denied_total reason=name_mismatch protocol=http 1",
                "sniproxy_denied_total reason=overloaded protocol=unread 1",
                "sniproxy_would_deny_total reason=guard_private 1",
            ],
            Observed("policy", policy));
    }

    [Fact]
    public void WhoseBytesWereNeverRelayedHasNoneToShow()
    {
        var policy = nameof(WhoseBytesWereNeverRelayedHasNoneToShow);
        metrics.Ended("a", policy, Ended(Decision.Deny, Reason.Default));
        Assert.DoesNotContain(Observed("policy", policy), line => line.StartsWith("sniproxy_bytes_total", StringComparison.Ordinal));
    }

    [Fact]
    public void CountsExactlyFromManyThreads()
    {
        // Names that are equal without being the same string, as those of a policy that was read again.
        Parallel.For(0, 8, i =>
        {
            var policy = new string(nameof(CountsExactlyFromManyThreads));
            var listener = new string("many" + (i % 2));
            for (var j = 0; j < 10_000; j++)
            {
                flows.Opened(listener);
                metrics.Ended(listener, policy, Ended(Decision.Deny, Reason.Default));
                flows.Closed(listener);
            }

            flows.Opened(listener);
        });

        Assert.Equal(
            [
                "sniproxy_connections_total listener=many0 protocol=tls verdict=deny 40000",
                "sniproxy_connections_total listener=many1 protocol=tls verdict=deny 40000",
                "sniproxy_denied_total reason=default protocol=tls 80000",
            ],
            Observed("policy", nameof(CountsExactlyFromManyThreads)));
        Assert.Contains("sniproxy_active_connections 4", Observed("listener", "many1"));
    }

    [Fact]
    public void NamesBeyondTheBoundAreCountedTogether()
    {
        var denied = Ended(Decision.Deny, Reason.Default);
        for (var i = 0; i < CountsByName<object>.MaxNames + 500; i++)
        {
            metrics.Judged($"bound{i}", denied);
        }

        Assert.Equal(["sniproxy_denied_total reason=default protocol=tls 500"], Observed("policy", CountsByName<object>.Others));
    }

    [Fact]
    public void ToCountAllocatesNothing()
    {
        var denied = Ended(Decision.Deny, Reason.Default);
        Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Count()
        {
            flows.Opened("free");
            metrics.HelloRead(TimeSpan.FromMilliseconds(1));
            metrics.Decided(TimeSpan.FromMicroseconds(1));
            metrics.Ended("free", "free", denied);
            flows.Closed("free");
        }
    }

    public void Dispose()
    {
        metrics.Dispose();
        flows.Dispose();
    }

    private static FlowEvent Ended(Decision verdict, Reason reason) =>
        new() { Id = "id", Time = DateTimeOffset.UnixEpoch, Protocol = Protocol.Tls, Verdict = verdict, Reason = reason };

    // As an exporter sees them: other tests of this process count into instruments of the same names, under labels of their own.
    private static List<string> Observed(string tag, string value)
    {
        var lines = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name is "SniProxy.Proxy" or "SniProxy.Flows")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, measured, tags, _) =>
        {
            var others = new List<string>();
            var isMeant = false;
            foreach (var one in tags)
            {
                isMeant |= one.Key == tag && Equals(one.Value, value);
                if (one.Key != tag)
                {
                    others.Add($"{one.Key}={one.Value} ");
                }
            }

            if (isMeant)
            {
                lines.Add($"{instrument.Name} {string.Concat(others)}{measured}");
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. lines.Order(StringComparer.Ordinal)];
    }
}
