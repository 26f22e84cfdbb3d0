using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>Whose a source address on an ingress interface is, and what judges it, both as of one revision.</summary>
internal delegate Judge SourceJudge(Address source, string? ingress, out Sandbox sandbox);
