using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Perfolizer.Horology;
using SniProxy.Benchmarks;

var job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance)
    .WithWarmupCount(6).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(50));
var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(ConsoleLogger.Default).WithArtifactsPath(args[0]);
var deciding = BenchmarkRunner.Run<DecidingBenchmarks>(config);
var compiling = BenchmarkRunner.Run<CompilingBenchmarks>(config.AddJob(job));
