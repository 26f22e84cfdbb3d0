using System.Diagnostics;
using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>A question that is answered from here costs no memory: neither its answer nor its event, nor a refusal for being one too many.</summary>
public sealed class DnsAllocationTests : IDisposable
{
    private const string Policy = "rules: ['*.good.example', 'api.other.example']";
    private const int Answers = 50;

    private static readonly Func<byte[], IReadOnlyList<byte[]>> Everything = query =>
    [
        Wire.Respond(query, 0, Wire.Asked(query).Type == DnsType.Aaaa
            ? [Wire.Record(Wire.Asked(query).Name, DnsType.Aaaa, IPAddress.Parse("2606:4700::6810:1").GetAddressBytes())]
            : [Wire.A(Wire.Asked(query).Name, "203.0.113.10"), Wire.A(Wire.Asked(query).Name, "203.0.113.11")]),
    ];

    // What is compiled in haste allocates where what it becomes later does not, and now and then an event is the first of a new batch.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("www.good.example", DnsType.A, DnsRcode.NoError, "10.77.0.2")]
    [InlineData("www.good.example", DnsType.Aaaa, DnsRcode.NoError, "fd77::2")]
    [InlineData("WWW.Good.Example", DnsType.A, DnsRcode.NoError, "10.77.0.2")]
    [InlineData("denied.example", DnsType.A, DnsRcode.NxDomain, "10.77.0.2")]
    [InlineData("other.example", DnsType.A, DnsRcode.NoError, "10.77.0.2")]
    [InlineData("wpad", DnsType.A, DnsRcode.NxDomain, "10.77.0.2")]
    [InlineData("www.good.example", DnsType.Https, DnsRcode.NoError, "10.77.0.2")]
    [InlineData("www.good.example", DnsType.Null, DnsRcode.Refused, "10.77.0.2")]
    public async Task AnAnswerFromHereAllocatesNothing(string name, DnsType type, DnsRcode rcode, string client)
    {
        await using var door = Door(queriesPerSecond: int.MaxValue);
        foreach (var opt in (byte[]?[])[null, Wire.Opt()])
        {
            Assert.Equal(rcode, await AskAsync(door, name, type, opt));
            Assert.Equal(0, LeastAllocated(door, Request(Wire.Query(name, type, opt: opt), client)));
        }
    }

    [Fact]
    public async Task ARefusalForBeingOneTooManyAllocatesNothing()
    {
        await using var door = Door(queriesPerSecond: 1);
        await AskAsync(door, "www.good.example", DnsType.A, null);
        var request = Request(Wire.Query("www.good.example", DnsType.A), "10.77.0.2");

        Assert.Equal(0, LeastAllocated(door, request));
    }

    public void Dispose() => folder.Dispose();

    private DnsDoor Door(int queriesPerSecond) => new(
        Policy, Everything, new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = queriesPerSecond }, eventFile: Path.Combine(folder.Path, "events.jsonl"));

    private static async Task<DnsRcode> AskAsync(DnsDoor door, string name, DnsType type, byte[]? opt) =>
        (await door.AskAsync(Wire.Query(name, type, opt: opt))).Rcode;

    private static DnsRequest Request(byte[] query, string client) => new(
        query, Endpoint.From(new IPEndPoint(IPAddress.Parse(client), 5000)), Address.From(IPAddress.Parse("10.77.0.1")), "lo", Transport.Udp);

    private static long LeastAllocated(DnsDoor door, DnsRequest request)
    {
        var buffer = new byte[DnsReplyWriter.MaxUdpLength];
        var least = long.MaxValue;
        for (var began = Stopwatch.GetTimestamp(); least > 0 && Stopwatch.GetElapsedTime(began) < Patience;)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Answers; i++)
            {
                var answer = door.Handler.AnswerAsync(request, buffer, CancellationToken.None);
                if (!answer.IsCompleted || answer.Result == 0)
                {
                    Assert.Fail("not answered from here");
                }
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
