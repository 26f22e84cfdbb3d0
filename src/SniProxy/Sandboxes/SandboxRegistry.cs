// Over 200 lines: finding and changing share one lock and one map.
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Storage;

namespace SniProxy.Sandboxes;

/// <summary>
/// Who is behind a source address: a registered sandbox, one that a binding makes of it, or nobody known. Identity is address and
/// ingress interface, never anything a client sends. A change takes effect with the next question.
/// </summary>
internal sealed class SandboxRegistry
{
    /// <summary>All that are unknown have this one lifecycle.</summary>
    public const long UnknownLifecycle = 0;

    private readonly IReadOnlyList<Binding> bindings;
    private readonly SandboxStore store;
    private readonly Revisions revisions;
    private readonly SignalClock signals;
    private readonly ImplicitSandboxes implicitSandboxes = new();
    private readonly Lock changing = new();
    private volatile SandboxMap map;
    private long lifecycles;

    /// <param name="configured">Sandboxes of the configuration; one that was changed at run time stays as it was changed.</param>
    /// <param name="bindings">In order; the first that fits makes the sandbox.</param>
    /// <param name="store">What the API registered and changed survives a restart there.</param>
    /// <param name="revisions">Counts the changes.</param>
    /// <param name="clock">The one by which rules find out how old signals are.</param>
    public SandboxRegistry(
        IReadOnlyList<SandboxRegistration> configured, IReadOnlyList<Binding> bindings, SandboxStore store, Revisions revisions, TimeProvider? clock = null)
    {
        signals = new SignalClock(clock ?? TimeProvider.System);
        this.revisions = revisions;
        this.bindings = bindings;
        this.store = store;
        var stored = store.Load();
        var storedIds = stored.Select(registration => registration.Id).ToHashSet(StringComparer.Ordinal);
        map = new SandboxMap(
            stored.Concat(configured.Where(registration => !storedIds.Contains(registration.Id))).Select(Register).ToList());
        UsesInterfaces = NamesInterfaces();
    }

    /// <summary>
    /// Raised after a sandbox was added, changed, replaced or removed, with the sandbox as it was before; null for a new one.
    /// </summary>
    public event Action<Sandbox?>? Changed;

    /// <summary>Stands for all that are unknown: they are judged alike.</summary>
    public static Sandbox SomebodyUnknown { get; } = Unknown(default);

    /// <summary>False while no sandbox and no binding names an interface, so that nobody needs to ask the kernel for it.</summary>
    public bool UsesInterfaces { get; private set; }

    /// <summary>The sandbox of a source; never null, because an unknown one is judged too.</summary>
    public Sandbox Find(Address source, string? ingress)
    {
        if (map.Find(source, ingress) is { } registered)
        {
            return registered;
        }

        foreach (var binding in bindings)
        {
            if (binding.Fits(source, ingress))
            {
                return FromBinding(binding, source);
            }
        }

        return Unknown(source);
    }

    /// <summary>
    /// A sandbox that was found before, as it is now; null where its life has ended. Which binding made it does not change: bindings stand as
    /// configured.
    /// </summary>
    public Sandbox? Current(Sandbox seen)
    {
        if (!seen.IsKnown)
        {
            return Address.TryParse(seen.Id, out var source) ? Find(source, null) : seen;
        }

        var now = Get(seen.Id);
        return now is null || now.Lifecycle != seen.Lifecycle ? null
            : now.BoundPolicy == seen.BoundPolicy ? now
            : now with { BoundPolicy = seen.BoundPolicy };
    }

    /// <summary>Registered sandboxes and those that bindings have made, ordered by id.</summary>
    public IReadOnlyList<Sandbox> List() =>
    [
        .. map.All
            .Concat(implicitSandboxes.All.Where(made => map.Get(made.Id) is null))
            .OrderBy(sandbox => sandbox.Id, StringComparer.Ordinal),
    ];

    public Sandbox? Get(string id) => map.Get(id) ?? implicitSandboxes.Get(id);

    /// <summary>
    /// Another registered sandbox that has one of these addresses on the same ingress already, or null: only one can be found by it.
    /// </summary>
    public Sandbox? Claimant(SandboxRegistration registration) =>
        map.Claimant(registration.Id, registration.Addresses, registration.Interface);

    /// <summary>
    /// Registers or replaces a sandbox. A replaced one begins a new life unless it has kept its addresses and interface; what bindings
    /// made of its addresses until now has ended.
    /// </summary>
    public Sandbox Put(SandboxRegistration registration, string actor)
    {
        lock (changing)
        {
            var before = Get(registration.Id);
            var sandbox = Register(registration);
            if (before is not null && before.Interface == sandbox.Interface && before.Addresses.SequenceEqual(sandbox.Addresses))
            {
                sandbox = sandbox with { Lifecycle = before.Lifecycle, Signals = before.Signals };
            }

            Publish(before, sandbox, actor);
            foreach (var address in sandbox.Addresses)
            {
                EndImplicit(address.ToString(), sandbox.Id, actor);
            }

            return sandbox;
        }
    }

    /// <summary>Changes a sandbox; one that a binding made becomes a registered one by it. Null when there is none of that id.</summary>
    public Sandbox? Change(string id, SandboxChange change, string actor)
    {
        lock (changing)
        {
            if (Get(id) is not { } before)
            {
                return null;
            }

            var after = before with
            {
                Policy = change.Policy ?? before.Policy,
                Mode = change.Mode ?? before.Mode,
                Strict = change.Strict ?? before.Strict,
                Paused = change.Paused ?? before.Paused,
            };
            return Publish(before, after, actor);
        }
    }

    /// <summary>
    /// Notes that a sandbox did something, now. It counts for this life of the sandbox. One that a binding made becomes a registered one by
    /// it, so that it outlives a restart. Null when there is none of that id, or when it has too many signals already.
    /// </summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="name">A name as <see cref="Signal.IsName"/> wants it.</param>
    /// <param name="actor">Who says so.</param>
    public Sandbox? GiveSignal(string id, string name, string actor)
    {
        lock (changing)
        {
            return Get(id) is { } before && signals.With(before.Signals, name) is { } given
                ? Publish(before, before with { Signals = given }, actor)
                : null;
        }
    }

    /// <summary>
    /// Forgets a registered sandbox. False when there is none of that id; one of the configuration comes back as configured at the next
    /// start.
    /// </summary>
    public bool Remove(string id, string actor)
    {
        lock (changing)
        {
            if (map.Get(id) is not { } before)
            {
                return EndImplicit(id, successor: null, actor);
            }

            store.Delete(id, actor);
            var without = map.Without(id);
            revisions.Apply(new ApplianceChange { Actor = actor, Words = "sandbox removed", Sandbox = id }, _ =>
            {
                implicitSandboxes.Remove(id);
                map = without;
            });
            UsesInterfaces = NamesInterfaces();
            Changed?.Invoke(before);
            return true;
        }
    }

    private Sandbox Publish(Sandbox? before, Sandbox after, string actor)
    {
        // Stored first: what was acknowledged survives, and what could not be stored never was in force.
        store.Put(after, actor);
        var with = map.With(after);
        revisions.Apply(
            new ApplianceChange { Actor = actor, Words = SandboxWords.Of(before, after), Sandbox = after.Id, Policy = after.Policy }, _ => map = with);
        UsesInterfaces = NamesInterfaces();
        Changed?.Invoke(before);
        return after;
    }

    private bool EndImplicit(string id, string? successor, string actor)
    {
        if (id == successor || implicitSandboxes.Get(id) is not { } ended)
        {
            return false;
        }

        revisions.Apply(new ApplianceChange { Actor = actor, Words = "sandbox removed", Sandbox = id }, _ => implicitSandboxes.Remove(id));

        Changed?.Invoke(ended);
        return true;
    }

    private bool NamesInterfaces() =>
        bindings.Any(binding => binding.Interface is not null) || map.All.Any(sandbox => sandbox.Interface is not null);

    // Where the binding names the interface, both families of the guest behind it are one sandbox.
    private Sandbox FromBinding(Binding binding, Address source)
    {
        var id = binding.Interface ?? source.ToString();
        if (map.Get(id) is { } registered)
        {
            // One that was made here and changed at run time since, or registered for the whole interface. One that only bears the id is
            // somebody else.
            return registered.Interface is not null && registered.Interface == binding.Interface
                ? BoundBy(binding, registered)
                : Unknown(source);
        }

        if (implicitSandboxes.Get(id) is { } known)
        {
            return BoundBy(binding, known);
        }

        var made = implicitSandboxes.GetOrAdd(new Sandbox
        {
            Id = id,
            Lifecycle = NextLifecycle(),
            BoundPolicy = binding.Policy,
            Interface = binding.Interface,
            Addresses = binding.Interface is null ? [source] : [],
            Labels = binding.Labels,
        });
        return made ?? Unknown(source);
    }

    // Two bindings may share an interface: the one that fits this source decides, not the one that was met first.
    private static Sandbox BoundBy(Binding binding, Sandbox sandbox) =>
        sandbox.BoundPolicy == binding.Policy ? sandbox : sandbox with { BoundPolicy = binding.Policy };

    // All of them have one lifecycle, and with it one share of connections, questions and events between them: there are as many sources as
    // somebody cares to send from, and a bucket for each would be none. Who is to have limits of its own gets a binding.
    private static Sandbox Unknown(Address source) => new() { Id = source.ToString(), Lifecycle = UnknownLifecycle, IsKnown = false };

    private Sandbox Register(SandboxRegistration registration) => new()
    {
        Id = registration.Id,
        Lifecycle = NextLifecycle(),
        Policy = registration.Policy,
        BoundPolicy = bindings.FirstOrDefault(binding => Fits(binding, registration))?.Policy,
        Mode = registration.Mode,
        Strict = registration.Strict,
        Paused = registration.Paused,
        Interface = registration.Interface,
        Addresses = registration.Addresses,
        Labels = registration.Labels,
        Signals = signals.Restore(registration.Signals),
    };

    // A sandbox that a binding made of an interface has no addresses, and is still that binding's when it is read back from the store.
    private static bool Fits(Binding binding, SandboxRegistration registration) => registration.Addresses.Count > 0
        ? binding.Fits(registration.Addresses[0], registration.Interface)
        : binding.Interface is not null && binding.Interface == registration.Interface;

    private long NextLifecycle() => Interlocked.Increment(ref lifecycles);
}
