using System.Text;

namespace SniProxy.Core.Contract;

/// <summary>
/// Why a verdict is what it is. The identifiers (<see cref="ReasonNames.Identifier"/>) are stable: events, metrics, DNS extended errors,
/// HTTP 403 bodies and the command carry them.
/// </summary>
public enum Reason : byte
{
    None = 0,
    Rule,
    Grant,
    Default,
    PolicyMissing,
    GuardPrivate,
    GuardNever,
    GuardSelf,
    UnknownSandbox,
    Paused,
    NoServerName,
    MalformedClientHello,
    ClientHelloTimeout,
    ClientHelloTooLarge,
    MalformedRequest,
    ProtocolMismatch,
    NameMismatch,
    UnboundName,
    Ech,
    Quic,
    Udp,
    NameNotAllowed,
    QueryType,
    Rebinding,
    Tunnelling,
    RateLimited,
    ConnectionLimit,
    BudgetExceeded,
    PolicyChanged,
    Strict,
    UpstreamUnresolvable,
    UpstreamUnreachable,
    UpstreamTimeout,
    Draining,
    Overloaded,
}

public static class ReasonNames
{
    private static readonly string[] Identifiers = [.. Enum.GetNames<Reason>().Select(ToSnakeCase)];

    /// <summary>The stable identifier, such as <c>guard_private</c>.</summary>
    public static string Identifier(this Reason reason) => Identifiers[(int)reason];

    private static string ToSnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
