namespace SniProxy.Storage;

/// <summary>SQLite could not do it. Stays in this room, which says it as a <see cref="StoreException"/>.</summary>
/// <param name="code">https://www.sqlite.org/rescode.html, of which the extended codes keep the primary one in their low byte.</param>
/// <param name="message">SQLite's own words.</param>
internal sealed class SqliteException(int code, string message) : Exception(message)
{
    public int Code { get; } = code & 0xff;
}
