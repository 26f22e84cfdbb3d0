using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SniProxy.Storage;

namespace SniProxy.Api;

/// <summary>The tokens that count, kept as hashes.</summary>
internal sealed class TokenBook
{
    /// <summary>In the data folder; readable by its owner alone.</summary>
    public const string AdminFileName = "admin.token";

    private const string Kind = "token";
    private const string Prefix = "snip_";
    private const int TokenBytes = 32;

    private readonly IStore store;
    private readonly TimeProvider clock;
    private readonly Lock changing = new();
    private volatile ApiToken[] tokens;

    /// <exception cref="StoreException">The store cannot be read.</exception>
    public TokenBook(IStore store, TimeProvider clock)
    {
        this.store = store;
        this.clock = clock;
        tokens = [.. store.List(Kind).Select(Read)];
    }

    public IReadOnlyList<ApiToken> All => tokens;

    /// <summary>On the first start there is no token: makes one for the administrator and leaves it in the data folder.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void EnsureAdmin(string dataFolder)
    {
        lock (changing)
        {
            if (tokens.Length > 0)
            {
                return;
            }

            // The file first: a token that is known to the store alone would lock everybody out.
            var secret = NewSecret();
            OwnersFile.Write(Path.Combine(dataFolder, AdminFileName), secret + "\n");
            Keep(secret, "admin", Role.Admin, null, "first start");
        }
    }

    /// <summary>Makes a token; the answer is the only time it can be read.</summary>
    public (ApiToken Token, string Secret) Add(string name, Role role, DateTimeOffset? expires, string actor)
    {
        lock (changing)
        {
            var secret = NewSecret();
            return (Keep(secret, name, role, expires, actor), secret);
        }
    }

    public bool Remove(string id, string actor)
    {
        lock (changing)
        {
            var isKnown = store.Delete(Kind, id, actor);
            tokens = [.. tokens.Where(token => token.Id != id)];
            return isKnown;
        }
    }

    /// <summary>The token that was presented, if it counts. Takes as long whichever it is not.</summary>
    public ApiToken? Find(string presented)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(presented), hash);
        ApiToken? found = null;
        foreach (var token in tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(Convert.FromHexString(token.Hash), hash))
            {
                found = token;
            }
        }

        return found is { Expires: { } expires } && expires <= clock.GetUtcNow() ? null : found;
    }

    private static string NewSecret() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    private static ApiToken Read(StoredDocument document) => document.Read(Kind, token =>
        token.Deserialize(ApiJson.Default.ApiToken) is { Hash: { } hash } read && Convert.FromHexString(hash).Length == SHA256.HashSizeInBytes
            ? read : throw new FormatException("its hash is none"));

    private ApiToken Keep(string secret, string name, Role role, DateTimeOffset? expires, string actor)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var token = new ApiToken(id, name, RoleNames.Of(role), hash, expires);
        store.Put(Kind, id, JsonSerializer.SerializeToUtf8Bytes(token, ApiJson.Default.ApiToken), actor, expectedRevision: 0);
        tokens = [.. tokens, token];
        return token;
    }
}
