using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace SniProxy.Events;

/// <summary>
/// Where a chain of lines stands: the number and hash of its last line. A line is one JSON object that begins with <c>seq</c> and
/// <c>prev</c> and ends with <c>hash</c>, the SHA-256 of the same line without that last field, so that a changed, missing, added or moved
/// line is found by reading.
/// </summary>
/// <param name="Sequence">The number of the last line; 0 before the first.</param>
/// <param name="Hash">Its hash in lower-case hexadecimal; 64 zeros before the first.</param>
internal readonly record struct ChainLink(long Sequence, string Hash)
{
    /// <summary>Hexadecimal digits of a hash.</summary>
    public const int HashLength = 64;

    private const int TailLength = 9 + HashLength + 2;

    public static ChainLink Start { get; } = new(0, new string('0', HashLength));

    private static ReadOnlySpan<byte> HashField => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> Head => "{\"seq\":"u8;

    private static ReadOnlySpan<byte> PreviousField => ",\"prev\":\""u8;

    /// <summary>Writes the fields that begin the next line.</summary>
    public void WriteHead(Utf8JsonWriter json)
    {
        json.WriteNumber("seq"u8, Sequence + 1);
        json.WriteString("prev"u8, Hash);
    }

    /// <summary>Adds the hash and the line feed to the line that begins at <paramref name="start"/>, and answers where the chain stands now.</summary>
    public ChainLink Close(LineBuffer buffer, int start)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.Written[start..], hash);
        var text = Convert.ToHexStringLower(hash);
        Span<byte> digits = stackalloc byte[HashLength];
        Convert.TryToHexStringLower(hash, digits, out _);
        buffer.Truncate(buffer.Length - 1);
        buffer.Append(HashField);
        buffer.Append(digits);
        buffer.Append("\"}\n"u8);
        return new ChainLink(Sequence + 1, text);
    }

    /// <summary>Reads a line (without its line feed) by itself: its number, what it follows, and whether its hash is its own.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out ChainLink link, out string previous)
    {
        link = default;
        previous = string.Empty;
        if (line.Length <= TailLength || !line.StartsWith(Head) || !line[^TailLength..].StartsWith(HashField) || !line.EndsWith("\"}"u8))
        {
            return false;
        }

        if (!Utf8Parser.TryParse(line[Head.Length..], out long sequence, out var consumed))
        {
            return false;
        }

        var rest = line[(Head.Length + consumed)..];
        if (rest.Length < PreviousField.Length + HashLength || !rest.StartsWith(PreviousField))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(line[..^TailLength]);
        sha.AppendData("}"u8);
        sha.GetHashAndReset(hash);
        Span<byte> digits = stackalloc byte[HashLength];
        Convert.TryToHexStringLower(hash, digits, out _);
        if (!line.Slice(line.Length - 2 - HashLength, HashLength).SequenceEqual(digits))
        {
            return false;
        }

        link = new ChainLink(sequence, Convert.ToHexStringLower(hash));
        previous = System.Text.Encoding.ASCII.GetString(rest.Slice(PreviousField.Length, HashLength));
        return true;
    }
}
