using SniProxy.Core.Contract;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>Connections of every kind, honest and not.</summary>
internal sealed class DrawnFlows(Random random)
{
    private static readonly int[] Ports = [80, 443, 443, 443, 22, 8443, 5432, 6379, 3306, 8080, 1000, 65535];

    private static readonly Reason[] Unreadable =
        [Reason.NoServerName, Reason.MalformedClientHello, Reason.ClientHelloTimeout, Reason.ClientHelloTooLarge, Reason.MalformedRequest, Reason.NameMismatch];

    private readonly DrawnHosts hosts = new(random);

    public WrittenFlow Flow()
    {
        var isUdp = random.Next(8) == 0;
        var name = random.Next(4) > 0 ? hosts.Name() : null;
        var port = Pick(Ports);
        var isLiteral = random.Next(10) == 0;
        return new WrittenFlow
        {
            Transport = isUdp ? Transport.Udp : Transport.Tcp,
            Protocol = isUdp && random.Next(8) > 0 ? Protocol.Quic : random.Next(2) == 0 ? UsualOf(port) : Pick(Enum.GetValues<Protocol>()),
            Port = port,
            To = !isLiteral && random.Next(5) == 0 ? null : hosts.Address(),
            IsLiteral = isLiteral,
            Name = name,
            Evidence = name is null ? Evidence.None : Pick(Enum.GetValues<Evidence>()),
            IsBound = random.Next(2) == 0,
            BoundNames = [.. Enumerable.Range(0, random.Next(3)).Select(_ => hosts.Name())],
            Unreadable = random.Next(6) == 0 ? Pick(Unreadable) : Reason.None,
            HasEch = random.Next(10) == 0,
            Resolved = hosts.Addresses(4),
        };
    }

    private static Protocol UsualOf(int port) => port switch
    {
        80 => Protocol.Http, 22 => Protocol.Ssh, 5432 => Protocol.Postgres, 3306 => Protocol.MySql, 6379 => Protocol.Redis, _ => Protocol.Tls,
    };

    private T Pick<T>(params T[] items) => items[random.Next(items.Length)];
}
