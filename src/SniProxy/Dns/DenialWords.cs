using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Dns;

/// <summary>The words for denied names, found once for those that are asked for over and over.</summary>
internal sealed class DenialWords
{
    private readonly SaidWords<HostName> said = new();

    public string Describe(in Judge judge, HostName name, in Verdict verdict, out string? nearMiss)
    {
        if (!said.TryFind(judge, name, verdict, out var message, out nearMiss))
        {
            message = judge.Describe(name, verdict, out nearMiss);
            said.Keep(judge, name, verdict, message, nearMiss);
        }

        return message;
    }
}
