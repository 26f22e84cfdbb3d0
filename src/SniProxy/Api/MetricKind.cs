namespace SniProxy.Api;

/// <summary>How measurements of an instrument become a number.</summary>
internal enum MetricKind : byte
{
    /// <summary>The last measurement stands.</summary>
    Gauge = 0,

    /// <summary>Measurements are added up and may fall.</summary>
    UpDownCounter,

    /// <summary>Measurements are added up.</summary>
    Counter,

    /// <summary>Each measurement is a total of its own.</summary>
    ObservedCounter,

    /// <summary>The same of what may fall.</summary>
    ObservedUpDownCounter,

    Histogram,
}
