using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Dns;

/// <summary>A message of a client and how it got here.</summary>
/// <param name="Message">As it was sent.</param>
/// <param name="Client">Its source.</param>
/// <param name="Local">The address it arrived at: the gateway's own one, also where a redirection brought it here.</param>
/// <param name="Ingress">The interface it came in by, where the system tells and somebody is known by it.</param>
/// <param name="Transport">UDP limits the size of the reply.</param>
internal readonly record struct DnsRequest(ReadOnlyMemory<byte> Message, Endpoint Client, Address Local, string? Ingress, Transport Transport);
