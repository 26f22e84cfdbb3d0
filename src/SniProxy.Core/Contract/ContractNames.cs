using System.Text;

namespace SniProxy.Core.Contract;

/// <summary>
/// The stable words of the contract's enums, as events, metric labels, the API and the command write them.
/// </summary>
public static class ContractNames
{
    private static readonly string[] Decisions = Words<Decision>();
    private static readonly string[] Endings = Words<Ending>();
    private static readonly string[] Kinds = Words<EventKind>();
    private static readonly string[] EvidenceKinds = Words<Evidence>();
    private static readonly string[] Modes = Words<Mode>();

    // Names of protocols are single words in everyone's mouth: mysql, not my_sql.
    private static readonly string[] Protocols = [.. Enum.GetNames<Protocol>().Select(name => name.ToLowerInvariant())];
    private static readonly string[] Reasons = Words<Reason>();
    private static readonly string[] Transports = Words<Transport>();

    /// <summary><c>deny</c>, <c>audit</c> or <c>allow</c>.</summary>
    public static string Identifier(this Decision decision) => Decisions[(int)decision];

    public static string Identifier(this Ending ending) => Endings[(int)ending];

    public static string Identifier(this EventKind kind) => Kinds[(int)kind];

    public static string Identifier(this Evidence evidence) => EvidenceKinds[(int)evidence];

    /// <summary><c>enforce</c>, <c>shadow</c> or <c>observe</c>.</summary>
    public static string Identifier(this Mode mode) => Modes[(int)mode];

    public static string Identifier(this Protocol protocol) => Protocols[(int)protocol];

    /// <summary>Such as <c>guard_private</c>.</summary>
    public static string Identifier(this Reason reason) => Reasons[(int)reason];

    public static string Identifier(this Transport transport) => Transports[(int)transport];

    /// <summary>The value that such a word stands for, or null.</summary>
    /// <param name="word">The word.</param>
    /// <param name="identifier">Gives a value's word.</param>
    public static T? Find<T>(string? word, Func<T, string> identifier)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (identifier(value) == word)
            {
                return value;
            }
        }

        return null;
    }

    private static string[] Words<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(ToSnakeCase)];

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
