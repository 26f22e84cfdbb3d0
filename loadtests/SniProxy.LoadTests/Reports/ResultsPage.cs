namespace SniProxy.LoadTests.Reports;

internal sealed class ResultsPage(Results results, Surroundings surroundings)
{
    public void Write(string folder)
    {
        _ = results;
        _ = surroundings;
        _ = folder;
    }
}
