using SniProxy.LoadTests;
using SniProxy.LoadTests.Reports;

// loadtests/run.sh lays the network out and calls this.
if (LoadOptions.Parse(args, Console.Error) is not { } options)
{
    return 2;
}

using var bench = new Bench(options);
var samples = new Samples();
try
{
    new Rounds(bench, samples, options, Console.Out).Run();
}
catch (CommandFailedException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}

var results = new Results(samples, bench.Contenders, options);
new SummaryTable(results).Write(Console.Out);
if (options.Output is { } folder)
{
    new ResultsPage(results, new Surroundings(options)).Write(folder);
}

return options.IsQuick ? new RegressionGate(results).Check(Console.Out) : 0;
