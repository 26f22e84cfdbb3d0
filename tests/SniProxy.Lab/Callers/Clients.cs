using System.Text;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Callers;

/// <summary>The clients that people have in their sandboxes. Each is its own TLS stack or its own way to open a connection.</summary>
public static class Clients
{
    /// <summary>git's way to say that the server sent the alert access_denied.</summary>
    public const string GitAccessDenied = "Access was denied";

    private const int LongProtocolNames = 8;

    public static IReadOnlyDictionary<string, Client> All { get; } = new Client[]
    {
        new("curl", "access denied", CurlAsync),
        new("wget", "Access was denied", WgetAsync),
        new("python", "ACCESS_DENIED", PythonAsync),
        new("node", "access denied", NodeAsync),
        // gnutls-cli prints a megabyte a second, whatever the network does.
        new("gnutls", "Access was denied", GnuTls.FetchAsync) { Body = WebServer.Medium },
        new("openssl-tls1.2", "access denied", (s, r, h, p) => OpenSslAsync(s, r, h, p, "-tls1_2")),
        new("openssl-tls1.3", "access denied", (s, r, h, p) => OpenSslAsync(s, r, h, p, "-tls1_3")),
        new("openssl-big-hello", "access denied", (s, r, h, p) => OpenSslAsync(s, r, h, p, "-alpn", BigAlpn)),
    }.ToDictionary(c => c.Name);

    /// <summary>Protocol names that make the ClientHello longer than one Ethernet frame.</summary>
    private static string BigAlpn =>
        "http/1.1," + string.Join(',', Enumerable.Range(0, LongProtocolNames).Select(i => new string((char)('a' + i), 250)));

    public static Task<CommandResult> CurlAsync(Namespace sandbox, Route route, string host, string path) =>
        CurlAsync(sandbox, route, $"https://{host}{path}");

    public static Task<CommandResult> CurlAsync(Namespace sandbox, Route route, string url, params string[] options) =>
        sandbox.RunAsync(["curl", "-sS", $"-{route.FamilyDigit}", "--max-time", "15", .. CurlProxy(route), .. options, url]);

    /// <summary>A clone of the repository at the host into a fresh folder, and what HEAD is there.</summary>
    public static Task<CommandResult> GitCloneAsync(Namespace sandbox, Route route, string host)
    {
        string[] proxy = route.UsesProxy ? ["-c", $"http.proxy={route.ProxyUrl}"] : [];
        string[] clone = ["git", .. proxy, "clone", "--quiet", $"-{route.FamilyDigit}", $"https://{host}/repo.git", "$d/copy"];
        var script = $"d=$(mktemp -d -p \"$HOME\") && {string.Join(' ', clone)} && git -C $d/copy rev-parse HEAD && cat $d/copy/*";
        return sandbox.RunAsync("sh", "-c", script);
    }

    /// <summary>Sends the text over a plain connection and prints what comes back, as nc does it.</summary>
    public static Task<CommandResult> NetcatAsync(Namespace sandbox, string address, int port, string text, int seconds = 5) =>
        (sandbox.Command("nc", "-N", "-w", $"{seconds}", address, $"{port}") with { Input = Encoding.ASCII.GetBytes(text) }).RunAsync();

    public static Task<CommandResult> SshAsync(Namespace sandbox, Family family, string host, int port = 22) => sandbox.RunAsync(
        "ssh", family == Family.IPv4 ? "-4" : "-6", "-v", "-p", $"{port}", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
        "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=5", "-o", "ConnectionAttempts=1", $"lab@{host}", "true");

    /// <summary>One address of the name as the sandbox's own resolver library answers it; null when it does not.</summary>
    public static async Task<string?> ResolveAsync(Namespace sandbox, string host, Family family)
    {
        var result = await sandbox.RunAsync("getent", family == Family.IPv4 ? "ahostsv4" : "ahostsv6", host);
        return result.ExitCode == 0 ? result.Output.Split([' ', '\n'], 2)[0] : null;
    }

    /// <summary>The body of an HTTP answer that was printed whole, head and all.</summary>
    internal static CommandResult WithoutHead(CommandResult result)
    {
        var end = result.OutputBytes.AsSpan().IndexOf("\r\n\r\n"u8);
        return end < 0 ? result with { OutputBytes = [], Error = result.Error + result.Output } : result with { OutputBytes = result.OutputBytes[(end + 4)..] };
    }

    internal static byte[] Request(string host, string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

    private static string[] CurlProxy(Route route) => route.UsesProxy ? ["--proxy", route.ProxyUrl] : ["--noproxy", "*"];

    private static Task<CommandResult> WgetAsync(Namespace sandbox, Route route, string host, string path)
    {
        string[] proxy = route.UsesProxy ? ["-e", "use_proxy=on", "-e", $"https_proxy={route.ProxyUrl}"] : ["--no-proxy", $"-{route.FamilyDigit}"];
        string[] trust = ["--ca-certificate", sandbox.Environment["SSL_CERT_FILE"]];
        return sandbox.RunAsync(["wget", "-nv", "-O", "-", "-t", "1", "-T", "10", .. trust, .. proxy, $"https://{host}{path}"]);
    }

    private static Task<CommandResult> PythonAsync(Namespace sandbox, Route route, string host, string path) => sandbox.RunAsync(
        "python3", "-c", Scripts.Python, host, path, route.FamilyDigit, route.UsesProxy ? route.ProxyHost.Trim('[', ']') : "", $"{Route.ProxyPort}");

    private static Task<CommandResult> NodeAsync(Namespace sandbox, Route route, string host, string path) => sandbox.RunAsync(
        "node", "-e", Scripts.Node, "--", host, path, route.FamilyDigit, route.UsesProxy ? route.ProxyHost.Trim('[', ']') : "", $"{Route.ProxyPort}");

    private static async Task<CommandResult> OpenSslAsync(Namespace sandbox, Route route, string host, string path, params string[] options)
    {
        string[] way = route.UsesProxy ? ["-proxy", route.ProxyAuthority] : [$"-{route.FamilyDigit}"];
        var command = sandbox.Command(
            ["openssl", "s_client", "-quiet", "-ign_eof", "-verify_return_error", "-verify_hostname", host, "-servername", host, .. way, .. options,
                "-connect", $"{host}:443"]);
        return WithoutHead(await (command with { Input = Request(host, path), HoldInput = true }).RunAsync());
    }
}
