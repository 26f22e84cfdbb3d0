using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Perfolizer.Horology;
using SniProxy.Benchmarks;

// loadtests/benchmarks.sh calls this.
if (args is not [var page, var artifacts, var commit])
{
    await Console.Error.WriteLineAsync("usage: SniProxy.Benchmarks PAGE ARTIFACTS COMMIT");
    return 2;
}

// In this process, which is built and set up as the appliance is, and short: a project of its own for each case would take most of an hour.
var job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance)
    .WithWarmupCount(6).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(50));
var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(ConsoleLogger.Default).WithArtifactsPath(artifacts);
var deciding = new Measured(BenchmarkRunner.Run<DecidingBenchmarks>(config));
var compiling = new Measured(BenchmarkRunner.Run<CompilingBenchmarks>(config));
var result = new BenchmarksPage(deciding, compiling);
await File.WriteAllTextAsync(page, result.Write(commit));
foreach (var aim in result.Aims)
{
    Console.WriteLine($"{(aim.IsReached ? "reached" : "MISSED"),-8} {aim.What}: {aim.Measured}, aim {aim.Wanted}");
}

return result.Aims.All(aim => aim.IsReached) ? 0 : 1;
