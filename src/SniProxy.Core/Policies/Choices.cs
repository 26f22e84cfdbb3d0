using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>The words of the language, where one of a few has to be written: the reader's and the schema's.</summary>
internal static class Choices
{
    public static readonly Dictionary<string, Contract.Mode> Mode = new() { ["observe"] = Contract.Mode.Observe, ["shadow"] = Contract.Mode.Shadow, ["enforce"] = Contract.Mode.Enforce };

    public static readonly Dictionary<string, Decision> Default = new() { ["deny"] = Decision.Deny, ["allow"] = Decision.Allow, ["audit"] = Decision.Audit };

    public static readonly Dictionary<string, EchHandling> Ech = new() { ["strip"] = EchHandling.Strip, ["deny"] = EchHandling.Deny, ["allow"] = EchHandling.Allow };

    public static readonly Dictionary<string, QuicHandling> Quic = new() { ["block"] = QuicHandling.Block, ["sni"] = QuicHandling.Sni };

    public static readonly Dictionary<string, PolicyDnsMode> DnsMode = new() { ["forward"] = PolicyDnsMode.Forward, ["synthetic"] = PolicyDnsMode.Synthetic };

    public static readonly Dictionary<string, RevokeHandling> OnRevoke = new() { ["reset"] = RevokeHandling.Reset, ["keep"] = RevokeHandling.Keep };

    public static readonly Dictionary<string, EntryScheme> Protocol = new()
    {
        ["tls"] = EntryScheme.Tls,
        ["http"] = EntryScheme.Http,
        ["ssh"] = EntryScheme.Ssh,
        ["postgres"] = EntryScheme.Postgres,
        ["mysql"] = EntryScheme.MySql,
        ["redis"] = EntryScheme.Redis,
        ["quic"] = EntryScheme.Quic,
        ["tcp"] = EntryScheme.Tcp,
    };
}
