using SniProxy.Core.Addresses;

namespace SniProxy.Core.Dns;

/// <summary>
/// The data of an SVCB or HTTPS record (RFC 9460 section 2.2).
/// <code>
/// priority 2 | target: labels… 0 | parameters
/// </code>
/// </summary>
public sealed class ServiceBinding
{
    private readonly ReadOnlyMemory<byte> content;
    private readonly int parametersStart;

    private ServiceBinding(ReadOnlyMemory<byte> content, int parametersStart, IReadOnlyList<Address> hints)
    {
        this.content = content;
        this.parametersStart = parametersStart;
        Hints = hints;
    }

    /// <summary>Who offers the service; the root stands for the record's owner (section 2.5).</summary>
    public DnsName Target => DnsName.From(content.Span[2..parametersStart]);

    /// <summary>The addresses of both hint parameters: a client may connect to them without asking for the target's (section 7.3).</summary>
    public IReadOnlyList<Address> Hints { get; }

    /// <summary>Null where the data is malformed: whoever reads it must then reject the whole answer (section 2.2).</summary>
    public static ServiceBinding? Read(ReadOnlyMemory<byte> content)
    {
        var targetLength = content.Length < 3 ? 0 : WireName.Measure(content.Span[2..]);
        if (targetLength == 0)
        {
            return null;
        }

        var start = 2 + targetLength;
        var hints = new List<Address>();
        return ServiceParameters.TryCheck(content.Span[start..], hints) ? new ServiceBinding(content, start, hints) : null;
    }

    /// <summary>
    /// The data with only those hints; the very same data where none goes. Null where one goes that the record declares mandatory with nothing left
    /// in its place: no client could use what remains.
    /// </summary>
    public ReadOnlyMemory<byte>? With(IReadOnlyCollection<Address> kept)
    {
        if (Hints.All(kept.Contains))
        {
            return content;
        }

        var written = new List<byte>(content.Length);
        written.AddRange(content.Span[..parametersStart]);
        foreach (var parameter in new ServiceParameters(content.Span[parametersStart..]))
        {
            Append(parameter, kept, written);
        }

        byte[] result = [.. written];
        if (ServiceParameters.TryCheck(result.AsSpan(parametersStart), []))
        {
            return result;
        }

        // Not by a conditional expression: its null would become the empty array's memory.
        return null;
    }

    private static void Append(ServiceParameter parameter, IReadOnlyCollection<Address> kept, List<byte> written)
    {
        var start = written.Count;
        AppendUInt16(written, parameter.Key);
        AppendUInt16(written, (ushort)parameter.Value.Length);
        if (parameter.HintSize is not (> 0 and var size))
        {
            written.AddRange(parameter.Value);
            return;
        }

        for (var rest = parameter.Value; !rest.IsEmpty; rest = rest[size..])
        {
            if (kept.Contains(Address.FromBytes(rest[..size])))
            {
                written.AddRange(rest[..size]);
            }
        }

        var length = written.Count - start - ServiceParameter.HeadSize;
        if (length == 0)
        {
            written.RemoveRange(start, ServiceParameter.HeadSize);
            return;
        }

        (written[start + 2], written[start + 3]) = ((byte)(length >> 8), (byte)length);
    }

    private static void AppendUInt16(List<byte> bytes, ushort value)
    {
        bytes.Add((byte)(value >> 8));
        bytes.Add((byte)value);
    }
}
