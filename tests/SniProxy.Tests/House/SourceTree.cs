using System.Runtime.CompilerServices;

namespace SniProxy.Tests.House;

/// <summary>The checkout that these tests were built from.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Path.GetFullPath("../../..", Path.GetDirectoryName(Here()) ?? "/");

    public static string Appliance => Path.Combine(Root, "src/SniProxy");

    public static string Core => Path.Combine(Root, "src/SniProxy.Core");

    public static IEnumerable<string> RoomsOf(string project) => Directory.EnumerateDirectories(project)
        .Select(folder => Path.GetFileName(folder) ?? string.Empty)
        .Where(name => name is not "bin" and not "obj" && Directory.EnumerateFiles(Path.Combine(project, name), "*.cs", SearchOption.AllDirectories).Any());

    public static IEnumerable<string> SourcesOf(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Here([CallerFilePath] string path = "") => path;
}
