// Over 200 lines: this is the whole life of a question, to be read from top to bottom.
using System.Text;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Events;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Dns;

/// <summary>
/// One question: whose it is, whether it is one, whether its name may be asked, what the name servers say, what of that may be used,
/// what is learned, what is answered, and one event.
/// </summary>
internal sealed class DnsQueryHandler(
    DnsOptions options, DnsWiring wiring, UpstreamResolver resolver, ResolutionMap map, SyntheticAnswers synthetic, TunnelWatch tunnels, DnsMetrics metrics,
    TimeProvider clock)
{
    private readonly SandboxLimits limits = new(options, clock);
    private readonly DnsEvents events = new(wiring.Log, tunnels, clock);
    private readonly HostNameCache names = new();
    private readonly string[] localSuffixes = [.. options.LocalSuffixes.Select(suffix => "." + suffix.Trim('.').ToLowerInvariant())];

    /// <summary>The same limits stand for questions and for the connections they come by.</summary>
    public SandboxLimits Limits => limits;

    /// <summary>Somebody is known by the interface that questions come in by.</summary>
    public bool UsesInterfaces => wiring.UsesInterfaces();

    public Sandbox FindSandbox(Address source, string? ingress) => wiring.FindSandbox(source, ingress);

    /// <summary>Writes the reply and returns its length; 0 sends nothing.</summary>
    /// <param name="request">What a client sent.</param>
    /// <param name="buffer">For the reply: <see cref="DnsReplyWriter.MaxUdpLength"/> bytes, or 65,535 over TCP.</param>
    /// <param name="cancellation">Ends the wait for name servers.</param>
    public ValueTask<int> AnswerAsync(DnsRequest request, Memory<byte> buffer, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var status = DnsQueryReader.Read(request.Message.Span, out var query, names);
        if (status == DnsQueryStatus.Drop)
        {
            return new(0);
        }

        // 1. Whose question it is.
        var judge = wiring.JudgeFor(request.Client.Address, request.Ingress, out var sandbox);
        // Only what goes no further costs nothing: a local name that is let through is a question like any other.
        var isLocal = query.Name is { } name && IsLocal(name) && judge.JudgeName(name).IsDenied;
        var turn = isLocal ? default : limits.Enter(sandbox.Lifecycle, started);
        var asked = new DnsTransaction(request, query, sandbox, judge, started, isLocal);
        try
        {
            // 2 to 6.
            var deciding = isLocal || turn.IsGranted
                ? DecideAsync(asked, status, cancellation)
                : new(DnsOutcome.Refused(Reason.RateLimited, ExtendedError.Other) with { Words = turn.Limit });
            if (deciding.IsCompletedSuccessfully)
            {
                return new(Answer(asked, deciding.Result, buffer.Span));
            }

            // Its place is given back when it is answered.
            var late = AnswerLateAsync(asked, turn, deciding, buffer);
            turn = default;
            return late;
        }
        finally
        {
            turn.Dispose();
        }
    }

    private async ValueTask<int> AnswerLateAsync(DnsTransaction asked, SandboxTurn turn, ValueTask<DnsOutcome> deciding, Memory<byte> buffer)
    {
        using (turn)
        {
            return Answer(asked, await deciding, buffer.Span);
        }
    }

    private int Answer(in DnsTransaction asked, in DnsOutcome outcome, Span<byte> buffer)
    {
        // 7. The reply, ...
        var id = wiring.Ids.NextId();
        var length = WriteReply(buffer, asked.Request, asked.Query, outcome, id);

        // 8. ... its event, and its count. The machine itself, asking whether anybody answers here, is no sandbox; it asks from the address
        // it asks, as no sandbox can.
        if (!asked.Sandbox.IsKnown && IsThisMachine(asked.Request) && asked.Query.Name is { } own && FixedNames.Of(own) == FixedName.Gateway)
        {
            return length;
        }

        Tell(id, asked, outcome);
        return length;
    }

    /// <summary>Counts and tells a connection that is closed unread, since its sandbox has as many as it may.</summary>
    public void TurnAway(in DnsRequest origin)
    {
        const string words = "as many connections as Dns:TcpConnectionsPerSandbox lets a sandbox have; closed unread";
        var judge = wiring.JudgeFor(origin.Client.Address, origin.Ingress, out var sandbox);
        var asked = new DnsTransaction(origin, default, sandbox, judge, clock.GetTimestamp(), IsLocal: false);
        Tell(wiring.Ids.NextId(), asked, DnsOutcome.Refused(Reason.ConnectionLimit, ExtendedError.Other) with { Words = words });
    }

    private void Tell(DecisionId id, in DnsTransaction asked, in DnsOutcome outcome)
    {
        metrics.Answered(asked.Judge.Policy?.Name, asked.Query.Type, outcome.Verdict.Decision, outcome.Verdict.Reason);
        if (!asked.IsLocal)
        {
            events.Record(id, asked, outcome);
        }
    }

    // Whoever sent OPT hears why, and by which name an operator finds it.
    private static int WriteReply(Span<byte> buffer, in DnsRequest request, in DnsQuery query, in DnsOutcome outcome, DecisionId id)
    {
        Span<byte> why = stackalloc byte[DnsReply.MaxErrorText];
        var length = 0;
        if (query.HasOpt && outcome.Reply.Error is not null)
        {
            length = Encoding.ASCII.GetBytes(outcome.Verdict.Reason.Identifier(), why);
            "; id="u8.CopyTo(why[length..]);
            length += "; id="u8.Length;
            id.Format(why[length..]);
            length += DecisionId.Length;
        }

        var limit = DnsReplyWriter.Limit(query, request.Transport == Transport.Udp);
        return DnsReplyWriter.Write(buffer[..limit], request.Message.Span, query, outcome.Reply, why[..length]);
    }

    private ValueTask<DnsOutcome> DecideAsync(in DnsTransaction asked, DnsQueryStatus status, CancellationToken cancellation)
    {
        var (sandbox, judge, type) = (asked.Sandbox, asked.Judge, asked.Query.Type);
        // Nobody known, and no policy that stands for such (Policies:Unknown): the door for connections says the same.
        if (!sandbox.IsKnown && judge.Policy is null)
        {
            return new(DnsOutcome.Refused(Reason.UnknownSandbox, ExtendedError.Prohibited));
        }

        // 2. Whether it is a question, about something that can be a name.
        if (status != DnsQueryStatus.Complete)
        {
            return new(new DnsOutcome(new DnsReply { Rcode = RcodeOf(status) }, Verdict.Deny(Reason.MalformedRequest)));
        }

        if (asked.Query.Name is not { } name)
        {
            return new(DnsOutcome.Nonexistent(Verdict.Deny(Reason.NameNotAllowed), ExtendedError.Blocked));
        }

        if (FixedNames.Of(name) is var fixedName and not FixedName.None)
        {
            return new(AnswerFixed(fixedName, name, type, asked.Request));
        }

        // 3. Whether the name may be asked, and for this type.
        var verdict = judge.JudgeName(name);
        if (judge.IsSynthetic && !verdict.IsDenied)
        {
            // What only the search list made of a name exists nowhere, or a resolver would not go on to the name itself.
            return verdict.Rule is null && IsLocal(name)
                ? new(DnsOutcome.Nonexistent(verdict))
                : synthetic.AnswerAsync(sandbox, name, type, verdict, judge.IsWatching);
        }

        if (type == DnsType.Ptr && !judge.IsSynthetic && ReverseName.TryParse(name, out var address))
        {
            if (TryAnswerFromMap(sandbox.Lifecycle, name, address, out var known))
            {
                return new(known);
            }

            if (judge.IsStrict && !verdict.IsDenied)
            {
                return new(DnsOutcome.Nonexistent(Verdict.Deny(Reason.Strict), ExtendedError.Blocked));
            }
        }

        return verdict.IsDenied ? new(Deny(judge, name, verdict)) : AskAsync(asked, name, verdict, cancellation);
    }

    private ValueTask<DnsOutcome> AskAsync(in DnsTransaction asked, HostName name, Verdict verdict, CancellationToken cancellation)
    {
        var (sandbox, judge, type) = (asked.Sandbox, asked.Judge, asked.Query.Type);
        // Whoever owns a suffix reads what is asked under it. A name that a rule spells out tells nothing.
        var watched = judge.SpellsOut(name) ? TunnelFinding.Exempt : tunnels.Ask(sandbox.Lifecycle, name, TypeRules.IsCarrier(type));
        var isDenied = watched.Stage == TunnelStage.Denied;
        if (isDenied && !judge.IsWatching)
        {
            // The suffix itself stays, for the names below it that a rule spells out.
            return new(Deny(Verdict.Deny(Reason.Tunnelling, verdict.Rule), watched.Window?.Suffix == name.Value));
        }

        var refusal = Reason.QueryType;
        if (watched.Stage != TunnelStage.Quiet && !verdict.WouldDeny)
        {
            refusal = Reason.Tunnelling;
            verdict = verdict with { Decision = isDenied ? Decision.Audit : verdict.Decision, Reason = refusal, WouldDeny = isDenied };
        }

        switch (TypeRules.Of(type, judge.IsStrict, judge.Policy?.Ech ?? EchHandling.Strip))
        {
            case TypeTreatment.Refuse:
                return new(DnsOutcome.Refused(refusal, ExtendedError.Blocked));
            case TypeTreatment.Minimal:
                return new(DnsOutcome.Answered(verdict, [MinimalAny(name)]));
            case TypeTreatment.NoData when !judge.IsWatching || !TypeRules.MayPassSoftly(type):
                return new(DnsOutcome.Empty(Verdict.Deny(refusal), ExtendedError.Blocked));
            case TypeTreatment.NoData:
                verdict = verdict with { Reason = refusal, WouldDeny = true };
                break;
        }

        // 4. What the name servers say.
        var answering = resolver.QueryAsync(name, type, sandbox.Lifecycle, cancellation);
        if (!answering.IsCompletedSuccessfully)
        {
            return AwaitAsync(asked, name, verdict, watched, answering, cancellation);
        }

        var answer = answering.Result;
        return answer.Status == ResolutionStatus.NxDomain
            ? AwaitAsync(asked, name, verdict, watched, new(answer), cancellation)
            : new(Hear(asked, name, verdict, watched, answer));
    }

    private async ValueTask<DnsOutcome> AwaitAsync(
        DnsTransaction asked, HostName name, Verdict verdict, TunnelFinding watched, ValueTask<UpstreamAnswer> answering, CancellationToken cancellation)
    {
        var answer = await answering;
        if (answer.Status == ResolutionStatus.NxDomain && await HasOtherFamilyAsync(name, asked.Query.Type, asked.Sandbox.Lifecycle, cancellation))
        {
            answer = answer with { Status = ResolutionStatus.NoData };
        }

        return Hear(asked, name, verdict, watched, answer);
    }

    private DnsOutcome Hear(in DnsTransaction asked, HostName name, in Verdict verdict, in TunnelFinding watched, UpstreamAnswer answer)
    {
        TunnelWatch.Note(watched, answer.At >= asked.Started, answer.Status);
        return answer.Status switch
        {
            ResolutionStatus.TimedOut => DnsOutcome.Failed(verdict with { Reason = Reason.UpstreamTimeout }, ExtendedError.NoReachableAuthority),
            ResolutionStatus.Failed => DnsOutcome.Failed(verdict with { Reason = Reason.UpstreamUnresolvable }, ExtendedError.NetworkError),
            _ => Use(answer, asked.Sandbox, asked.Judge, name, verdict),
        };
    }

    // There are servers that know addresses of one family and say of the other that there is no such name; musl believes it of both.
    private async ValueTask<bool> HasOtherFamilyAsync(HostName name, DnsType type, long asker, CancellationToken cancellation)
    {
        DnsType? other = type switch { DnsType.A => DnsType.Aaaa, DnsType.Aaaa => DnsType.A, _ => null };
        return other is { } family && (await resolver.QueryAsync(name, family, asker, cancellation)).Status == ResolutionStatus.Found;
    }

    private DnsOutcome Use(UpstreamAnswer answer, Sandbox sandbox, Judge judge, HostName name, Verdict verdict)
    {
        // 5. What of it may be used: no alias that a rule denies, no address that the guard forbids.
        if (judge.DenialOver(answer.Hops) is { } denial)
        {
            return Deny(judge, name, denial);
        }

        if (!verdict.WouldDeny && judge.WouldDenyOver(answer.Hops) is { } told)
        {
            verdict = told;
        }

        if (answer.Status == ResolutionStatus.Found && answer.Records[^1].Type is DnsType.Https or DnsType.Svcb)
        {
            return UseBindings(answer, sandbox, judge, name, verdict);
        }

        var (records, addresses, ttl) = AddressFilter.Filter(answer, judge, name);
        var age = (uint)clock.GetElapsedTime(answer.At).TotalSeconds;
        if (answer.Status != ResolutionStatus.Found)
        {
            var remaining = (uint)Math.Clamp(answer.Lifetime.TotalSeconds - age, 1, DnsReply.MaxTtl);
            var reply = new DnsReply
            {
                Rcode = answer.Status == ResolutionStatus.NxDomain ? DnsRcode.NxDomain : DnsRcode.NoError,
                Answers = records,
                Age = age,
                NegativeTtl = remaining,
            };
            return new DnsOutcome(reply, verdict);
        }

        if (records.Count == 0)
        {
            return DnsOutcome.Empty(Verdict.Deny(Reason.Rebinding), ExtendedError.Blocked);
        }

        // 6. Learned under the question's name, before anybody can hear of it.
        map.Learn(sandbox.Lifecycle, name, addresses, TimeSpan.FromSeconds(ttl));
        wiring.Learned(judge.Revision);
        return DnsOutcome.Answered(verdict, records, age);
    }

    private DnsOutcome UseBindings(UpstreamAnswer answer, Sandbox sandbox, Judge judge, HostName name, Verdict verdict)
    {
        if (BindingFilter.Filter(answer.Records, judge, name) is not { } filter)
        {
            return DnsOutcome.Empty(verdict with { Reason = Reason.UpstreamUnresolvable }, ExtendedError.NetworkError);
        }

        if (judge.DenialOver(filter.Targets) is { } denial)
        {
            return Deny(judge, name, denial);
        }

        map.Learn(sandbox.Lifecycle, name, [.. filter.Hints], TimeSpan.FromSeconds(filter.Ttl));
        wiring.Learned(judge.Revision);
        return filter.Records.Any(record => record.Type != DnsType.Cname)
            ? DnsOutcome.Answered(verdict, filter.Records, (uint)clock.GetElapsedTime(answer.At).TotalSeconds)
            : DnsOutcome.Empty(Verdict.Deny(Reason.Rebinding), ExtendedError.Blocked);
    }

    private DnsOutcome Deny(Judge judge, HostName name, Verdict verdict) => Deny(verdict, judge.MayAllowBelow(name));

    // A resolver that believes "no such name" looks for nothing below it any more (RFC 8020), so what may have names below it is empty.
    private DnsOutcome Deny(Verdict verdict, bool hasNamesBelow) => options.BlockedAnswer switch
    {
        BlockedAnswer.Refused => DnsOutcome.Refused(verdict.Reason, ExtendedError.Blocked) with { Verdict = verdict },
        BlockedAnswer.NxDomain when !hasNamesBelow => DnsOutcome.Nonexistent(verdict, ExtendedError.Blocked),
        _ => DnsOutcome.Empty(verdict, ExtendedError.Blocked),
    };

    private static DnsOutcome AnswerFixed(FixedName fixedName, HostName name, DnsType type, in DnsRequest request)
    {
        var denied = Verdict.Deny(Reason.NameNotAllowed);
        if (fixedName != FixedName.Gateway)
        {
            return fixedName == FixedName.Empty
                ? DnsOutcome.Empty(denied, ExtendedError.Blocked)
                : DnsOutcome.Nonexistent(denied, ExtendedError.Blocked);
        }

        var allowed = new Verdict(Decision.Allow, Reason.None);
        var local = request.Local;
        var isOfType = type == (local.IsIPv4 ? DnsType.A : DnsType.Aaaa) && !local.IsIPv6LinkLocal;
        return isOfType
            ? DnsOutcome.Answered(allowed, [DnsRecord.ForAddress(DnsName.From(name), local, DnsReply.MaxTtl)])
            : DnsOutcome.Empty(allowed);
    }

    private bool TryAnswerFromMap(long lifecycle, HostName name, Address address, out DnsOutcome outcome)
    {
        const int mostNames = 16;
        outcome = default;
        var names = new HostName[mostNames];
        var count = Math.Min(map.NamesOf(lifecycle, address, names), mostNames);
        if (count == 0)
        {
            return false;
        }

        var owner = DnsName.From(name);
        outcome = DnsOutcome.Answered(
            new Verdict(Decision.Allow, Reason.None),
            [.. names.Take(count).Select(bound => new DnsRecord(owner, DnsType.Ptr, DnsOutcome.DenialTtl, DnsName.From(bound).Wire.ToArray()))]);
        return true;
    }

    private static DnsRecord MinimalAny(HostName name) => new(DnsName.From(name), DnsType.Hinfo, DnsReply.MaxTtl, "\u0007RFC8482\0"u8.ToArray());

    private static bool IsThisMachine(in DnsRequest request) =>
        request.Client.Address.IsLoopback || request.Client.Address == request.Local;

    private static DnsRcode RcodeOf(DnsQueryStatus status) => status switch
    {
        DnsQueryStatus.NotImp => DnsRcode.NotImp,
        DnsQueryStatus.Refused => DnsRcode.Refused,
        DnsQueryStatus.BadVers => DnsRcode.BadVers,
        _ => DnsRcode.FormErr,
    };

    private bool IsLocal(HostName name)
    {
        foreach (var suffix in localSuffixes)
        {
            if (name.Value.EndsWith(suffix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
