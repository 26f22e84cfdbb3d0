using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>The schemes an entry may be written with, and the port each brings.</summary>
internal readonly record struct SchemeName(string Text, EntryScheme Scheme, ushort Port)
{
    private static readonly SchemeName[] Known =
    [
        new("https", EntryScheme.Tls, 443),
        new("tls", EntryScheme.Tls, 443),
        new("http", EntryScheme.Http, 80),
        new("ssh", EntryScheme.Ssh, 22),
        new("postgres", EntryScheme.Postgres, 5432),
        new("mysql", EntryScheme.MySql, 3306),
        new("redis", EntryScheme.Redis, 6379),
        new("redshift", EntryScheme.Postgres, 5439),
        new("quic", EntryScheme.Quic, 443),
        new("tcp", EntryScheme.Tcp, 0),
    ];

    /// <summary>The first spelling of a scheme; the default value, without text, for <see cref="EntryScheme.Plain"/>.</summary>
    public static SchemeName Find(EntryScheme scheme) => Known.FirstOrDefault(known => known.Scheme == scheme);

    public static bool TryFind(string text, out SchemeName scheme, out PatternFault fault)
    {
        foreach (var known in Known)
        {
            if (known.Text.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                (scheme, fault) = (known, default);
                return true;
            }
        }

        scheme = default;
        fault = text.ToLowerInvariant() is "udp" or "icmp"
            ? new PatternFault($"\"{text}://\" is reserved: this version lets no such traffic out", "take the entry out, or write quic:// for HTTP/3")
            : new PatternFault($"\"{text}://\" is no scheme", Suggestion.For(text, Known.Select(known => known.Text), known => $"{known}://"));
        return false;
    }
}
