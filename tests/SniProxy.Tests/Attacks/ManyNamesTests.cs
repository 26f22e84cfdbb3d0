using System.Collections.Immutable;
using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Tests.Proxy;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Attacks;

/// <summary>Sandboxes that had our DNS bind as many names as it may must not put off what a change has to do to open connections.</summary>
public sealed class ManyNamesTests
{
    [Fact]
    [Trait("Tier", "full")]
    public async Task ARevocationIsNotPutOffByTheirNames()
    {
        const int Sandboxes = 16;
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("default: allow\nrules: [{ deny: [\"evil.example:25\"] }]");
        for (var i = 0; i < Sandboxes; i++)
        {
            var lifecycle = door.Sandboxes.Put(new SniProxy.Sandboxes.SandboxRegistration { Id = $"s{i}", Addresses = [ProxyDoor.Of($"203.0.113.{i + 1}")] }, "test").Lifecycle;
            for (var j = 0; j < 65_536; j++)
            {
                door.Resolutions.Learn(lifecycle, Wire.Host($"n{j:x}.box{i}.attacker.example"), [ProxyDoor.Of("203.0.113.7")], TimeSpan.FromHours(1));
            }
        }

        using var client = await door.ConnectAsync($"POST http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nContent-Length: 1000000\r\n\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();

        // One change has them all looked at; the next comes meanwhile.
        await door.PassedAsync();
        door.Book.SetStrict(false, null, null, "test");
        await Task.Delay(50);
        var since = Stopwatch.GetTimestamp();
        door.Book.Publish(ImmutableDictionary<string, Policy>.Empty.Add("test", ProxyDoor.Compile("rules: []")), ImmutableDictionary<string, string>.Empty);
        await server.HearOutAsync();
        var took = Stopwatch.GetElapsedTime(since);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
