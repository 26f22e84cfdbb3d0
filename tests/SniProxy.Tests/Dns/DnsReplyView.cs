using System.Buffers.Binary;
using System.Text;
using SniProxy.Core.Dns;

namespace SniProxy.Tests.Dns;

/// <summary>What a client sees of a reply, read by the reader that is tested against foreign bytes elsewhere.</summary>
internal sealed class DnsReplyView
{
    public DnsReplyView(byte[] message, byte[] query)
    {
        Message = message;
        Assert.True(DnsHeader.TryRead(message, out var header));
        Header = header;
        Assert.True(header.IsResponse);
        Assert.Equal(query[..2], message[..2]);
        Assert.NotEqual(0, header.Flags & DnsHeader.RecursionAvailableFlag);
        if (header.Questions == 1 && !header.IsTruncated)
        {
            Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(message, query, out var response));
            Assert.NotNull(response);
            Answers = response.Answers;
            NegativeTtl = response.NegativeTtl;
        }

        Rcode = (DnsRcode)header.Rcode;
        ReadOpt();
    }

    public byte[] Message { get; }

    public DnsHeader Header { get; }

    /// <summary>The bytes of the question that came back; 0 where none did.</summary>
    public int QuestionLength => Header.Questions == 0 ? 0 : WireName.Measure(Message.AsSpan(12)) + 4;

    public DnsRcode Rcode { get; private set; }

    public IReadOnlyList<DnsRecord> Answers { get; } = [];

    public IEnumerable<string> Addresses => Answers.Where(record => record.TryGetAddress(out _)).Select(record =>
    {
        record.TryGetAddress(out var address);
        return address.ToString();
    });

    public uint NegativeTtl { get; }

    public bool HasOpt { get; private set; }

    public int? Error { get; private set; }

    public string? ErrorText { get; private set; }

    // OPT is the last record that is written; it is found by its own head: root, type 41.
    private void ReadOpt()
    {
        if (Header.Additionals == 0)
        {
            return;
        }

        for (var at = Message.Length - 11; at >= 12; at--)
        {
            var opt = Message.AsSpan(at);
            if (opt[0] != 0 || opt[1] != 0 || opt[2] != 41 || BinaryPrimitives.ReadUInt16BigEndian(opt[9..]) != opt.Length - 11)
            {
                continue;
            }

            HasOpt = true;
            Assert.Equal(1232, BinaryPrimitives.ReadUInt16BigEndian(opt[3..]));
            Rcode = (DnsRcode)(Header.Rcode | opt[5] << 4);
            if (opt.Length > 11)
            {
                Assert.Equal(15, BinaryPrimitives.ReadUInt16BigEndian(opt[11..]));
                Error = BinaryPrimitives.ReadUInt16BigEndian(opt[15..]);
                ErrorText = Encoding.ASCII.GetString(opt[17..]);
            }

            return;
        }

        Assert.Fail("the additional record is no OPT");
    }
}
