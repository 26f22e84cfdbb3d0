namespace SniProxy.Events;

/// <summary>Section <c>SniProxy:Events</c>.</summary>
internal sealed class EventOptions
{
    /// <summary>The file of JSON lines: absolute, or relative to the data folder; null writes none.</summary>
    public string? JsonLines { get; set; } = "events.jsonl";

    /// <summary>How long events are kept, to the day.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How large the file grows before it is put away and a new one begins.</summary>
    public int MaxFileBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How many files that were put away are kept: one for each day of the usual retention and some more, 2 GiB where all of them are full.
    /// </summary>
    public int KeptFiles { get; set; } = 32;

    /// <summary>Where events go as OTLP logs; null sends none.</summary>
    public string? Otlp { get; set; }
}
