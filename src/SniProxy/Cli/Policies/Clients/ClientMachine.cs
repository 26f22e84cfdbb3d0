namespace SniProxy.Cli.Policies.Clients;

/// <summary>Where a machine keeps the configuration of its package managers.</summary>
/// <param name="Root">The root of its file system.</param>
/// <param name="Home">The home folder of who asks.</param>
/// <param name="Work">The folder the question is asked in, whose own configuration counts too.</param>
/// <param name="Variables">The environment.</param>
internal sealed record ClientMachine(string Root, string Home, string Work, IReadOnlyDictionary<string, string> Variables)
{
    private const int MaxBytes = 1024 * 1024;

    public static ClientMachine This()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? string.Empty;
        }

        return new ClientMachine("/", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), Environment.CurrentDirectory, variables);
    }

    public string? Variable(string name) => Variables.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public string InRoot(string path) => Path.Combine(Root, path);

    public string InHome(string path) => Path.Combine(Home, path);

    public string InWork(string path) => Path.Combine(Work, path);

    /// <summary>Below <c>XDG_CONFIG_HOME</c>.</summary>
    public string InConfig(string path) => Path.Combine(Variable("XDG_CONFIG_HOME") ?? InHome(".config"), path);

    /// <summary>The folder of the question and those above it, as far as a path inside each.</summary>
    public IEnumerable<string> UpFromWork(string path)
    {
        for (var folder = Work; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return Path.Combine(folder, path);
        }
    }

    /// <summary>The files of a folder with one of these endings, by name.</summary>
    public static IEnumerable<string> FilesOf(string folder, params string[] endings) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Where(file => endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)
        : [];

    /// <summary>What a file holds; null for one that is not there, cannot be read or is larger than any configuration.</summary>
    public static string? Text(string file)
    {
        try
        {
            return File.Exists(file) && new FileInfo(file).Length <= MaxBytes ? File.ReadAllText(file) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The lines of a file, without what stands around them.</summary>
    public static IEnumerable<string> Lines(string file) => Text(file)?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
