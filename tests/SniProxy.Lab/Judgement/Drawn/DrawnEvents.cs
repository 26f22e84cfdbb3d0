using System.Globalization;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>The events of flows. What is over a limit is folded: an event without a client says how many there were.</summary>
internal sealed class DrawnEvents
{
    private readonly Dictionary<string, LoggedEvent> byClient = [];

    public DrawnEvents(IEnumerable<LoggedEvent> events)
    {
        foreach (var told in events.Where(told => told.Is("kind", "flow")))
        {
            if (told["client"] is { } client)
            {
                byClient.Add(client, told);
                continue;
            }

            Folded += int.Parse(told["count"] ?? "0", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>How many have no event of their own.</summary>
    public int Folded { get; }

    /// <summary>How many of these have one.</summary>
    public int Of(IEnumerable<string> clients) => clients.Count(byClient.ContainsKey);

    /// <summary>Those of clients that are none of these.</summary>
    public IEnumerable<LoggedEvent> OfOthersThan(IEnumerable<string> clients) => byClient.Where(one => !clients.Contains(one.Key)).Select(one => one.Value);

    /// <summary>
    /// The kernel's redirection gives a flow another port where it remembers one of the same port, of whatever test came before: an event of nobody
    /// here is that of the one flow to its destination that has none.
    /// </summary>
    public void Match(IReadOnlyList<(string Client, string To)> flows)
    {
        var clients = flows.Select(flow => flow.Client).ToHashSet();
        foreach (var (port, stray) in byClient.Where(one => !clients.Contains(one.Key)).ToList())
        {
            if (flows.Where(flow => flow.To == stray["originalDestination"] && !byClient.ContainsKey(flow.Client)).ToList() is [var only])
            {
                byClient.Remove(port);
                byClient.Add(only.Client, stray);
            }
        }
    }

    public LoggedEvent? Find(string client) => byClient.GetValueOrDefault(client);
}
