using System.Buffers.Text;
using System.Security.Cryptography;

namespace SniProxy.Events;

/// <summary>
/// Where a chain of lines stands: the number and hash of its last line. A line is one JSON object that begins with <c>seq</c> and
/// <c>prev</c> and ends with <c>hash</c>, the SHA-256 of the same line without that last field, so that a changed, missing, added or moved
/// line is found by reading.
/// </summary>
/// <param name="Sequence">The number of the last line; 0 before the first.</param>
/// <param name="Hash">Its hash; zero before the first.</param>
internal readonly record struct ChainLink(long Sequence, ChainHash Hash)
{
    private const int TailLength = 9 + ChainHash.Digits + 2;

    public static ChainLink Start { get; }

    private static ReadOnlySpan<byte> HashField => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> Head => "{\"seq\":"u8;

    private static ReadOnlySpan<byte> PreviousField => ",\"prev\":\""u8;

    /// <summary>Begins the next line: its brace and the fields that stand first.</summary>
    public void WriteHead(LineBuffer line)
    {
        line.Append(Head);
        line.Number(Sequence + 1);
        line.Append(PreviousField);
        AppendDigits(line, Hash);
        line.Append("\""u8);
    }

    /// <summary>
    /// Ends the line that begins at <paramref name="start"/>: its brace, hash and line feed. Answers where the chain stands now.
    /// </summary>
    public ChainLink Close(LineBuffer line, int start)
    {
        line.Append("}"u8);
        var hash = LineHash.Of(line.Written[start..]);
        line.Truncate(line.Length - 1);
        line.Append(HashField);
        AppendDigits(line, hash);
        line.Append("\"}\n"u8);
        return new ChainLink(Sequence + 1, hash);
    }

    /// <summary>
    /// Reads a line (without its line feed) by itself: its number, the digits of what it follows, and whether its hash is its own.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out ChainLink link, out ReadOnlySpan<byte> previous)
    {
        link = default;
        previous = default;
        if (line.Length <= TailLength || !line.StartsWith(Head) || !line[^TailLength..].StartsWith(HashField) || !line.EndsWith("\"}"u8))
        {
            return false;
        }

        if (!Utf8Parser.TryParse(line[Head.Length..], out long sequence, out var consumed))
        {
            return false;
        }

        var rest = line[(Head.Length + consumed)..];
        if (rest.Length < PreviousField.Length + ChainHash.Digits || !rest.StartsWith(PreviousField))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(line[..^TailLength]);
        sha.AppendData("}"u8);
        sha.GetHashAndReset(bytes);
        var hash = ChainHash.From(bytes);
        if (!hash.IsWrittenAs(line.Slice(line.Length - 2 - ChainHash.Digits, ChainHash.Digits)))
        {
            return false;
        }

        link = new ChainLink(sequence, hash);
        previous = rest.Slice(PreviousField.Length, ChainHash.Digits);
        return true;
    }

    private static void AppendDigits(LineBuffer line, ChainHash hash)
    {
        hash.Format(line.Reserve(ChainHash.Digits));
        line.Advance(ChainHash.Digits);
    }
}
