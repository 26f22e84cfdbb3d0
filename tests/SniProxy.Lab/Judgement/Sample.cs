using System.Net;

namespace SniProxy.Lab.Judgement;

/// <summary>What enforce makes of a sample, and with it what shadow has to say.</summary>
public enum Expected
{
    /// <summary>Reaches what it was sent to, in every mode.</summary>
    Passes,

    /// <summary>Enforce denies; shadow lets it go where it was sent and says so.</summary>
    Denied,

    /// <summary>Enforce dials the name's own address; shadow lets it go where it was sent and says that it was not bound.</summary>
    Redialled,

    /// <summary>Denied in every mode.</summary>
    NeverPasses,
}

/// <summary>One flow: where to, and the bytes, each part sent once the one before it has been answered.</summary>
public sealed record Sample(string Name, IPEndPoint To, Expected Expected, params byte[][] Parts)
{
    public override string ToString() => Name;
}
