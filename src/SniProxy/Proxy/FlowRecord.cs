// Over 200 lines: all that is known of a flow stands together, each fact beside what changes it.
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Http;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Proxy;

/// <summary>
/// What is known of one flow while it lives: what it asks for, what was decided, what was dialled. It becomes the flow's event in
/// <see cref="FlowEvents"/>.
/// </summary>
internal sealed class FlowRecord : IDisposable
{
    /// <summary>What metrics call the policy where there is none.</summary>
    public const string NoPolicy = "none";

    private readonly TimeProvider clock;
    private readonly int maxHelloBytes;
    private bool isJudged;
    private string? words;
    private string? nearMiss;
    private string[] heldByOthers = [];
    private IUpstream? upstream;
    private IDisposable? binding;

    public FlowRecord(IProxiedConnection connection, Flow flow, Judge judge, int maxHelloBytes, TimeProvider clock)
    {
        this.clock = clock;
        this.maxHelloBytes = maxHelloBytes;
        Connection = connection;
        Flow = flow;
        Judge = judge;
        Message = new FirstMessage(maxHelloBytes);
        Destination = connection.OriginalDestination ?? default;
    }

    public IProxiedConnection Connection { get; }

    public Flow Flow { get; }

    /// <summary>The policy is read once per flow: this is it.</summary>
    public Judge Judge { get; private set; }

    /// <summary>The aliases by which the appliance resolved the flow's name to what is dialled; null where it was not resolved for it.</summary>
    public IReadOnlyList<HostName>? ResolvedOver { get; private set; }

    public FirstMessage Message { get; private set; }

    /// <summary>Where the client wants to go; the address is unspecified where a proxy request gave a name.</summary>
    public Endpoint Destination { get; private set; }

    /// <summary>A proxy request gave an address literal.</summary>
    public bool IsLiteral { get; private set; }

    /// <summary>The authority of a CONNECT request, or null.</summary>
    public HostName? ConnectName { get; private set; }

    /// <summary>The first message is what a proxy is asked for, an absolute-form request.</summary>
    public bool IsProxyRequest { get; private set; }

    /// <summary>A CONNECT was read and not answered yet.</summary>
    public bool IsAwaitingProxyAnswer { get; set; }

    /// <summary>The name that the destination's address stands for, where it is one that was made up for it; else null.</summary>
    public HostName? SyntheticName { get; private set; }

    public HostName? Name => Message.Name ?? ConnectName ?? SyntheticName;

    public Evidence Evidence =>
        SyntheticName is not null ? Evidence.Synthetic
        : Message.Name is not null ? Message.Evidence
        : ConnectName is not null ? Evidence.Connect
        : BoundNames.Length > 0 ? Evidence.Dns : Evidence.None;

    /// <summary>Our DNS gave the sandbox the destination's address for the flow's name.</summary>
    public bool IsBound { get; private set; }

    /// <summary>All names our DNS gave the sandbox for the destination's address, where the flow shows none itself.</summary>
    public HostName[] BoundNames { get; private set; } = [];

    /// <summary>Why the flow's claims cannot all be true, or <see cref="Reason.None"/>.</summary>
    public Reason Mismatch { get; private set; }

    /// <summary>Its mode tells denials and does none.</summary>
    public bool IsWatched => Judge.IsWatching;

    /// <summary>The verdict is in and denies; a flow that was not judged yet is not refused.</summary>
    public bool IsRefused => isJudged && Verdict.IsDenied;

    public Verdict Verdict { get; private set; }

    /// <summary>Why there is no upstream although the verdict let the flow pass, or <see cref="Reason.None"/>.</summary>
    public Reason Failure { get; private set; }

    /// <summary>The verdict in words. They are found when they are asked for: an open flow that was let through holds none.</summary>
    public string? Words => isJudged && words is null ? Describe() : words;

    /// <summary>Found together with the words.</summary>
    public string? NearMiss => Words is null ? null : nearMiss;

    public Endpoint? Dialled { get; private set; }

    public TimeSpan? ConnectTime { get; private set; }

    public TimeSpan Elapsed => clock.GetElapsedTime(Flow.Started);

    public string PolicyName => Judge.Policy?.Name ?? NoPolicy;

    /// <summary>True on a transparent listener; an explicit one has no destination but the one asked for.</summary>
    public bool HasOriginalDestination => !Destination.Address.IsUnspecified;

    /// <summary>A CONNECT named the destination; what follows inside is read anew.</summary>
    public void AskByConnect(HostName? name, Address literal, ushort port)
    {
        ConnectName = name;
        IsLiteral = name is null;
        IsAwaitingProxyAnswer = true;
        Destination = new Endpoint(literal, port);
        Message.Dispose();
        Message = new FirstMessage(maxHelloBytes);
    }

    /// <summary>An absolute-form request named the destination and is the first message itself.</summary>
    public void AskByRequest(Address literal, ushort port)
    {
        IsProxyRequest = true;
        IsLiteral = !literal.IsUnspecified;
        Destination = new Endpoint(literal, port);
    }

    /// <summary>
    /// Claims of one flow must agree: the Host's port and address with where the flow goes, the name inside a CONNECT with its own, any name with
    /// the one that a synthetic address stands for.
    /// </summary>
    public void CheckAgreement()
    {
        if (Message.Unreadable != Reason.None)
        {
            return;
        }

        if (!IsProxyRequest && Message.Request is { } request)
        {
            var authority = request.Authority;
            var portDiffers = authority.Port is { } port && port != Destination.Port;
            var addressDiffers = authority.Kind == AuthorityKind.Address && authority.Literal != Destination.Address;
            Mismatch = request.IsConnect ? Reason.MalformedRequest : portDiffers || addressDiffers ? Reason.NameMismatch : Mismatch;
        }

        if (ConnectName is { } connect && Message.Protocol is Protocol.Tls or Protocol.Http && ConnectNameDiffers(connect))
        {
            Mismatch = Reason.NameMismatch;
        }

        // An address in place of a name is another one, too.
        if (SyntheticName is { } meant && (Message.Name is { } said ? !said.Equals(meant) : Message.Request?.Authority.Kind == AuthorityKind.Address))
        {
            Mismatch = Reason.NameMismatch;
        }
    }

    /// <summary>The destination's address stands for this name, and for nothing else.</summary>
    public void BindSynthetic(HostName name)
    {
        SyntheticName = name;
        Bind(true, []);
    }

    public void Bind(bool isBound, HostName[] names)
    {
        IsBound = isBound;
        BoundNames = names;
    }

    public FlowFacts Facts => FactsAt(Destination.Address);

    /// <summary>The facts, as if the client had gone to this address.</summary>
    public FlowFacts FactsAt(Address address) => FactsOf(address, Message.Protocol, Name);

    /// <summary>The facts, as if the client's bytes were of this protocol and, where it carries one, asked for this name.</summary>
    public FlowFacts FactsFor(Protocol protocol, HostName? otherwiseNamed) =>
        FactsOf(Destination.Address, protocol, Name ?? (protocol is Protocol.Tls or Protocol.Http ? otherwiseNamed : null));

    public void Decide(in FlowOutcome outcome)
    {
        isJudged = true;
        Verdict = outcome.Verdict;
        (words, nearMiss) = (null, null);
        if (Message.Protocol == Protocol.Unread)
        {
            // What it says later on, once the server has spoken, is not what this verdict is about.
            Describe();
        }
    }

    /// <summary>Decided ahead of the client's bytes: told as if they were what the port promises, which is what a rule would be written for.</summary>
    public void DecideAhead(in FlowOutcome outcome, Protocol promised)
    {
        (isJudged, Verdict) = (true, outcome.Verdict);
        words = Judge.Describe(FactsFor(promised, otherwiseNamed: null), Verdict, out nearMiss);
    }

    /// <summary>The name's own addresses are what is judged.</summary>
    public void Resolve(IReadOnlyList<HostName> hops) => ResolvedOver = hops;

    /// <summary>The grant that the flow holds a use of while it is dialled, or null.</summary>
    public string? HeldGrant { get; set; }

    /// <summary>Others hold all that is left of a grant: it is judged anew, as if it came only now and there were no such grant.</summary>
    public void JudgeWithout(string grant, Func<IReadOnlyList<string>, Judge> judgeFor)
    {
        heldByOthers = [.. heldByOthers, grant];
        Judge = judgeFor(heldByOthers);
        ResolvedOver = null;
    }

    /// <summary>What lets the flow pass has a limit, and it is reached. A mode that only watches lets it pass and tells it.</summary>
    public void Exceed(Reason reason, string words)
    {
        this.words = IsWatched ? $"[{Judge.Mode.Identifier()}] would deny: {words}" : words;
        Verdict = IsWatched ? new Verdict(Decision.Audit, reason, Verdict.Rule, WouldDeny: true) : Verdict.Deny(reason, Verdict.Rule);
    }

    /// <summary>The flow's name is one of too many under its suffix; what is denied, or would be, keeps its own reason.</summary>
    public void Tell(in TunnelFinding watched)
    {
        if (watched.Stage == TunnelStage.Quiet || Verdict.IsDenied || Verdict.WouldDeny)
        {
            return;
        }

        if (watched.Stage == TunnelStage.Denied)
        {
            Exceed(Reason.Tunnelling, watched.Words);
            return;
        }

        Verdict = Verdict with { Reason = Reason.Tunnelling };
        words = $"allowed: tunnelling: {watched.Words}";
    }

    /// <summary>What the flow is judged by again when something changes, once it leads to this address.</summary>
    public KeptFacts Keep(Address dialled) => new(Facts, BoundNames, dialled, ResolvedOver is not null, ResolvedOver ?? []);

    /// <summary>The same where something is wrong with what the client sent since.</summary>
    public KeptFacts KeepFaulty(Address dialled, Reason fault) =>
        new(FactsOf(Destination.Address, Message.Protocol, Name, fault), BoundNames, dialled, ResolvedOver is not null, ResolvedOver ?? []);

    /// <summary>The same where what the client wants showed only after the address was dialled.</summary>
    public KeptFacts KeepAt(Address dialled) => new(FactsAt(dialled), BoundNames, dialled, isResolved: false, []);

    /// <summary>The appliance itself failed: what was not let out by then is denied.</summary>
    public void Fail()
    {
        if (!isJudged || (Dialled is null && !Verdict.IsDenied))
        {
            Refuse(Reason.Overloaded, "The appliance failed before the connection was let out, and let nothing through.");
        }
    }

    /// <summary>Refused for what no policy is needed to see: limits, a request that cannot be read.</summary>
    public void Refuse(Reason reason, string words)
    {
        isJudged = true;
        Verdict = Verdict.Deny(reason);
        this.words = words;
    }

    public void Reach(in DialResult dialled)
    {
        Dialled = dialled.Destination;
        ConnectTime = dialled.Elapsed;
    }

    /// <summary>
    /// Let through, yet nobody answered: the reason says so and the verdict stands. What enforce would have denied keeps its own reason.
    /// </summary>
    public void FailToReach(Reason reason)
    {
        if (!Verdict.WouldDeny)
        {
            Verdict = Verdict with { Reason = reason };
            words = reason == Reason.UpstreamTimeout
                ? "The destination did not answer in time."
                : "The destination refused the connection or cannot be reached.";
        }

        Failure = reason;
    }

    /// <summary>What the flow needs while its bytes are relayed, and is let go of with it.</summary>
    /// <param name="to">The other end.</param>
    /// <param name="binding">Keeps the name and the address bound.</param>
    public void HoldUntilTheEnd(IUpstream to, IDisposable? binding) => (upstream, this.binding) = (to, binding);

    public void Dispose()
    {
        binding?.Dispose();
        upstream?.Dispose();
        Message.Dispose();
        Flow.Dispose();
    }

    private FlowFacts FactsOf(Address address, Protocol protocol, HostName? name, Reason fault = Reason.None) => new()
    {
        Transport = Transport.Tcp,
        Protocol = protocol,
        Port = Destination.Port,
        OriginalDestination = address,
        IsLiteral = IsLiteral,
        Name = name,
        Evidence = Evidence,
        IsBound = IsBound,
        BoundNames = BoundNames,
        Unreadable = fault != Reason.None ? fault : Message.Unreadable != Reason.None ? Message.Unreadable : Mismatch,
        HasEch = Message.HasEch,
    };

    private string Describe() => words = Judge.Describe(Facts, Verdict, out nearMiss);

    // The name inside must be the one that was asked for; an address that was asked for speaks for no name inside it.
    private bool ConnectNameDiffers(HostName connect) => Message.Name is { } inner && !inner.Equals(connect);
}
