// Over 200 lines: one method for each kind of value, and all of them share how they fail.
using System.Globalization;
using System.Net;
using SniProxy.Core.Policies;

namespace SniProxy.Hosting.Configuration;

/// <summary>
/// Reads one section strictly: a value that cannot be read and a key that nobody asked for are errors that name the key. Reading by
/// hand instead of by reflection keeps the start fast, the program trimmable and the errors complete.
/// </summary>
internal sealed class ConfigurationSectionReader(IConfiguration section, string path, ConfigurationErrors errors)
{
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(14);

    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);

    public string Path => path;

    public ConfigurationErrors Errors => errors;

    public ConfigurationSectionReader Section(string key)
    {
        known.Add(key);
        var child = section.GetSection(key);
        FailOnValue(child, key, "is one value, and a section is wanted", "Write { … } with keys inside.");
        return new ConfigurationSectionReader(child, $"{path}:{key}", errors);
    }

    /// <summary>The elements of a list of sections, in order.</summary>
    public IReadOnlyList<ConfigurationSectionReader> List(string key)
    {
        known.Add(key);
        FailOnValue(section.GetSection(key), key, "is one value, and a list is wanted", "Write a list in square brackets.");
        return [.. Elements(key).Select(element => new ConfigurationSectionReader(element, $"{path}:{key}:{element.Key}", errors))];
    }

    public bool Has(string key) => section.GetChildren().Any(child => string.Equals(child.Key, key, StringComparison.OrdinalIgnoreCase));

    public string? Text(string key)
    {
        known.Add(key);
        var child = section.GetSection(key);
        if (child.Value is null && child.GetChildren().Any())
        {
            Fail(key, "is a section or a list", "Write one value.");
        }

        return string.IsNullOrEmpty(child.Value) ? null : child.Value;
    }

    public string Text(string key, string otherwise) => Text(key) ?? otherwise;

    public string RequiredText(string key)
    {
        if (Text(key) is { } text)
        {
            return text;
        }

        Fail(key, "is missing", $"Write \"{key}\": \"…\".");
        return string.Empty;
    }

    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> otherwise)
    {
        known.Add(key);
        FailOnValue(section.GetSection(key), key, "is one value, and a list is wanted", "Write a list in square brackets.");
        return Has(key) ? [.. Elements(key).Select(element => element.Value ?? string.Empty)] : otherwise;
    }

    public IReadOnlyDictionary<string, string> Map(string key)
    {
        known.Add(key);
        var map = section.GetSection(key);
        FailOnValue(map, key, "is one value, and a section is wanted", "Write { … } with keys inside.");
        foreach (var child in map.GetChildren().Where(child => child.GetChildren().Any()))
        {
            Fail($"{key}:{child.Key}", "is a section or a list", "Write one value.");
        }

        return map.GetChildren().ToDictionary(child => child.Key, child => child.Value ?? string.Empty);
    }

    public int? Integer(string key, int min, int max)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Fail(key, $"\"{text}\" is not a whole number from {min} to {max}", $"Write a number such as {min}.");
        return null;
    }

    public double? Number(string key, double min, double max)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Fail(key, string.Create(CultureInfo.InvariantCulture, $"\"{text}\" is not a number from {min} to {max}"), string.Create(CultureInfo.InvariantCulture, $"Write a number such as {max / 2}."));
        return null;
    }

    public bool? Flag(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        Fail(key, $"\"{text}\" is neither true nor false", "Write true or false.");
        return null;
    }

    /// <param name="key">The key.</param>
    /// <param name="max">The longest; timers take no more than 49 days, and some time-outs are multiplied.</param>
    public TimeSpan? Duration(string key, TimeSpan? max = null)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        var longest = max ?? LongestDuration;
        if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value) && value > TimeSpan.Zero && text.Contains(':'))
        {
            if (value <= longest)
            {
                return value;
            }

            Fail(key, $"\"{text}\" is too long", $"Write at most \"{longest:c}\".");
            return null;
        }

        Fail(key, $"\"{text}\" is not a duration", "Write hours:minutes:seconds, such as \"00:00:05\" for five seconds.");
        return null;
    }

    public T? Choice<T>(string key)
        where T : struct, Enum
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (char.IsAsciiLetter(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value))
        {
            return value;
        }

        Fail(key, $"\"{text}\" is not known here", $"Write one of {string.Join(", ", Enum.GetNames<T>())}.");
        return null;
    }

    public IPEndPoint? Endpoint(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (IPEndPoint.TryParse(text, out var endpoint) && HasPort(text))
        {
            return endpoint;
        }

        Fail(key, $"\"{text}\" is not an address and a port", "Write for example \"127.0.0.1:9090\" or \"[::]:8443\".");
        return null;
    }

    public void Fail(string key, string problem, string fix) => errors.Add(key.Length == 0 ? path : $"{path}:{key}", problem, fix);

    /// <summary>To be called when everything was read: what is left over is an error.</summary>
    public void Finish()
    {
        foreach (var child in section.GetChildren())
        {
            if (!known.Contains(child.Key))
            {
                var fix = Suggestion.Near(child.Key, known) is { } near
                    ? $"Did you mean \"{near}\"?"
                    : $"Known here: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
                Fail(child.Key, "is not a known key", fix);
            }
        }
    }

    private static bool HasPort(string text) =>
        text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Count(letter => letter == ':') == 1;

    private void FailOnValue(IConfigurationSection child, string key, string problem, string fix)
    {
        if (child.Value is { Length: > 0 })
        {
            Fail(key, problem, fix);
        }
    }

    private IEnumerable<IConfigurationSection> Elements(string key)
    {
        foreach (var element in section.GetSection(key).GetChildren())
        {
            if (!int.TryParse(element.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                Fail($"{key}:{element.Key}", "stands where a list is wanted", "Write a list in square brackets.");
                continue;
            }

            yield return element;
        }
    }
}
