using SniProxy.Core.Policies.Imports;

namespace SniProxy.Tests.Policies.Imports;

/// <summary>A document as somebody else's users write it, and what it says of a destination, put down by hand.</summary>
/// <param name="Kind">Whose it is.</param>
/// <param name="Part">Which of its services or jobs.</param>
/// <param name="Text">As it is written, in YAML or JSON.</param>
/// <param name="Says">'+' lets pass, '~' lets pass and records, '-' denies.</param>
internal sealed record ForeignDocument(ForeignKind Kind, string? Part, string Text, Func<ForeignDestination, char> Says)
{
    /// <summary>Names are denied before others may pass. Where no name can be read they are denied here, which the import has to say.</summary>
    public bool IsStricterWithoutName { get; init; }

    /// <summary>Everything unless denied: the private addresses that nothing lists are not opened by that here.</summary>
    public bool IsOpen { get; init; }

    /// <summary>
    /// Where what is not listed may pass, the addresses that are listed. Whoever speaks TLS to another one claims a name that leads elsewhere, or
    /// none, and is denied here.
    /// </summary>
    public string[]? ListedAddresses { get; init; }

    public ForeignDocument(ForeignKind kind, string? part, string text, Func<ForeignDestination, bool> passes)
        : this(kind, part, text, destination => passes(destination) ? '+' : '-')
    {
    }
}
