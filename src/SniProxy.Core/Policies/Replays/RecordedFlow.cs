using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Replays;

/// <summary>A decision that was recorded, as far as another policy needs it to decide again.</summary>
public sealed record RecordedFlow
{
    /// <summary>A question in DNS: <see cref="Name"/> is what was asked for, and the rest of the flow does not exist.</summary>
    public bool IsQuestion { get; init; }

    public Transport Transport { get; init; }

    public Protocol Protocol { get; init; }

    public ushort Port { get; init; }

    public HostName? Name { get; init; }

    public Evidence Evidence { get; init; }

    /// <summary>Where the flow was taken; where it was not, an address that is known to be the name's. Unspecified where there is none.</summary>
    public Address Address { get; init; }

    /// <summary>Why a name that ought to be readable was not.</summary>
    public Reason Unreadable { get; init; }

    public bool HasEch { get; init; }

    public Decision Verdict { get; init; }

    /// <summary>Shadow or observe let pass what enforce would have denied, for <see cref="Reason"/>.</summary>
    public bool WouldDeny { get; init; }

    public Reason Reason { get; init; }

    public string? Service { get; init; }

    public string? Phase { get; init; }

    /// <summary>The sandbox's, for rules with <c>when</c>; service and phase are among them.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>How many decisions it stands for.</summary>
    public long Count { get; init; } = 1;

    /// <summary>The destination as <c>sniproxy test</c> takes it.</summary>
    public string Destination
    {
        get
        {
            var host = Name?.Value ?? (Address.IsUnspecified ? "unknown" : Address.IsIPv4 ? Address.ToString() : $"[{Address}]");
            var scheme = IsQuestion ? "dns" : Transport == Transport.Udp ? "quic" : Protocol switch
            {
                Protocol.Tls => "tls",
                Protocol.Http => "http",
                Protocol.Ssh => "ssh",
                Protocol.Postgres => "postgres",
                Protocol.MySql => "mysql",
                Protocol.Redis => "redis",
                _ => "tcp",
            };
            return IsQuestion ? $"{scheme}://{host}" : string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{Port}");
        }
    }

    /// <summary>The same for all that a policy cannot tell apart.</summary>
    public string Key => string.Create(
        CultureInfo.InvariantCulture,
        $"{Destination} {Address} {Evidence == Evidence.Dns} {Unreadable} {HasEch} {string.Join(' ', Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))}");

    /// <summary>What a policy makes of it by itself, in its own mode. The name counts as bound to the address where there is one; no signal was given.</summary>
    public Verdict JudgeBy(Policy policy, DateTimeOffset now)
    {
        var judge = new Judge(policy, policy.Mode, strict: false, new Guard(), new Circumstances(Labels, [], TimeSpan.Zero, now));
        if (IsQuestion)
        {
            return Name is null ? default : judge.JudgeName(Name);
        }

        var flow = ToFlow();
        var outcome = judge.Begin(flow);
        return outcome.Step == FlowStep.Resolve ? judge.Prospect(flow) : outcome.Verdict;
    }

    internal FlowFacts ToFlow()
    {
        // A name from the ledger is one of the address, and no claim.
        var isClaim = Name is not null && Evidence != Evidence.Dns;
        return new FlowFacts
        {
            Transport = Transport,
            Protocol = Protocol,
            Port = Port,
            OriginalDestination = Address,
            Name = isClaim ? Name : null,
            BoundNames = isClaim || Name is null ? [] : new[] { Name },
            Evidence = !isClaim ? Evidence.None : Evidence == Evidence.Synthetic && !Address.IsUnspecified ? Evidence.Sni : Evidence,
            IsBound = isClaim,
            Unreadable = Unreadable,
            HasEch = HasEch,
        };
    }
}
