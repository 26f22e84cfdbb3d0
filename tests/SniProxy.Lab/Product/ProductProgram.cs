using System.Runtime.InteropServices;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>The product as it was built with this project: `dotnet …/sniproxy.dll`.</summary>
public static class ProductProgram
{
    public static IReadOnlyList<string> Words { get; } = Environment.GetEnvironmentVariable("SNIPROXY_PROGRAM") is { Length: > 0 } published
        ? [published]
        : [Host(), Path.Combine(AppContext.BaseDirectory, "sniproxy.dll")];

    /// <summary>These tests as a program of the ordinary runtime, which a published program may not be.</summary>
    public static IReadOnlyList<string> TestWords { get; } = [Host(), typeof(ProductProgram).Assembly.Location];

    /// <summary>The dotnet that runs these tests runs the product too: three folders above the runtime (dotnet/shared/NAME/VERSION).</summary>
    private static string Host()
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return File.Exists(host) ? host : throw new LabException($"no dotnet at {host}");
    }
}
