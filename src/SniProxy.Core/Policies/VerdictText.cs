using System.Globalization;
using System.Runtime.CompilerServices;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>Says a verdict in words: what was done, the reason's identifier, what it means here, and what to write instead. Nothing that lets pass waits for it.</summary>
internal static class VerdictText
{
    // Longer words are put together on the heap.
    private const int UsualLetters = 256;

    public static string Describe(Policy? policy, in Circumstances circumstances, in FlowFacts flow, in Verdict verdict, out string? nearMiss)
    {
        nearMiss = null;
        if (verdict is { Decision: Decision.Allow, WouldDeny: false, Reason: Reason.Rule, Rule: { } rule })
        {
            // The same for every flow that it lets through, and an open flow keeps it.
            return rule.WordsOfAllowed ??= $"{Opening(verdict)}: {verdict.Reason.Identifier()}: {Common(verdict)}";
        }

        nearMiss = policy is not null && (verdict.IsDenied || verdict.WouldDeny) && IsAboutRules(verdict.Reason) ? NearMiss.Find(new RulesInForce(policy, in circumstances), flow) : null;

        // Of those who are refused over and over what is said is a good part of what they leave to the collector: it is put together in one piece.
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[UsualLetters]);
        text.AppendLiteral(Opening(verdict));
        text.AppendLiteral(": ");
        text.AppendLiteral(verdict.Reason.Identifier());
        text.AppendLiteral(": ");
        AppendWords(ref text, policy, flow, verdict);
        if (nearMiss is not null)
        {
            text.AppendLiteral("; ");
            text.AppendLiteral(nearMiss);
        }
        else if ((verdict.IsDenied || verdict.WouldDeny) && verdict.Reason is Reason.Default or Reason.Strict or Reason.ProtocolMismatch or Reason.NoServerName
            && NearMiss.Entry(flow) is { } entry)
        {
            text.AppendLiteral("; to allow it, write \"");
            text.AppendLiteral(entry);
            text.AppendLiteral("\"");
        }

        return text.ToStringAndClear();
    }

    public static string Describe(Policy? policy, in Circumstances circumstances, HostName name, in Verdict verdict, out string? nearMiss)
    {
        nearMiss = policy is not null && (verdict.IsDenied || verdict.WouldDeny) && IsAboutRules(verdict.Reason) ? NearMiss.Find(new RulesInForce(policy, in circumstances), name) : null;
        var words = verdict.Reason switch
        {
            Reason.NameNotAllowed => $"no rule allows {name}",
            Reason.Strict => $"in strict mode only an allow rule lets {name} pass",
            Reason.Default => $"no rule names {name}",
            _ => Common(verdict),
        };
        var text = $"{Opening(verdict)}: {verdict.Reason.Identifier()}: {words}";
        return nearMiss is not null ? $"{text}; {nearMiss}"
            : verdict.Reason == Reason.NameNotAllowed ? $"{text}; to allow it, write \"{name}\""
            : text;
    }

    private static string Opening(in Verdict verdict) => verdict switch
    {
        { WouldDeny: true } => "[shadow] would deny",
        { Decision: Decision.Allow } => "allowed",
        { Decision: Decision.Audit } => "let through and recorded",
        _ => "denied",
    };

    private static bool IsAboutRules(Reason reason) =>
        reason is Reason.Default or Reason.ProtocolMismatch or Reason.Strict or Reason.NameNotAllowed || reason.IsUnreadable();

    private static void AppendWords(ref DefaultInterpolatedStringHandler text, Policy? policy, in FlowFacts flow, in Verdict verdict)
    {
        switch (verdict.Reason)
        {
            case Reason.Default:
                text.AppendLiteral(verdict.IsDenied || verdict.WouldDeny ? "no rule allows " : "no rule names ");
                AppendDestination(ref text, flow);
                break;
            case Reason.Strict:
                text.AppendLiteral("in strict mode only an allow rule lets ");
                AppendDestination(ref text, flow);
                text.AppendLiteral(" pass");
                break;
            default:
                text.AppendLiteral(Words(policy, flow, verdict));
                break;
        }
    }

    private static string Words(Policy? policy, in FlowFacts flow, in Verdict verdict) => verdict.Reason switch
    {
        Reason.GuardPrivate => $"{Destination(flow)} leads to a private address, which an allow rule must name (its address with the port, or \"resolvesTo\" beside the name)",
        Reason.GuardNever => $"{Destination(flow)} leads to an address that no rule opens",
        Reason.GuardSelf => $"{Destination(flow)} leads to the appliance itself",
        Reason.NoServerName when flow.Protocol is Protocol.Tls or Protocol.Quic => $"the ClientHello to {Destination(flow)} has no server name",
        Reason.NoServerName => $"the name behind {Destination(flow)} is unknown, and it could be one that is denied",
        Reason.ProtocolMismatch when flow.Port == 443 => "on port 443 only TLS passes, unless a rule says otherwise",
        Reason.ProtocolMismatch when flow.Port == 80 => "on port 80 only HTTP and TLS pass, unless a rule says otherwise",
        Reason.ProtocolMismatch => $"bytes that are neither TLS nor HTTP need a rule for {Destination(flow)}",
        Reason.UnboundName when flow.Name is null => $"{flow.OriginalDestination} stands for no name that this sandbox was given",
        Reason.UnboundName => $"this sandbox did not resolve {Subject(flow)} to {flow.OriginalDestination} here",
        Reason.UpstreamUnresolvable => $"{Subject(flow)} does not resolve",
        Reason.Quic => policy?.Quic == QuicHandling.Block ? "this policy blocks QUIC (quic: block)" : "QUIC is blocked",
        _ => Common(verdict),
    };

    private static string Common(in Verdict verdict) => verdict.Reason switch
    {
        Reason.Rule when verdict.Rule is { Reason: { } reason } rule => $"rule {rule.Name}: {reason}",
        Reason.Rule => $"rule {verdict.Rule?.Name}",
        Reason.Grant when verdict.Rule is { Reason: { } reason } grant => $"{grant.Name}: {reason}",
        Reason.Grant => $"{verdict.Rule?.Name}",
        Reason.PolicyMissing => "the sandbox's policy is missing or broken",
        Reason.UnknownSandbox => "the source is no known sandbox",
        Reason.Paused => "the sandbox is paused",
        Reason.MalformedClientHello => "the ClientHello cannot be read",
        Reason.ClientHelloTimeout => "the ClientHello did not come in time",
        Reason.ClientHelloTooLarge => "the ClientHello is too large",
        Reason.MalformedRequest => "the request cannot be read",
        Reason.NameMismatch => "the names that the client gave do not agree",
        Reason.Ech => "the ClientHello is encrypted (ECH), so that its real server name cannot be read",
        Reason.Tunnelling => "so many names under its suffix were asked for that data may leave in them",
        Reason.Udp => "no UDP but QUIC is let out",
        var other => other.Identifier().Replace('_', ' '),
    };

    private static string Subject(in FlowFacts flow) => flow.Name?.Value ?? (flow.BoundNames.IsEmpty ? flow.OriginalDestination.ToString() : flow.BoundNames[0].Value);

    private static string Destination(in FlowFacts flow)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[UsualLetters]);
        AppendDestination(ref text, flow);
        return text.ToStringAndClear();
    }

    private static void AppendDestination(ref DefaultInterpolatedStringHandler text, in FlowFacts flow)
    {
        text.AppendLiteral(flow.Name is null && flow.BoundNames.IsEmpty && !flow.OriginalDestination.IsIPv4 ? $"[{flow.OriginalDestination}]" : Subject(flow));
        text.AppendLiteral(":");
        text.AppendFormatted(flow.Port);
    }
}
