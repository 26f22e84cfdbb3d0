using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Short spellings for what most claims about verdicts begin with.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Now = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static PolicyReading Read(string json) => PolicyDocumentReader.Read(JsonNodes.Parse(json), "p.yaml", "p");

    public static Policy Policy(string json, DateTimeOffset? now = null)
    {
        var reading = Read(json);
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        return PolicyCompiler.Compile(reading.Document, revision: 7, now ?? Now);
    }

    public static Policy Rules(string rules) => Policy($$"""{"rules":[{{rules}}]}""");

    public static Judge Judge(string json, Mode mode = Mode.Enforce, bool strict = false, Guard? guard = null) =>
        new(Policy(json), mode, strict, guard ?? new Guard());

    public static HostName Name(string text)
    {
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(text, out var name));
        Assert.NotNull(name);
        return name;
    }

    public static Address Address(string text)
    {
        Assert.True(Core.Addresses.Address.TryParse(text, out var address), text);
        return address;
    }

    public static FlowFacts Tls(string? name, string address, ushort port = 443, bool bound = false) => new()
    {
        Protocol = Protocol.Tls,
        Port = port,
        OriginalDestination = Address(address),
        Name = name is null ? null : Name(name),
        Evidence = name is null ? Evidence.None : Evidence.Sni,
        IsBound = bound,
        Unreadable = name is null ? Reason.NoServerName : Reason.None,
    };

    public static FlowFacts Http(string? name, string address, ushort port = 80, bool bound = false) => new()
    {
        Protocol = Protocol.Http,
        Port = port,
        OriginalDestination = Address(address),
        Name = name is null ? null : Name(name),
        Evidence = name is null ? Evidence.None : Evidence.Host,
        IsBound = bound,
    };

    public static FlowFacts Raw(Protocol protocol, string address, ushort port, params string[] boundNames) => new()
    {
        Protocol = protocol,
        Port = port,
        OriginalDestination = Address(address),
        BoundNames = boundNames.Select(Name).ToArray(),
    };

    public static FlowFacts Connect(string name, ushort port = 443, Protocol protocol = Protocol.Tls) => new()
    {
        Protocol = protocol,
        Port = port,
        Name = Name(name),
        Evidence = Evidence.Connect,
    };

    /// <summary>Begin, and Finish with what the name resolves to where Begin asks for it.</summary>
    public static (FlowStep Step, Verdict Verdict, string Dialled) Outcome(Judge judge, FlowFacts flow, params string[] resolved)
    {
        var outcome = judge.Begin(flow);
        if (outcome.Step == FlowStep.Dial)
        {
            return (outcome.Step, outcome.Verdict, flow.OriginalDestination.ToString());
        }

        if (outcome.Step == FlowStep.Refuse || resolved.Length == 0)
        {
            return (outcome.Step, outcome.Verdict, string.Empty);
        }

        var addresses = resolved.Select(Address).ToArray();
        var dial = new Address[addresses.Length];
        outcome = judge.Finish(flow, addresses, dial, out var count);
        return (outcome.Step, outcome.Verdict, string.Join(' ', dial[..count]));
    }
}
