using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Storage;

namespace SniProxy.Tests.Resolutions.Synthetic;

/// <summary>A map over a store, which can be started again from what it stored, as after a stop or after a kill.</summary>
internal sealed class SyntheticUnderTest : IAsyncDisposable
{
    private readonly ResolutionMetrics metrics = new();
    private readonly IStore store;
    private SyntheticOptions options;

    public SyntheticUnderTest(IStore store, SyntheticOptions? options = null)
    {
        this.store = store;
        this.options = options ?? Usual;
        Map = Start();
    }

    public static SyntheticOptions Usual { get; } = new(SyntheticPool.DefaultBlocks);

    public ShiftedClock Clock { get; } = new();

    public SyntheticMap Map { get; private set; }

    /// <summary>A map that nothing has to outlive.</summary>
    public static SyntheticMap MapOver(IStore store, TimeProvider clock, SyntheticOptions? options = null) =>
        new(options ?? Usual, store, clock, NullLogger<SyntheticMap>.Instance, new ResolutionMetrics());

    public static SyntheticOptions PoolOf(int names, params string[] blocks) =>
        new([.. blocks.Select(text => Cidr.TryParse(text, out var block) == CidrSyntax.Valid ? block : throw new ArgumentException(text))], names);

    public static Sandbox Box(string id, long lifecycle, params string[] addresses) => new()
    {
        Id = id,
        Lifecycle = lifecycle,
        Addresses = [.. addresses.Select(text => Address.TryParse(text, out var address) ? address : throw new ArgumentException(text))],
    };

    /// <summary>The addresses that the name has now, IPv4 first; empty where it gets none.</summary>
    public async Task<string> AskAsync(Sandbox sandbox, string name)
    {
        var assigned = await Map.AssignAsync(sandbox, Wire.Host(name));
        return assigned.Status == AssignmentStatus.Assigned
            ? $"{Map.Pool.AddressOf(assigned.Slot, true)} {Map.Pool.AddressOf(assigned.Slot, false)}".Trim()
            : assigned.Status.ToString();
    }

    public string? NameOf(Sandbox sandbox, string address) => Address.TryParse(address, out var one) ? Map.NameOf(sandbox, one)?.Value : throw new ArgumentException(address);

    public IDisposable? Hold(Sandbox sandbox, string name, string address) =>
        Address.TryParse(address, out var one) ? Map.Hold(sandbox, Wire.Host(name), one) : throw new ArgumentException(address);

    /// <summary>Stops as on SIGTERM and starts again.</summary>
    public async Task RestartAsync(SyntheticOptions? with = null)
    {
        await Map.DisposeAsync();
        Kill(with);
    }

    /// <summary>Starts again, nothing having been told to stop.</summary>
    public void Kill(SyntheticOptions? with = null)
    {
        options = with ?? options;
        Map = Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Map.DisposeAsync();
        metrics.Dispose();
    }

    private SyntheticMap Start() => new(options, store, Clock, NullLogger<SyntheticMap>.Instance, metrics);
}
