using System.Net;
using System.Net.NetworkInformation;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Hosting;

/// <summary>
/// Keeps the guard true: the machine's own addresses and the sandboxes' networks change while the appliance runs. While the machine's
/// addresses cannot be read those known last stand; where none are known the appliance does not start.
/// </summary>
internal sealed class GuardKeeper : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    // While interfaces come and go, a look at them fails for milliseconds.
    private const int AttemptsAtStart = 20;

    private readonly ApplianceOptions options;
    private readonly SandboxRegistry sandboxes;
    private readonly PolicyBook book;
    private readonly ILogger<GuardKeeper> logger;
    private readonly Func<IReadOnlyList<InterfaceAddress>> look;
    private readonly Lock renewing = new();
    private readonly Timer retry;
    private readonly AddressChanges? addressChanges;
    private IReadOnlyList<InterfaceAddress> addresses = [];
    private bool isLate;
    private bool isDisposed;

    public GuardKeeper(
        ApplianceOptions options,
        SandboxRegistry sandboxes,
        PolicyBook book,
        ILogger<GuardKeeper> logger,
        Func<IReadOnlyList<InterfaceAddress>>? look = null)
    {
        this.options = options;
        this.sandboxes = sandboxes;
        this.book = book;
        this.logger = logger;
        this.look = look ?? InterfaceAddress.All;
        retry = new Timer(static keeper => ((GuardKeeper)keeper!).Renew(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sandboxes.Changed += OnSandboxesChanged;
        try
        {
            addressChanges = new AddressChanges(Renew);
            RenewAtStart();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        addressChanges?.Dispose();
        sandboxes.Changed -= OnSandboxesChanged;
        lock (renewing)
        {
            isDisposed = true;
        }

        retry.Dispose();
    }

    // Where a sandbox has the same addresses as before, the guard has nothing new to know.
    private void OnSandboxesChanged(Core.Contract.Sandbox? before)
    {
        if (before is null || sandboxes.Get(before.Id) is not { } now || now.Interface != before.Interface || !now.Addresses.SequenceEqual(before.Addresses))
        {
            Renew();
        }
    }

    private void RenewAtStart()
    {
        for (var attempt = 1; TryLook() is { } failure; attempt++)
        {
            if (attempt == AttemptsAtStart)
            {
                throw new InvalidOperationException($"This machine's own addresses cannot be read, so nothing could guard them: {failure.Message}", failure);
            }

            Thread.Sleep(RetryAfter);
        }

        Renew();
    }

    private void Renew()
    {
        // One at a time: of two that run side by side the one that looked first must not be the one that stands.
        lock (renewing)
        {
            if (isDisposed)
            {
                return;
            }

            if (TryLook() is { } failure)
            {
                RetryLater(failure);
            }
            else if (isLate)
            {
                isLate = false;
                logger.AddressesReadAgain();
            }

            book.SetGuard(GuardNow());
        }
    }

    private void RetryLater(Exception failure)
    {
        if (!isLate)
        {
            isLate = true;
            logger.AddressesNotRead(failure);
        }

        retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
    }

    // Null where it succeeds. The runtime throws from the middle of its list when an interface goes while it is read.
    private Exception? TryLook()
    {
        using var turn = renewing.EnterScope();
        try
        {
            addresses = look();
            return null;
        }
        catch (Exception error) when (error is NetworkInformationException or ArgumentException or IOException)
        {
            return error;
        }
    }

    private Guard GuardNow()
    {
        List<Address> own = [.. addresses.Select(address => address.Address).Distinct()];
        return new Guard
        {
            Exempt = options.GuardExempt,
            OwnAddresses = own,
            OwnListeners = [.. Listeners().SelectMany(endpoint => SpellOut(endpoint, own))],
            SandboxNetworks =
            [
                .. NetworksBehindIngresses(),
                .. options.Bindings.Select(binding => binding.Source).OfType<Cidr>(),
                .. sandboxes.List().SelectMany(sandbox => sandbox.Addresses).Select(address => Cidr.Of(address)),
            ],
        };
    }

    // Behind an interface that is named as an ingress are sandboxes and nothing else.
    private IEnumerable<Cidr> NetworksBehindIngresses()
    {
        var names = options.Bindings.Select(binding => binding.Interface)
            .Concat(sandboxes.List().Select(sandbox => sandbox.Interface))
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        return addresses.Where(address => names.Contains(address.Interface)).Select(address => address.Network);
    }

    private IEnumerable<IPEndPoint> Listeners() =>
    [
        .. options.Proxy.Listeners.Select(listener => listener.Endpoint),
        .. DnsOptions.TryParseEndpoints(options.Dns.Endpoint, out var dns) ? dns : [],
        options.Api.Endpoint,
        .. options.Api.Metrics is { } metrics ? [metrics] : Array.Empty<IPEndPoint>(),
    ];

    private static IEnumerable<Endpoint> SpellOut(IPEndPoint endpoint, List<Address> own) =>
        endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any)
            ? own.Select(address => new Endpoint(address, (ushort)endpoint.Port))
            : [Endpoint.From(endpoint)];
}
