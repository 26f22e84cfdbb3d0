using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Api;

/// <summary>A flow of a question to <c>/test</c>, read.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="Resolved">Where its name leads, where the question says it.</param>
internal sealed record AskedFlow(TestFlow Flow, Address[]? Resolved)
{
    private const int MaxNames = 1_000;

    /// <summary>Null where the request means no flow; then <paramref name="problem"/> says why.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="names">What sandboxes were given.</param>
    /// <param name="sandbox">Whose, or null for none: then nothing is known but what the request says.</param>
    /// <param name="problem">What is wrong, and what to write instead.</param>
    public static AskedFlow? Read(TestFlowRequest request, AskedNames names, Sandbox? sandbox, out string problem)
    {
        HostName? name = null;
        Address address = default;
        var protocol = ContractNames.Find<Protocol>(request.Protocol, ContractNames.Identifier);
        var unreadable = request.Unreadable is null ? Reason.None : ContractNames.Find<Reason>(request.Unreadable, ContractNames.Identifier);
        problem = request.Name is { } written && HostName.TryParse(written, out name) != HostNameSyntax.Valid ? $"name: \"{written}\" is no host name."
            : request.Address is { } place && !Address.TryParse(place, out address) ? $"address: \"{place}\" is no address; write one such as 203.0.113.9."
            : request is { Name: null, Address: null } ? "Write a name, an address or both."
            : request.Port is < 1 or > ushort.MaxValue ? $"port: {request.Port} is not from 1 to 65535."
            : protocol is null ? $"protocol: \"{request.Protocol}\" is none of {Words<Protocol>(ContractNames.Identifier)}."
            : unreadable is null ? $"unreadable: \"{request.Unreadable}\" is no reason."
            : string.Empty;
        if (!TryReadAll<HostName>(request.BoundNames, static text => HostName.TryParse(text, out var one) == HostNameSyntax.Valid ? one : null, out var bound))
        {
            problem = "boundNames: write host names.";
        }

        if (!TryReadAll<Address?>(request.Resolved, static text => Address.TryParse(text, out var one) ? one : null, out var resolved))
        {
            problem = "resolved: write addresses.";
        }

        if (problem.Length > 0)
        {
            return null;
        }

        if (sandbox is not null && names.SyntheticNameOf(sandbox, address) is { } meant)
        {
            return new AskedFlow(ToSynthetic(request, protocol ?? default, unreadable ?? default, name, meant), resolved?.OfType<Address>().ToArray());
        }

        var carriesName = protocol is Protocol.Tls or Protocol.Http or Protocol.Quic;
        var isNameless = protocol is Protocol.Tls or Protocol.Quic && name is null;
        return new AskedFlow(
            new TestFlow
            {
                Text = TextOf(request),
                Protocol = protocol ?? default,
                Port = (ushort)request.Port,
                Address = address,
                Name = carriesName ? name : null,
                IsBound = request.Bound ?? (sandbox is not null && names.IsBound(sandbox.Lifecycle, name, address)),
                BoundNames = carriesName && !isNameless ? [] : bound ?? BoundOf(names, sandbox, name, address),
                Unreadable = isNameless && (unreadable ?? default) == Reason.None ? Reason.NoServerName : unreadable ?? default,
                HasEch = request.Ech,
            },
            resolved?.OfType<Address>().ToArray());
    }

    // The address stands for the name, whatever the protocol; a name that the bytes carry must be that one.
    private static TestFlow ToSynthetic(TestFlowRequest request, Protocol protocol, Reason unreadable, HostName? name, HostName meant) => new()
    {
        Text = TextOf(request),
        Protocol = protocol,
        Port = (ushort)request.Port,
        Name = name ?? meant,
        IsBound = true,
        Unreadable = unreadable != Reason.None ? unreadable
            : name is null ? (protocol is Protocol.Tls or Protocol.Quic ? Reason.NoServerName : Reason.None)
            : name.Equals(meant) ? Reason.None : Reason.NameMismatch,
        HasEch = request.Ech,
    };

    // A name that the protocol does not carry is one that the address was given for.
    private static HostName[] BoundOf(AskedNames names, Sandbox? sandbox, HostName? name, Address address)
    {
        var known = sandbox is not null ? names.NamesOf(sandbox.Lifecycle, address) : [];
        return name is null || known.Contains(name) ? known : [name, .. known];
    }

    private static string TextOf(TestFlowRequest request)
    {
        var at = request.Address is { } address && request.Name is not null ? $" at {address}" : string.Empty;
        var host = request.Name ?? (request.Address?.Contains(':') == true ? $"[{request.Address}]" : request.Address);
        return string.Create(CultureInfo.InvariantCulture, $"{request.Protocol}://{host}:{request.Port}{at}");
    }

    private static bool TryReadAll<T>(IReadOnlyList<string?>? texts, Func<string, T?> read, out T[]? values)
    {
        values = null;
        if (texts is null)
        {
            return true;
        }

        var all = texts.Select(text => text is null ? default : read(text)).ToList();
        values = [.. all.OfType<T>()];
        return values.Length == texts.Count && values.Length <= MaxNames;
    }

    private static string Words<T>(Func<T, string> identifier)
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(identifier));
}
