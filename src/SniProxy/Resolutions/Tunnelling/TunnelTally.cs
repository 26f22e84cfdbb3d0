namespace SniProxy.Resolutions.Tunnelling;

/// <summary>What a sandbox has asked about one suffix: of the last ten minutes the names, of the last minute the questions that left.</summary>
/// <param name="Points">The weights of the names together (see <see cref="NameWeight"/>).</param>
/// <param name="Names">Names.</param>
/// <param name="Odd">Those that are long or look random, or were asked for a type that carries data and nothing else.</param>
/// <param name="Nonexistent">Those that did not exist.</param>
/// <param name="Queries">Questions.</param>
internal readonly record struct TunnelTally(int Points, int Names, int Odd, int Nonexistent, int Queries)
{
    public TunnelStage StageBy(TunnelOptions options) =>
        Points > options.Names * TunnelOptions.DenialFactor || Queries > options.QueriesPerMinute * TunnelOptions.DenialFactor ? TunnelStage.Denied
        : Points > options.Names || Queries > options.QueriesPerMinute ? TunnelStage.Told
        : TunnelStage.Quiet;

    public override string ToString() => $"{Names} names in ten minutes, {Odd} of them odd, {Nonexistent} nonexistent; {Queries} questions a minute";
}
