using System.Security.Cryptography;

namespace SniProxy.Lab.Servers;

/// <summary>A file that every web host serves, the same in each run.</summary>
public sealed record Body(string Path, int Bytes)
{
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Content()));

    public byte[] Content()
    {
        var content = new byte[Bytes];
        new Random(Bytes).NextBytes(content);
        return content;
    }
}
