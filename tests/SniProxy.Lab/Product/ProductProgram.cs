using System.Runtime.InteropServices;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>The product as it was built with this project: `dotnet …/sniproxy.dll`.</summary>
public static class ProductProgram
{
    public static IReadOnlyList<string> Words { get; } = Environment.GetEnvironmentVariable("SNIPROXY_PROGRAM") is { Length: > 0 } published
        ? [published]
        : [Host(), Path.Combine(AppContext.BaseDirectory, "sniproxy.dll")];

    /// <summary>The dotnet that runs these tests runs the product too: three folders above the runtime (dotnet/shared/NAME/VERSION).</summary>
    private static string Host()
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return File.Exists(host) ? host : throw new LabException($"no dotnet at {host}");
    }
}
