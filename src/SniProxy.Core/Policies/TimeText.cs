using System.Globalization;

namespace SniProxy.Core.Policies;

/// <summary>The written form of a time, as windows have it: a whole number and its unit.</summary>
public static class TimeText
{
    /// <summary>The longest window.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(7);

    public const string Fix = "write a whole number with s, m, h or d, from 1s to 7d, such as 5m";

    /// <summary>As a regular expression, but for the longest and shortest.</summary>
    public const string Pattern = "^[0-9]+[smhd]$";

    /// <summary>From one second to <see cref="Max"/>.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = default;
        if (text.Length < 2 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Max.TotalSeconds)
        {
            return false;
        }

        time = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => TimeSpan.Zero,
        };
        return time > TimeSpan.Zero && time <= Max;
    }

    /// <summary>In the largest unit that leaves nothing over.</summary>
    public static string Write(TimeSpan time)
    {
        var seconds = (long)time.TotalSeconds;
        var (unit, length) = seconds switch
        {
            _ when seconds % 86_400 == 0 => ('d', 86_400),
            _ when seconds % 3_600 == 0 => ('h', 3_600),
            _ when seconds % 60 == 0 => ('m', 60),
            _ => ('s', 1),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / length}{unit}");
    }
}
