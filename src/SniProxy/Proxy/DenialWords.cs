using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Proxy;

/// <summary>The words for flows, found once for denials that come over and over: an agent that is refused asks again.</summary>
internal sealed class DenialWords
{
    private readonly SaidWords<Asked> said = new();

    public string Describe(in Judge judge, in FlowFacts flow, in Verdict verdict, out string? nearMiss)
    {
        if (flow is not { Name: { } name, Transport: Transport.Tcp, Unreadable: Reason.None } || !verdict.IsDenied)
        {
            return judge.Describe(flow, verdict, out nearMiss);
        }

        var asked = new Asked(name, new Endpoint(flow.OriginalDestination, flow.Port), flow.Protocol);
        if (!said.TryFind(judge, asked, verdict, out var message, out nearMiss))
        {
            message = judge.Describe(flow, verdict, out nearMiss);
            said.Keep(judge, asked, verdict, message, nearMiss);
        }

        return message;
    }

    // Of a flow over TCP whose name was read the words say nothing else.
    private readonly record struct Asked(HostName Name, Endpoint Destination, Protocol Protocol)
    {
        public override int GetHashCode() => Name.GetHashCode();
    }
}
