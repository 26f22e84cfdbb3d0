using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Events;

internal static class Sample
{
    public static FlowEvent Allowed(int number) => new()
    {
        Id = $"A{number}",
        Time = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Sandbox = "ci",
        Name = "pypi.org",
        Client = Endpoint.From(new IPEndPoint(IPAddress.Loopback, 40_000)),
        Verdict = Decision.Allow,
        Reason = Reason.Rule,
        Ending = Ending.Closed,
    };

    public static FlowEvent Denied(int number, string name = "evil.example", Reason reason = Reason.Default, string sandbox = "ci") => new()
    {
        Id = $"D{number}",
        Time = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Sandbox = sandbox,
        Name = name,
        Verdict = Decision.Deny,
        Reason = reason,
    };
}
