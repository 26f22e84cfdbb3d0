using SniProxy.Core.Names;

namespace SniProxy.Resolutions.Tunnelling;

/// <summary>
/// How much a name that is new to its suffix counts. A tunnel needs a new name for each piece of what it carries, and large pieces to be worth it;
/// an honest program asks for few names, or for short ones that exist.
/// </summary>
internal static class NameWeight
{
    public const int Ordinary = 1;

    /// <summary>Long, or of letters that look random: room for dozens of bytes.</summary>
    public const int Odd = 10;

    /// <summary>Asked for a type that no program needs (NULL, private ones): nothing leaves, but somebody tries.</summary>
    public const int Unneeded = 25;

    /// <summary>In addition, once it is known that there is no such name.</summary>
    public const int Nonexistent = 1;

    private const int ShortestRandomLabel = 9;

    /// <summary>Whether the part of the name before its suffix is odd.</summary>
    public static bool IsOdd(ReadOnlySpan<char> name, int suffixStart, TunnelOptions options)
    {
        if (name.Length > options.NameLength)
        {
            return true;
        }

        for (var rest = name[..Math.Max(0, suffixStart - 1)]; !rest.IsEmpty;)
        {
            var dot = rest.IndexOf('.');
            var label = dot < 0 ? rest : rest[..dot];
            if (label.Length > options.LabelLength || (label.Length >= ShortestRandomLabel && LabelEntropy.Of(label) > options.Entropy))
            {
                return true;
            }

            rest = dot < 0 ? default : rest[(dot + 1)..];
        }

        return false;
    }
}
