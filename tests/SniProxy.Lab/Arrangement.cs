using SniProxy.Lab;

// One topology for the whole run. The tests share its gateway, its rules and the two cores below it, so they take turns.
[assembly: AssemblyFixture(typeof(Lab))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]
