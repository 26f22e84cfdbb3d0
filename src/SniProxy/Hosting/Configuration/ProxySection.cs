using SniProxy.Proxy;

namespace SniProxy.Hosting.Configuration;

/// <summary>Reads the section Proxy.</summary>
internal static class ProxySection
{
    private const int MaxPort = 65535;

    public static ProxyOptions Read(ConfigurationSectionReader proxy)
    {
        var defaults = new ProxyOptions();
        var options = new ProxyOptions
        {
            Listeners = [.. proxy.List("Listeners").Select(ReadListener).OfType<ListenerOptions>()],
            Transport = proxy.Choice<TransportKind>("Transport") ?? defaults.Transport,
            Loops = proxy.Integer("Loops", 1, 1024),
            FirstByteTimeout = proxy.Duration("FirstByteTimeout") ?? defaults.FirstByteTimeout,
            ClientHelloTimeout = proxy.Duration("ClientHelloTimeout") ?? defaults.ClientHelloTimeout,
            ClientHelloMaxBytes = proxy.Integer("ClientHelloMaxBytes", 512, 131_072) ?? defaults.ClientHelloMaxBytes,
            ConnectTimeout = proxy.Duration("ConnectTimeout") ?? defaults.ConnectTimeout,
            IdleTimeout = proxy.Duration("IdleTimeout") ?? defaults.IdleTimeout,
            HalfClosedTimeout = proxy.Duration("HalfClosedTimeout") ?? defaults.HalfClosedTimeout,
            ServerFirstPorts = ReadPorts(proxy, "ServerFirstPorts") ?? defaults.ServerFirstPorts,
            MaxConnections = proxy.Integer("MaxConnections", 1, 10_000_000),
            MaxConnectionsPerSandbox = proxy.Integer("MaxConnectionsPerSandbox", 1, 10_000_000) ?? defaults.MaxConnectionsPerSandbox,
            NewConnectionsPerSecondPerSandbox =
                proxy.Integer("NewConnectionsPerSecondPerSandbox", 1, 10_000_000) ?? defaults.NewConnectionsPerSecondPerSandbox,
            DrainTimeout = proxy.Duration("DrainTimeout") ?? defaults.DrainTimeout,
        };
        if (proxy.Has("MaxConnectionsPerSandbox") && options.MaxConnectionsPerSandbox > options.MaxConnections)
        {
            var problem = $"{options.MaxConnectionsPerSandbox} is more than all together may have, MaxConnections {options.MaxConnections}";
            proxy.Fail("MaxConnectionsPerSandbox", problem, "Write less, so that one sandbox cannot take the room of all, or leave it out.");
        }

        var byName = options.Listeners.GroupBy(listener => listener.Name, StringComparer.Ordinal);
        foreach (var twice in byName.Where(group => group.Count() > 1))
        {
            proxy.Fail("Listeners", $"two listeners are named \"{twice.Key}\"", "Give each a name of its own.");
        }

        proxy.Finish();
        return options;
    }

    private static ListenerOptions? ReadListener(ConfigurationSectionReader listener)
    {
        var name = listener.RequiredText("Name");
        listener.RequiredText("Kind");
        listener.RequiredText("Endpoint");
        var kind = listener.Choice<ListenerKind>("Kind");
        var endpoint = listener.Endpoint("Endpoint");
        var defersAccept = listener.Flag("DeferAccept") ?? false;
        listener.Finish();
        return kind is { } known && endpoint is not null ? new ListenerOptions(name, known, endpoint) { DefersAccept = defersAccept } : null;
    }

    private static HashSet<int>? ReadPorts(ConfigurationSectionReader section, string key)
    {
        if (!section.Has(key))
        {
            section.Texts(key, []);
            return null;
        }

        var ports = new HashSet<int>();
        foreach (var text in section.Texts(key, []))
        {
            if (int.TryParse(text, out var port) && port is > 0 and <= MaxPort)
            {
                ports.Add(port);
            }
            else
            {
                section.Fail(key, $"\"{text}\" is not a port", "Write numbers from 1 to 65535.");
            }
        }

        return ports;
    }
}
