using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SniProxy.Enforcement;

/// <summary>The one question that a probe asks of the policy DNS: the address of <c>egress.internal</c> (RFC 1035 section 4).</summary>
internal static class DnsQuestion
{
    private const int HeaderLength = 12;

    /// <summary>A query of type A with a fresh id, so that an answer cannot be an earlier one's.</summary>
    public static byte[] Make()
    {
        // Flags 0x0100: recursion desired. QDCOUNT 1; the other counts are zero.
        byte[] message = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, .. "egress"u8, 8, .. "internal"u8, 0, 0, 1, 0, 1];
        RandomNumberGenerator.Fill(message.AsSpan(0, 2));
        return message;
    }

    /// <summary>A response (QR set) of the same id; any RCODE shows that somebody judges.</summary>
    public static bool IsAnswer(ReadOnlySpan<byte> question, ReadOnlySpan<byte> answer) => answer.Length >= HeaderLength
        && BinaryPrimitives.ReadUInt16BigEndian(answer) == BinaryPrimitives.ReadUInt16BigEndian(question) && (answer[2] & 0x80) != 0;
}
