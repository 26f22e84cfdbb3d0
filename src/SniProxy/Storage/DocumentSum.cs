using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SniProxy.Storage;

/// <summary>What finds a document whose bytes changed on the disk: SQLite itself checks its pages' structure, not their content.</summary>
internal static class DocumentSum
{
    public static byte[] Of(string kind, string id, long revision, string actor, ReadOnlySpan<byte> json)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, revision);
        hash.AppendData(number);
        foreach (var text in (ReadOnlySpan<string>)[kind, id, actor])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt64BigEndian(number, bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        hash.AppendData(json);
        return hash.GetHashAndReset();
    }
}
