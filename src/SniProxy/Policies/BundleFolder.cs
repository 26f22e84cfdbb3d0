using System.Collections.Concurrent;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>The folder of bundles: one document each, named like its file.</summary>
internal static class BundleFolder
{
    private const string Extension = ".yaml";

    /// <summary>Where those that come with the program lie.</summary>
    public static string BesideProgram => Path.Combine(AppContext.BaseDirectory, "bundles");

    /// <summary>What lies there now. A folder that is not there has none.</summary>
    public static BundleShelf Open(string folder)
    {
        var readings = new ConcurrentDictionary<string, PolicyReading>(StringComparer.Ordinal);
        return new BundleShelf(folder, NamesIn(folder), name => readings.GetOrAdd(name, _ => Read(Path.Combine(folder, name + Extension), name)));
    }

    private static string[] NamesIn(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                ? [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static PolicyReading Read(string file, string name)
    {
        try
        {
            return PolicyYaml.ReadBundle(PolicyFile.ReadWithin(file, PolicyDocument.MaxBytes + 1), file, name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new PolicyReading(null, [PolicyFile.Unreadable(file, error)]);
        }
    }
}
