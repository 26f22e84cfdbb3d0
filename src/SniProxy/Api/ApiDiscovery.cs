namespace SniProxy.Api;

/// <summary>How the command on the same machine finds the API: a file in the data folder that says where it stands.</summary>
internal static class ApiDiscovery
{
    private const string FileName = "api.endpoint";

    /// <param name="dataFolder">The data folder.</param>
    /// <param name="address">As the API is reached, such as <c>http://127.0.0.1:9443</c>.</param>
    public static void Write(string dataFolder, Uri address) => OwnersFile.Write(Path.Combine(dataFolder, FileName), address + "\n");

    /// <summary>Null where no appliance has run with this data folder, or it is another user's.</summary>
    public static Uri? Read(string dataFolder) =>
        ReadLine(Path.Combine(dataFolder, FileName)) is { } text && Uri.TryCreate(text, UriKind.Absolute, out var address) ? address : null;

    /// <inheritdoc cref="Read"/>
    public static string? ReadAdminToken(string dataFolder) => ReadLine(Path.Combine(dataFolder, TokenBook.AdminFileName));

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
