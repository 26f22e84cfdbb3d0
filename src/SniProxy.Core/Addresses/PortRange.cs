using System.Globalization;

namespace SniProxy.Core.Addresses;

/// <summary>Ports from the first to the last, both included.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
