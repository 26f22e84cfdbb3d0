using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SniProxy.Events;

/// <summary>
/// SHA-256 of a line. Half of what the runtime's function takes for a line is OpenSSL looking up what SHA-256 is; where the library has
/// the functions that need no look-up (https://docs.openssl.org/3.0/man3/SHA256_Init: deprecated since 3.0, and present in all of 3.x), they
/// are used, else the runtime's.
/// </summary>
internal static unsafe class LineHash
{
    private const string Library = "libcrypto.so.3";

    // SHA256_CTX is 112 bytes (openssl/sha.h); what is more is room for one that has grown.
    private const int StateBytes = 256;

    // Each call lasts less than a microsecond, so that it may keep the collector waiting: that is cheaper than telling it of each.
    private const int StepBytes = 1024;

    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, int> Begin;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int> Add;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int> End;

    /// <summary>The library's functions are there, and answer as the runtime's.</summary>
    public static readonly bool IsDirect;

    static LineHash()
    {
        if (!NativeLibrary.TryLoad(Library, out var library)
            || !NativeLibrary.TryGetExport(library, "SHA256_Init", out var begin)
            || !NativeLibrary.TryGetExport(library, "SHA256_Update", out var add)
            || !NativeLibrary.TryGetExport(library, "SHA256_Final", out var end))
        {
            return;
        }

        Begin = (delegate* unmanaged[SuppressGCTransition]<byte*, int>)begin;
        Add = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int>)add;
        End = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int>)end;
        Span<byte> own = stackalloc byte[SHA256.HashSizeInBytes];
        IsDirect = TryHash("sniproxy"u8, own) && own.SequenceEqual(SHA256.HashData("sniproxy"u8));
    }

    public static ChainHash Of(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!IsDirect || !TryHash(line, hash))
        {
            SHA256.HashData(line, hash);
        }

        return ChainHash.From(hash);
    }

    [SkipLocalsInit]
    private static bool TryHash(ReadOnlySpan<byte> line, Span<byte> hash)
    {
        var state = stackalloc byte[StateBytes];
        fixed (byte* from = line)
        fixed (byte* to = hash)
        {
            var isWell = Begin(state) == 1;
            for (var at = 0; at < line.Length; at += StepBytes)
            {
                isWell &= Add(state, from + at, (nuint)Math.Min(StepBytes, line.Length - at)) == 1;
            }

            return isWell & End(to, state) == 1;
        }
    }
}
