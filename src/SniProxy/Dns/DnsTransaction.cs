using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>One question while it is answered: what was read of it, and who is to judge it.</summary>
/// <param name="Request">As it came.</param>
/// <param name="Query">What it asks.</param>
/// <param name="Sandbox">Whose it is.</param>
/// <param name="Judge">Of that sandbox, as the rules were when it came.</param>
/// <param name="Started">When that was, a timestamp of the clock.</param>
/// <param name="IsLocal">Denied, of a name that a search list made: it goes no further, is no event and costs nothing.</param>
internal readonly record struct DnsTransaction(DnsRequest Request, DnsQuery Query, Sandbox Sandbox, Judge Judge, long Started, bool IsLocal);
