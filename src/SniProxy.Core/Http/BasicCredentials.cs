using System.Buffers;
using System.Buffers.Text;

namespace SniProxy.Core.Http;

/// <summary>
/// User and password of a Basic Proxy-Authorization value (RFC 7617 section 2). They lie in the caller's buffer and nowhere else.
/// </summary>
public readonly ref struct BasicCredentials
{
    /// <summary>A value that decodes to more is refused; 512 bytes leave room for any token that is used as a password here.</summary>
    public const int MaxBytes = 512;

    private BasicCredentials(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        User = user;
        Password = password;
    }

    public ReadOnlySpan<byte> User { get; }

    public ReadOnlySpan<byte> Password { get; }

    /// <summary>
    /// Decodes <paramref name="value"/> into <paramref name="buffer"/> (<see cref="MaxBytes"/> long; the caller clears it); false for
    /// another scheme or a malformed value.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> value, Span<byte> buffer, out BasicCredentials credentials)
    {
        credentials = default;
        if (value.Length < 6 || !value[..6].Is("Basic "u8))
        {
            return false;
        }

        var encoded = HttpSyntax.TrimWhitespace(value[6..]);
        if (Base64.DecodeFromUtf8(encoded, buffer, out _, out var length) != OperationStatus.Done)
        {
            return false;
        }

        var decoded = buffer[..length];
        var colon = decoded.IndexOf((byte)':');
        if (colon < 0)
        {
            return false;
        }

        credentials = new BasicCredentials(decoded[..colon], decoded[(colon + 1)..]);
        return true;
    }
}
