using System.Collections.Concurrent;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>
/// Lives that go on over a restart, and the numbers of new ones. A life is one of a sandbox with its addresses and its interface: who comes back
/// with others begins anew.
/// </summary>
internal sealed class KeptLives(SandboxStore store)
{
    private readonly ConcurrentDictionary<string, SandboxRegistration> kept = new(
        store.LoadLives().Select(life => KeyValuePair.Create(life.Id, life)), StringComparer.Ordinal);

    // Each start counts from elsewhere, so that no number comes again: there is room for more starts than there will ever be.
    private long last = BitConverter.ToInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeof(long))) & (long.MaxValue >> 1);

    public long Next() => Interlocked.Increment(ref last);

    /// <summary>The life that a sandbox goes on with; null where it begins one.</summary>
    public long? Of(SandboxRegistration sandbox) => kept.TryGetValue(sandbox.Id, out var life) && life.Interface == sandbox.Interface && life.Addresses.SequenceEqual(sandbox.Addresses)
        ? life.Lifecycle
        : null;

    /// <summary>From now on it goes on over a restart.</summary>
    public void Keep(Sandbox sandbox, string actor)
    {
        if (!kept.TryGetValue(sandbox.Id, out var life) || life.Lifecycle != sandbox.Lifecycle)
        {
            store.PutLife(sandbox, actor);
            kept[sandbox.Id] = RegistrationOf(sandbox);
        }
    }

    /// <summary>It is stored no longer, or with all else of its sandbox.</summary>
    public void Forget(string id) => kept.TryRemove(id, out _);

    private static SandboxRegistration RegistrationOf(Sandbox sandbox) =>
        new() { Id = sandbox.Id, Lifecycle = sandbox.Lifecycle, Interface = sandbox.Interface, Addresses = sandbox.Addresses };
}
