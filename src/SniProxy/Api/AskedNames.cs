using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;

namespace SniProxy.Api;

/// <summary>What connections would find about names and addresses, for questions about them: what a sandbox was given, and where a name leads.</summary>
/// <param name="resolutions">What sandboxes were given.</param>
/// <param name="synthetic">Which of it stands for a name only.</param>
/// <param name="resolver">Asks upstream.</param>
/// <param name="serverFirstPorts">On which the server speaks first.</param>
internal sealed class AskedNames(ResolutionMap resolutions, SyntheticMap synthetic, UpstreamResolver resolver, IReadOnlySet<int> serverFirstPorts)
{
    // A question waits less long than a connection would: who gets no answer is told of the name by itself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public bool IsServerFirst(ushort port) => serverFirstPorts.Contains(port);

    public bool IsBound(long lifecycle, HostName? name, Address address) => name is not null && resolutions.IsBound(lifecycle, name, address);

    public HostName[] NamesOf(long lifecycle, Address address) => resolutions.AllNamesOf(lifecycle, address);

    /// <summary>The name that the address stands for with this sandbox; null where it is not one of the pool, or stands for none.</summary>
    public HostName? SyntheticNameOf(Sandbox sandbox, Address address) => synthetic.NameOf(sandbox, address);

    /// <summary>Where the name leads; nothing where it leads nowhere, or nobody answers in time.</summary>
    public async Task<KnownBindings> ResolveAsync(long lifecycle, HostName name)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var resolution = await resolver.ResolveAsync(name, lifecycle, patience.Token).AsTask().WaitAsync(patience.Token);
            return new KnownBindings { Addresses = resolution.Addresses, IsResolved = true, Hops = resolution.Hops };
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return new KnownBindings();
        }
    }
}
