using System.Globalization;

namespace SniProxy.Enforcement;

/// <summary>The capabilities that this process may use right now (capabilities(7)).</summary>
internal sealed class Privileges
{
    // linux/capability.h
    private const int NetAdminBit = 12;
    private const int NetRawBit = 13;
    private const int SysAdminBit = 21;

    private readonly ulong effective;

    private Privileges(ulong effective) => this.effective = effective;

    public bool NetAdmin => Has(NetAdminBit);

    public bool NetRaw => Has(NetRawBit);

    public bool SysAdmin => Has(SysAdminBit);

    /// <summary>Reads the process's own; none where the system does not tell.</summary>
    public static Privileges Read() => Parse(File.Exists("/proc/self/status") ? File.ReadAllText("/proc/self/status") : "");

    /// <summary>Reads what /proc/PID/status says.</summary>
    public static Privileges Parse(string status)
    {
        const string key = "CapEff:";
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(key, StringComparison.Ordinal)
                && ulong.TryParse(line[key.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var effective))
            {
                return new Privileges(effective);
            }
        }

        return new Privileges(0);
    }

    private bool Has(int bit) => (effective >> bit & 1) == 1;
}
