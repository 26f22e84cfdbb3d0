using System.Net;
using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Hosting;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Sandboxes;

namespace SniProxy.Cli.Exec;

/// <summary>The configuration of the private appliance of one run.</summary>
internal static class ExecAppliance
{
    // A job that is over has nothing left to say; what still flows is not waited for.
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(1);

    public static string PolicyFolder(SandboxNamespace sandbox) => Path.Combine(sandbox.DataFolder, "policies");

    public static ApplianceOptions Options(SandboxNamespace sandbox, ExecPolicy policy, Mode? mode, IReadOnlyList<string> upstreams) => new()
    {
        DataFolder = sandbox.DataFolder,
        Proxy = new ProxyOptions
        {
            Listeners =
            [
                .. sandbox.GatewayAddresses.Select((address, index) => Listener(index, new IPEndPoint(address, sandbox.ListenerPort))),
            ],
            DrainTimeout = DrainTimeout,
        },
        Dns = new DnsOptions
        {
            Endpoint = string.Join(',', sandbox.GatewayAddresses.Select(address => new IPEndPoint(address, sandbox.DnsPort))),
            Upstreams = upstreams,
        },
        Api = new ApiOptions(new IPEndPoint(IPAddress.Loopback, 0), null),
        // The command shares the file system, and may be root: a folder that it can write to changes nothing.
        Policies = new PolicyOptions(PolicyFolder(sandbox), policy.Name, IsFolderTrusted: false),
        Bindings = [],
        Sandboxes =
        [
            new SandboxRegistration
            {
                Id = "exec",
                Addresses = [.. sandbox.SandboxAddresses.Select(Address.From)],
                Interface = sandbox.Interface,
                Mode = mode,
            },
        ],
        GuardExempt = [],
        Events = new EventOptions { JsonLines = null },
        Enforcement = new EnforcementOptions { CheckRules = false },
        IsQuiet = true,
    };

    private static ListenerOptions Listener(int index, IPEndPoint endpoint) => new($"exec{index}", ListenerKind.Redirect, endpoint);
}
