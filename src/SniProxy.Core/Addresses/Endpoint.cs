using System.Net;

namespace SniProxy.Core.Addresses;

/// <summary>An address and a port.</summary>
public readonly record struct Endpoint(Address Address, ushort Port)
{
    public static Endpoint From(IPEndPoint endpoint) => new(Address.From(endpoint.Address), (ushort)endpoint.Port);

    public IPEndPoint ToIPEndPoint() => new(Address.ToIPAddress(), Port);

    public override string ToString() => Address.IsIPv4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
