using System.Diagnostics.CodeAnalysis;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>Reads the written form of an entry: <c>[scheme://]host[:ports]</c>.</summary>
public static class EntryReader
{
    private const string Example = "such as api.example.com, *.example.com:8443, 203.0.113.0/24 or ssh://git.example.com";

    /// <param name="text">The entry.</param>
    /// <param name="isAllow">True in an allow list, where a scheme without a port of its own must be given one.</param>
    /// <param name="entry">The entry, or null.</param>
    /// <param name="fault">What is wrong and what to write instead.</param>
    public static bool TryRead(string text, bool isAllow, [NotNullWhen(true)] out PolicyEntry? entry, out PatternFault fault)
    {
        entry = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            fault = new PatternFault("the entry is empty", $"write a destination {Example}, or take the entry out");
            return false;
        }

        var separator = text.IndexOf("://", StringComparison.Ordinal);
        SchemeName scheme = default;
        if (separator >= 0 && !SchemeName.TryFind(text[..separator], out scheme, out fault))
        {
            return false;
        }

        var rest = separator < 0 ? text : text[(separator + 3)..];
        if (!TrySplit(text, rest, out var host, out var portText, out fault) || !TryReadPorts(host, portText, scheme, isAllow, out var ports, out fault))
        {
            return false;
        }

        return TryReadHost(text, host, out var kind, out var pattern, out var block, out fault)
            && Accept(new PolicyEntry { Text = text, Kind = kind, Pattern = pattern, Block = block, Ports = ports, Scheme = scheme.Scheme }, out entry);
    }

    private static bool Accept(PolicyEntry read, out PolicyEntry entry)
    {
        entry = read;
        return true;
    }

    private static bool TrySplit(string text, string rest, out string host, out string? ports, out PatternFault fault)
    {
        (host, ports, fault) = (rest, null, default);
        foreach (var letter in rest)
        {
            if (letter is '@' or '?' or '#' or '%' or '\\' || char.IsWhiteSpace(letter) || char.IsControl(letter))
            {
                fault = new PatternFault($"\"{Printable(text)}\" holds a character that belongs to no host and port", $"write the host and its port only, {Example}");
                return false;
            }
        }

        if (rest.StartsWith('['))
        {
            return TrySplitBrackets(text, rest, out host, out ports, out fault);
        }

        var colon = rest.IndexOf(':');
        var slash = rest.IndexOf('/');
        if (slash > colon && colon != rest.LastIndexOf(':') && Address.TryParse(rest.AsSpan(0, slash), out _))
        {
            // An IPv6 block: what follows its prefix after a colon is a port.
            colon = rest.IndexOf(':', slash);
        }
        else if (colon >= 0 && colon != rest.LastIndexOf(':'))
        {
            colon = -1; // an IPv6 address without brackets has no port
        }

        host = colon < 0 ? rest : rest[..colon];
        ports = colon < 0 ? null : rest[(colon + 1)..];
        return NoPath(text, host, ports, out fault);
    }

    private static bool TrySplitBrackets(string text, string rest, out string host, out string? ports, out PatternFault fault)
    {
        (host, ports, fault) = (rest, null, default);
        var end = rest.IndexOf(']');
        var inner = end < 0 ? string.Empty : rest[1..end];
        var tail = end < 0 ? string.Empty : rest[(end + 1)..];
        if (!inner.Contains(':') || tail is not ("" or [':' or '/', ..]))
        {
            fault = new PatternFault($"\"{Printable(text)}\" has brackets around something other than an IPv6 address", "write brackets around an IPv6 address only, such as [2001:db8::7]:443");
            return false;
        }

        var colon = tail.IndexOf(':');
        host = inner + (colon < 0 ? tail : tail[..colon]);
        ports = colon < 0 ? null : tail[(colon + 1)..];
        return NoPath(text, host, ports, out fault);
    }

    private static bool NoPath(string text, string host, string? ports, out PatternFault fault)
    {
        fault = default;
        var slash = host.IndexOf('/');
        var isBlock = slash > 0 && LooksLikeAddress(host[..slash]);
        if ((slash < 0 || isBlock) && ports?.Contains('/') != true)
        {
            return true;
        }

        var cut = text.IndexOf('/', Math.Max(0, text.IndexOf("://", StringComparison.Ordinal) + 3));
        fault = new PatternFault($"\"{Printable(text)}\" has a path, and paths cannot be seen inside TLS", cut > 0 ? $"write \"{Printable(text[..cut])}\"" : "write the host and its port only");
        return false;
    }

    private static bool TryReadPorts(string host, string? text, SchemeName scheme, bool isAllow, out PortSet? ports, out PatternFault fault)
    {
        (ports, fault) = (null, default);
        if (text is not null)
        {
            var problem = PortSet.TryParse(text, out var read);
            ports = read;
            fault = problem is null ? default : new PatternFault(problem, $"write a port from 1 to 65535, a range, a list or \"*\", such as {host}:443 or {host}:8000-8999");
            return problem is null;
        }

        if (scheme.Port != 0)
        {
            ports = PortSet.Of(scheme.Port);
            return true;
        }

        if (scheme.Scheme == EntryScheme.Tcp && isAllow)
        {
            fault = new PatternFault("\"tcp://\" has no port of its own", $"write the port, such as tcp://{host}:5432");
            return false;
        }

        return true;
    }

    private static bool TryReadHost(string text, string host, out EntryKind kind, out HostPattern? pattern, out Cidr block, out PatternFault fault)
    {
        (kind, pattern, block, fault) = (EntryKind.Name, null, default, default);
        if (host.Equals("any", StringComparison.OrdinalIgnoreCase))
        {
            kind = EntryKind.Any;
            return true;
        }

        if (!LooksLikeAddress(host))
        {
            return HostPattern.TryParse(host, out pattern, out fault);
        }

        kind = EntryKind.Address;
        var syntax = Cidr.TryParse(host, out block);
        fault = syntax switch
        {
            CidrSyntax.HostBits => new PatternFault($"\"{Printable(text)}\" has bits set behind its prefix", $"write {block}, or {host[..host.IndexOf('/')]} for the one address"),
            CidrSyntax.Mapped => new PatternFault($"\"{Printable(text)}\" is an IPv4 block in IPv6 spelling", $"write {block}"),
            CidrSyntax.PrefixTooLong => new PatternFault($"\"{Printable(text)}\" has a prefix longer than its address", "write at most /32 behind an IPv4 and /128 behind an IPv6 address"),
            CidrSyntax.Malformed => new PatternFault(
                $"\"{Printable(text)}\" is no address or block", "write an IPv4 address as four decimal numbers from 0 to 255 without leading zeros, an IPv6 address as in 2001:db8::7, a block as in 203.0.113.0/24"),
            _ => default,
        };
        return syntax == CidrSyntax.Valid;
    }

    // Whatever some program would take for an address is read as one or refused, never as a name.
    private static bool LooksLikeAddress(string host)
    {
        var slash = host.IndexOf('/');
        var address = slash < 0 ? host : host[..slash];
        return address.Contains(':') || slash >= 0 || (!address.Contains('*') && HostName.TryParse(address, out _) == HostNameSyntax.Address);
    }

    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '\ufffd' : letter));
}
