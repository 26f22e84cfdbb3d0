using System.CommandLine;
using System.Net;
using SniProxy.Api;
using SniProxy.Core.Policies;

namespace SniProxy.Cli;

/// <summary>
/// The options of every verb that talks to a running appliance. What is not said is found: in the environment, then, on the same machine,
/// in the data folder of the configuration.
/// </summary>
internal sealed class ApiConnection
{
    public const string ServerVariable = "SNIPROXY_SERVER";
    public const string TokenVariable = "SNIPROXY_TOKEN";

    private readonly ConfigurationOptions configuration = new();
    private readonly Option<OutputFormat> output = Output.CreateOption();
    private readonly Option<string?> server = new("--server")
    {
        Description = $"Where the API stands; else ${ServerVariable}, else the appliance on this machine.",
        HelpName = "URL",
    };

    private readonly Option<string?> token = new("--token")
    {
        Description = $"The API token; else ${TokenVariable}, else admin.token in the data folder of the appliance on this machine.",
        HelpName = "TOKEN",
    };

    public void AddTo(Command command)
    {
        command.Add(server);
        command.Add(token);
        command.Add(output);
        configuration.AddTo(command);
    }

    /// <inheritdoc cref="ConfigurationOptions.OpenBundles"/>
    public BundleShelf OpenBundles(ParseResult parsed) => configuration.OpenBundles(parsed);

    public OutputFormat Format(ParseResult parsed) => parsed.GetValue(output);

    /// <exception cref="ApiFailureException">Nothing says where the API is or which token to send.</exception>
    public ApiClient Connect(ParseResult parsed)
    {
        var saidServer = parsed.GetValue(server) ?? Variable(ServerVariable);
        var saidToken = parsed.GetValue(token) ?? Variable(TokenVariable);
        if (saidServer is not null && saidToken is not null)
        {
            return new ApiClient(Parse(saidServer), saidToken);
        }

        var dataFolder = configuration.Load(parsed).DataFolder;
        var found = ApiDiscovery.Read(dataFolder);
        if (saidServer is null && found is null)
        {
            throw new ApiFailureException(
                ExitStatus.NotReachable,
                $"No appliance has left its address in {dataFolder}. Start it with \"sniproxy run\", name its configuration with --config, or say where it is with --server URL.");
        }

        var address = saidServer is null ? found : Parse(saidServer);

        // The token in the data folder is for the appliance that wrote it; nobody else is to see it.
        var secret = saidToken ?? (address == found ? ApiDiscovery.ReadAdminToken(dataFolder) : null);
        if (secret is null || address is null)
        {
            throw new ApiFailureException(
                ExitStatus.WrongUsage,
                address == found
                    ? $"{Path.Combine(dataFolder, TokenBook.AdminFileName)} cannot be read: run as the user of the appliance, or give a token with --token or ${TokenVariable}."
                    : $"A token is needed for {address}: give it with --token or ${TokenVariable}.");
        }

        return new ApiClient(address, secret);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static Uri Parse(string text)
    {
        var written = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(written, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw new ApiFailureException(ExitStatus.WrongUsage, $"--server: \"{text}\" is not an address such as http://127.0.0.1:9443 or https://egress.example:9443.");
        }

        if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback && !(IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip)))
        {
            throw new ApiFailureException(ExitStatus.WrongUsage, $"--server: {address} would send the token in the clear. Write https://{address.Authority}.");
        }

        return address;
    }
}
