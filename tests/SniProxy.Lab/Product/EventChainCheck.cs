using System.Security.Cryptography;
using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>
/// Checks the hash chain of events.jsonl as an auditor would who has only the format's description: each line ends with the SHA-256 of
/// itself without that field, and begins with its number and its predecessor's hash.
/// </summary>
public static class EventChainCheck
{
    private const string HashField = ",\"hash\":\"";

    /// <summary>How many lines there are, all of them in order and unchanged.</summary>
    public static int Verify(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var previous = new string('0', 64);
        for (var i = 0; i < lines.Length; i++)
        {
            var at = lines[i].LastIndexOf(HashField, StringComparison.Ordinal);
            var hash = at < 0 ? "" : lines[i][(at + HashField.Length)..^2];
            var own = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines[i][..Math.Max(at, 0)] + "}")));
            if (hash != own || !lines[i].StartsWith($"{{\"seq\":{i + 1},\"prev\":\"{previous}\",", StringComparison.Ordinal))
            {
                throw new LabException($"line {i + 1} breaks the chain: {lines[i]}");
            }

            previous = hash;
        }

        return lines.Length;
    }
}
