using System.Net;
using System.Net.Sockets;

namespace SniProxy.Enforcement;

/// <summary>The probes that send real packets, in a <see cref="Trial"/>.</summary>
internal static class TrialProbes
{
    private const string Fix = "apply the rules on a kernel that has them: nf_tables with nat, fib, socket and tproxy; `sniproxy doctor` names what is missing";

    /// <summary>A sandbox's connection arrives at the listener, with the destination it meant.</summary>
    public static async Task<Probe> RedirectAsync(string name, Interception interception, CancellationToken cancellation)
    {
        await using var trial = await Trial.CreateAsync(cancellation);
        await trial.ApplyAsync(interception, cancellation);
        var listener = trial.Listen(trial.Gateway, Trial.ListenerPort, interception == Interception.TProxy);
        foreach (var address in Destinations())
        {
            var meant = new IPEndPoint(address, Trial.OutsidePort);
            using var client = await trial.ConnectAsync(trial.Sandbox, address, Trial.OutsidePort, cancellation);
            using var accepted = await listener.AcceptAsync(cancellation);
            var arrived = DestinationOf(accepted, interception);
            if (arrived != Endpoint.From(meant))
            {
                return Probe.Fail(name, $"a connection to {meant} arrived as one to {arrived}", Fix);
            }
        }

        return Probe.Pass(name, $"{interception}: connections over IPv4 and IPv6 arrived with their original destinations");
    }

    /// <summary>With nobody listening, nothing is forwarded; the outside is reachable, as the gateway itself shows.</summary>
    public static async Task<Probe> DropAsync(string name, Interception interception, CancellationToken cancellation)
    {
        await using var trial = await Trial.CreateAsync(cancellation);
        var outside = trial.Listen(trial.Outside, Trial.OutsidePort, transparent: false);
        await trial.ApplyAsync(interception, cancellation);
        foreach (var address in Destinations())
        {
            if (await ReachesAsync(trial, address, cancellation))
            {
                return Probe.Fail(name, $"a connection to {address} was forwarded without a listener", Fix);
            }

            using var control = await trial.ConnectAsync(trial.Gateway, address, Trial.OutsidePort, cancellation);
            using var arrived = await outside.AcceptAsync(cancellation);
        }

        return Probe.Pass(name, $"{interception}: with no listener nothing is forwarded, over IPv4 or IPv6");
    }

    private static IPAddress[] Destinations() => [Trial.OutsideIPv4, Trial.OutsideIPv6];

    private static Endpoint? DestinationOf(Socket accepted, Interception interception)
    {
        if (interception == Interception.TProxy)
        {
            return accepted.LocalEndPoint is IPEndPoint local ? Endpoint.From(local) : null;
        }

        return OriginalDestination.TryGetRedirected(accepted, out var destination) ? destination : null;
    }

    private static async Task<bool> ReachesAsync(Trial trial, IPAddress address, CancellationToken cancellation)
    {
        try
        {
            using var client = await trial.ConnectAsync(trial.Sandbox, address, Trial.OutsidePort, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
