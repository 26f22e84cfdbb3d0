using System.Net;

namespace SniProxy.Resolutions;

/// <summary>
/// The name servers of a resolv.conf(5). The file is looked at again when a second has passed, and read again when it changed; while it
/// cannot be read, what it said last stays.
/// </summary>
internal sealed class SystemNameservers(string path, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private List<UpstreamAddress> servers = [];
    private (DateTime Written, long Length) seen;
    private long lookedAt;
    private bool hasLooked;
    private string? problem;

    public IReadOnlyList<UpstreamAddress> Current()
    {
        lock (gate)
        {
            if (hasLooked && clock.GetElapsedTime(lookedAt) < LookInterval)
            {
                return servers;
            }

            hasLooked = true;
            lookedAt = clock.GetTimestamp();
            try
            {
                var file = new FileInfo(path);
                var found = (file.LastWriteTimeUtc, file.Length);
                if (found != seen)
                {
                    servers = Parse(File.ReadAllLines(path));
                    seen = found;
                    Tell();
                }

                problem = null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (problem != exception.Message)
                {
                    // Once, not every second.
                    problem = exception.Message;
                    ResolutionLog.FileUnreadable(logger, path, problem);
                }
            }

            return servers;
        }
    }

    private void Tell()
    {
        if (servers.Count == 0)
        {
            ResolutionLog.NoServers(logger, path);
            return;
        }

        ResolutionLog.ServersRead(logger, path, servers.Count);
    }

    private static List<UpstreamAddress> Parse(string[] lines)
    {
        var found = new List<UpstreamAddress>();
        foreach (var line in lines)
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var text, ..] && IPAddress.TryParse(text, out var address))
            {
                found.Add(new UpstreamAddress(new IPEndPoint(address, 53)));
            }
        }

        return found;
    }
}
