using System.Net;
using SniProxy.Core.Contract;

namespace SniProxy.Dns;

/// <summary>A message of a client and how it got here.</summary>
/// <param name="Message">As it was sent.</param>
/// <param name="Client">Its source, never in mapped form.</param>
/// <param name="Local">The address it arrived at: the gateway's own one, also where a redirection brought it here.</param>
/// <param name="Ingress">The interface it came in by, where the system tells.</param>
/// <param name="Transport">UDP limits the size of the reply.</param>
internal readonly record struct DnsRequest(ReadOnlyMemory<byte> Message, IPEndPoint Client, IPAddress Local, string? Ingress, Transport Transport);
