namespace SniProxy.Events;

/// <summary>Section <c>SniProxy:Events</c>.</summary>
internal sealed class EventOptions
{
    /// <summary>The file of JSON lines: absolute, or relative to the data folder; null writes none.</summary>
    public string? JsonLines { get; set; } = "events.jsonl";

    /// <summary>How long events are kept.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Where events go as OTLP logs; null sends none.</summary>
    public string? Otlp { get; set; }
}
