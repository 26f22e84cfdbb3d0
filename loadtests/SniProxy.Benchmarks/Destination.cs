using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Benchmarks;

/// <summary>One destination as a TLS connection asks for it.</summary>
/// <param name="Name">The server name.</param>
/// <param name="Address">Where the packets went; our DNS gave it for the name.</param>
internal readonly record struct Destination(HostName Name, Address Address)
{
    public FlowFacts Facts => new()
    {
        Protocol = Protocol.Tls, Port = 443, OriginalDestination = Address, Name = Name, Evidence = Evidence.Sni, IsBound = true,
    };
}
