using System.CommandLine;
using System.Globalization;

namespace SniProxy.Cli.Policies;

/// <summary>A time back from now: a whole number with s, m, h, d or w.</summary>
internal static class AgeOption
{
    public static Option<string?> Create(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "AGE" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Read(token.Value) is null)
            {
                result.AddError($"{name}: \"{token.Value}\" is no time. Write a whole number with s, m, h, d or w, such as 7d.");
            }
        });
        return option;
    }

    public static TimeSpan? Read(string? text)
    {
        if (text is not { Length: >= 2 } || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > 100_000)
        {
            return null;
        }

        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            'w' => TimeSpan.FromDays(7L * number),
            _ => null,
        };
    }
}
