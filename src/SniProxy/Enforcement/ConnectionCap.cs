namespace SniProxy.Enforcement;

/// <summary>How many connections fit into the descriptors that are left.</summary>
internal static class ConnectionCap
{
    /// <summary>Kept free for API, metrics and log, so that they answer when everything else is refused.</summary>
    public const int Reserve = 64;

    /// <summary>
    /// Kept free where nothing was configured and the limit leaves less: what the runtime opens when it loads the rest of its own files, and a
    /// few for API and probes. To serve a handful is then better than not to start.
    /// </summary>
    public const int ScantReserve = 40;

    /// <summary>As many connections as are served out of the larger reserve where there is no other room.</summary>
    public const int ScantMaximum = 8;

    /// <summary>More are not promised unless somebody configures them.</summary>
    public const int DefaultMaximum = 20_000;

    /// <summary>
    /// The cap in force: the configured number if it fits, else an error that names both; without one, what fits, at most
    /// <see cref="DefaultMaximum"/>.
    /// </summary>
    /// <param name="configured">SniProxy:Proxy:MaxConnections, or null.</param>
    /// <param name="limit">RLIMIT_NOFILE.</param>
    /// <param name="open">Descriptors open at start.</param>
    /// <param name="perFlow">Descriptors of one flow: two sockets, and its share of pooled pipes.</param>
    /// <param name="cap">At least one.</param>
    /// <param name="error">Null where the answer is true.</param>
    public static bool TryFit(int? configured, long limit, int open, int perFlow, out int cap, out string? error)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perFlow, 1);
        var fits = Room(limit, open, Reserve, perFlow);
        if (configured is null && fits < ScantMaximum)
        {
            fits = Math.Max(fits, Math.Min(ScantMaximum, Room(limit, open, ScantReserve, perFlow)));
        }

        cap = configured ?? Math.Min(fits, DefaultMaximum);
        error = null;
        if (cap >= 1 && cap <= fits)
        {
            return true;
        }

        var needed = (long)Math.Max(cap, 1) * perFlow + open + Reserve;
        error = configured < 1
            ? $"MaxConnections is {configured}: write a number from 1 on, or leave it out"
            : $"MaxConnections is {Math.Max(cap, 1)}, but RLIMIT_NOFILE {limit} leaves room for {fits}: raise the limit to at least {needed} (LimitNOFILE={needed}, or ulimit -n), or write {fits} or less";
        return false;
    }

    private static int Room(long limit, int open, int reserve, int perFlow) => (int)Math.Clamp((limit - open - reserve) / perFlow, 0, int.MaxValue);
}
