namespace SniProxy.Resolutions.Tunnelling;

/// <summary>
/// Section <c>SniProxy:Dns:Tunnelling</c>. At a limit a suffix is told, past <see cref="DenialFactor"/> times as much it is denied: between the two lies what
/// an honest program does on a busy day.
/// </summary>
internal sealed class TunnelOptions
{
    /// <summary>How many times a limit has to be passed before a suffix is denied.</summary>
    public const int DenialFactor = 3;

    /// <summary>A higher limit would let a sandbox hold more than a few megabytes here.</summary>
    public const int MostNames = 1000;

    /// <summary>Ordinary names under one suffix in ten minutes. The names of a large installation stay under three times as many.</summary>
    public int Names { get; init; } = 100;

    /// <summary>Questions about one suffix that leave in a minute; what the cache answers carries nothing out.</summary>
    public int QueriesPerMinute { get; init; } = 300;

    /// <summary>A longer label is odd: people choose names that they can read, and a SHA-256 in hexadecimal has 64 digits.</summary>
    public int LabelLength { get; init; } = 40;

    /// <summary>A longer name is odd.</summary>
    public int NameLength { get; init; } = 100;

    /// <summary>A label of more than eight letters with more bits a letter is odd; hexadecimal digits never have more than 4.</summary>
    public double Entropy { get; init; } = 4.0;

    /// <summary>How long a suffix is denied to a sandbox.</summary>
    public TimeSpan DenyFor { get; init; } = TimeSpan.FromMinutes(10);
}
