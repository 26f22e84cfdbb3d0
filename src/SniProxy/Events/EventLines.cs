using System.Runtime.InteropServices;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// Events as what is written of them: the fields of their lines, one behind the other. What waits to be written waits as bytes, so that an event is
/// garbage as soon as it is told.
/// </summary>
internal sealed class EventLines
{
    // What an event becomes is written apart, so that nobody waits for it who wants to add one as well.
    [ThreadStatic]
    private static LineBuffer? scratch;

    private readonly LineBuffer bytes = new();

    public int Count { get; private set; }

    /// <summary>In bytes, with what keeps the lines apart.</summary>
    public int Length => bytes.Length;

    /// <summary>The fields of an event; until the same thread asks for those of another.</summary>
    public static ReadOnlySpan<byte> FieldsOf(in FlowEvent flowEvent)
    {
        var fields = scratch ??= new LineBuffer();
        fields.Truncate(0);
        EventJson.WriteFields(fields, flowEvent);
        return fields.Written;
    }

    /// <inheritdoc cref="FieldsOf(FlowEvent)"/>
    public static ReadOnlySpan<byte> FieldsOf(in DnsDecision decision)
    {
        var fields = scratch ??= new LineBuffer();
        fields.Truncate(0);
        DnsEventJson.WriteFields(fields, decision);
        return fields.Written;
    }

    public void Add(ReadOnlySpan<byte> fields)
    {
        var length = fields.Length;
        bytes.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
        bytes.Append(fields);
        Count++;
    }

    public void Clear()
    {
        bytes.Truncate(0);
        Count = 0;
    }

    public Enumerator GetEnumerator() => new(bytes.Written);

    public ref struct Enumerator(ReadOnlySpan<byte> left)
    {
        private ReadOnlySpan<byte> left = left;

        /// <summary>The fields of one event.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (left.IsEmpty)
            {
                return false;
            }

            var length = MemoryMarshal.Read<int>(left);
            Current = left.Slice(sizeof(int), length);
            left = left[(sizeof(int) + length)..];
            return true;
        }
    }
}
