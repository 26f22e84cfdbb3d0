using System.Diagnostics.CodeAnalysis;
using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>
/// A name out of a message, uncompressed and with its letters as they were sent. Record owners may hold any byte; what the policy is
/// asked about is the <see cref="HostName"/> in it, where it is one.
/// </summary>
public sealed class DnsName : IEquatable<DnsName>
{
    private readonly byte[] wire;

    private DnsName(byte[] wire) => this.wire = wire;

    /// <summary>Length-prefixed labels with the empty one at the end.</summary>
    public ReadOnlySpan<byte> Wire => wire;

    /// <summary>Takes over a copy of a name that <see cref="WireName.TryRead"/> or <see cref="WireName.Measure"/> has checked.</summary>
    public static DnsName From(ReadOnlySpan<byte> checkedName) => new(checkedName.ToArray());

    public static DnsName From(HostName host)
    {
        var wire = new byte[host.Value.Length + 2];
        WireName.Write(host, wire);
        return new DnsName(wire);
    }

    public HostName? ToHostName() => WireName.ToHostName(wire);

    /// <summary>True when this name lies below <paramref name="ancestor"/>, at any depth; no name lies below itself.</summary>
    public bool IsBelow(DnsName ancestor)
    {
        for (var position = 1 + wire[0]; wire[0] != 0 && wire.Length - position >= ancestor.wire.Length; position += 1 + wire[position])
        {
            if (WireName.AreEqual(wire.AsSpan(position), ancestor.wire))
            {
                return true;
            }

            if (wire[position] == 0)
            {
                break;
            }
        }

        return false;
    }

    /// <summary>Puts <paramref name="target"/> in the place of <paramref name="ancestor"/> (RFC 6672 section 2.2); null where that is too long.</summary>
    public DnsName? Substitute(DnsName ancestor, DnsName target)
    {
        var kept = wire.Length - ancestor.wire.Length;
        return kept + target.wire.Length > WireName.MaxLength ? null : new DnsName([.. wire.AsSpan(0, kept), .. target.wire]);
    }

    public bool Equals([NotNullWhen(true)] DnsName? other) =>
        ReferenceEquals(this, other) || (other is not null && WireName.AreEqual(wire, other.wire));

    public override bool Equals(object? obj) => Equals(obj as DnsName);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in wire)
        {
            hash.Add(WireName.ToLower(value));
        }

        return hash.ToHashCode();
    }

    /// <summary>The canonical name, or a placeholder: foreign bytes reach no log.</summary>
    public override string ToString() => ToHostName()?.Value ?? "(not a host name)";
}
