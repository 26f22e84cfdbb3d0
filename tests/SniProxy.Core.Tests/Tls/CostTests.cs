namespace SniProxy.Core.Tests.Tls;

/// <summary>Tests that measure run one after the other and beside no others: neither their neighbours' work nor the compiler's may count.</summary>
[CollectionDefinition(nameof(CostTests), DisableParallelization = true)]
public sealed class CostTests;
