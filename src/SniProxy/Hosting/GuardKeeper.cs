using System.Net;
using System.Net.NetworkInformation;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Hosting;

/// <summary>Keeps the guard true: the machine's own addresses and the sandboxes' networks change while the appliance runs.</summary>
internal sealed class GuardKeeper : IDisposable
{
    private readonly ApplianceOptions options;
    private readonly SandboxRegistry sandboxes;
    private readonly PolicyBook book;
    private readonly Lock renewing = new();

    public GuardKeeper(ApplianceOptions options, SandboxRegistry sandboxes, PolicyBook book)
    {
        this.options = options;
        this.sandboxes = sandboxes;
        this.book = book;
        sandboxes.Changed += OnSandboxesChanged;
        NetworkChange.NetworkAddressChanged += OnAddressesChanged;
        Renew();
    }

    public void Dispose()
    {
        NetworkChange.NetworkAddressChanged -= OnAddressesChanged;
        sandboxes.Changed -= OnSandboxesChanged;
    }

    private static List<Address> OwnAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(own => Address.From(WithoutZone(own.Address)))
            .Distinct(),
    ];

    private static IPAddress WithoutZone(IPAddress address) => new(address.GetAddressBytes());

    // Behind an interface that is named as an ingress are sandboxes and nothing else.
    private IEnumerable<Cidr> InterfaceNetworks()
    {
        var names = options.Bindings.Select(binding => binding.Interface).Concat(sandboxes.List().Select(sandbox => sandbox.Interface)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => names.Contains(card.Name))
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(own => Cidr.Of(Address.From(WithoutZone(own.Address)), own.PrefixLength));
    }

    private void OnSandboxesChanged(Core.Contract.Sandbox? before) => Renew();

    private void OnAddressesChanged(object? sender, EventArgs change) => Renew();

    private void Renew()
    {
        // One at a time: of two that run side by side the one that looked first must not be the one that stands.
        using var turn = renewing.EnterScope();
        var own = OwnAddresses();
        book.SetGuard(new Guard
        {
            Exempt = options.GuardExempt,
            OwnAddresses = own,
            OwnListeners = [.. Listeners().SelectMany(endpoint => SpellOut(endpoint, own))],
            SandboxNetworks = [.. InterfaceNetworks(), .. options.Bindings.Select(binding => binding.Source).OfType<Cidr>(), .. sandboxes.List().SelectMany(sandbox => sandbox.Addresses).Select(address => Cidr.Of(address))],
        });
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
