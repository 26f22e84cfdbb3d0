using System.Text.Json;

namespace SniProxy.Cli.Policies.Clients;

/// <summary>Docker and Podman: mirrors of the daemon, registries that somebody logged in to, registries.conf.</summary>
internal static class DockerClient
{
    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        var daemon = machine.InRoot("etc/docker/daemon.json");
        foreach (var mirror in Json(daemon, "registry-mirrors", JsonValueKind.Array)?.EnumerateArray() ?? [])
        {
            if (mirror.ValueKind == JsonValueKind.String)
            {
                yield return new ClientSource(daemon, mirror.GetString() ?? string.Empty);
            }
        }

        var login = Path.Combine(machine.Variable("DOCKER_CONFIG") ?? machine.InHome(".docker"), "config.json");
        foreach (var registry in Json(login, "auths", JsonValueKind.Object)?.EnumerateObject() ?? [])
        {
            yield return new ClientSource(login, registry.Name);
        }

        foreach (var file in new[] { machine.InRoot("etc/containers/registries.conf"), machine.InConfig("containers/registries.conf") })
        {
            foreach (var (key, value) in KeyValues.Of(file))
            {
                foreach (var registry in key switch { "location" => [value], "unqualified-search-registries" => List(value), _ => Array.Empty<string>() })
                {
                    yield return new ClientSource(file, registry);
                }
            }
        }
    }

    private static string[] List(string value) => [.. value.Trim('[', ']').Split(',').Select(KeyValues.Unquote).Where(item => item.Length > 0)];

    private static JsonElement? Json(string file, string field, JsonValueKind kind)
    {
        if (ClientMachine.Text(file) is not { } text)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(field, out var found) && found.ValueKind == kind ? found.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
