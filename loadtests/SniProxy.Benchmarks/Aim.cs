using System.Globalization;

namespace SniProxy.Benchmarks;

/// <summary>A figure that is aimed at.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Wanted">What it is to be, in words.</param>
/// <param name="Measured">What it was, in words.</param>
/// <param name="IsReached">Whether that is good enough.</param>
internal sealed record Aim(string What, string Wanted, string Measured, bool IsReached)
{
    public static Aim Under(string what, double limit, double measured, string unit) => new(
        what, string.Create(CultureInfo.InvariantCulture, $"under {limit:#,0.##} {unit}"), string.Create(CultureInfo.InvariantCulture, $"{measured:#,0.##} {unit}"), measured < limit);

    public static Aim Nothing(string what, double measured, string unit) => new(
        what, $"0 {unit}", string.Create(CultureInfo.InvariantCulture, $"{measured:#,0.##} {unit}"), measured == 0);
}
