namespace SniProxy.Tests;

/// <summary>Tests that measure what is on the heap, on which everything is that other tests hold: they run by themselves, one after the other.</summary>
[CollectionDefinition(nameof(WholeHeap), DisableParallelization = true)]
public static class WholeHeap;
