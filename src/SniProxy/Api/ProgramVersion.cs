using System.Reflection;

namespace SniProxy.Api;

/// <summary>The version the program was built as.</summary>
internal static class ProgramVersion
{
    /// <summary>The version and, behind the plus sign of the informational version, the commit.</summary>
    public static (string Version, string Revision) Parts
    {
        get
        {
            var text = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
            var plus = text.IndexOf('+', StringComparison.Ordinal);
            return plus < 0 ? (text, string.Empty) : (text[..plus], text[(plus + 1)..]);
        }
    }
}
