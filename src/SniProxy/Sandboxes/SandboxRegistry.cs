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
    private readonly KeptLives lives;
    private volatile SandboxMap map;

    /// <param name="configured">Sandboxes of the configuration; one that was changed at run time stays as it was changed.</param>
    /// <param name="bindings">In order; the first that fits makes the sandbox.</param>
    /// <param name="store">What the API registered and changed survives a restart there.</param>
    /// <param name="revisions">Counts the changes.</param>
    /// <param name="clock">The one by which rules find out how old signals are.</param>
    /// <exception cref="TakenAddressException">A configured sandbox has an address that was given to another at run time: neither may pass for the other.</exception>
    public SandboxRegistry(
        IReadOnlyList<SandboxRegistration> configured, IReadOnlyList<Binding> bindings, SandboxStore store, Revisions revisions, TimeProvider? clock = null)
    {
        signals = new SignalClock(clock ?? TimeProvider.System);
        this.revisions = revisions;
        this.bindings = bindings;
        this.store = store;
        lives = new KeptLives(store);
        map = new SandboxMap(store.Load().Select(Register).ToList());
        List<SandboxRegistration> asConfigured = [.. configured.Where(registration => map.Get(registration.Id) is null)];
        asConfigured.ForEach(RefuseTaken);
        map = new SandboxMap(map.All.Concat(asConfigured.Select(Register)).ToList());
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
    /// <exception cref="TakenAddressException">Another sandbox has one of its addresses.</exception>
    public Sandbox Put(SandboxRegistration registration, string actor)
    {
        lock (changing)
        {
            RefuseTaken(registration);
            var before = Get(registration.Id);
            var sandbox = Register(registration);
            if (before is not null && before.Interface == sandbox.Interface && before.Addresses.SequenceEqual(sandbox.Addresses))
            {
                sandbox = sandbox with { Lifecycle = before.Lifecycle, Signals = before.Signals };
            }

            var ended = sandbox.Addresses.Select(address => address.ToString()).Where(id => id != sandbox.Id).ToList();
            Publish(before, sandbox, actor, ended);
            Tell([before, .. ended.Select(id => EndImplicit(id, actor)).OfType<Sandbox>()]);
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
            Publish(before, after, actor);
            Tell([before]);
            return after;
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
            if (Get(id) is not { } before || signals.With(before.Signals, name) is not { } given)
            {
                return null;
            }

            var after = before with { Signals = given };
            Publish(before, after, actor);
            Tell([before]);
            return after;
        }
    }

    /// <summary>The sandbox, whose life goes on over a restart from now on, whoever made it known. Null when there is none of that id.</summary>
    public Sandbox? Keep(string id, string actor)
    {
        lock (changing)
        {
            if (Get(id) is { } sandbox)
            {
                lives.Keep(sandbox, actor);
                return sandbox;
            }

            return null;
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
                if (implicitSandboxes.Get(id) is null)
                {
                    return false;
                }

                store.Delete(id, actor);
                Tell([EndImplicit(id, actor)]);
                return true;
            }

            store.Delete(id, actor);
            lives.Forget(id);
            var without = map.Without(id);
            revisions.Apply(new ApplianceChange { Actor = actor, Words = "sandbox removed", Sandbox = id }, _ =>
            {
                implicitSandboxes.Remove(id);
                map = without;
            });
            UsesInterfaces = NamesInterfaces();
            Tell([before]);
            return true;
        }
    }

    private void RefuseTaken(SandboxRegistration registration)
    {
        if (Claimant(registration) is { } owner)
        {
            throw new TakenAddressException(registration, owner);
        }
    }

    private void Publish(Sandbox? before, Sandbox after, string actor, IReadOnlyList<string>? ended = null)
    {
        // Stored first: what was acknowledged survives, and what could not be stored never was in force.
        store.Put(after, ended ?? [], actor);
        lives.Forget(after.Id);
        var with = map.With(after);
        revisions.Apply(
            new ApplianceChange { Actor = actor, Words = SandboxWords.Of(before, after), Sandbox = after.Id, Policy = after.Policy }, _ => map = with);
        UsesInterfaces = NamesInterfaces();
    }

    // What is stored of it was forgotten with the change that ends it.
    private Sandbox? EndImplicit(string id, string actor)
    {
        lives.Forget(id);
        if (implicitSandboxes.Get(id) is not { } ended)
        {
            return null;
        }

        revisions.Apply(new ApplianceChange { Actor = actor, Words = "sandbox removed", Sandbox = id }, _ => implicitSandboxes.Remove(id));
        return ended;
    }

    // The change stands: one who fails at it keeps no other from hearing of it.
    private void Tell(IReadOnlyList<Sandbox?> befores)
    {
        var failures = new List<Exception>();
        foreach (var (before, told) in befores.SelectMany(before => (Changed?.GetInvocationList() ?? []).Cast<Action<Sandbox?>>().Select(told => (before, told))))
        {
            try
            {
                told(before);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("The change of a sandbox stands, and not everything that follows from it could be done.", failures);
        }
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

        var registration = new SandboxRegistration { Id = id, Interface = binding.Interface, Addresses = binding.Interface is null ? [source] : [] };
        var made = implicitSandboxes.GetOrAdd(new Sandbox
        {
            Id = id,
            Lifecycle = LifeOf(registration),
            BoundPolicy = binding.Policy,
            Interface = registration.Interface,
            Addresses = registration.Addresses,
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
        Lifecycle = LifeOf(registration),
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

    private long LifeOf(SandboxRegistration registration) => registration.Lifecycle ?? lives.Of(registration) ?? lives.Next();
}
