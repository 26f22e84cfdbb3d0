using System.Globalization;
using System.Runtime.CompilerServices;

namespace SniProxy.Core.Addresses;

/// <summary>A set of ports, held as ordered, disjoint ranges. Port 0 is in none. The default value is empty.</summary>
public readonly struct PortSet : IEquatable<PortSet>
{
    private readonly PortRange[]? ranges;

    private PortSet(PortRange[] ranges) => this.ranges = ranges;

    /// <summary>Every port, 1 to 65535.</summary>
    public static PortSet All { get; } = new([new PortRange(1, ushort.MaxValue)]);

    /// <summary>80 and 443: what an allow entry means that names no port.</summary>
    public static PortSet Web { get; } = new([new PortRange(80, 80), new PortRange(443, 443)]);

    public ReadOnlySpan<PortRange> Ranges => ranges;

    public bool IsEmpty => ranges is null;

    public bool IsAll => ranges is [{ First: 1, Last: ushort.MaxValue }];

    public static PortSet Of(ushort port) => port == 0 ? default : new([new PortRange(port, port)]);

    /// <summary>Reads <c>443</c>, <c>8000-8999</c>, lists of both with commas, and <c>*</c>.</summary>
    /// <returns>Null when the text was read, else what is wrong with it.</returns>
    public static string? TryParse(ReadOnlySpan<char> text, out PortSet ports)
    {
        ports = default;
        if (text is "*")
        {
            ports = All;
            return null;
        }

        var read = new List<PortRange>();
        foreach (var part in text.Split(','))
        {
            if (ReadRange(text[part], out var range) is { } fault)
            {
                return fault;
            }

            read.Add(range);
        }

        ports = new PortSet(Merge(read));
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(ushort port)
    {
        foreach (var range in Ranges)
        {
            if (port <= range.Last)
            {
                return port >= range.First;
            }
        }

        return false;
    }

    /// <summary>The first port above this one at which the set begins or ends, or <paramref name="next"/> if that is lower.</summary>
    public int NextChange(int port, int next)
    {
        foreach (var range in Ranges)
        {
            next = range.First > port && range.First < next ? range.First : range.Last >= port && range.Last + 1 < next ? range.Last + 1 : next;
        }

        return next;
    }

    public bool Equals(PortSet other) => Ranges.SequenceEqual(other.Ranges);

    public override bool Equals(object? obj) => obj is PortSet other && Equals(other);

    public override int GetHashCode() => Ranges.IsEmpty ? 0 : HashCode.Combine(Ranges.Length, Ranges[0], Ranges[^1]);

    public override string ToString() => IsAll ? "*" : string.Join(',', (ranges ?? []).Select(range => range.ToString()));

    public static bool operator ==(PortSet left, PortSet right) => left.Equals(right);

    public static bool operator !=(PortSet left, PortSet right) => !left.Equals(right);

    private static string? ReadRange(ReadOnlySpan<char> text, out PortRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (ReadPort(dash < 0 ? text : text[..dash], out var first) is { } fault)
        {
            return fault;
        }

        var last = first;
        if (dash >= 0 && ReadPort(text[(dash + 1)..], out last) is { } lastFault)
        {
            return lastFault;
        }

        if (last < first)
        {
            return string.Create(CultureInfo.InvariantCulture, $"port range {first}-{last} runs backwards");
        }

        range = new PortRange(first, last);
        return null;
    }

    private static string? ReadPort(ReadOnlySpan<char> text, out ushort port)
    {
        port = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9') || (text.Length > 1 && text[0] == '0'))
        {
            return $"\"{text}\" is no port";
        }

        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0
            ? null
            : $"port {text} does not exist";
    }

    private static PortRange[] Merge(List<PortRange> ranges)
    {
        ranges.Sort((left, right) => left.First.CompareTo(right.First));
        var merged = new List<PortRange>();
        foreach (var range in ranges)
        {
            if (merged is [.., var before] && range.First <= before.Last + 1)
            {
                merged[^1] = before with { Last = Math.Max(before.Last, range.Last) };
                continue;
            }

            merged.Add(range);
        }

        return [.. merged];
    }
}
