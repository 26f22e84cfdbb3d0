using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Events;

namespace SniProxy.Dns;

/// <summary>What this door needs of the rooms below it.</summary>
/// <param name="FindSandbox">By source address and ingress interface.</param>
/// <param name="JudgeFor">Finds the same, and what judges it, both as of one revision; read once per question.</param>
/// <param name="UsesInterfaces">False while nobody is known by an interface, so that the kernel need not be asked for it.</param>
/// <param name="Log">Takes one event per question, never blocking; of what is over a limit many become one.</param>
/// <param name="Ids">Names the decisions.</param>
/// <param name="Learned">Told of the revision that let a name be bound: a change may have come since.</param>
internal sealed record DnsWiring(
    Func<Address, string?, Sandbox> FindSandbox,
    SourceJudge JudgeFor,
    Func<bool> UsesInterfaces,
    EventLog Log,
    EventIds Ids,
    Action<long> Learned);
