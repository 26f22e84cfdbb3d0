namespace SniProxy.LoadTests.Reports;

/// <summary>Where and with what was measured.</summary>
internal sealed class Surroundings(LoadOptions options)
{
    public LoadOptions Options => options;
}
