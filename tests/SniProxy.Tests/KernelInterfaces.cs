namespace SniProxy.Tests;

/// <summary>Tests that make and remove interfaces, rules and namespaces of the machine itself: there is one of each, so they run by themselves, one after the other.</summary>
[CollectionDefinition(nameof(KernelInterfaces), DisableParallelization = true)]
public static class KernelInterfaces;
